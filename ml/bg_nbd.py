"""When a customer buys again: the BG/NBD model of Fader, Hardie and Lee (2005).

While alive, a customer buys at a rate of their own, gamma-distributed over customers with shape r
and rate alpha; after each purchase they stay away for ever with a probability of their own,
beta-distributed with a and b.
"""

from dataclasses import dataclass

import numpy as np

from ml.calibration import Floats
from ml.fitted import Fitted, maximise

NAMES = ("r", "alpha", "a", "b")
_STARTS = ((1.0, 1.0, 1.0, 1.0), (0.3, 0.5, 0.8, 2.5), (2.0, 2.0, 0.5, 5.0))


@dataclass(frozen=True)
class Histories:
    """What is known of customers (n,): repeat purchases, when the last one was, and how long the
    customer has been known; both since the first purchase, in days.
    """

    repeats: Floats
    last: Floats
    age: Floats

    def __len__(self) -> int:
        return len(self.repeats)

    def distinct(self) -> tuple["Histories", Floats]:
        """The different histories, and how many customers have each."""
        rows = np.column_stack((self.repeats, self.last, self.age))
        found, counts = np.unique(rows, axis=0, return_counts=True)
        return Histories(*found.T), counts.astype(np.float64)


def fit(histories: Histories) -> Fitted:
    """r, alpha (in days), a and b. Raises ModelError if the likelihood has no maximum.

    Customers of the same history are counted, not repeated.
    """
    from scipy.special import gammaln, psi  # takes half a second to import

    different, counts = histories.distinct()
    # Time in units of the longest history, so that alpha is of the order of the others.
    unit = float(different.age.max())
    x, last, age = different.repeats, different.last / unit, different.age / unit
    again = x > 0

    def objective(logs: Floats) -> tuple[float, Floats]:
        r, alpha, a, b = np.exp(logs)
        # Logarithms of the two ways to have been silent since the last purchase.
        alive = -(r + x) * np.log(alpha + age)
        gone = np.full(len(x), -np.inf)
        gone[again] = (
            np.log(a) - np.log(b + x[again] - 1) - (r + x[again]) * np.log(alpha + last[again])
        )
        either = np.logaddexp(alive, gone)
        is_alive, is_gone = np.exp(alive - either), np.exp(gone - either)
        likelihood = (
            gammaln(r + x) - gammaln(r) + r * np.log(alpha)
            + gammaln(a + b) + gammaln(b + x) - gammaln(b) - gammaln(a + b + x)
            + either
        )  # fmt: skip
        by_r = (
            psi(r + x) - psi(r) + np.log(alpha)
            - is_alive * np.log(alpha + age) - is_gone * np.log(alpha + last)
        )  # fmt: skip
        by_alpha = r / alpha - (r + x) * (is_alive / (alpha + age) + is_gone / (alpha + last))
        by_a = psi(a + b) - psi(a + b + x) + is_gone / a
        by_b = (
            psi(a + b) + psi(b + x) - psi(b) - psi(a + b + x)
            - np.divide(is_gone, b + x - 1, out=np.zeros(len(x)), where=again)
        )  # fmt: skip
        gradient = np.array([counts @ by for by in (by_r, by_alpha, by_a, by_b)])
        return -float(counts @ likelihood), -gradient * np.exp(logs)

    found = maximise(NAMES, objective, _STARTS)
    return found.in_units("alpha", unit)


def probability_alive(parameters: Floats, histories: Histories) -> Floats:
    """(n,): that a customer will buy again at all. 1 for those who bought on one day only, whom
    the model lets go only after a repeat purchase.

    `parameters` are (4,), or (4, draws) with histories (n, 1) for (n, draws).
    """
    r, alpha, a, b = parameters
    x = histories.repeats
    silence = np.log(alpha + histories.age) - np.log(alpha + histories.last)
    # b + x - 1 means nothing where x is 0; there the odds are.
    log_odds = np.log(a) - np.log(b + np.maximum(x, 1) - 1)
    log_odds = log_odds + np.minimum((r + x) * silence, 700.0)
    alive: Floats = 1 / (1 + np.where(x > 0, np.exp(log_odds), 0.0))
    return alive


def expected_purchases(parameters: Floats, histories: Histories, days: float) -> Floats:
    """(n,): purchases to expect in the next `days`. Equation 10 of the paper."""
    from scipy.special import hyp2f1

    r, alpha, a, b = parameters
    # The two sides of a = 1 meet; at 1 itself the formula divides by nothing.
    a = a + 1e-7 if abs(a - 1) < 1e-7 else a
    x, age = histories.repeats, histories.age
    ahead = days / (alpha + age + days)
    left = np.exp((r + x) * (np.log(alpha + age) - np.log(alpha + age + days)))
    chance = 1 - left * hyp2f1(r + x, b + x, a + b + x - 1, ahead)
    expected: Floats = (a + b + x - 1) / (a - 1) * chance * probability_alive(parameters, histories)
    return expected
