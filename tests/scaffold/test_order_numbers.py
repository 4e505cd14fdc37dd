"""Receipts that are numbered from 1 on each day are orders of their own."""

from decimal import Decimal
from pathlib import Path

from scaffold import Scaffold
from tests.scaffold.planning import one_file, plan

_HEADER = "receipt,date,store,sku,qty,price\n"


def _day(day: int, *prices: str) -> str:
    return "".join(f"{number},2024-05-{day:02},{store},mug,1,{price}\n"
                   for number, price in enumerate(prices, 1) for store in ("T1", "T2"))  # fmt: skip


def _figures(found: Scaffold) -> tuple[int, Decimal]:
    assert found.figures is not None and found.figures.revenue is not None
    return found.figures.order_count, found.figures.revenue["EUR"]


def _staged(found: Scaffold) -> str:
    return found.files[Path("models/staging/bakery/stg_bakery__tills.sql")]


def test_numbers_that_start_anew_are_named_by_day_and_store(
    tmp_path: Path, project_dir: Path
) -> None:
    one_file(tmp_path, _HEADER + _day(1, "1.00", "2.00", "4.00"), "tills_2024-05-01.csv")
    one_file(tmp_path, _HEADER + _day(2, "8.00", "16.00", "32.00"), "tills_2024-05-02.csv")
    found = plan(project_dir, tmp_path, currency="EUR")
    # Two tills, two days, three receipts each: 12 orders, of 2 × 63.00.
    assert _figures(found) == (12, Decimal(126))
    assert "receipt restarts" in "\n".join(found.look)
    named = "cast(cast(date as date) as varchar) || ' ' || cast(coalesce(store, '') as"
    assert named in _staged(found)
    definition = found.files[Path("models/staging/bakery/_bakery__sources.yml")]
    assert "order_numbers: restart" in definition
    # By its number alone, an order is what the newer file has of it.
    once = plan(project_dir, tmp_path, currency="EUR", order_numbers="once")
    assert _figures(once) == (3, Decimal(112))


def test_orders_that_come_again_keep_their_number(tmp_path: Path, project_dir: Path) -> None:
    # One of three orders has a line of the next day.
    text = _HEADER + _day(1, "1.00", "2.00", "4.00") + "3,2024-05-02,T1,map,1,8.00\n"
    found = plan(project_dir, one_file(tmp_path, text, "tills.csv"), currency="EUR")
    assert _figures(found) == (3, Decimal(22))
    assert "restarts" not in "\n".join(found.look)
