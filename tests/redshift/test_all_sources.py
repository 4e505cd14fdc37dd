"""The sample files of all sources, through both doors: the same rows, totals and rejects."""

from pathlib import Path
from typing import Any

import psycopg
import pytest

from ingest.engine.redshift_address import RedshiftAddress
from ingest.loads.load_options import Options
from ingest.loads.loader import load
from ingest.tables.definition_files import read_definitions
from sample import parse_scale, write_sample
from tests.ingest.conftest import TOKEN_KEY
from tests.redshift.cluster import Cluster

# Load ids depend on which table's files came first.
ROWS = """
    with files as (
        select f.file_name, (to_jsonb(r) - 'load_id')::text as content
        from {table} as r inner join ops.load_files as f on r.load_id = f.load_id
    )
    select file_name, count(*), md5(string_agg(content, ' ' order by content)) from files
    group by 1 order by 1
"""
LEDGER = """
    select source_system, table_name, file_name, sha256, file_bytes, rows_in_file, rows_loaded,
        rows_rejected, as_of_date, status, left(file_order, 37)
    from ops.load_files order by 1, 2, 3
"""


def content(conninfo: str, table: str) -> list[tuple[Any, ...]]:
    """For each file: its rows in a table, counted and hashed."""
    with psycopg.connect(conninfo) as connection:
        return connection.execute(ROWS.format(table=table).encode()).fetchall()


def rows(conninfo: str, query: str) -> list[tuple[Any, ...]]:
    """The rows of a query."""
    with psycopg.connect(conninfo) as connection:
        return connection.execute(query.encode()).fetchall()


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_all_sources_come_in_the_same_by_both_doors(
    loading_address: RedshiftAddress,
    redshift: Cluster,
    empty_database: str,
    project_dir: Path,
    tmp_path: Path,
) -> None:
    written = write_sample(tmp_path / "sample", parse_scale("0.1"), 7, True)
    definitions = read_definitions(project_dir)
    options = Options(token_key=TOKEN_KEY, max_reject_share=0.2)
    for source in written.sources.values():
        folder = written.folders[source.source]
        for address in (loading_address, empty_database):
            load(address, project_dir, source.source, [folder], options)
    assert rows(redshift.behind, LEDGER) == rows(empty_database, LEDGER)
    assert len(rows(redshift.behind, LEDGER)) > 80
    tables = [f"raw_{s.name}.{t}" for s in definitions.values() for t in s.tables]
    for table in [*tables, "ops.load_totals", "ops.rejected_rows", "ops.rejected_orders"]:
        there, here = content(redshift.behind, table), content(empty_database, table)
        assert there == here, table
    assert redshift.keys("door/") == []
