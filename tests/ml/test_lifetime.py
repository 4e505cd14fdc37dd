"""Value of customers: intervals that cover, and refusals where the models do not fit."""

import numpy as np
import pytest

from ml import lifetime
from ml.lifetime import Customers, Later, train
from tests.ml.made_up_buyers import shop

BUYING = (0.9, 60.0, 0.8, 3.0)


def drawn(
    customers: int = 2000, seed: int = 1, **others: object
) -> tuple[Customers, Customers, Later]:
    """A shop of 200 days, with 90 days to come."""
    ages = np.random.default_rng(1000 + seed).integers(20, 200, customers).astype(float)
    return shop(ages, seed, BUYING, ahead=90)


@pytest.fixture(scope="module")
def trained() -> lifetime.LifetimeTraining:
    return train(*drawn(), seed=1)


def test_intervals_cover_what_they_say(trained: lifetime.LifetimeTraining) -> None:
    assert (trained.refusal, trained.notes) == (None, [])
    figures = trained.figures
    assert 0.75 < figures["coverage_80"].value < 0.85
    for name in ("purchases", "value"):
        ratio = figures[f"expected_{name}"].value / figures[name].value
        assert 0.85 < ratio < 1.15
    assert figures["gain_over_own_rate"].low > 0
    assert figures["gain_over_overall_rate"].low > 0


def test_drawn_futures_agree_with_the_formulas(trained: lifetime.LifetimeTraining) -> None:
    customers = drawn(300, seed=5)[0]
    assert trained.lifetime
    found = trained.lifetime.outlook(customers, seed=1)
    futures = trained.lifetime.futures(customers, 1, lifetime.HORIZONS)
    assert futures is not None
    mean = futures.mean(axis=1).sum(axis=0)
    assert mean == pytest.approx(found.values.sum(axis=0), rel=0.05)
    low, middle, high = np.moveaxis(found.quantiles, -1, 0)
    assert (low <= middle).all() and (middle <= high).all() and (high[:, 0] <= high[:, 1]).all()
    assert ((found.alive > 0) & (found.alive <= 1)).all()
    again = trained.lifetime.outlook(customers, seed=1)
    assert (again.quantiles == found.quantiles).all()


def test_money_of_later_is_worth_less(trained: lifetime.LifetimeTraining) -> None:
    """At 10 % a year: days 1 to 90 by 1.1 ** (45 / 365), the others by 1.1 ** (227.5 / 365)."""
    customers = drawn(50, seed=6)[0]
    assert trained.lifetime
    now = trained.lifetime.outlook(customers, 1)
    found = trained.lifetime.outlook(customers, 1, discount_rate=0.1)
    soon = now.values[:, 0] / 1.01182
    assert found.values[:, 0] == pytest.approx(soon, rel=1e-4)
    late = (now.values[:, 1] - now.values[:, 0]) / 1.06120
    assert found.values[:, 1] == pytest.approx(soon + late, rel=1e-4)


def test_few_customers_are_refused() -> None:
    found = train(*drawn(120), seed=1)
    assert found.lifetime is None
    assert str(found.refusal).startswith("Too few customers who bought again before the held-out")


def test_a_short_history_is_refused() -> None:
    customers, before, later = drawn()
    short = Later(21, later.purchases, later.amounts)
    found = train(customers, before, short, seed=1)
    assert (found.lifetime, found.refusal) == (
        None,
        "The history is too short: 12 weeks are needed.",
    )


def test_spending_that_grows_with_frequency_has_no_value() -> None:
    customers, before, later = drawn()
    grown = [
        Customers(c.histories, c.means * np.maximum(c.histories.repeats, 1.0))
        for c in (customers, before)
    ]
    found = train(grown[0], grown[1], later, seed=1)
    assert found.lifetime and found.lifetime.spending is None
    assert "who buys more often spends more each time (correlation 0." in found.notes[0]
    outlook = found.lifetime.outlook(customers, 1)
    assert np.isnan(outlook.values).all() and np.isnan(outlook.quantiles).all()
    assert (outlook.purchases > 0).all()


def test_a_change_that_the_model_cannot_know_refuses_it() -> None:
    """Everybody went on exactly as before, which BG/NBD does not expect."""
    customers, before, later = drawn()
    flood = Later(90, before.histories.repeats * 90 / before.histories.age, later.amounts)
    found = train(customers, before, flood, seed=1)
    assert found.lifetime is None
    assert "each customer's own rate so far came closer" in str(found.refusal)
