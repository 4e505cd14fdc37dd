"""Risk models on Redshift: trained and scored as on PostgreSQL, whatever breaks meanwhile."""

import io
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import ml.model_tables
from ingest.engine.redshift_address import RedshiftAddress
from ingest.engine.redshift_session import open_session
from ingest.engine.staging_area import StagingArea
from ingest.loader_errors import DatabaseFailure
from ml.registry import Registry
from ml.run import Workshop
from tests.marts.built_warehouse import database_on
from tests.ml.small_marts import CHURN_FEATURES, PERSONAL, SmallMarts
from tests.redshift.cluster import Cluster
from tests.redshift.cluster_shop import STAGING
from tests.redshift.faults import FaultName
from tests.redshift.test_loading_faults import busy_s3
from warehouse.cli import main

PEOPLE, SHOPPERS = 120, 300
SCORES = "select * from ml.risk_scores order by run_id, customer_id"
DRIFT = "select * from ml.drift order by run_id, feature_name"
# Versions begin with the time, and each engine has a hash of its own of the rows it scored.
RUNS = r"""
select run_id, run_type, source_system, risk_type, status, reason,
    split_part(model_version, '-', 2), algorithm, is_separable, as_of_date, horizon_days,
    case when run_type = 'training' then data_hash end, row_count, positive_count,
    holdout_row_count, random_seed, regexp_replace(parameters, '\d{8}T\d{6}Z', '')
from ml.model_runs order by run_id
"""
STATE = (
    SCORES,
    DRIFT,
    RUNS,
    "select * from ml.model_metrics order by 1, 2, 3, 4, 5, 6",
    "select * from ml.feature_importance order by 1, 2",
)
# The statements of a scoring that write, and what they read from.
STEPS = (
    "^unload", 'copy "ml"."risk_scores"', 'insert into "ml"."model_runs"', 'copy "ml"."drift"',
)  # fmt: skip
# A scoring in a process of its own, which kills itself at a moment.
SCORING = """
import os, signal, sys
from ingest.engine import redshift_engine
from ingest.engine.redshift_address import RedshiftAddress
from ingest.engine.redshift_session import open_session
from ml import customer_scoring
from ml.model_records import Records
from ml.registry import Registry
from ml.run import Workshop

registry, moment = sys.argv[1:]

def die(*given, **named):
    os.kill(os.getpid(), signal.SIGKILL)

if moment == "unloaded":
    customer_scoring._score_chunk = die
elif moment == "staged":
    redshift_engine.run_copy = die
else:
    Records.add_drift = die
address = RedshiftAddress.from_environment()
workshop = Workshop(lambda: open_session(address), "", Registry(registry))
workshop.remove_leftovers()
(task,) = (task for task in workshop.tasks() if task.risk_type == "warranty")
workshop.score(task)
"""


@pytest.fixture(scope="module")
def address(redshift: Cluster) -> RedshiftAddress:
    """The module's database, with the tables of the models."""
    given = {"WAREHOUSE_S3_STAGING": STAGING, "REDSHIFT_IAM_ROLE": redshift.iam_role}
    found = RedshiftAddress.from_environment(redshift.environment | given)
    with open_session(found) as session:
        ml.model_tables.ensure(session)
    return found


def filled(marts: SmallMarts) -> SmallMarts:
    marts.observe_people()
    marts.add_people(PEOPLE)
    marts.add_shoppers()
    return marts


def trained(marts: SmallMarts) -> SmallMarts:
    outcomes = [marts.workshop.train(task).outcome for task in marts.workshop.tasks()]
    assert outcomes == ["promoted", "promoted"]
    return marts


@pytest.fixture(scope="module")
def there(
    redshift: Cluster, address: RedshiftAddress, tmp_path_factory: pytest.TempPathFactory
) -> SmallMarts:
    """Marts on the cluster, and two models trained from them."""
    registry = str(tmp_path_factory.mktemp("there") / "models")
    marts = filled(SmallMarts(redshift.behind, registry))
    marts.workshop = Workshop(lambda: open_session(address), "", Registry(registry))
    return trained(marts)


@pytest.fixture
def unscored(there: SmallMarts) -> SmallMarts:
    """Nobody is scored yet."""
    forget_scores(there)
    return there


@pytest.fixture(scope="module")
def here(
    server: str, project_dir: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SmallMarts]:
    """The same marts and models on PostgreSQL, all scored."""
    folder = tmp_path_factory.mktemp("here")
    with database_on(server, project_dir, folder) as warehouse:
        marts = trained(filled(SmallMarts(warehouse.conninfo, str(folder / "models"))))
        assert score_all(marts) == [PEOPLE, SHOPPERS]
        yield marts


