"""kill -9 of `warehouse train` and `warehouse score`: all stays whole, and the next run ends it."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ml.registry import Registry
from tests.ml.small_marts import NewMarts, SmallMarts
from tests.ml.warehouse_command import environment
from tests.platform.waiting import wait_until

pytestmark = pytest.mark.slow
PROGRAM = str(Path(sys.executable).with_name("warehouse"))
PEOPLE = 30_000
# A busy machine lets a command of ten seconds wait for minutes.
LONGEST_SECONDS = 1800
DATA = "data/electronics/risk_observations"
LOCKED = (
    "select count(*) from pg_locks where relation = 'ml.risk_scores'::regclass "
    "and mode = 'RowExclusiveLock'"
)
OTHERS = (
    "select count(*) from pg_stat_activity "
    "where datname = current_database() and pid <> pg_backend_pid()"
)
SCORES = (
    "select customer_id, probability, risk_tier, reason_1, reason_2, reason_3 from ml.risk_scores "
    "where run_id = (select max(run_id) from ml.model_runs where status = 'scored') order by 1"
)
# Versions hold the time; what follows it is the content's hash.
RUNS = (
    "select run_type, status, split_part(model_version, '-', 2), data_hash, row_count "
    "from ml.model_runs order by run_id"
)
COUNTS = (
    "select (select count(*) from ml.risk_scores), (select count(*) from ml.drift), "
    "(select count(*) from ml.model_runs where run_type = 'scoring')"
)


def start(marts: SmallMarts, command: str) -> subprocess.Popen[str]:
    home = Path(marts.workshop.registry.address).with_name("home")
    return subprocess.Popen(
        [PROGRAM, command],
        env={**os.environ, **environment(marts, home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def run(marts: SmallMarts, command: str) -> float:
    """Seconds the command took."""
    began = time.monotonic()
    process = start(marts, command)
    try:
        told, _ = process.communicate(timeout=LONGEST_SECONDS)
    finally:
        process.kill()
    assert process.returncode == 0, told
    return time.monotonic() - began


def kill_when(marts: SmallMarts, command: str, condition: Callable[[], bool]) -> bool:
    """Kills the command as soon as the condition holds; whether that was before its end."""
    process = start(marts, command)
    while process.poll() is None and not condition():
        time.sleep(0.002)
    process.kill()
    process.communicate()
    # The server notices by itself that the connection is gone.
    wait_until(lambda: marts.run(OTHERS) == [(0,)])
    return process.returncode == -9


def after(seconds: float) -> Callable[[], bool]:
    began = time.monotonic()
    return lambda: time.monotonic() - began > seconds


def first_models(marts: SmallMarts) -> None:
    """A model with its scores, and then other data."""
    marts.observe_people()
    marts.add_people(PEOPLE)
    task = marts.task()
    assert marts.workshop.train(task).outcome == "promoted"
    assert marts.workshop.score(task) == PEOPLE
    marts.observe_people(seed=2)


@pytest.fixture
def undisturbed(new_marts: NewMarts) -> tuple[SmallMarts, float, float]:
    """Trained and scored on the other data in peace, and the seconds of either."""
    marts = new_marts()
    first_models(marts)
    return marts, run(marts, "train"), run(marts, "score")


def contents(marts: SmallMarts) -> list[Any]:
    """What is current, by the hash of its content."""
    task, registry = marts.task(), marts.workshop.registry
    found = []
    for name in (task.name, DATA):
        entry = registry.current(name)
        assert entry is not None
        registry.read(name, entry)
        found.append(entry.sha256)
    return found


def test_kills_of_training_and_scoring(
    undisturbed: tuple[SmallMarts, float, float], new_marts: NewMarts, tmp_path: Path
) -> None:
    quiet, train_seconds, score_seconds = undisturbed
    marts = new_marts()
    marts.workshop.registry = Registry(str(tmp_path / "other"))
    first_models(marts)
    before, scores, counts = contents(marts), marts.run(SCORES), marts.run(COUNTS)
    archive = tmp_path / "other" / marts.task().name / "archive"
    known = set(archive.iterdir())
    pointer = archive.with_name("current.json")
    pointed = pointer.read_bytes()
    killed = 0
    for share in (0.5, 0.7, 0.8, 0.9):
        killed += kill_when(marts, "train", after(train_seconds * share))
    killed += kill_when(marts, "train", lambda: set(archive.iterdir()) != known)
    killed += kill_when(marts, "train", lambda: pointer.read_bytes() != pointed)
    assert killed >= 3
    assert marts.run(SCORES) == scores and marts.run(COUNTS) == counts
    now = contents(marts)
    for one, *either in zip(now, before, contents(quiet), strict=True):
        assert one in either
    run(marts, "train")
    assert contents(marts) == contents(quiet) != before

    assert kill_when(marts, "score", lambda: marts.run(LOCKED) != [(0,)])
    assert marts.run(COUNTS) == counts
    for share in (0.5, 0.7, 0.8):
        kill_when(marts, "score", after(score_seconds * share))
        told = marts.run(COUNTS)
        assert told == counts or told == quiet.run(COUNTS)
    run(marts, "score")
    assert marts.run(SCORES) == quiet.run(SCORES)
    assert marts.run(COUNTS) == quiet.run(COUNTS)
    assert marts.run(RUNS) == quiet.run(RUNS)
