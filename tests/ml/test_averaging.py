"""The average of candidates: its weights, the purchase pattern, and reasons that stay exact."""

import math
from dataclasses import replace

import numpy as np
import pytest

from ml import purchase_pattern
from ml.calibration import Calibration
from ml.model import Model
from ml.training import Training, train
from ml.training_set import TrainingSet
from ml.weighting import weights
from tests.ml.made_up_buyers import shop

HORIZON = 60


def test_two_candidates_that_err_differently_share_the_weight() -> None:
    draw = np.random.default_rng(1)
    truth = draw.normal(size=4000)
    labels = draw.random(4000) < 1 / (1 + np.exp(-2 * truth))
    seen = {"one": truth + draw.normal(size=4000), "two": truth + draw.normal(size=4000)}
    assert weights(seen, labels) == {"one": 0.5, "two": 0.5}
    seen["noise"] = draw.normal(size=4000)
    seen["unknown"] = np.full(4000, np.nan)
    assert weights(seen, labels) == {"one": 0.5, "two": 0.5}
    assert weights({"true": truth, "noise": seen["noise"]}, labels) == {"true": 1.0}


def test_the_pattern_by_hand() -> None:
    """r = 1, alpha = 10, a = 1, b = 2: alive by 1 / 3 (see the lifetime models), and then silent
    for 40 more days by (40 / 80) ** 2 = 1 / 4: buys by 1 / 3 * 3 / 4 = 1 / 4, so log-odds log 3.
    """
    recency, history = np.array([20.0]), np.array([[2.0, 30.0]])  # The last on day 10 of 30.
    found = purchase_pattern.log_odds(np.array([1.0, 10.0, 1.0, 2.0]), recency, history, 40)
    assert found[0] == pytest.approx(math.log(3))
    assert np.isnan(purchase_pattern.log_odds(None, recency, history, 40)).all()
    assert purchase_pattern.fit(np.ones(50), np.full((50, 2), np.nan)) is None


def buyers(days: int = 4, customers: int = 1500) -> TrainingSet:
    """Customers of several days who buy as BG/NBD has it, and whether they bought afterwards."""
    parts = []
    for day in range(days):
        ages = np.random.default_rng(100 + day).integers(30, 150, customers).astype(float)
        _, before, later = shop(ages, day, (0.9, 60.0, 0.8, 3.0), ahead=HORIZON)
        of = before.histories
        recency = of.age - of.last
        noise = np.random.default_rng(200 + day).normal(size=customers)
        parts.append((recency, noise, later.purchases == 0, of.repeats + 1, of.age))
    recency, noise, labels, purchase_days, tenure = map(np.concatenate, zip(*parts, strict=True))
    at = np.datetime64("2024-01-01") + (HORIZON * np.arange(days)).astype("timedelta64[D]")
    count = len(labels)
    return TrainingSet(
        ("recency_days", "noise"),
        np.column_stack((recency, noise)),
        labels.astype(bool),
        np.full(count, "all"),
        np.full(count, 0.6),
        np.repeat(at, customers),
        HORIZON,
        customers=np.arange(count).astype(str),
        history=np.column_stack((purchase_days, tenure)),
    )


@pytest.fixture(scope="module")
def trained() -> Training:
    return train(buyers(), "shop", "churn", 1)


def test_the_pattern_is_a_part_that_models_calculate(trained: Training) -> None:
    model = trained.model
    assert model and trained.refusal is None
    assert model.features == ("recency_days", "noise", "purchase_pattern")
    assert model.columns == ("recency_days", "noise", "purchase_days", "tenure_days")
    read = np.array([[20.0, 0.1, 2.0, 30.0], [1.0, 0.1, 6.0, 30.0]])
    values = model.complete(read)
    assert model.pattern is not None
    expected = purchase_pattern.log_odds(model.pattern, read[:, 0], read[:, 2:], HORIZON)
    assert values[:, 2].tolist() == expected.tolist()
    chances = model.probabilities(model.parts(values))
    assert chances[0] > chances[1] + 0.2
    again = Model.from_bytes(model.to_bytes())
    assert again.complete(read).tolist() == values.tolist()
    assert again.probabilities(again.parts(values)).tolist() == chances.tolist()


