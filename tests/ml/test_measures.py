"""Measures against values worked out by hand."""

from math import log

import numpy as np
import pytest

from ml import calibration
from ml.measures import (
    calibration_table,
    group_measures,
    has_drifted,
    losses,
    mean_gain,
    measure,
    stability_index,
)

LABELS = np.array([False, False, True, True])


def test_measures_of_four_rows() -> None:
    # Pairs (risk above no risk): .8 beats both, .3 ties with .3 and beats .1: 3.5 of 4.
    found = measure(LABELS, np.array([0.1, 0.3, 0.3, 0.8]), 1)
    assert found["auc"].value == pytest.approx(3.5 / 4)
    # From the top: 1 of 1 at .8; at .3 one more of two: 2 of 3.
    assert found["average_precision"].value == pytest.approx((1 + 2 / 3) / 2)
    expected = -(log(0.9) + log(0.7) + log(0.3) + log(0.8)) / 4
    assert found["log_loss"].value == pytest.approx(expected)
    assert found["brier"].value == pytest.approx((0.01 + 0.09 + 0.49 + 0.04) / 4)
    assert found["accuracy"].value == 0.75
    assert found["positive_rate"].value == 0.5
    assert found["mean_probability"].value == pytest.approx(0.375)
    assert all(one.rows == 4 for one in found.values())


def test_one_rate_for_everybody_ranks_nobody() -> None:
    labels = np.array([True] * 3 + [False] * 7)
    found = measure(labels, np.full(10, 0.3), 1)
    assert found["auc"].value == 0.5
    assert found["top_decile_lift"].value == pytest.approx(1)
    assert found["average_precision"].value == pytest.approx(0.3)
    assert found["calibration_error"].value == pytest.approx(0)


def test_calibration_error_and_lift_by_tenths() -> None:
    # Twenty rows, two in each tenth; the top tenth says .9 and is right once of two, all the rest
    # say .1 and are right never: (18 * .1 + 2 * .4) / 20; lift: half against a twentieth.
    labels = np.zeros(20, bool)
    labels[19] = True
    probabilities = np.concatenate((np.full(18, 0.1), [0.9, 0.9]))
    found = measure(labels, probabilities, 1)
    assert found["calibration_error"].value == pytest.approx((1.8 + 0.8) / 20)
    assert found["calibration_error"].low is None and found["calibration_error"].high is None
    assert found["top_decile_lift"].value == pytest.approx(0.5 / (1 / 20))


def test_what_one_class_leaves_undefined_is_left_out() -> None:
    found = measure(np.zeros(5, bool), np.linspace(0.1, 0.5, 5), 1)
    assert "auc" not in found and "average_precision" not in found
    assert found["positive_rate"].value == 0


def test_intervals_hold_the_value_and_shrink_with_the_rows() -> None:
    draw = np.random.default_rng(5)

    def width(rows: int) -> float:
        probabilities = draw.uniform(0.05, 0.95, rows)
        found = measure(draw.random(rows) < probabilities, probabilities, 1)["brier"]
        assert found.low is not None and found.high is not None
        assert found.low < found.value < found.high
        return found.high - found.low

    assert width(10_000) < width(100) / 5  # a tenth, by the square root


def test_gain_and_its_interval() -> None:
    # Mean 1, standard deviation 2 (n - 1): 1 +- 1.96 * 2 / sqrt(4).
    gain = mean_gain(np.array([-1.0, 0.0, 2.0, 3.0]) * (2 / np.sqrt(10 / 3)))
    assert gain.value == pytest.approx(1 * 2 / np.sqrt(10 / 3))
    assert gain.low is not None and gain.high is not None
    assert gain.high - gain.low == pytest.approx(2 * 1.96 * 2 / 2)