def forget_scores(marts: SmallMarts) -> None:
    marts.run("truncate ml.risk_scores, ml.drift")
    marts.run("delete from ml.model_runs where run_type <> 'training'")


def score_all(marts: SmallMarts) -> list[int | None]:
    return [marts.workshop.score(task) for task in marts.workshop.tasks()]


def state(marts: SmallMarts) -> list[Any]:
    return [marts.run(query) for query in STATE]


def test_models_and_scores_are_those_of_postgresql(
    here: SmallMarts, unscored: SmallMarts, redshift: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    staged: set[str] = set()
    remove = StagingArea.remove

    def read_and_remove(area: StagingArea, folder: str = "") -> None:
        for key in redshift.keys("door/"):
            if key.endswith(".parquet"):
                body = redshift.s3.get_object(Bucket=redshift.bucket, Key=key)["Body"].read()
                staged.update(pq.read_schema(io.BytesIO(body)).names)
        remove(area, folder)

    monkeypatch.setattr(StagingArea, "remove", read_and_remove)
    assert score_all(unscored) == [PEOPLE, SHOPPERS]
    assert state(unscored) == state(here)
    assert score_all(unscored) == [None, None]
    assert redshift.keys("door/") == []
    # Nothing tells who a customer is but the id; the rest is what models read and write.
    assert staged == {
        "customer_id", *PERSONAL, *CHURN_FEATURES,
        "run_id", "source_system", "risk_type", "probability", "risk_tier", "has_risk",
        "is_outside_training_range", "reason_1", "reason_2", "reason_3",
        "subject", "feature_name", "population_stability", "outside_range_rate",
        "training_row_count", "scored_row_count",
    }  # fmt: skip
    statements = "\n".join(entry.statement for entry in redshift.ledger.entries)
    assert "'c7'" not in statements and "unload" in statements


def test_nothing_new_is_neither_trained_nor_scored(unscored: SmallMarts) -> None:
    task, workshop = unscored.task(), unscored.workshop
    assert workshop.score(task) == PEOPLE
    assert workshop.train(task).outcome == "unchanged" and workshop.score(task) is None
    change = "update build_marts.customer_features set income = income {} where customer_id = 'c7'"
    unscored.run(change.format("+ 1"))
    assert workshop.train(task).outcome == "unchanged" and workshop.score(task) == PEOPLE
    unscored.run(change.format("- 1"))
    runs = "select count(*), count(distinct run_id) from ml.risk_scores"
    assert unscored.run(runs) == [(2 * PEOPLE, 2)]


def fails_then_succeeds(marts: SmallMarts, expected: list[Any], redshift: Cluster) -> None:
    """A score breaks at a planned fault and leaves nothing; the next one ends as expected."""
    task, before = marts.task(), state(marts)
    with pytest.raises(DatabaseFailure) as caught:
        marts.workshop.score(task)
    assert caught.value.may_pass
    assert redshift.stand_in.faults.waiting == 0
    assert state(marts) == before
    assert redshift.keys("door/") == []
    assert marts.workshop.score(task) == PEOPLE
    assert state(marts) == expected


@pytest.fixture
def expected(unscored: SmallMarts, redshift: Cluster) -> tuple[list[Any], int, int]:
    """The state after an undisturbed score, its statements and its commits; nobody is scored."""
    task = unscored.task()
    redshift.ledger.clear()
    assert unscored.workshop.score(task) == PEOPLE
    statements = [entry.kind for entry in redshift.ledger.entries]
    after = state(unscored)
    forget_scores(unscored)
    return after, len(statements), statements.count("commit")


@pytest.mark.parametrize("fault", ["serialization", pytest.param("drop", marks=pytest.mark.slow)])
def test_a_score_that_breaks_leaves_nothing_and_is_made_by_the_next(
    unscored: SmallMarts, redshift: Cluster, expected: tuple[list[Any], int, int], fault: FaultName
) -> None:
    after, _, commits = expected
    for step in STEPS:
        redshift.fail_at(step, fault)
        fails_then_succeeds(unscored, after, redshift)
        forget_scores(unscored)
    # tasks() commits before the score does.
    redshift.ledger.clear()
    unscored.task()
    redshift.fail_at("^commit", fault, nth=redshift.counts()["commit"] + commits)
    fails_then_succeeds(unscored, after, redshift)


@pytest.mark.slow
@pytest.mark.parametrize("fault", ["serialization", "drop"])
def test_a_score_may_break_at_any_statement(
    unscored: SmallMarts, redshift: Cluster, expected: tuple[list[Any], int, int], fault: FaultName
) -> None:
    after, statements, _ = expected
    task, before = unscored.task(), state(unscored)
    broken = 0
    for number in range(1, statements + 1):
        redshift.fail_at(number, fault)
        failure: DatabaseFailure | None = None
        try:
            unscored.workshop.score(task)
        except DatabaseFailure as error:
            failure = error
        if failure is not None:
            broken += 1
            assert failure.may_pass and state(unscored) == before
        redshift.stand_in.faults.clear()
        unscored.workshop.score(task)
        assert state(unscored) == after
        assert redshift.keys("door/") == []
        forget_scores(unscored)
    # Only what ends a session that has nothing more to say may fail unheard.
    assert broken >= statements - 4


def test_a_commit_without_an_answer_is_known_to_the_next_call(
    unscored: SmallMarts, redshift: Cluster, expected: tuple[list[Any], int, int]
) -> None:
    after, _, commits = expected
    task = unscored.task()
    redshift.fail_at("^commit", "drop_after", nth=commits)
    with pytest.raises(DatabaseFailure):
        unscored.workshop.score(task)
    assert state(unscored) == after
    assert unscored.workshop.score(task) is None


def test_a_bucket_that_asks_for_patience_is_tried_later(
    unscored: SmallMarts, redshift: Cluster, expected: tuple[list[Any], int, int]
) -> None:
    redshift.fail_at("^unload", "s3_throttle")
    fails_then_succeeds(unscored, expected[0], redshift)
    forget_scores(unscored)
    with busy_s3() as busy, pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", busy)
        patch.setenv("AWS_MAX_ATTEMPTS", "1")
        with pytest.raises(DatabaseFailure, match="staging returned an error: SlowDown"):
            unscored.workshop.score(unscored.task())
    unscored.workshop.remove_leftovers()
    assert redshift.keys("door/") == []
    assert unscored.workshop.score(unscored.task()) == PEOPLE
    assert state(unscored) == expected[0]


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["unloaded", "staged", "written"])
def test_a_scoring_that_dies_leaves_nothing_for_long(
    unscored: SmallMarts,
    redshift: Cluster,
    expected: tuple[list[Any], int, int],
    project_dir: Path,
    moment: str,
) -> None:
    before = state(unscored)
    given = {"WAREHOUSE_S3_STAGING": STAGING, "REDSHIFT_IAM_ROLE": redshift.iam_role}
    died = subprocess.run(
        [sys.executable, "-c", SCORING, unscored.workshop.registry.address, moment],
        cwd=project_dir, env=os.environ | redshift.environment | given, check=False,
    )  # fmt: skip
    assert died.returncode == -signal.SIGKILL
    assert (redshift.keys("door/") != []) is (moment != "written")
    assert state(unscored) == before
    unscored.workshop.remove_leftovers()
    assert redshift.keys("door/") == []
    assert unscored.workshop.score(unscored.task()) == PEOPLE
    assert state(unscored) == expected[0]


