"""kill -9 of dbt in the middle of an incremental run: the next run ends as an undisturbed one."""

import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.marts.built_warehouse import WITHOUT_TESTS, BuiltWarehouse
from tests.pipeline.history import cafe_files, cut_by_day, foreign, masters, with_faults
from tests.platform.checksums import checksums

pytestmark = pytest.mark.slow
MOMENTS = 12


@pytest.fixture
def waiting(
    new_warehouse: Callable[..., BuiltWarehouse], sample: Path, tmp_path: Path
) -> BuiltWarehouse:
    """A built warehouse in which a correction, late days and an unload wait to be taken in."""
    shop = new_warehouse()
    parts = cut_by_day(sample, tmp_path, 3)
    tickets = cafe_files(sample)
    shop.load("cafe", *tickets[4:])
    shop.load("grocery", *masters(sample), parts[0], with_faults(parts[1], tmp_path / "wrong"))
    shop.load("grocery", foreign(parts[2], tmp_path))
    shop.dbt(*WITHOUT_TESTS)
    shop.load("cafe", *tickets[:4])
    shop.load("grocery", parts[1], corrects=True)
    shop.load("grocery", parts[2])
    load_ids = "select load_id from ops.load_files where file_name like '%foreign%'"
    shop.unload(int(shop.value(load_ids)))
    return shop


def test_an_incremental_run_killed_at_many_moments(
    waiting: BuiltWarehouse, built: BuiltWarehouse, new_warehouse: Callable[..., BuiltWarehouse]
) -> None:
    undisturbed = new_warehouse(waiting)
    began = time.monotonic()
    undisturbed.dbt(*WITHOUT_TESTS)
    seconds = time.monotonic() - began
    expected = checksums(undisturbed.conninfo)
    assert expected == checksums(built.conninfo)

    for moment in range(MOMENTS):
        shop = new_warehouse(waiting)
        process = shop.start_dbt(*WITHOUT_TESTS)
        # The first quarter only reads the project.
        time.sleep(seconds * (0.25 + 0.75 * moment / MOMENTS))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        shop.dbt(*WITHOUT_TESTS)
        assert checksums(shop.conninfo) == expected, f"killed at moment {moment}"
