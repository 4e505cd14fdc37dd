"""BG/NBD and Gamma-Gamma against published figures and customers of known parameters."""

import numpy as np
import pytest
from scipy.optimize import approx_fprime

from ml import bg_nbd, fitted, gamma_gamma
from ml.bg_nbd import Histories
from ml.model_errors import ModelError
from tests.ml.made_up_buyers import CDNOW, SPENDING, histories


def one(repeats: float, last: float, age: float) -> Histories:
    return Histories(*(np.array([value]) for value in (repeats, last, age)))


def test_cdnows_parameters_come_back() -> None:
    """Two standard errors hold 95 % of samples: of 48 parameters, 3 outside are as good as any."""
    samples = [bg_nbd.fit(histories(2357, seed)) for seed in range(12)]
    assert samples[0].names == ("r", "alpha", "a", "b")
    away = np.array([(found.values - CDNOW) / found.standard_errors for found in samples])
    assert (np.abs(away[0]) < 2).all()
    assert (np.abs(away) > 2).sum() <= 6
    assert (np.abs(away.mean(axis=0)) < 0.8).all()


def test_many_customers_give_narrow_errors() -> None:
    found = bg_nbd.fit(histories(50_000, 4))
    assert np.all(np.abs(found.values - CDNOW) < 2.6 * found.standard_errors)
    assert np.all(found.standard_errors < 0.06 * np.array(CDNOW))


def test_the_papers_example() -> None:
    """Two repeat purchases, the last in week 30.43 of 38.86: 1.226 purchases in 39 weeks."""
    found = bg_nbd.expected_purchases(np.array(CDNOW), one(2, 30.43, 38.86), 39)
    assert found[0] == pytest.approx(1.226, abs=0.0005)


def test_who_is_alive() -> None:
    """By hand: odds a / (b + x - 1) * ((alpha + T) / (alpha + t)) ** (r + x) of having left."""
    parameters = np.array([1.0, 10.0, 1.0, 2.0])
    assert bg_nbd.probability_alive(parameters, one(0, 0, 50))[0] == 1
    # One repeat purchase on day 10 of 30: (1 / 2) * (40 / 20) ** 2 = 2, so 1 / 3.
    assert bg_nbd.probability_alive(parameters, one(1, 10, 30))[0] == pytest.approx(1 / 3)
    # The silence of a very good customer overflows nothing.
    assert bg_nbd.probability_alive(parameters, one(5000, 10, 3000))[0] == pytest.approx(
        0, abs=1e-9
    )


def test_expectations_pass_through_a_of_one() -> None:
    around = [
        bg_nbd.expected_purchases(np.array([0.5, 10.0, a, 2.0]), one(3, 40, 60), 90)[0]
        for a in (0.999999, 1.0, 1.000001)
    ]
    assert around[1] == pytest.approx(around[0], rel=1e-4) == pytest.approx(around[2], rel=1e-4)


def test_published_spending_comes_back() -> None:
    p, q, gamma = SPENDING
    away = []
    for seed in range(12):
        draw = np.random.default_rng(seed)
        purchases = draw.geometric(0.3, 946).astype(float)
        means = draw.gamma(p * purchases, 1 / draw.gamma(q, 1 / gamma, 946)) / purchases
        found = gamma_gamma.fit(purchases, means)
        away.append((found.values - SPENDING) / found.standard_errors)
    assert (np.abs(away[0]) < 2).all()
    assert (np.abs(away) > 2).sum() <= 5
    assert (np.abs(np.mean(away, axis=0)) < 0.8).all()


def test_expected_amounts() -> None:
    """By hand: 6.25 * 15.44 / 2.74 of who is unknown; 6.25 * (15.44 + 3 * 35) / 21.49."""
    found = gamma_gamma.expected_amount(
        np.array(SPENDING), np.array([0.0, 3]), np.array([-1.0, 35])
    )
    assert found == pytest.approx([35.219, 35.028], abs=0.001)


def test_gradients_are_exact() -> None:
    """Against differences of the likelihood, away from its maximum."""
    seen = []

    def look(names, objective, starts):  # type: ignore[no-untyped-def]
        at = np.log(np.array([0.4, 1.7, 0.6, 2.2][: len(names)]))
        by_difference = approx_fprime(at, lambda logs: objective(logs)[0], 1e-7)
        seen.append(np.max(np.abs(objective(at)[1] / by_difference - 1)))
        raise ModelError("seen")

    draw = np.random.default_rng(1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bg_nbd, "maximise", look)
        patch.setattr(gamma_gamma, "maximise", look)
        with pytest.raises(ModelError):
            bg_nbd.fit(histories(200, 1))
        with pytest.raises(ModelError):
            gamma_gamma.fit(draw.geometric(0.3, 50).astype(float), draw.gamma(3, 2, 50))
    assert len(seen) == 2 and max(seen) < 1e-4


def test_where_nobody_leaves_the_chance_to_leave_is_small() -> None:
    """Everybody goes on at their own rate to the end: the likelihood alone has no maximum."""
    draw = np.random.default_rng(1)
    ages = draw.uniform(100, 200, 800)
    rates = draw.gamma(2.0, 1 / 40, 800)
    repeats = draw.poisson(rates * ages).astype(float)
    last = np.where(repeats > 0, ages * draw.beta(np.maximum(repeats, 1), 1), 0.0)
    known = Histories(repeats, last, ages)
    found = bg_nbd.fit(known)
    r, alpha, a, b = found.values
    assert 1.6 < r < 2.4 and 32 < alpha < 48
    assert a / (a + b) < 0.02
    assert bg_nbd.probability_alive(found.values, known).mean() > 0.97
    expected = bg_nbd.expected_purchases(found.values, known, 90).mean()
    assert expected == pytest.approx((rates * 90).mean(), rel=0.1)


def test_what_has_no_maximum_is_refused() -> None:
    with pytest.raises(ModelError, match="parameters"):
        fitted.maximise(["x"], lambda logs: (float(-logs[0] * 99), np.array([-99.0])), [[1.0]])
    # Minus the log-likelihood of one parameter: the prior moves it by next to nothing.
    found = fitted.maximise(
        ["x"], lambda logs: (float(1e6 * (logs[0] - 1) ** 2), 2e6 * (logs - 1)), [[1.0]]
    )
    assert found.values == pytest.approx([np.e], rel=1e-5)