@pytest.fixture
def run(
    unscored: SmallMarts,
    environment: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Callable[..., str]:
    """Runs a command in this process, since importing scikit-learn each time takes longer."""
    values = environment | {"WAREHOUSE_MODELS": unscored.workshop.registry.address}
    for name, value in (values | {"COLUMNS": "80"}).items():
        monkeypatch.setenv(name, value)

    def run(*arguments: str) -> str:
        monkeypatch.setattr(sys, "argv", ["warehouse", *arguments])
        capsys.readouterr()
        with suppress(SystemExit):
            main()
        told = capsys.readouterr()
        assert "error" not in told.err, told
        return " ".join((told.out + told.err).split())

    return run


def test_the_commands_train_score_and_list(
    unscored: SmallMarts, redshift: Cluster, run: Callable[..., str]
) -> None:
    redshift.s3.put_object(
        Bucket=redshift.bucket,
        Key=f"door/{redshift.database}/loads/unloaded/1/0000_part_00.parquet",
        Body=b"left by a killed command",
    )
    told = run("train", "warranty")
    assert told.startswith("warranty of electronics: model unchanged")
    assert redshift.keys("door/") == []
    assert f"model unchanged, {PEOPLE} customers scored" in run("score", "electronics")
    assert "model unchanged, scores unchanged" in run("score", "warranty")
    listed = run("models")
    assert "churn of shop" in listed and listed.count(" current") == 2
    assert redshift.keys("door/") == []
