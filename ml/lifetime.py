"""What customers will be worth: how often they will buy again (BG/NBD), and for how much
(Gamma-Gamma), with the uncertainty of both.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from ml import bg_nbd, gamma_gamma, measures
from ml.bg_nbd import Histories
from ml.calibration import Floats
from ml.fitted import Fitted
from ml.measures import Measure
from ml.model_errors import ModelError

HORIZONS = (90, 365)
QUANTILES = (0.1, 0.5, 0.9)
FEWEST_REPEATERS = 100
# Held out is a third of a history, so this is one of twelve weeks.
FEWEST_HELD_OUT_DAYS = 28
# Gamma-Gamma takes spending to be independent of frequency. Above this correlation of their
# logarithms, customers who buy often would be valued too low, and the others too high.
MOST_CORRELATION = 0.3
_DRAWS = 400
_CHUNK_ROWS = 5_000


@dataclass(frozen=True)
class Customers:
    """Customers (n,): their histories, and what they spent on a day of repeat purchases on average,
    0 or less where that is not known.
    """

    histories: Histories
    means: Floats

    def __len__(self) -> int:
        return len(self.means)

    def take(self, rows: npt.NDArray[np.intp] | slice) -> "Customers":
        """These customers only."""
        of = self.histories
        return Customers(Histories(of.repeats[rows], of.last[rows], of.age[rows]), self.means[rows])

    @property
    def paid(self) -> Floats:
        """(n,): repeat purchases whose mean amount is known."""
        return np.where(self.means > 0, self.histories.repeats, 0.0)


@dataclass(frozen=True)
class Later:
    """What customers (n,) did in the `days` that were held out: days of purchases, and amounts."""

    days: int
    purchases: Floats
    amounts: Floats


@dataclass(frozen=True)
class Outlook:
    """What to expect of customers (n,).

    `purchases` and `values` have a column for each of the horizons, `quantiles` (n, horizons,
    3) the 10, 50 and 90 % quantiles of the value. Values are discounted to the day from which
    customers are looked at, and nan where spending cannot be said.
    """

    alive: Floats
    purchases: Floats
    values: Floats
    quantiles: Floats


@dataclass(frozen=True)
class Lifetime:
    """The two fitted models of a source; `spending` is None where it cannot be said."""

    buying: Fitted
    spending: Fitted | None = None

    def parameters(self) -> dict[str, float]:
        """All parameters by name, those of the spending model if there is one."""
        found = {f"buying_{n}": v for n, v in zip(bg_nbd.NAMES, self.buying.values, strict=True)}
        if self.spending:
            names = (f"spending_{name}" for name in gamma_gamma.NAMES)
            found |= dict(zip(names, self.spending.values, strict=True))
        return {name: float(value) for name, value in found.items()}

    def outlook(
        self,
        customers: Customers,
        seed: int,
        horizons: tuple[int, ...] = HORIZONS,
        discount_rate: float = 0.0,
    ) -> Outlook:
        """Expectations by the models' formulas, quantiles by drawing.

        `discount_rate` is per year, as a share. Each draw takes parameters that the data leave
        possible and a future that these leave possible. The same customers and seed give the same
        figures.
        """
        parts = [
            self._outlook(customers.take(rows), seed, horizons, discount_rate)
            for rows in _chunks(len(customers))
        ]
        names = ("alive", "purchases", "values", "quantiles")
        return Outlook(*(np.concatenate([getattr(p, name) for p in parts]) for name in names))

    def _outlook(
        self, customers: Customers, seed: int, horizons: tuple[int, ...], discount_rate: float
    ) -> Outlook:
        known = self.buying.values
        purchases = np.column_stack(
            [bg_nbd.expected_purchases(known, customers.histories, days) for days in horizons]
        )
        factors = _discounts(horizons, discount_rate)
        discounted = np.cumsum(np.diff(purchases, prepend=0.0, axis=1) * factors, axis=1)
        amounts = self.amounts(customers)
        drawn = self.futures(customers, seed, horizons, discount_rate)
        return Outlook(
            bg_nbd.probability_alive(known, customers.histories),
            purchases,
            discounted * amounts[:, None],
            np.moveaxis(np.quantile(drawn, QUANTILES, axis=1), 0, -1)
            if drawn is not None
            else np.full((len(customers), len(horizons), len(QUANTILES)), np.nan),
        )

    def amounts(self, customers: Customers) -> Floats:
        """(n,): what a customer will spend on a day of purchases; nan where that cannot be said."""
        if self.spending is None:
            return np.full(len(customers), np.nan)
        return gamma_gamma.expected_amount(self.spending.values, customers.paid, customers.means)

    def futures(
        self,
        customers: Customers,
        seed: int,
        horizons: tuple[int, ...],
        discount_rate: float = 0.0,
    ) -> Floats | None:
        """(n, draws, horizons): values of possible futures; None where spending cannot be said."""
        if self.spending is None:
            return None
        draw = np.random.default_rng(seed)
        r, alpha, a, b = self.buying.drawn(_DRAWS, draw).T
        p, q, gamma = self.spending.drawn(_DRAWS, draw).T
        of = customers.histories
        known = Histories(of.repeats[:, None], of.last[:, None], of.age[:, None])
        x, age = known.repeats, known.age
        shape = (len(customers), _DRAWS)

        alive = bg_nbd.probability_alive(np.stack((r, alpha, a, b)), known)
        is_alive = draw.random(shape) < alive
        # Of who is alive: the rate and the chance to leave, given the history.
        rate = draw.standard_gamma(np.broadcast_to(r + x, shape)) / (alpha + age)
        leaves = np.clip(draw.beta(np.broadcast_to(a, shape), b + x), 1e-9, 1.0)
        # The purchase after which the customer leaves.
        final = np.where(is_alive, draw.geometric(leaves), 0)
        scale = draw.standard_gamma(p * customers.paid[:, None] + q) / (
            gamma + (customers.paid * np.maximum(customers.means, 0.0))[:, None]
        )
        bought = np.zeros(shape)
        spent = np.zeros(shape)
        found = np.empty((*shape, len(horizons)))
        factors = _discounts(horizons, discount_rate)
        before = 0
        for index, days in enumerate(horizons):
            intended = bought + draw.poisson(rate * (days - before))
            now = np.minimum(intended, final)
            count = now - np.minimum(bought, final)
            amount = np.where(count > 0, draw.standard_gamma(np.maximum(p * count, 1e-9)), 0.0)
            spent = spent + factors[index] * amount / scale
            found[:, :, index] = spent
            bought, before = intended, days
        return found


@dataclass
class LifetimeTraining:
    """The result: models for the whole history, or the reason why not; and how models fitted
    before the held-out days did on these.
    """

    rows: int
    lifetime: Lifetime | None = None
    refusal: str | None = None
    notes: list[str] = field(default_factory=list)
    figures: dict[str, Measure] = field(default_factory=dict)

    @property
    def reason(self) -> str | None:
        """Why it was refused, and other remarks."""
        return " ".join(filter(None, [self.refusal, *self.notes])) or None


def train(customers: Customers, before: Customers, later: Later, seed: int) -> LifetimeTraining:
    """Fit the models, and judge them by fitting them on `before` and asking what came `later`.

    `before` (n,) are customers as of the day from which days are held out. Insufficient or
    unsuitable data does not raise an error: the refusal gives the reason.
    """
    training = LifetimeTraining(len(customers))
    if later.days < FEWEST_HELD_OUT_DAYS:
        weeks = 3 * FEWEST_HELD_OUT_DAYS // 7
        training.refusal = f"The history is too short: {weeks} weeks are needed."
        return training
    for part, when in ((before, "before the held-out days"), (customers, "in all")):
        repeaters = int((part.histories.repeats > 0).sum())
        if repeaters < FEWEST_REPEATERS:
            training.refusal = (
                f"Too few customers who bought again {when}: {repeaters:,}; at least "
                f"{FEWEST_REPEATERS} are needed."
            )
            return training
    try:
        judged = Lifetime(bg_nbd.fit(before.histories))
        found = Lifetime(bg_nbd.fit(customers.histories))
    except ModelError as error:
        training.refusal = f"Purchases do not follow the model: {error}."
        return training
    training.refusal = _judge_buying(training, judged, before, later)
    if training.refusal:
        return training
    reason = _unsuitable_spending(before) or _unsuitable_spending(customers)
    if reason is None:
        try:
            judged = Lifetime(judged.buying, _fit_spending(before))
            found = Lifetime(found.buying, _fit_spending(customers))
        except ModelError as error:
            reason = f"amounts do not follow the model: {error}"
    if reason:
        training.notes.append(f"No value in money: {reason}.")
    else:
        _judge_values(training, judged, before, later, seed)
    training.lifetime = found
    return training


def _fit_spending(customers: Customers) -> Fitted:
    known = customers.paid > 0
    fitted = gamma_gamma.fit(customers.paid[known], customers.means[known])
    if fitted.values[1] <= 1:
        raise ModelError("the mean of all customers is not finite")
    return fitted


def _judge_buying(
    training: LifetimeTraining, judged: Lifetime, before: Customers, later: Later
) -> str | None:
    """Why the model may not be used, or None: on held-out days it must be closer than each
    customer's own rate so far, and than the rate of all.
    """
    of = before.histories
    expected = bg_nbd.expected_purchases(judged.buying.values, of, later.days)
    own = of.repeats / np.maximum(of.age, 1.0) * later.days
    overall = np.full(len(before), of.repeats.sum() / max(of.age.sum(), 1.0) * later.days)
    clusters = np.arange(len(before))
    rows = len(before)
    error = (expected - later.purchases) ** 2
    training.figures["expected_purchases"] = Measure(float(expected.mean()), None, None, rows)
    training.figures["purchases"] = Measure(float(later.purchases.mean()), None, None, rows)
    for name, plain, called in (
        ("own_rate", own, "each customer's own rate so far"),
        ("overall_rate", overall, "the rate of all customers"),
    ):
        gain = measures.mean_gain((plain - later.purchases) ** 2 - error, clusters)
        training.figures[f"gain_over_{name}"] = gain
        if gain.value <= 0:
            return (
                f"On the last {later.days} days, which were held out, {called} came closer: the "
                f"squared error of purchases is {-gain.value:.3f} smaller."
            )
    return None


def _unsuitable_spending(customers: Customers) -> str | None:
    """Why spending cannot be modelled, or None."""
    known = customers.paid > 0
    if int(known.sum()) < FEWEST_REPEATERS:
        return f"only {int(known.sum()):,} customers paid something when they bought again"
    purchases, means = np.log(customers.paid[known]), np.log(customers.means[known])
    if purchases.std() == 0 or means.std() == 0:
        return "all customers spend the same" if means.std() == 0 else None
    correlation = float(np.corrcoef(purchases, means)[0, 1])
    if abs(correlation) > MOST_CORRELATION:
        more = "more" if correlation > 0 else "less"
        return (
            f"who buys more often spends {more} each time (correlation {correlation:.2f}), and the "
            "model takes the two to be independent"
        )
    return None


def _judge_values(
    training: LifetimeTraining, judged: Lifetime, before: Customers, later: Later, seed: int
) -> None:
    """How often held-out amounts were within the intervals.

    Where nothing bought is likely, many futures are worth exactly 0: such ties count by a random
    share (Smith 1985), since otherwise an interval from 0 on would cover more than it says.
    """
    draw = np.random.default_rng(seed)
    places = np.empty(len(before))
    inside = np.empty(len(before), dtype=bool)
    expected = np.empty(len(before))
    for rows in _chunks(len(before)):
        part, actual = before.take(rows), later.amounts[rows]
        drawn = judged.futures(part, seed, (later.days,))
        assert drawn is not None
        values = drawn[:, :, 0]
        below = (values < actual[:, None]).mean(axis=1)
        upto = (values <= actual[:, None]).mean(axis=1)
        places[rows] = below + draw.random(len(part)) * (upto - below)
        low, high = np.quantile(values, (QUANTILES[0], QUANTILES[-1]), axis=1)
        inside[rows] = (low <= actual) & (actual <= high)
        expected[rows] = bg_nbd.expected_purchases(
            judged.buying.values, part.histories, later.days
        ) * judged.amounts(part)
    covered = (places >= QUANTILES[0]) & (places <= QUANTILES[-1])
    rows_ = len(before)
    training.figures |= {
        "coverage_80": _share(covered),
        "within_interval": _share(inside),
        "expected_value": Measure(float(expected.mean()), None, None, rows_),
        "value": Measure(float(later.amounts.mean()), None, None, rows_),
    }


def _share(flags: npt.NDArray[np.bool_]) -> Measure:
    """A share with its 95 % interval (Wilson)."""
    n, share, z = len(flags), float(flags.mean()), 1.96
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return Measure(share, float(centre - half), float(centre + half), n)


def _discounts(horizons: tuple[int, ...], rate: float) -> Floats:
    """The factor of each stretch between horizons, as if all was spent in the middle of it."""
    edges = np.array([0, *horizons], dtype=np.float64)
    middle = (edges[:-1] + edges[1:]) / 2 / 365
    factors: Floats = (1 + rate) ** -middle
    return factors


def _chunks(rows: int) -> Iterator[slice]:
    for start in range(0, rows, _CHUNK_ROWS):
        yield slice(start, min(start + _CHUNK_ROWS, rows))
