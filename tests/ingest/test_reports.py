"""What the user reads after a load."""

from __future__ import annotations

import io
import json
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest
from rich.console import Console

from ingest.loader_errors import DatabaseFailure
from ingest.loads.control_totals import Total
from ingest.loads.load_report import (
    LONG_FILE_BYTES,
    FileResult,
    LoadReport,
    as_json,
    bar,
    render,
)
from ingest.loads.loader import load
from ingest.sessions import may_connect_later
from tests.ingest.conftest import LEEDS, Shop, good_lines, grocery_file, grocery_line, ticket


def text_of(report: LoadReport, width: int = 200) -> str:
    out = io.StringIO()
    Console(file=out, width=width).print(render(report))
    return out.getvalue()


def test_a_long_file_name_gives_way_on_a_narrow_screen() -> None:
    file = FileResult(
        Path("transaction_data_of_the_northern_branches.csv"),
        "transaction_data",
        "loaded",
        rows_in_file=2_570_217,
        rows_loaded=2_570_217,
        totals=(Total(None, "USD", 1, Decimal("8011702.22")),),
    )
    lines = text_of(LoadReport("grocery", [file]), width=80).splitlines()
    money = ["8,011,702.22", "USD"]
    assert len(lines) == 2
    assert lines[1].startswith("transaction_da…")
    assert lines[1].split()[1:] == ["transaction_data", "loaded", "2,570,217", "0", *money]


def test_each_currency_has_its_line_on_a_narrow_screen() -> None:
    file = FileResult(
        Path("order_lines_may.csv"),
        "order_lines",
        "loaded",
        rows_in_file=12_010,
        rows_loaded=12_000,
        rows_rejected=10,
        totals=(
            Total(None, "EUR", 9_000, Decimal("1234567.80")),
            Total(None, None, 2_000, Decimal("99.5")),
            Total(None, "SEK", 1_000, Decimal("-20")),
        ),
    )
    lines = text_of(LoadReport("standard", [file]), width=80).splitlines()
    first = ["order_lines_may.csv", "order_lines", "loaded", "12,000", "10"]
    assert [line.split() for line in lines[1:4]] == [
        [*first, "1,234,567.80", "EUR"], ["99.50", "unnamed"], ["-20.00", "SEK"],
    ]  # fmt: skip


def test_one_line_per_file_and_what_there_is_to_know_below(shop: Shop) -> None:
    bad = grocery_line(day="x")
    shop.write("transaction_data.csv", grocery_file([*good_lines(1200), *[bad] * 7]))
    shop.write("product.csv", "nonsense\n1\n")
    shop.write("readme.txt", "hello")
    text = text_of(shop.load("grocery"))
    lines = [" ".join(line.split()) for line in text.splitlines()]
    assert "transaction_data.csv transaction_data loaded 1,200 7 3,000.00 USD" in lines
    assert "transaction_data.csv, line 1202, day: not a number ('x')" in lines
    assert "transaction_data.csv: 2 more rejected rows, all in ops.rejected_rows" in lines
    assert any(line.startswith("product.csv: the first line is not the header") for line in lines)
    assert any(line.startswith("readme.txt: no table of grocery takes files") for line in lines)


def test_exit_codes(shop: Shop) -> None:
    assert shop.load("cafe", shop.write(LEEDS, ticket())).exit_code == 0
    assert shop.load("cafe", shop.folder).exit_code == 0
    assert shop.load("cafe", shop.write("notes.txt", "x")).exit_code == 1
    assert shop.load("cafe", shop.folder).exit_code == 0
    assert shop.load("cafe", shop.write("york_01-01-2020_1.csv", "x")).exit_code == 1
    assert shop.load("cafe", shop.write("york_01-01-2020_09-00-00.csv", "x")).exit_code == 1