def test_parts_add_up_to_the_average(trained: Training) -> None:
    model = trained.model
    assert model
    assert sum(model.weights.values()) == 1
    values = model.complete(np.array([[20.0, 0.1, 2.0, 30.0]]))
    mixed = sum(
        weight
        * (
            values[0, -1]
            if name == purchase_pattern.NAME
            else model.pipelines[name].decision_function(values)[0]
        )
        for name, weight in model.weights.items()
    )
    said = model.probabilities(model.parts(values))
    assert said == pytest.approx(model.calibration.probabilities(np.array([mixed])))


def test_the_average_is_no_worse_than_any_candidate(trained: Training) -> None:
    """On held-out rows; where the data are the pattern's own, it is hard to beat."""
    own = trained.figure("holdout", "model", "log_loss")
    for name in ("logistic_regression", "gradient_boosting", "purchase_pattern", "baseline"):
        assert own < trained.figure("holdout", name, "log_loss") + 0.01
    assert trained.figure("holdout", "model", "calibration_error") < 0.05


def test_the_pattern_looks_into_no_future() -> None:
    """Whatever happens on later rows, a fold's pattern stays."""
    data = buyers()
    assert data.days is not None and data.history is not None
    early = data.take(np.flatnonzero(data.days < data.days.max()))
    spoilt = replace(data, labels=~data.labels).take(np.flatnonzero(data.days < data.days.max()))
    before, after = early.purchase_pattern(), spoilt.purchase_pattern()
    assert before is not None and after is not None
    assert before.tolist() == after.tolist()


def test_features_without_a_part_are_not_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ml.training.weights", lambda *_: {purchase_pattern.NAME: 1.0})
    found = train(buyers(), "shop", "churn", 1)
    model = found.model
    assert model and model.algorithm == purchase_pattern.NAME
    assert model.features == ("recency_days", "purchase_pattern")
    assert model.columns == ("recency_days", *purchase_pattern.HISTORY)
    # It says what the candidate says alone.
    for metric in ("log_loss", "auc"):
        alone = found.figure("holdout", purchase_pattern.NAME, metric)
        assert found.figure("holdout", "model", metric) == pytest.approx(alone)


def test_a_feature_that_is_constant_on_some_days_stops_nothing() -> None:
    """New on the last day but one, say: in the folds before it is empty, and boosting needs two
    values.
    """
    data = buyers()
    assert data.days is not None
    days = np.unique(data.days)
    late = np.where(data.days >= days[-2], data.values[:, 1], np.nan)
    wider = replace(
        data,
        features=(*data.features, "late"),
        values=np.column_stack((data.values, late)),
    )
    assert train(wider, "shop", "churn", 1).model is not None


def test_a_model_of_one_pipeline_is_still_read(trained: Training) -> None:
    """As they were archived before candidates were averaged."""
    from ml import artifact

    model = train(replace(buyers(), history=None), "shop", "churn", 1).model
    assert model and model.pattern is None
    name, pipeline = next(iter(model.pipelines.items()))
    old = {key: value for key, value in model.__dict__.items() if key not in _NEW}
    old |= {
        "format": 1,
        "algorithm": name,
        "pipeline": pipeline,
        "features": list(model.features),
        "labels": list(model.labels),
        "calibration": [1.0, 0.0],
    }
    again = Model.from_bytes(artifact.encode(old))
    values = np.array([[20.0, 0.1], [1.0, -0.1]])
    assert again.calibration == Calibration()
    assert again.probabilities(again.parts(values)) == pytest.approx(
        Calibration().probabilities(pipeline.decision_function(values))
    )


_NEW = {"pipelines", "weights", "pattern", "trained_under", "additives", "base"}
