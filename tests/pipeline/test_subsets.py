"""Any subset of sources can be on: the others leave nothing behind, and come back whole."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.tables.definition_files import read_definitions
from sample import write_sample
from scaffold.project_files import sources_on
from tests.marts.built_warehouse import BuiltWarehouse, database_on

pytestmark = pytest.mark.slow

SCALE = 0.02
SUBSETS = (["footwear", "standard"], [], ["grocery"], ["cafe", "ecommerce", "electronics"])
# They hold times of builds, which differ from run to run.
TELL_THE_TIME = {"marts.data_version"}


@pytest.fixture(scope="module")
def all_on(
    server: str, project_dir: Path, dbt_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[BuiltWarehouse]:
    """A small sample of every source, loaded and built with tests."""
    folder = tmp_path_factory.mktemp("sample")
    write_sample(folder, SCALE)
    with database_on(server, project_dir, dbt_folder) as warehouse:
        for source in sources_on(project_dir):
            warehouse.load(source, folder / source)
        warehouse.dbt("build")
        yield warehouse


def tables_of(warehouse: BuiltWarehouse) -> dict[str, bool]:
    """Tables and views of core, aggregates and marts, and whether each has a source_system."""
    found = warehouse.frame(
        "select table_schema || '.' || table_name, bool_or(column_name = 'source_system')"
        " from information_schema.columns"
        " where table_schema in ('core', 'aggregates', 'marts') group by 1"
    )
    return dict(found.itertuples(index=False, name=None))


def sources_in(warehouse: BuiltWarehouse) -> dict[str, set[str]]:
    """The sources that each table holds rows of."""
    return {
        table: set(warehouse.frame(f"select distinct source_system from {table}")["source_system"])
        for table, has_source in tables_of(warehouse).items()
        if has_source
    }


def test_sources_go_and_come_back(all_on: BuiltWarehouse) -> None:
    tables = tables_of(all_on)
    compared = sorted(set(tables) - TELL_THE_TIME)
    before = {table: all_on.checksum(table) for table in compared}
    whole = sources_in(all_on)
    assert whole["core.fct_orders"] == set(sources_on(all_on.project_dir))
    for subset in SUBSETS:
        all_on.dbt("run", "--vars", json.dumps({"source_systems": subset}))
        assert tables_of(all_on) == tables
        left = {t: found - set(subset) for t, found in sources_in(all_on).items()}
        assert {table: sources for table, sources in left.items() if sources} == {}
        assert sources_in(all_on)["core.fct_orders"] == set(subset)
    all_on.dbt("build")
    assert {table: all_on.checksum(table) for table in compared} == before


def test_a_build_without_any_data_is_green(
    server: str, project_dir: Path, dbt_folder: Path
) -> None:
    with database_on(server, project_dir, dbt_folder) as warehouse:
        warehouse.dbt("build")
        assert warehouse.value("select count(*) from core.fct_orders") == 0
        raw = [f"raw_{source}" for source in read_definitions(project_dir)]
        assert warehouse.value(
            f"select count(distinct schemaname) from pg_tables where schemaname = any(array{raw!r})"
        ) == len(raw)
