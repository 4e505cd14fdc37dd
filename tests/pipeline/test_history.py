"""History in pieces, out of order, corrected and partly withdrawn equals history at once."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.marts.built_warehouse import WITHOUT_TESTS, BuiltWarehouse
from tests.pipeline.history import cafe_files, cut_by_day, foreign, masters, with_faults
from tests.platform.checksums import checksums


def load_id(shop: BuiltWarehouse, file_name: str) -> int:
    return int(
        shop.value(
            f"select max(load_id) from ops.load_files where file_name = '{file_name}' and is_live"
        )
    )


@pytest.mark.slow
def test_out_of_order_with_corrections_and_an_unload(
    built: BuiltWarehouse,
    new_warehouse: Callable[..., BuiltWarehouse],
    sample: Path,
    tmp_path: Path,
) -> None:
    shop = new_warehouse()
    parts = cut_by_day(sample, tmp_path, 5)
    tickets = cafe_files(sample)

    # The newest days first, most masters with them; the mailings come last.
    late_masters = [path for path in masters(sample) if path.name == "campaign_table.csv"]
    shop.load("grocery", *set(masters(sample)) - set(late_masters), parts[4], parts[2])
    shop.load("cafe", *tickets[12:])
    shop.dbt(*WITHOUT_TESTS)

    # Back-dated days, one of them wrong in both sources, and a file that does not belong here.
    wrong_ticket = _first_half(tickets[0], tmp_path / "wrong")
    shop.load("cafe", wrong_ticket, *tickets[5:12])
    shop.load("grocery", parts[0], with_faults(parts[3], tmp_path / "wrong"))
    shop.load("grocery", foreign(parts[1], tmp_path))
    shop.dbt(*WITHOUT_TESTS)

    # Corrections, under the same names; the foreign file goes.
    shop.load("grocery", parts[3], corrects=True)
    shop.unload(load_id(shop, "transaction_data_foreign.csv"))
    shop.load("cafe", *tickets[:5])
    shop.dbt(*WITHOUT_TESTS)

    shop.load("grocery", parts[1], *late_masters)
    shop.dbt(*WITHOUT_TESTS)
    assert checksums(shop.conninfo) == checksums(built.conninfo)


def _first_half(path: Path, folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    lines = path.read_bytes().splitlines(keepends=True)
    half = folder / path.name
    half.write_bytes(b"".join(lines[: len(lines) // 2]))
    return half


@pytest.mark.slow
def test_many_days_one_by_one(
    built: BuiltWarehouse,
    new_warehouse: Callable[..., BuiltWarehouse],
    sample: Path,
    tmp_path: Path,
) -> None:
    shop = new_warehouse()
    shop.load("grocery", *masters(sample))
    tickets = cafe_files(sample)
    for number, part in enumerate(cut_by_day(sample, tmp_path, 20)):
        shop.load("grocery", part)
        day = tickets[number::20]
        if day:
            shop.load("cafe", *day)
        shop.dbt(*WITHOUT_TESTS)
    assert checksums(shop.conninfo) == checksums(built.conninfo)
