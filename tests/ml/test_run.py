"""Training and scoring on a database: what is due, what is written, what survives a kill."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sklearn.base

from ml import customer_scoring, run
from ml.model_errors import ModelError
from ml.model_records import Records
from ml.registry import Registry
from ml.tasks import Task
from tests.ml.small_marts import NewMarts, SmallMarts

SCORES = "select * from ml.risk_scores order by run_id, customer_id"


@pytest.fixture
def ready(marts: SmallMarts) -> SmallMarts:
    marts.observe_people()
    marts.add_people(120)
    return marts


def test_no_marts_no_risks(empty_database: str, tmp_path: Path) -> None:
    import psycopg

    workshop = run.Workshop(lambda: psycopg.connect(empty_database), "", Registry(str(tmp_path)))
    assert workshop.tasks() == []


def test_a_training_is_written_down_whole(ready: SmallMarts) -> None:
    report = ready.workshop.train(ready.task())
    assert report.outcome == "promoted"
    rows = ready.run(
        "select run_type, status, source_system, risk_type, model_version, algorithm, row_count, "
        "holdout_row_count, random_seed, is_separable, length(data_hash), as_of_date "
        "from ml.model_runs"
    )
    assert rows == [
        ("training", "promoted", "electronics", "warranty", report.model_version,
         report.algorithm, 320, 80, 1, False, 64, None)
    ]  # fmt: skip
    metrics = set(
        ready.run(
            "select data_part, predictor, metric from ml.model_metrics where group_name = 'all'"
        )
    )
    for part in ("holdout", "cross_validation"):
        for predictor in ("model", "constant", "baseline"):
            for metric in ("auc", "log_loss", "brier", "calibration_error", "top_decile_lift"):
                assert (part, predictor, metric) in metrics
    assert ("cross_validation", "gradient_boosting", "log_loss") in metrics
    groups = ready.run(
        "select distinct group_name, metric from ml.model_metrics where group_name <> 'all'"
    )
    assert ("age_band", "false_positive_rate") in groups
    assert ("income_band", "false_negative_rate") in groups
    importance = ready.run(
        "select feature_name, is_personal from ml.feature_importance order by importance_rank"
    )
    assert importance[:2] == [("income", True), ("pets_count", True)] and len(importance) == 5


def test_scores_are_written_with_reasons_and_marks(ready: SmallMarts) -> None:
    ready.run(
        "insert into build_marts.customer_features (source_system, customer_key, customer_id,"
        " is_current, age, kids_count, pets_count, siblings_count, income) values "
        "('electronics', -1, 'rich', true, 40, 1, 0, 1, 9e9),"
        "('electronics', -2, 'poor, with \"pets\"', true, 40, 1, 5, 1, 11000),"
        "('electronics', -3, 'half known', true, 40, null, null, null, null),"
        "('electronics', -4, 'not known', true, null, null, null, null, null),"
        "('electronics', -5, 'of old', false, 40, 1, 0, 1, 5000)"
    )
    task = ready.task()
    ready.workshop.train(task)
    assert ready.workshop.score(task) == 123
    told = {
        row[0]: row[1:]
        for row in ready.run(
            "select customer_id, has_risk, risk_tier, is_outside_training_range, reason_1, "
            "probability from ml.risk_scores where customer_id !~ '^c[0-9]'"
        )
    }
    assert set(told) == {"rich", 'poor, with "pets"', "half known"}
    assert told["rich"][:4] == (False, "low", True, "higher income than most (lowers the risk)")
    assert told['poor, with "pets"'][:4] == (
        True, "high", False, "lower income than most (raises the risk)",
    )  # fmt: skip
    assert told["half known"][2] is False and 0.001 <= told["half known"][4] <= 0.999
    drift = ready.run(
        "select subject, feature_name, population_stability, outside_range_rate, "
        "training_row_count, scored_row_count from ml.drift where feature_name = 'income' "
        "or subject = 'score' order by 1"
    )
    assert [row[0] for row in drift] == ["feature", "score"]
    assert drift[0][3] >= 1 / 123 and drift[0][4:] == (320, 123)
    assert all(row[2] >= 0 for row in drift)


def test_chunks_give_the_scores_that_one_gives(ready: SmallMarts) -> None:
    task, workshop = ready.task(), ready.workshop
    workshop.train(task)
    entry = workshop.registry.current(task.name)
    assert entry is not None
    model = workshop.load(task, entry)
    for run_id, rows in ((101, 7), (102, 1000)):
        with ready.connect() as reader, ready.connect() as writer:
            table = Records(writer, "", "electronics", "warranty").table("risk_scores")
            seen = customer_scoring.score(reader, writer, model, task, table, run_id, "", rows)
            assert seen.rows == 120 and seen.score_counts.sum() == 120
    first, second = (
        ready.run(
            "select customer_id, probability, reason_1, reason_2, reason_3 from ml.risk_scores "
            f"where run_id = {run_id} order by 1"
        )
        for run_id in (101, 102)
    )
    assert first == second


def test_nothing_new_is_neither_trained_nor_scored(ready: SmallMarts) -> None:
    task, workshop = ready.task(), ready.workshop
    assert workshop.train(task).outcome == "promoted" and workshop.score(task) == 120
    assert workshop.train(task).outcome == "unchanged" and workshop.score(task) is None
    ready.run(
        "update build_marts.customer_features set income = income + 1 where customer_id = 'c7'"
    )
    assert workshop.train(task).outcome == "unchanged" and workshop.score(task) == 120
    assert ready.run("select count(*), count(distinct run_id) from ml.risk_scores") == [(240, 2)]


def test_a_model_of_another_library_version_scores_and_the_run_says_so(
    ready: SmallMarts, monkeypatch: pytest.MonkeyPatch, recwarn: pytest.WarningsRecorder
) -> None:
    task, workshop = ready.task(), ready.workshop
    with monkeypatch.context() as earlier:
        earlier.setattr(sklearn.base, "__version__", "1.2.3")
        workshop.train(task)
    assert workshop.score(task) == 120
    told = "The model was trained with scikit-learn 1.2.3 and scored with " + sklearn.__version__
    assert workshop.remark(task) == told + "."
    reasons = "select reason from ml.model_runs where run_type = 'scoring'"
    assert ready.run(reasons) == [(told + ".",)]
    assert not [warning for warning in recwarn if "scikit" in str(warning.message)]
    # Trained again here, there is nothing to say.
    workshop.train(task, seed=2)
    assert workshop.score(task) == 120 and workshop.remark(task) is None


def test_new_words_for_reasons_score_again_and_train_nothing(ready: SmallMarts) -> None:
    task, workshop = ready.task(), ready.workshop
    workshop.train(task)
    workshop.score(task)
    ready.run(
        "update build_reference.risk_features set words_if_high = 'earns more than most' "
        "where feature_name = 'income'"
    )
    reworded = ready.task()
    assert workshop.train(reworded).outcome == "unchanged" and workshop.score(reworded) == 120
    told = ready.run(
        "select distinct reason_1 from ml.risk_scores where reason_1 like '%than most (lowers%' "
        "and run_id = (select max(run_id) from ml.risk_scores)"
    )
    assert ("earns more than most (lowers the risk)",) in told


def test_new_data_train_again_and_a_rollback_goes_back(ready: SmallMarts) -> None:
    task, workshop = ready.task(), ready.workshop
    first = workshop.train(task).model_version
    workshop.score(task)
    ready.observe_people(seed=2)
    second = workshop.train(task).model_version
    assert first != second and workshop.score(task) == 120
    data_set = "data/electronics/risk_observations"
    newest = workshop.registry.current(data_set)
    assert workshop.roll_back(task).version == first
    assert workshop.registry.current(data_set) not in (None, newest)
    assert ready.run("select run_type, model_version from ml.model_runs order by run_id")[-1] == (
        "rollback",
        first,
    )
    # The same data: no new training throws the rollback over, and the old scores still hold.
    assert workshop.train(task).outcome == "unchanged" and workshop.score(task) is None
    assert workshop.roll_back(task, second).version == second
    with pytest.raises(ModelError, match="has no version 2020"):
        workshop.roll_back(task, "2020")


def test_scores_that_were_deleted_are_made_again(ready: SmallMarts) -> None:
    task, workshop = ready.task(), ready.workshop
    workshop.train(task)
    assert workshop.score(task) == 120
    ready.observe_people(seed=2)
    workshop.train(task)
    assert workshop.score(task) == 120
    ready.run("delete from ml.risk_scores where run_id = (select min(run_id) from ml.risk_scores)")
    assert workshop.score(task) is None
    workshop.roll_back(task)
    assert workshop.score(task) == 120 and workshop.score(task) is None


def test_a_seed_of_its_own_stands_until_the_data_change(ready: SmallMarts) -> None:
    task, workshop = ready.task(), ready.workshop
    seeds = "select random_seed from ml.model_runs order by run_id"
    workshop.train(task)
    assert workshop.train(task, seed=2).outcome == "promoted"
    assert workshop.train(task).outcome == "unchanged"
    assert workshop.train(task, seed=2).outcome == "unchanged"
    ready.observe_people(seed=2)
    workshop.train(task)
    assert ready.run(seeds) == [(1,), (2,), (1,)]


def test_a_model_outlives_the_labelled_set_it_learnt_from(
    ready: SmallMarts, new_marts: NewMarts
) -> None:
    first = ready.workshop.train(ready.task()).model_version
    ready.observe_people(seed=2)
    second = ready.workshop.train(ready.task()).model_version
    ready.run("truncate build_core.fct_risk_observations")
    task = ready.task()
    assert task.as_of_date == date(2024, 3, 1)
    report = ready.workshop.train(task, force=True)
    assert (report.outcome, report.model_version) == ("unchanged", second)
    assert ready.workshop.score(task) == 120
    assert ready.workshop.roll_back(task).version == first
    assert ready.workshop.score(task) == 120
    # Another warehouse with the same registry has no such source, and so no such risk.
    assert new_marts().workshop.tasks() == []


def test_a_churn_model_outlives_the_history_it_learnt_from(marts: SmallMarts) -> None:
    marts.run(
        """
        insert into build_aggregates.churn_horizons values
            ('shop', '2024-05-01', null, false), ('stall', '2024-05-01', 7, true);
        insert into build_aggregates.churn_labels values ('shop', 1, '2024-03-01', 'all', true)
        """
    )
    assert [task.title for task in marts.workshop.tasks()] == ["churn of stall"]
    registry = marts.workshop.registry
    for source in ("elsewhere", "shop"):
        name = f"models/{source}/churn"
        registry.make_current(name, registry.archive(name, "model.skops", source.encode()))
    tasks = marts.workshop.tasks()
    assert [(task.title, task.has_training) for task in tasks] == [
        ("churn of shop", False), ("churn of stall", True),
    ]  # fmt: skip
    assert marts.workshop.train(tasks[0]).outcome == "unchanged"


def test_without_an_earlier_model_there_is_no_way_back(ready: SmallMarts) -> None:
    with pytest.raises(ModelError, match="no current model for warranty of electronics"):
        ready.workshop.roll_back(ready.task())
    ready.workshop.train(ready.task())
    with pytest.raises(ModelError, match="no earlier model"):
        ready.workshop.roll_back(ready.task())


def test_a_tampered_model_scores_nobody_until_it_is_trained_again(
    ready: SmallMarts, tmp_path: Path
) -> None:
    task = ready.task()
    first = ready.workshop.train(task)
    assert not first.was_spoilt
    (artifact,) = tmp_path.rglob("model.skops")
    honest = artifact.read_bytes()
    artifact.write_bytes(honest[:-1] + b"x")
    with pytest.raises(ModelError, match=r"was changed after it was archived.*train again"):
        ready.workshop.score(task)
    assert ready.run("select count(*) from ml.risk_scores") == [(0,)]
    # The data are the same, and so is the version; only its file is mended.
    again = ready.workshop.train(task)
    assert (again.outcome, again.model_version) == ("promoted", first.model_version)
    assert again.was_spoilt and artifact.read_bytes() == honest
    assert ready.workshop.score(task) == 120
    assert ready.workshop.train(task).outcome == "unchanged"


def test_a_model_of_another_risk_is_not_used(ready: SmallMarts, tmp_path: Path) -> None:
    task = ready.task()
    ready.workshop.train(task)
    path = tmp_path / "models/models/electronics/warranty"
    path.rename(tmp_path / "models/models/electronics/churn")
    other = Task("electronics", "churn", task.features, task.training, task.scoring)
    with pytest.raises(ModelError, match="not for churn of electronics"):
        ready.workshop.score(other)


class Killed(BaseException):
    """Stands for the end of the process."""


def killed(*_: Any, **__: Any) -> Any:
    raise Killed


@pytest.mark.parametrize(
    ("place", "survives"),
    [
        ((Registry, "archive"), False),
        ((Registry, "make_current"), False),
        ((Records, "add_training"), True),
    ],
)
def test_a_training_killed_anywhere_leaves_all_whole(
    ready: SmallMarts, monkeypatch: pytest.MonkeyPatch, place: tuple[Any, str], survives: bool
) -> None:
    task, workshop = ready.task(), ready.workshop
    first = workshop.train(task).model_version
    workshop.score(task)
    scores = ready.run(SCORES)
    ready.observe_people(seed=2)
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(*place, killed)
        workshop.train(task)
    assert ready.run(SCORES) == scores
    current = workshop.registry.current(task.name)
    assert current is not None and (current.version == first) is not survives
    workshop.load(task, current)
    # The next run goes on from there, whatever was reached.
    again = workshop.train(task)
    assert again.outcome == ("unchanged" if survives else "promoted")
    assert again.model_version != first
    assert workshop.score(task) == 120
    assert ready.run("select count(*) from ml.model_runs where run_type = 'training'") == [(2,)]


def test_a_scoring_killed_half_way_leaves_no_row(
    ready: SmallMarts, monkeypatch: pytest.MonkeyPatch
) -> None:
    task, workshop = ready.task(), ready.workshop
    workshop.train(task)
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(Records, "add_drift", killed)
        workshop.score(task)
    assert ready.run("select count(*) from ml.risk_scores") == [(0,)]
    assert ready.run("select count(*) from ml.drift") == [(0,)]
    assert workshop.score(task) == 120


def test_a_registry_that_is_shared_tells_another_warehouse(
    ready: SmallMarts, new_marts: NewMarts
) -> None:
    """The models lie in one place: a second database learns of them from there."""
    trained = ready.workshop.train(ready.task())
    other = new_marts()
    other.observe_people()
    other.add_people(10)
    assert other.workshop.score(other.task()) == 10
    assert other.run(
        "select run_type, status, model_version from ml.model_runs order by run_id"
    ) == [
        ("training", "promoted", trained.model_version),
        ("scoring", "scored", trained.model_version),
    ]
    assert other.workshop.train(other.task()).outcome == "unchanged"


def test_external_data_are_archived_and_current_only_when_they_were_good(
    ready: SmallMarts,
) -> None:
    task, registry = ready.task(), ready.workshop.registry
    ready.workshop.train(task)
    name = "data/electronics/risk_observations"
    good = registry.current(name)
    assert good is not None
    lines = registry.read(name, good).decode().splitlines()
    assert lines[0] == "age,kids_count,pets_count,siblings_count,income,label"
    assert len(lines) == 401
    ready.run("update build_core.fct_risk_observations set has_risk = random() < 0.5")
    assert ready.workshop.train(task).outcome == "refused"
    assert registry.current(name) == good and len(registry.versions(name)) == 2
    parameters = ready.run("select parameters from ml.model_runs where status = 'promoted'")
    assert json.loads(parameters[0][0])["data_version"] == good.version


def test_churn_is_learnt_from_days_and_scored_on_the_current_one(marts: SmallMarts) -> None:
    marts.add_shoppers()
    task = marts.task("churn")
    assert [one.title for one in marts.workshop.tasks()] == ["churn of shop"]
    report = marts.workshop.train(task)
    assert report.outcome == "promoted", report.reason
    assert marts.workshop.score(task) == 300
    runs = marts.run(
        "select run_type, as_of_date::text, horizon_days, row_count, holdout_row_count "
        "from ml.model_runs order by run_id"
    )
    assert runs == [
        ("training", "2024-03-31", 30, 900, 300),
        ("scoring", "2024-05-01", 30, 300, None),
    ]
    silent, busy = (
        marts.run(
            "select avg(probability) from ml.risk_scores join build_marts.customer_features using "
            f"(customer_id) where is_current and recency_days {condition}"
        )[0][0]
        for condition in ("> 45", "< 15")
    )
    assert silent > 0.8 and busy < 0.2
    # A correction of a few rows does not train again, a new training day does.
    marts.run(
        "update build_aggregates.churn_labels set has_churned = not has_churned"
        " where customer_key = 1"
    )
    assert marts.workshop.train(task).outcome == "unchanged"
    marts.run("delete from build_aggregates.churn_labels where as_of_date = '2024-03-31'")
    assert marts.workshop.train(task).outcome == "promoted"
    # So does a longer look ahead on the same days, which makes other labels of the same rows.
    assert marts.workshop.train(task).outcome == "unchanged"
    marts.run(
        "update build_aggregates.churn_horizons set horizon_days = 60 where source_system = 'shop'"
    )
    longer = marts.task("churn")
    # The model of 30 days stands with its scores, and does not read windows of 60.
    assert marts.workshop.train(longer).outcome == "refused"
    assert marts.workshop.score(longer, force=True) is None