def test_copies_make_no_interval_shorter() -> None:
    # Sums from the mean, 1, of three clusters: -3, 0 and 3 of six rows: the error is
    # sqrt(3 / 2 * 18) / 6 = sqrt(3) / 2. Apart: sqrt(6 / 5 * (4 + 1 + 0 + 0 + 1 + 4)) / 6.
    gains = np.array([-1.0, 0.0, 1.0, 1.0, 2.0, 3.0])
    gain = mean_gain(gains, np.array([0, 0, 1, 1, 2, 2]))
    assert (gain.low, gain.high) == pytest.approx((1 - 1.96 * 3**0.5 / 2, 1 + 1.96 * 3**0.5 / 2))
    apart = mean_gain(gains)
    assert apart.high == pytest.approx(1 + 1.96 * 12**0.5 / 6)

    draw = np.random.default_rng(5)
    probabilities = draw.uniform(0.05, 0.95, 100)
    labels = draw.random(100) < probabilities
    once = measure(labels, probabilities, 1)["brier"]
    copies = np.arange(1000) % 100
    ten_times = measure(labels[copies], probabilities[copies], 1, copies)["brier"]
    assert once.low is not None and once.high is not None
    assert ten_times.low is not None and ten_times.high is not None
    assert ten_times.high - ten_times.low == pytest.approx(once.high - once.low, rel=0.2)


def test_error_rates_of_a_group() -> None:
    labels = np.array([True, True, False, False, False])
    found = group_measures(labels, np.array([0.9, 0.2, 0.6, 0.5, 0.1]), 0.5)
    assert found["false_positive_rate"].value == pytest.approx(2 / 3)
    assert found["false_negative_rate"].value == 0.5
    assert found["false_negative_rate"].rows == 2
    assert found["positive_rate"].value == 0.4
    assert "false_negative_rate" not in group_measures(labels[2:], np.full(3, 0.1), 0.5)


def test_stability_index() -> None:
    before, now = np.array([50.0, 50.0]), np.array([80.0, 20.0])
    expected = (0.8 - 0.5) * log(0.8 / 0.5) + (0.2 - 0.5) * log(0.2 / 0.5)
    assert stability_index(before, now) == pytest.approx(expected)
    assert stability_index(before, before * 7) == 0
    emptied = stability_index(before, np.array([10.0, 0.0]))
    assert emptied == pytest.approx(0.5 * log(2) + (0.0001 - 0.5) * log(0.0001 / 0.5))


def test_calibration_table_has_tenths() -> None:
    table = calibration_table(np.arange(100) >= 90, np.arange(100) / 100)
    assert len(table) == 10
    assert table[9] == (pytest.approx(0.945), 1.0, 10)


def test_losses_are_of_what_happened() -> None:
    assert losses(np.array([True, False]), np.array([0.25, 0.25])) == pytest.approx(
        [log(4), -log(0.75)]
    )


def test_calibration_finds_the_bend_that_was_put_in() -> None:
    draw = np.random.default_rng(3)
    true = draw.normal(0, 1.5, 40_000)
    labels = draw.random(40_000) < 1 / (1 + np.exp(-true))
    bent = calibration.fit(3 * true + 1, labels)  # true = (given - 1) / 3
    assert bent.slope == pytest.approx(1 / 3, rel=0.05)
    assert bent.intercept == pytest.approx(-1 / 3, abs=0.05)


def test_calibration_keeps_to_platts_targets_when_rows_separate() -> None:
    bent = calibration.fit(np.array([-5.0] * 8 + [5.0] * 8), np.arange(16) >= 8)
    assert bent.probabilities(np.array([5.0, -5.0])) == pytest.approx([9 / 10, 1 / 10])


def test_calibration_of_a_wrong_or_silent_model_is_the_rate() -> None:
    labels = np.array([True] * 30 + [False] * 10)
    for logits in (np.where(labels, -1.0, 1.0), np.zeros(40)):
        told = calibration.fit(logits, labels).probabilities(np.array([-2.0, 2.0]))
        assert told == pytest.approx([0.75, 0.75], abs=0.03)


def test_nothing_is_certain() -> None:
    told = calibration.Calibration().probabilities(np.array([-1000.0, 0.0, 1000.0]))
    assert told == pytest.approx([0.001, 0.5, 0.999])


def test_drift_is_told_above_a_quarter_and_above_chance() -> None:
    # 18.3 × (1/100 + 1/300) = 0.244; 18.3 × (1/50 + 1/300) = 0.427.
    assert not has_drifted(0.25, 300, 100) and has_drifted(0.26, 300, 100)
    assert not has_drifted(0.42, 300, 50) and has_drifted(0.43, 300, 50)
    assert not has_drifted(9.0, 300, 0)
