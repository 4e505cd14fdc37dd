"""Reasons for scores: of different kinds, in the words of the list of features."""

import csv
from pathlib import Path

import numpy as np
import pytest

from ml.reasons import Reasons
from ml.wording import Words, plain_words

NAN = float("nan")
FEATURES = Path(__file__).parents[2] / "seeds" / "risk_features.csv"


def listed() -> dict[str, Words]:
    """The words of the churn features, as the warehouse has them."""
    with FEATURES.open() as file:
        return {
            row["feature_name"]: Words(*list(row.values())[5:])
            for row in csv.DictReader(file)
            if row["risk_type"] == "churn"
        }


def told(customer: dict[str, tuple[float, float]], middle: float = 10.0) -> list[str | None]:
    """The reasons for a customer, by feature the value and its part; the middle is always 10."""
    words = listed()
    reasons = Reasons([words[name] for name in customer], np.full(len(customer), middle))
    values, parts = (np.array([column]) for column in zip(*customer.values(), strict=True))
    return [column.to_pylist()[0] for column in reasons.strongest(values, parts)]


def test_a_long_silence_is_one_reason_however_often_it_is_measured() -> None:
    customer = {
        "recency_days": (60.0, 0.9),
        "recency_gap_ratio": (12.0, 1.1),
        "recency_gap_deviations": (20.0, 1.0),
        "recency_longest_gap_ratio": (11.0, 0.8),
        "purchases_recent": (0.0, 0.7),
        "purchases_trend": (-1.0, 0.3),
        "basket_value": (4.0, 0.1),
        "discount_share": (90.0, -0.2),
    }
    assert told(customer) == [
        "stayed away rather long for this customer (raises the risk)",
        "purchases fall off more than with most (raises the risk)",
        "saves more by discounts than most (lowers the risk)",
    ]


def test_who_bought_once_is_told_so_and_nothing_is_unknown() -> None:
    # No pause can be measured: six features miss, and the model leans on some of them.
    customer = {
        "recency_days": (5.0, -0.3),
        "purchases_per_30_days": (1.0, 0.2),
        "gap_days_mean": (NAN, 0.0),
        "gap_days_deviation": (NAN, 0.5),
        "gap_days_longest": (NAN, 0.1),
        "last_gap_ratio": (NAN, 0.1),
        "recency_gap_ratio": (NAN, 0.2),
        "recency_gap_deviations": (NAN, -0.1),
        "recency_longest_gap_ratio": (NAN, 0.0),
        "basket_lines": (5.0, 0.25),
    }
    assert told(customer) == [
        "bought on only one day so far (raises the risk)",
        "bought more recently than most (lowers the risk)",
        "smaller baskets than most (raises the risk)",
    ]


def test_who_bought_twice_has_one_pause_and_no_rhythm() -> None:
    customer = {
        "gap_days_mean": (30.0, 0.1),
        "gap_days_deviation": (NAN, 0.4),
        "last_gap_ratio": (12.0, 0.3),
        "recency_gap_deviations": (NAN, 0.2),
        "recency_gap_ratio": (4.0, -0.2),
    }
    assert told(customer) == [
        "bought on two days at most so far (raises the risk)",
        "paused rather long before the last purchase (raises the risk)",
        "last purchase rather recent for this customer (lowers the risk)",
    ]


def test_who_bought_nothing_in_two_windows_has_no_trend_but_a_silence() -> None:
    customer = {
        "recency_days": (90.0, 0.2),
        "purchases_trend": (NAN, 0.7),
        "revenue_trend": (NAN, 0.4),
        "revenue_earlier": (0.0, 0.6),
        "discount_share": (90.0, -0.1),
    }
    assert told(customer) == [
        "nothing bought lately or in the period before (raises the risk)",
        "saves more by discounts than most (lowers the risk)",
        None,
    ]


def test_a_kind_counts_for_what_its_features_move_together() -> None:
    # Silence: 1.0 - 0.9 = 0.1, less than what is spent; how often: -0.3 by what lowers it most.
    customer = {
        "recency_days": (30.0, 1.0),
        "purchases_recent": (12.0, -0.9),
        "basket_value": (3.0, 0.2),
        "gap_days_mean": (40.0, 0.1),
        "purchases_per_30_days": (30.0, -0.4),
    }
    assert told(customer) == [
        "buys more often than most (lowers the risk)",
        "spends less per purchase than most (raises the risk)",
        "longer without a purchase than most (raises the risk)",
    ]


def test_nothing_is_said_that_nobody_would_believe() -> None:
    # A long silence that lowers the risk: told of the pace instead, the silence not at all.
    customer = {
        "recency_gap_ratio": (12.0, -0.9),
        "recency_days": (60.0, 0.1),
        "purchases_per_30_days": (4.0, -0.4),
        "gap_days_mean": (2.0, -0.2),
        "last_gap_ratio": (12.0, -0.1),
    }
    assert told(customer) == [
        "shorter pauses between purchases than most (lowers the risk)",
        "paused rather long before the last purchase (lowers the risk)",
        None,
    ]


def test_weak_reasons_are_not_told() -> None:
    assert told({"basket_value": (50.0, 0.019), "weekend_share": (11.0, -0.021)}) == [
        "buys more at weekends than most (lowers the risk)",
        None,
        None,
    ]


def test_every_row_has_its_own_reasons() -> None:
    words = listed()
    names = ["recency_days", "gap_days_mean", "basket_value"]
    values = np.array([[60.0, NAN, 1.0], [1.0, 20.0, 20.0], [10.0, 10.0, 10.0]])
    parts = np.array([[0.5, 0.6, 0.1], [-0.5, 0.4, -0.3], [0.0, 0.0, 0.0]])
    reasons = Reasons([words[name] for name in names], np.full(3, 10.0))
    columns = [column.to_pylist() for column in reasons.strongest(values, parts)]
    assert list(zip(*columns, strict=True)) == [
        (
            "bought on only one day so far (raises the risk)",
            "longer without a purchase than most (raises the risk)",
            "spends less per purchase than most (raises the risk)",
        ),
        (
            "bought more recently than most (lowers the risk)",
            "longer pauses between purchases than most (raises the risk)",
            "spends more per purchase than most (lowers the risk)",
        ),
        (None, None, None),
    ]


def test_a_feature_that_left_the_list_is_called_by_its_label() -> None:
    reasons = Reasons([plain_words("luck", "luck in games")], np.array([0.0]))
    values = np.array([[1.0], [-1.0], [NAN]])
    assert reasons.strongest(values, np.array([[1.0], [-1.0], [0.5]]))[0].to_pylist() == [
        "luck in games: more than usual (raises the risk)",
        "luck in games: less than usual (lowers the risk)",
        "luck in games: unknown (raises the risk)",
    ]


@pytest.mark.parametrize("name", sorted(listed()))
def test_no_churn_reason_says_unknown(name: str) -> None:
    assert all(said and "unknown" not in said for said in listed()[name].said)
