"""Whatever dies, and whenever: all of a file is in, or nothing, and loading again mends it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from ingest.loads.load_options import Options
from ingest.loads.loader import load
from tests.conftest import temporary_settings
from tests.ingest.conftest import TOKEN_KEY, Shop, good_lines, grocery_file, grocery_line
from warehouse.server import bringup, database, embedded
from warehouse.settings import Settings

# Loads a file in a process of its own, which kills itself at the moment it is told.
LOADER = """
import os, signal, sys
from ingest.files.file_bytes import HashedBytes
from ingest.loads import load_reading
from ingest.loads.ledger import TableLedger
from ingest.loads.load_options import Options
from ingest.loads.loader import load
conninfo, project, path, moment = sys.argv[1:]

def die(*args, **options):
    os.kill(os.getpid(), signal.SIGKILL)

def progress(file, done, total):
    if moment[0].isdigit() and done >= float(moment) * total:
        die()

load_reading.HashedBytes = lambda path, **options: HashedBytes(path, 200_000, **options)
if moment in ("write", "supersede", "accept"):
    setattr(TableLedger, moment, die)
report = load(conninfo, project, "grocery", [path], Options(corrects=True), progress=progress)
print([result.status for result in report.files])
"""
ROWS = 40_000


def run_loader(shop: Shop, path: Path, moment: str) -> subprocess.Popen[str]:
    arguments = [sys.executable, "-c", LOADER, shop.conninfo, str(shop.project_dir), str(path)]
    return subprocess.Popen(
        [*arguments, moment], cwd=shop.project_dir, stdout=subprocess.PIPE, text=True
    )


def state(shop: Shop) -> tuple[int, int, list[tuple[str, int]]]:
    """Rows, rows that belong to no live load, and status and rows of each load."""
    orphans = shop.value(
        "select count(*) from raw_grocery.transaction_data as r where not exists"
        " (select 1 from ops.load_files as f where f.load_id = r.load_id and f.is_live)"
    )
    ledger = shop.query("select status, rows_loaded from ops.load_files order by load_id")
    return shop.lines(), int(orphans), [(status, int(rows)) for status, rows in ledger]


@pytest.mark.parametrize("moment", ["0.0", "0.5", "write", "supersede"])
def test_a_loader_that_dies_leaves_nothing(shop: Shop, moment: str) -> None:
    path = shop.write("transaction_data.csv", grocery_file(good_lines(ROWS)))
    process = run_loader(shop, path, moment)
    assert process.wait(60) == -signal.SIGKILL
    (result,) = shop.load("grocery", path).files
    assert result.status == "loaded"
    assert state(shop) == (ROWS, 0, [("live", ROWS)])


@pytest.mark.parametrize("moment", ["0.5", "supersede", "accept"])
def test_a_correction_that_dies_is_made_or_not_made(shop: Shop, moment: str) -> None:
    shop.load_one("grocery", "transaction_data.csv", grocery_file([grocery_line()]))
    path = shop.write("transaction_data.csv", grocery_file(good_lines(ROWS)))
    process = run_loader(shop, path, moment)
    assert process.wait(60) == -signal.SIGKILL
    committed = moment == "accept"
    (result,) = shop.load("grocery", path, corrects=True).files
    assert result.status == ("known" if committed else "loaded")
    assert state(shop) == (ROWS, 0, [("corrected", 1), ("live", ROWS)])


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_loader_killed_from_outside_at_many_moments(shop: Shop) -> None:
    path = shop.write("transaction_data.csv", grocery_file(good_lines(300_000)))
    started = time.monotonic()
    assert run_loader(shop, path, "never").wait(120) == 0
    whole = time.monotonic() - started
    for step in range(1, 21):
        name = f"transaction_data_{step}.csv"
        path = shop.write(name, grocery_file([*good_lines(300_000), grocery_line(day=step)]))
        before = state(shop)
        process = run_loader(shop, path, "never")
        time.sleep(whole * step / 20)
        process.kill()
        process.wait()
        (result,) = shop.load("grocery", path).files
        after = state(shop)
        assert result.status in ("loaded", "known")
        assert after[0] == before[0] + 300_001
        assert after[1] == 0
        assert after[2] == [*before[2], ("live", 300_001)]


@pytest.fixture
def own_server() -> Iterator[Settings]:
    """A server of the test's own, to be killed."""
    with temporary_settings() as settings:
        bringup.bring_up(settings, lambda message: None)
        yield settings


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("share", [0.0, 0.4, 0.9, 1.0])
def test_a_server_that_dies_refuses_the_file_in_one_line(
    own_server: Settings, tmp_path: Path, project_dir: Path, share: float
) -> None:
    path = tmp_path / "transaction_data.csv"
    path.write_text(grocery_file(good_lines(300_000)), encoding="utf-8")
    conninfo = database.conninfo(own_server)
    killed = False

    def kill(file: str, done: int, total: int) -> None:
        nonlocal killed
        if not killed and done >= share * total:
            killed = True
            pid_file = next(own_server.home.rglob("postmaster.pid"))
            os.kill(int(pid_file.read_text().split()[0]), signal.SIGKILL)
            time.sleep(0.5)

    options = Options(token_key=TOKEN_KEY)
    report = load(conninfo, project_dir, "grocery", [path], options, progress=kill)
    (result,) = report.files
    assert killed
    assert result.status == "loaded" or result.message.startswith("the database connection failed")
    assert "\n" not in result.message

    embedded.start(own_server)
    (again,) = load(conninfo, project_dir, "grocery", [path], options).files
    assert again.status == ("known" if result.status == "loaded" else "loaded")
    with psycopg.connect(conninfo) as connection:
        query = "select count(*) from raw_grocery.transaction_data"
        assert connection.execute(query).fetchone() == (300_000,)
