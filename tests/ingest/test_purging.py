"""What is past its age goes, to the day; what names no age stays."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
import yaml

from ingest.erasure.purging import purge
from ingest.loader_errors import LockHeld
from ingest.lock import exclusive
from ingest.sessions import connect
from tests.ingest.conftest import Shop

VISITORS = "visitor_id,email,phone,visits\nV1,ada@shop.example,0123,4\nV2,,,x\nV3,bo@b.example,,2\n"


@pytest.fixture
def kiosk(empty_database: str, tmp_path: Path) -> Shop:
    """A source of two tables alike, of which one names ages."""
    return fill(Shop(empty_database, tmp_path, write_project(tmp_path)))


def write_project(folder: Path) -> Path:
    """A project that defines the source."""
    columns = [
        {"name": "visitor_id", "data_type": "varchar(64)"},
        {"name": "email", "data_type": "varchar(64)", "config": {"meta": {"pii": "token"}}},
        {"name": "phone", "data_type": "varchar(64)", "config": {"meta": {"pii": "restrict"}}},
        {"name": "visits", "data_type": "integer"},
    ]
    ages = {"retention_days": 30, "reject_retention_days": 10}
    tables = [
        {"name": name, "config": {"meta": {"mode": "append"} | meta}, "columns": columns}
        for name, meta in (("visitors", ages), ("guests", {}))
    ]
    path = folder / "project" / "models" / "staging" / "kiosk" / "_kiosk__sources.yml"
    path.parent.mkdir(parents=True)
    source = {"name": "kiosk", "schema": "raw_kiosk", "tables": tables}
    path.write_text(yaml.safe_dump({"version": 2, "sources": [source]}), encoding="utf-8")
    return folder / "project"


def fill(shop: Shop) -> Shop:
    """A file in each table, with one row rejected."""
    for name in ("visitors.csv", "guests.csv"):
        assert shop.load_one("kiosk", name, VISITORS, max_reject_share=0.5).rows_rejected == 1
    return shop


def make_older(shop: Shop, days: int) -> None:
    with psycopg.connect(shop.conninfo) as connection:
        connection.execute(
            "update ops.load_files set finished_at = finished_at - %s * interval '1 day'", [days]
        )


def rows_of(shop: Shop, table: str) -> list[tuple[object, ...]]:
    return shop.query(
        "select visitor_id, email is not null, phone, visits"
        f" from raw_kiosk.{table} order by file_line"
    )


def test_each_goes_at_its_age(kiosk: Shop) -> None:
    full = [("V1", True, "0123", 4), ("V3", True, None, 2)]
    for days, emptied, deleted, rows, rejects in (
        (9, 0, 0, full, 2),
        (2, 0, 1, full, 1),
        (18, 0, 0, full, 1),
        (2, 2, 0, [("V1", False, None, 4), ("V3", False, None, 2)], 1),
        (300, 0, 0, [("V1", False, None, 4), ("V3", False, None, 2)], 1),
    ):
        make_older(kiosk, days)
        done = purge(kiosk.address, kiosk.project_dir)
        (visitors,), (visitors_rejects,) = done.emptied, done.rejects
        assert (visitors.table, visitors.columns) == ("raw_kiosk.visitors", ("email", "phone"))
        assert (visitors.rows, visitors_rejects.rows) == (emptied, deleted)
        assert rows_of(kiosk, "visitors") == rows
        assert rows_of(kiosk, "guests") == full
        assert kiosk.value("select count(*) from ops.rejected_rows") == rejects
    # The ledger still adds up, and the rejects that are gone are accounted for.
    assert kiosk.query(
        "select rows_in_file, rows_loaded, rows_rejected from ops.load_files order by load_id"
    ) == [(3, 2, 1), (3, 2, 1)]
    assert kiosk.query(
        "select reason, table_name, load_id, row_count from ops.erasures order by erased_at"
    ) == [("rejects", "visitors", 1, 1), ("purge", "visitors", None, 2)]


def test_a_dry_run_counts_and_changes_nothing(kiosk: Shop) -> None:
    make_older(kiosk, 31)
    before = kiosk.everything()
    done = purge(kiosk.address, kiosk.project_dir, dry_run=True)
    assert (done.rows, done.rejects[0].rows) == (2, 1)
    assert kiosk.everything() == before


def test_a_purge_waits_for_its_turn(kiosk: Shop) -> None:
    with (
        connect(kiosk.address) as other,
        exclusive(other, "build"),
        pytest.raises(LockHeld, match="busy: warehouse: build"),
    ):
        purge(kiosk.address, kiosk.project_dir, wait=0)


def test_files_and_statistics_hold_nothing_any_more(kiosk: Shop) -> None:
    with psycopg.connect(kiosk.conninfo, autocommit=True) as connection:
        # As of a table from before telephone numbers were kept out of statistics.
        connection.execute("alter table raw_kiosk.visitors alter phone set statistics 100")
        connection.execute("insert into raw_kiosk.visitors select * from raw_kiosk.visitors")
        connection.execute("analyze raw_kiosk.visitors")
    seen = "select count(*) from pg_stats where strpos(most_common_vals::text, '0123') > 0"
    assert kiosk.value(seen) == 1
    make_older(kiosk, 31)
    done = purge(kiosk.address, kiosk.project_dir)
    assert (done.rows, done.not_rewritten) == (2 + 2, ())
    assert kiosk.value(seen) == 0
    with psycopg.connect(kiosk.conninfo, autocommit=True) as connection:
        connection.execute("checkpoint")
        ((content,),) = connection.execute(
            "select pg_read_binary_file(pg_relation_filepath('raw_kiosk.visitors'))"
        ).fetchall()
    assert b"V1" in content
    assert b"0123" not in content
