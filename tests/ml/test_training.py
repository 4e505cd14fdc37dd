"""What is trained on what, and what is refused."""

from dataclasses import replace

import numpy as np
import pytest

from ml.additive import Additive, log_odds
from ml.candidates import CANDIDATES
from ml.model import Model, bin_counts, bin_edges
from ml.training import train
from ml.training_set import TrainingSet
from tests.ml.made_up import by_day, drawn


def test_a_signal_is_learnt_and_promoted() -> None:
    training = train(drawn(), "shop", "churn", 1)
    assert training.refusal is None and training.model is not None
    assert (training.rows, training.held_out_rows) == (480, 120)
    assert training.figure("holdout", "model", "auc") > 0.8
    assert not training.is_separable
    assert {item.feature for item in training.importance[:2]} == {"pull", "push"}
    idle = training.importance[2]
    assert idle.feature == "idle" and abs(idle.rise) < 0.02


def test_no_signal_is_refused_and_says_so() -> None:
    training = train(drawn(strength=0), "shop", "churn", 1)
    assert training.refusal is not None and training.refusal.startswith("No signal: on held-out")


def test_a_model_no_better_than_the_plain_rate_is_refused() -> None:
    # The segment tells all there is to tell: the baseline rate knows as much as any model.
    draw = np.random.default_rng(2)
    group = draw.integers(0, 2, 800)
    labels = draw.random(800) < np.where(group == 1, 0.8, 0.2)
    near = group + draw.uniform(-0.1, 0.1, 800)
    data = TrainingSet(("near",), near[:, None], labels, group.astype(str))
    training = train(data, "shop", "churn", 1)
    assert training.measure("holdout", "model", "gain_over_constant").low > 0
    assert training.refusal is not None and "the baseline rate" in training.refusal


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (drawn(99), "Too few rows: 99"),
        # A fifth is held out.
        (drawn(100), "Too few training rows: 80; at least 100 are needed."),
        (drawn(400).take(np.flatnonzero(drawn(400).labels)), "All rows have the risk"),
        (drawn(400).take(np.flatnonzero(~drawn(400).labels)), "All rows lack the risk"),
    ],
)
def test_poor_data_are_refused_and_not_fitted(data: TrainingSet, said: str) -> None:
    training = train(data, "shop", "churn", 1)
    assert training.model is None and training.refusal is not None
    assert training.refusal.startswith(said)


def test_few_of_a_kind_are_refused() -> None:
    data = drawn(400)
    rows = np.concatenate((np.flatnonzero(~data.labels), np.flatnonzero(data.labels)[:19]))
    training = train(data.take(rows), "shop", "churn", 1)
    assert training.model is None and "19 of" in (training.refusal or "")


def test_constant_features_are_left_out_and_nothing_else_is_refused() -> None:
    data = drawn()
    flat = TrainingSet(
        (*data.features, "flat", "empty"),
        np.column_stack((data.values, np.ones(len(data)), np.full(len(data), np.nan))),
        data.labels,
        data.segments,
    )
    training = train(flat, "shop", "churn", 1)
    assert training.model is not None and training.model.features == data.features
    assert "flat, empty" in (training.reason or "")
    only = TrainingSet(("flat",), np.ones((len(data), 1)), data.labels, data.segments)
    assert "constant" in (train(only, "shop", "churn", 1).refusal or "")


def test_copies_and_rows_of_a_customer_stay_together() -> None:
    nan = float("nan")
    values = np.array([[1, nan], [0, 2], [1, nan], [-0.0, 2], [1, 2]])
    labels = np.array([True, False, False, False, True])
    data = TrainingSet(("a", "b"), values, labels, np.full(5, "all"))
    assert data.clusters().tolist() == [0, 1, 0, 1, 2]
    assert data.counts() == (2, 2)  # one of both kinds, one without, one with
    mine = replace(data, customers=np.array(["z", "a", "z", "b", "z"]))
    assert mine.clusters().tolist() == [0, 1, 0, 2, 0]


def test_no_copy_falls_on_the_other_side_of_a_split() -> None:
    data = drawn(300).take(np.tile(np.arange(300), 3))
    for fitted, tested in [data.hold_out(1), *data.folds(1)]:
        assert len(fitted) + len(tested) == 900
        assert not set(data.values[fitted, 2]) & set(data.values[tested, 2])
    assert len(data.hold_out(1)[1]) == 3 * 60