def test_a_lost_connection_is_no_verdict_on_the_file(shop: Shop) -> None:
    path = shop.write("transaction_data.csv", grocery_file(good_lines(2000)))

    def cut(*_: object) -> None:
        with psycopg.connect(shop.conninfo) as connection:
            connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity "
                "where datname = current_database() and pid <> pg_backend_pid()"
            )

    report = shop.load("grocery", path, progress=cut)
    (result,) = report.files
    assert (result.status, result.may_pass, report.exit_code) == ("refused", True, 3)
    broken = FileResult(Path("broken.csv"), None, "refused")
    assert LoadReport("grocery", [result, broken]).exit_code == 1
    assert shop.load("grocery", path).rows_loaded == 2000


def test_json_has_one_line_per_file_and_no_rejected_value(shop: Shop) -> None:
    lines = [*good_lines(120), grocery_line(day="secret")]
    good = shop.write("transaction_data_\udcff.csv", grocery_file(lines))
    bad = shop.write("product.csv", "nonsense\n1\n")
    text = as_json(shop.load("grocery"))
    assert "secret" not in text and text.isascii()
    first, second = (json.loads(line) for line in text.splitlines())
    assert Path(first["file"]) == bad and Path(second["file"]) == good
    assert (first["result"], first["load_id"], first["may_pass"]) == ("refused", None, False)
    assert first["message"].startswith("the first line is not the header")
    # Both files took a number, in either order.
    assert second.pop("load_id") in (1, 2)
    del second["file"]
    assert second == {
        "table": "transaction_data",
        "result": "loaded",
        "rows_loaded": 120,
        "rows_rejected": 1,
        "message": "",
        "may_pass": False,
    }


def test_an_empty_folder_says_so(shop: Shop) -> None:
    assert "no files found" in text_of(shop.load("grocery"))


def test_progress_reaches_the_whole_file_and_the_bar_takes_it(shop: Shop) -> None:
    path = shop.write("transaction_data.csv", grocery_file(good_lines(2000)))
    told: list[tuple[str, int, int]] = []
    shop.load("grocery", path, progress=lambda *step: told.append(step))
    size = path.stat().st_size
    assert told[-1] == ("transaction_data.csv", size, size)

    out = io.StringIO()
    with bar(Console(file=out, force_terminal=True, width=100)) as advance:
        advance("short.csv", 1, 2)
        advance("long.csv", LONG_FILE_BYTES // 2, LONG_FILE_BYTES)
    assert "long.csv" in out.getvalue()
    assert "short.csv" not in out.getvalue()


def test_files_of_different_tables_all_arrive(shop: Shop) -> None:
    shop.write("transaction_data.csv", grocery_file(good_lines(500)))
    shop.write("coupon.csv", "coupon_upc,product_id,campaign\n1,2,3\n1,2,3\n")
    shop.write("campaign_desc.csv", "description,campaign,start_day,end_day\nTypeA,1,2,3\n")
    report = shop.load("grocery")
    assert {r.table: r.rows_loaded for r in report.files} == {
        "campaign_desc": 1,
        "coupon": 2,
        "transaction_data": 500,
    }
    assert sorted(r.load_id or 0 for r in report.files) == [1, 2, 3]
    assert report.rows_loaded == 503


def test_no_database_is_one_clear_error(shop: Shop) -> None:
    path = shop.write("transaction_data.csv", grocery_file(good_lines(2)))
    with pytest.raises(DatabaseFailure, match="cannot reach the database: "):
        load("host=127.0.0.1 port=1 user=x", shop.project_dir, "grocery", [path])


@pytest.mark.parametrize(
    ("reason", "passes"),
    [
        ('connection to server at "db" failed: Connection refused', True),
        ("FATAL:  the database system is starting up", True),
        ("FATAL:  sorry, too many clients already", True),
        ('FATAL:  password authentication failed for user "loader"', False),
        ('FATAL:  database "retail" does not exist', False),
    ],
)
def test_which_failed_connections_are_worth_another_try(reason: str, passes: bool) -> None:
    assert may_connect_later(reason) is passes
