"""The two real files of observed risks: one that can be told apart, one without any signal."""

from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold

from ml import measures
from ml.additive import log_odds
from ml.candidates import CANDIDATES
from ml.training import train
from ml.training_set import TrainingSet
from tests.ml.small_marts import PERSONAL, SmallMarts


def read(path: Path) -> TrainingSet:
    rows = np.genfromtxt(path, delimiter=",", skip_header=1)
    bands = np.array([f"{int(age) // 20}" for age in rows[:, 0]])
    return TrainingSet(PERSONAL, rows[:, :5], rows[:, 5] > 0, bands)


def test_the_separable_file_is_told_apart_and_flagged(real_data: Path) -> None:
    training = train(read(real_data / "electronics/risk_actual.csv"), "electronics", "warranty", 1)
    assert training.refusal is None and training.model is not None
    assert training.held_out_rows == 200 and training.rows == 800
    assert training.figure("holdout", "model", "auc") >= 0.99
    assert training.figure("holdout", "model", "accuracy") >= 0.98
    assert training.figure("holdout", "model", "calibration_error") < 0.01
    assert training.is_separable and "leak" in (training.reason or "")


@pytest.mark.parametrize("algorithm", CANDIDATES)
def test_the_separable_file_is_told_apart_in_ten_folds(real_data: Path, algorithm: str) -> None:
    data = read(real_data / "electronics/risk_actual.csv")
    folds = StratifiedKFold(10, shuffle=True, random_state=1).split(data.values, data.labels)
    for fitted, tested in folds:
        pipeline = CANDIDATES[algorithm](1).fit(data.values[fitted], data.labels[fitted])
        logits = log_odds(pipeline, data.values[tested])
        assert roc_auc_score(data.labels[tested], logits) >= 0.99
        assert np.mean((logits > 0) == data.labels[tested]) >= 0.98


def test_the_file_without_signal_is_refused_with_every_seed(
    real_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measures, "RESAMPLES", 10)  # no part of the verdict
    data = read(real_data / "electronics/risk_random.csv")
    for seed in range(20):
        training = train(data, "electronics", "warranty", seed)
        assert training.refusal is not None and training.refusal.startswith("No signal"), seed


@pytest.mark.parametrize(("times", "seeds"), [(2, (2, 5, 8)), (10, (1,))])
def test_copies_of_the_file_without_signal_are_refused(
    real_data: Path, monkeypatch: pytest.MonkeyPatch, times: int, seeds: tuple[int, ...]
) -> None:
    monkeypatch.setattr(measures, "RESAMPLES", 10)  # no part of the verdict
    data = read(real_data / "electronics/risk_random.csv")
    copies = data.take(np.tile(np.arange(len(data)), times))
    for seed in seeds:
        training = train(copies, "electronics", "warranty", seed)
        assert training.refusal is not None and training.refusal.startswith("No signal"), seed


def test_a_bad_feed_changes_neither_model_nor_scores(real_data: Path, marts: SmallMarts) -> None:
    actual, noise = (real_data / f"electronics/risk_{name}.csv" for name in ("actual", "random"))
    marts.observe(actual)
    marts.add_people(300)
    task, workshop = marts.task(), marts.workshop
    good = workshop.train(task)
    assert good.outcome == "promoted" and workshop.score(task) == 300
    scores = marts.run("select * from ml.risk_scores order by customer_id")

    marts.observe(noise)
    for seed in (1, 2):
        bad = workshop.train(task, seed=seed)
        assert bad.outcome == "refused" and "No signal" in (bad.reason or "")
        assert bad.model_version == good.model_version
        assert workshop.score(task) is None
    assert marts.run("select * from ml.risk_scores order by customer_id") == scores
    current = workshop.registry.current(task.name)
    assert current is not None and current.version == good.model_version
    assert len(workshop.registry.versions("data/electronics/risk_observations")) == 2

    marts.observe(actual)
    again = workshop.train(task)
    assert (again.outcome, again.model_version) == ("promoted", good.model_version)
    assert workshop.score(task) is None
    assert marts.run("select status, count(*) from ml.model_runs group by 1 order by 1") == [
        ("promoted", 2),
        ("refused", 2),
        ("scored", 1),
    ]