def test_copies_of_too_few_rows_are_refused() -> None:
    training = train(drawn(99).take(np.tile(np.arange(99), 9)), "shop", "warranty", 1)
    assert (training.refusal or "").startswith("Too few distinct rows: 99;")


def test_no_rows_are_too_few() -> None:
    assert (train(drawn(0), "shop", "warranty", 1).refusal or "").startswith("Too few rows: 0;")


def test_days_are_split_by_time_and_never_look_ahead() -> None:
    data = by_day(days=4)
    assert data.days is not None
    past, held_out = data.hold_out(1)
    assert np.unique(data.days[held_out]) == [np.datetime64("2024-03-31")]
    assert data.days[past].max() == np.datetime64("2024-03-01")
    folds = list(data.take(past).folds(1))
    assert len(folds) == 2
    for fitted, tested in folds:
        known_on = data.days[past][fitted] + np.timedelta64(30, "D")
        assert known_on.max() <= data.days[past][tested].min()


def test_a_label_not_yet_known_on_the_judging_day_is_not_trained_on() -> None:
    # Days 30 apart and a horizon of 45: what the 1st of March became, the 31st does not know.
    data = by_day(days=4)
    slow = TrainingSet(
        data.features, data.values, data.labels, data.segments, days=data.days, horizon_days=45
    )
    past, _ = slow.hold_out(1)
    assert slow.days is not None and slow.days[past].max() == np.datetime64("2024-01-31")


def test_other_days_ahead_or_features_mean_another_thing() -> None:
    data = by_day()
    same, fewer = data.take(np.arange(5)), data.with_features(np.array([True, True, False]))
    longer = replace(data, horizon_days=60)
    assert data.meaning() == same.meaning()
    assert len({data.meaning(), fewer.meaning(), longer.meaning()}) == 3


def test_by_day_three_days_are_enough_and_two_are_not() -> None:
    assert train(by_day(days=3), "shop", "churn", 1).refusal is None
    assert "Too few training days for" in (train(by_day(days=2), "shop", "churn", 1).refusal or "")


def test_a_single_day_is_refused() -> None:
    training = train(by_day(days=1), "shop", "churn", 1)
    assert training.model is None and training.rows == 0
    assert (training.refusal or "").startswith("Too few training days: no day is a whole horizon")


def test_the_plain_rate_leans_towards_the_overall_one() -> None:
    labels = np.array([True] * 20 + [False] * 20)
    segments = np.array(["a"] * 20 + ["b"] * 20)
    data = TrainingSet(("x",), np.zeros((40, 1)), labels, segments)
    asked = TrainingSet(("x",), np.zeros((2, 1)), labels[:2], np.array(["a", "new"]))
    assert data.baseline(asked) == pytest.approx([(20 + 20 * 0.5) / 40, 0.5])


@pytest.mark.parametrize("algorithm", CANDIDATES)
def test_parts_add_up_to_the_pipelines_log_odds(algorithm: str) -> None:
    data = drawn()
    pipeline = CANDIDATES[algorithm](1).fit(data.values, data.labels)
    sums = Additive(pipeline, np.nanmedian(data.values, axis=0))
    values = np.vstack((data.values, [[9, -9, np.nan], [np.nan, np.nan, np.nan]]))
    told = sums.base + sums.parts(values).sum(axis=1)
    assert told == pytest.approx(log_odds(pipeline, values), abs=1e-9)


def trained() -> Model:
    model = train(drawn(), "shop", "churn", 1, {"pull": "pull of the moon"}).model
    assert model is not None
    return model


def test_values_beyond_the_trained_range_are_marked() -> None:
    model = trained()
    beyond = model.maximum + 1
    rows = np.array([model.maximum, model.minimum, beyond, [np.nan] * 3])
    assert model.outside(rows).any(axis=1).tolist() == [False, False, True, False]
    assert model.probabilities(model.parts(rows * 1e6)).min() >= 0.001


def test_tiers() -> None:
    told = trained().tiers(np.array([0.19, 0.2, 0.49, 0.5]))
    assert told.tolist() == ["low", "medium", "medium", "high"]


def test_bins_are_tenths_with_missing_values_apart() -> None:
    values = np.append(np.arange(1.0, 101.0), np.nan)
    edges = bin_edges(values)
    assert bin_counts(values, edges).tolist() == [10] * 10 + [1]
    assert bin_counts(np.array([np.nan, np.nan]), bin_edges(np.array([np.nan]))).sum() == 2
