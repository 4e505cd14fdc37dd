"""Which of two files is the newer one, whatever was loaded last."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from ingest.loader_errors import UsageError
from ingest.loads.file_order import day_in_name
from tests.ingest.conftest import Shop
from warehouse.server import database
from warehouse.settings import Settings

HEADER = "order_id,ordered_at,product_id,quantity,unit_price\n"
MAY_2 = HEADER + "S1,2024-05-01T09:00,mug,1,10\nS2,2024-05-02T09:00,mug,2,10\n"
MAY_3 = (
    HEADER + "S2,2024-05-02T09:00,mug,2,10\nS2,2024-05-02T09:00,map,1,5\nS3,2024-05-03,map,1,5\n"
)


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("orders_2024-05-02.csv", dt.date(2024, 5, 2)),
        ("orders-20240502.csv.gz", dt.date(2024, 5, 2)),
        ("orders_2024_05_02_173000.csv", dt.date(2024, 5, 2)),
        ("orders_2024-04-01_2024-05-02.csv", dt.date(2024, 5, 2)),
        ("orders_02-05-2024.csv", None),
        ("orders_2024-13-02.csv", None),
        ("orders_120240502.csv", None),
        ("orders_may.csv", None),
    ],
)
def test_a_day_in_the_name_is_written_year_first(name: str, day: dt.date | None) -> None:
    assert day_in_name(name) == day


def newest_first(shop: Shop) -> list[str]:
    return [
        name
        for (name,) in shop.query("select file_name from ops.load_files order by file_order desc")
    ]


def test_the_newest_order_tells_where_the_name_does_not(shop: Shop) -> None:
    """Loaded newest first: the older file stays the older one."""
    for name, text in (("order_lines_b.csv", MAY_3), ("order_lines_a.csv", MAY_2)):
        result = shop.load_one("standard", name, text, order_again="newest")
        assert result.status == "loaded", result.message
    assert newest_first(shop) == ["order_lines_b.csv", "order_lines_a.csv"]
    assert shop.value("select count(*) from raw_standard.order_lines") == 5
    assert shop.query("select distinct order_again from ops.load_files") == [("newest",)]


def test_the_name_s_day_goes_before_what_is_inside(shop: Shop) -> None:
    """An export of a quiet day has no newer order, but newer statuses."""
    shop.load_one("standard", "order_lines_2024-05-05.csv", MAY_2, order_again="newest")
    shop.load_one("standard", "order_lines_2024-05-04.csv", MAY_3, order_again="newest")
    assert newest_first(shop)[0] == "order_lines_2024-05-05.csv"


def test_of_one_day_the_newest_time_tells_then_the_loading(shop: Shop) -> None:
    for name, clock in (("1", "10:00"), ("2", "09:00"), ("3", "10:00")):
        text = HEADER + f"T{name},2024-05-02T{clock},mug,1,1\n"
        shop.load_one("standard", f"order_lines_{name}.csv", text, order_again="newest")
    assert newest_first(shop) == ["order_lines_3.csv", "order_lines_1.csv", "order_lines_2.csv"]


def test_the_same_name_may_come_again(shop: Shop) -> None:
    """As of an export that is always called the same; the old one keeps the orders that it alone
    has."""
    shop.load_one("standard", "order_lines.csv", MAY_2, order_again="newest")
    again = shop.load_one("standard", "order_lines.csv", MAY_3, order_again="newest")
    assert (again.status, again.message) == ("loaded", "")
    assert (
        shop.load_one("standard", "order_lines.csv", MAY_2, order_again="newest").status == "known"
    )


def test_orders_with_rejected_lines_are_named(shop: Shop) -> None:
    """S2 comes again with a line that cannot be read, S4 is nowhere whole, S5 is all rejects."""
    shop.load_one("standard", "order_lines_2.csv", MAY_2, order_again="newest")
    rows = ["S2,2024-05-02,mug,2,10", "S2,2024-05-02,map,x,5", "S3,2024-05-03,map,1,5",
            "S4,2024-05-03,map,1,?", "S4,2024-05-03,mug,1,9", "S5,2024-05-03,mug,1,-"]  # fmt: skip
    text = HEADER + "\n".join(rows) + "\n"
    found = shop.load_one(
        "standard", "order_lines_3.csv", text, order_again="newest", max_reject_share=0.5
    )
    assert found.message == (
        "1 order taken from another file, which has all lines: S2; "
        "1 order incomplete because of rejected lines: S4"
    )
    kept = shop.query("select order_id from ops.rejected_orders order by 1")
    assert kept == [("S2",), ("S4",)]


def test_numbered_lines_are_held_against_the_same_line(shop: Shop) -> None:
    header = HEADER.replace("order_id", "order_id,line_number")
    good = header + "A,1,2024-05-01,mug,1,10\nA,2,2024-05-01,map,1,5\nB,1,2024-05-01,mug,1,9\n"
    newer = "A,1,2024-05-01,mug,1,11\nA,2,2024-05-01,map,?,5\n"
    newer += "B,2,2024-05-01,map,1,5\nB,3,2024-05-01,map,?,5\n"
    shop.load_one("standard", "order_lines_1.csv", good)
    found = shop.load_one("standard", "order_lines_2.csv", header + newer, max_reject_share=0.5)
    assert found.message == (
        "1 order taken from another file, which has all lines: A; "
        "1 order incomplete because of rejected lines: B"
    )


def test_nothing_is_added_to_a_rolling_order_without_saying_so(shop: Shop) -> None:
    shop.load_one("standard", "order_lines_1.csv", MAY_2, order_again="newest")
    for options in ({}, {"adds": True}):
        refused = shop.load_one("standard", "order_lines_2.csv", MAY_3, **options)
        assert refused.status == "refused"
        assert "came in files loaded with --order-again newest" in refused.message
        assert "S2" in refused.message
    with pytest.raises(UsageError, match="contradict each other"):
        shop.load("standard", order_again="newest", adds=True)


def test_other_tables_of_the_source_are_not_concerned(shop: Shop) -> None:
    shop.write("order_lines.csv", MAY_2)
    shop.write("products.csv", "product_id,product_name\nmug,Mug\n")
    results = shop.load("standard", order_again="newest").files
    assert {result.status for result in results} == {"loaded"}
    rows = shop.query("select table_name, order_again from ops.load_files order by 1")
    assert rows == [("order_lines", "newest"), ("products", None)]


def test_a_time_zone_is_written_down_with_the_load(shop: Shop) -> None:
    text = HEADER + "S1,2024-03-01T23:15:00Z,mug,1,10\n"
    result = shop.load_one("standard", "order_lines.csv", text, time_zone="Europe/Berlin")
    assert result.days() == (dt.date(2024, 3, 2), dt.date(2024, 3, 2))
    assert shop.query("select time_zone from ops.load_files") == [("Europe/Berlin",)]
    assert shop.value("select ordered_at::text from raw_standard.order_lines") == (
        "2024-03-02 00:15:00"
    )
    with pytest.raises(UsageError, match="unknown time zone 'Berlin'"):
        shop.load("standard", time_zone="Berlin")


def test_a_check_needs_no_tables(embedded: Settings, project_dir: Path, tmp_path: Path) -> None:
    """Also of a file that would be refused, and of one that needs the token key."""
    owner = database.conninfo(embedded)
    name = f"nothing_{uuid4().hex[:12]}"
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute(f"create database {name}".encode())
    try:
        shop = Shop(make_conninfo(owner, dbname=name), tmp_path, project_dir)
        shop.write("order_lines_1.csv", MAY_2)
        shop.write("order_lines_2.csv", MAY_3)
        shop.write("order_lines_x.csv", "order_id\nA\n")
        shop.write("customers.csv", "customer_id,email\nc1,ann@example.org\n")
        found = {result.file: result.status for result in shop.load("standard", check=True).files}
        assert found == {
            "customers.csv": "checked",
            "order_lines_1.csv": "checked",
            "order_lines_2.csv": "checked",
            "order_lines_x.csv": "refused",
        }
        assert shop.tables() == []
    finally:
        with psycopg.connect(owner, autocommit=True) as connection:
            connection.execute(f"drop database {name} with (force)".encode())
