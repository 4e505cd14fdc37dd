"""kill -9 of a build and of the database in the middle of one: the next build ends all the same."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sample import write_sample
from tests.conftest import temporary_folder, temporary_settings
from tests.platform.checksums import checksums
from warehouse.server import database, embedded
from warehouse.settings import Settings

pytestmark = pytest.mark.slow
PROGRAM = str(Path(sys.executable).with_name("warehouse"))
# One key for all homes: the customers of a café are tokens.
TOKEN_KEY = "0f" * 32
MOMENTS = (0.3, 0.45, 0.6, 0.75, 0.9)


def _start(settings: Settings, *arguments: str) -> subprocess.Popen[str]:
    environment = {
        **os.environ,
        "WAREHOUSE_HOME": str(settings.home),
        "WAREHOUSE_PORT": str(settings.port),
        "WAREHOUSE_TOKEN_KEY": TOKEN_KEY,
    }
    return subprocess.Popen(
        [PROGRAM, *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _run(settings: Settings, *arguments: str) -> str:
    process = _start(settings, *arguments)
    told, _ = process.communicate()
    assert process.returncode == 0, told
    return told


@pytest.fixture(scope="module")
def sample() -> Iterator[Path]:
    with temporary_folder() as folder:
        write_sample(folder / "sample", 0.3)
        yield folder / "sample"


@pytest.fixture(scope="module")
def undisturbed(sample: Path) -> Iterator[tuple[dict[str, str], float]]:
    """Checksums after one quiet build, and the seconds it took."""
    with temporary_settings() as settings:
        _load(settings, sample)
        began = time.monotonic()
        _run(settings, "build")
        yield checksums(database.conninfo(settings)), time.monotonic() - began


def _load(settings: Settings, sample: Path) -> None:
    _run(settings, "up")
    for source in ("cafe", "grocery"):
        _run(settings, "load", source, str(sample / source))


def test_a_build_killed_at_many_moments(
    sample: Path, undisturbed: tuple[dict[str, str], float]
) -> None:
    expected, seconds = undisturbed
    with temporary_settings() as settings:
        _load(settings, sample)
        for moment in MOMENTS:
            build = _start(settings, "build")
            time.sleep(moment * seconds)
            build.send_signal(signal.SIGKILL)
            build.communicate()
        _run(settings, "build")
        assert checksums(database.conninfo(settings)) == expected


def test_a_database_killed_at_many_moments_of_a_build(
    sample: Path, undisturbed: tuple[dict[str, str], float]
) -> None:
    expected, seconds = undisturbed
    with temporary_settings() as settings:
        _load(settings, sample)
        for moment in MOMENTS:
            build = _start(settings, "build", "--force")
            time.sleep(moment * seconds)
            postmaster = embedded.running(settings)
            assert postmaster is not None
            os.kill(postmaster.pid, signal.SIGKILL)
            told, _ = build.communicate()
            assert "Traceback" not in told
        _run(settings, "build")
        assert checksums(database.conninfo(settings)) == expected
