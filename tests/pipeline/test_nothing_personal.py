"""No name and no card number of the cafés' files anywhere, once all has been loaded and built."""

import csv
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import temporary_settings
from tests.ingest.conftest import ticket
from tests.ingest.test_privacy import CARD, NAME, as_csv, shifted_rows
from warehouse.server import database, layout
from warehouse.settings import Settings

WAREHOUSE = str(Path(sys.executable).with_name("warehouse"))


@pytest.fixture
def settings() -> Iterator[Settings]:
    with temporary_settings() as settings:
        yield settings


def run(settings: Settings, *arguments: str) -> str:
    environment = {
        **os.environ,
        "WAREHOUSE_HOME": str(settings.home),
        "WAREHOUSE_PORT": str(settings.port),
    }
    done = subprocess.run(
        [WAREHOUSE, *arguments], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def write_personal_values(real_data: Path, path: Path) -> int:
    """Writes each name and card number on a line of its own; returns how many there are."""
    values = {NAME, CARD}
    for file in (real_data / "cafe").glob("*.csv"):
        with file.open(encoding="utf-8", newline="") as lines:
            for row in csv.reader(lines):
                values |= {row[2], row[6]} - {""}
    path.write_text("\n".join(values) + "\n")
    return len(values)


def files_with(patterns: Path, *places: Path) -> list[str]:
    """Files below the places, binary ones too, in which one of the lines of `patterns` stands."""
    done = subprocess.run(
        ["grep", "-r", "-l", "-a", "-F", "-f", patterns, *places],
        env={**os.environ, "LC_ALL": "C"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode in (0, 1), done.stderr
    return done.stdout.splitlines()


@pytest.mark.slow
def test_nothing_personal_in_dump_home_or_site(
    settings: Settings, real_data: Path, tmp_path: Path
) -> None:
    shifted = tmp_path / "leeds_02-01-2020_09-00-00.csv"
    rows = "\n".join([ticket()] * 3) + "\n" + as_csv(shifted_rows())
    shifted.write_text(rows.replace("01/01/2020", "02/01/2020"))
    site = tmp_path / "site"
    told = run(settings, "up")
    told += run(settings, "load", "cafe", str(real_data / "cafe"))
    told += run(settings, "load", "cafe", str(shifted), "--max-reject-share", "0.99")
    told += run(settings, "build")
    told += run(settings, "docs", "--out", str(site))
    told += run(settings, "status")
    # The data files hold what the server has written so far, its log of changes included.
    seen = tmp_path / "seen"
    seen.mkdir()
    (seen / "told.txt").write_text(told)
    with (seen / "dump.sql").open("wb") as dump:
        command = [layout.program("pg_dump"), database.conninfo(settings)]
        subprocess.run(command, stdout=dump, check=True)
    run(settings, "down")

    patterns = tmp_path / "personal.txt"
    assert write_personal_values(real_data, patterns) > 1000
    assert files_with(patterns, real_data / "cafe") != []
    assert b"COPY build_core.fct_orders" in (seen / "dump.sql").read_bytes()
    assert files_with(patterns, settings.home, site, seen) == []
