"""`warehouse train`, `score` and `models` as a user runs them."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import sklearn.base

from ingest.lock import exclusive
from tests.ml.small_marts import SmallMarts
from tests.ml.warehouse_command import Run
from tests.platform.waiting import wait_until

ROLLBACKS = "select count(*) from ml.model_runs where run_type = 'rollback'"
# One that asks for a lock again and again bears its name.
WAITING = (
    "select count(*) from pg_stat_activity "
    "where datname = current_database() and application_name = 'warehouse: rollback'"
)


@pytest.fixture
def ready(marts: SmallMarts) -> SmallMarts:
    marts.observe_people()
    marts.add_people(120)
    return marts


def test_without_marts_it_says_what_makes_them(marts: SmallMarts, run: Run) -> None:
    marts.run("drop schema build_aggregates, build_marts, build_core cascade")
    assert "`warehouse build` builds the marts that risk models need" in run("train")
    assert "run `warehouse build` first" in run("score", "warranty", exit_code=2)


def test_scoring_with_a_model_of_another_library_version_says_so_in_one_line(
    ready: SmallMarts, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as earlier:
        earlier.setattr(sklearn.base, "__version__", "1.2.3")
        run("train")
    told = run("score")
    line = "The model was trained with scikit-learn 1.2.3 and scored with"
    assert told.count("1.2.3") == 1
    assert f"Risk model, warranty of electronics: {line} {sklearn.__version__}." in told


def test_from_training_to_rollback(ready: SmallMarts, run: Run) -> None:
    assert "warranty of electronics no model yet" in run("models")
    told = run("models", "--rollback", exit_code=1)
    assert "There is no current model for warranty of electronics yet." in told
    told = run("train")
    assert told.startswith("warranty of electronics: new ")
    assert ready.run("select count(*) from ml.risk_scores") == [(0,)]
    assert "model unchanged, 120 customers scored" in run("score", "electronics")
    assert "model unchanged, scores unchanged" in run("score", "warranty")
    assert ": new " in run("train", "warranty", "--seed", "2")
    first, second = (
        row[0]
        for row in ready.run(
            "select model_version from ml.model_runs where run_type = 'training' order by run_id"
        )
    )
    # The newest first, and one of them current.
    listed = run("models")
    assert listed.count(" current") == 1
    assert listed.index(second) < listed.index(" current") < listed.index(first)
    told = run("models", "warranty", "--rollback")
    assert told.startswith(f"Model {first} is current again for warranty of electronics.")
    listed = run("models", "warranty")
    assert listed.index(second) < listed.index(first) < listed.index(" current")
    told = run("models", "--rollback", "--to", "20200101T000000Z-000000000000", exit_code=1)
    assert "has no version 20200101T000000Z" in told and first in told and second in told
    assert f"Model {second} is current again" in run("models", "--rollback", "--to", second)


def test_without_the_labelled_set_a_model_is_still_listed_and_scores(
    ready: SmallMarts, run: Run
) -> None:
    run("train")
    ready.run("truncate build_core.fct_risk_observations")
    assert " current" in run("models", "warranty")
    assert "model unchanged, 120 customers scored" in run("score", "warranty")


def test_customers_unlike_those_learnt_from_are_told_of(ready: SmallMarts, run: Run) -> None:
    ready.run("update build_marts.customer_features set pets_count = 5, siblings_count = 2")
    run("train")
    told = run("score", "warranty")
    # All 120 in one of the bins in which about a sixth or a fifth was.
    assert "Risk model, warranty of electronics: the scored customers differ from" in told
    assert "pets_count" in told and "Train again" in told
    assert "differ from" not in run("score", "warranty")


def test_a_refused_training_is_a_warning(ready: SmallMarts, run: Run) -> None:
    ready.run("update build_core.fct_risk_observations set has_risk = false")
    told = run("train")
    assert "training refused" in told
    assert "Risk model refused: warranty of electronics." in told and "no scores" in told


def test_a_rollback_waits_for_a_build(ready: SmallMarts, run: Run) -> None:
    run("train")
    run("train", "--seed", "2")
    with ready.connect() as connection, ThreadPoolExecutor() as pool:
        with exclusive(connection, "build"):
            rollback = pool.submit(run, "models", "--rollback")
            wait_until(lambda: ready.run(WAITING) == [(1,)])
            assert ready.run(ROLLBACKS) == [(0,)]
        assert "waiting for warehouse: build" in rollback.result()
    assert ready.run(ROLLBACKS) == [(1,)]


def test_wrong_usage(ready: SmallMarts, run: Run) -> None:
    told = run("train", "theft", exit_code=2)
    assert "Unknown risk or source: theft. Known: warranty of electronics." in told
    for seed in ("-1", "4294967296"):
        assert "is not in the range 0<=x<=4294967295" in run("train", "--seed", seed, exit_code=2)
    run("score", "--seed", "1", exit_code=2)
    assert "--rollback" in run("models", "--to", "x", exit_code=2)
    ready.run("insert into build_aggregates.churn_horizons values ('shop', '2024-05-01', 30, true)")
    told = run("models", "--rollback", exit_code=2)
    assert "Name exactly one model" in told
