"""WAREHOUSE_SCHEMA_PREFIX goes before every schema, of loader and models alike."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

import ml.model_tables
from ingest.tables import definition_files, raw_schemas
from tests.marts.built_warehouse import BuiltWarehouse, database_on
from tests.pipeline.history import cafe_files
from warehouse.server.view_lock import make_lock


def make_tables(warehouse: BuiltWarehouse, prefix: str) -> None:
    """What `warehouse up` makes in the database."""
    definitions = definition_files.read_definitions(warehouse.project_dir)
    with psycopg.connect(warehouse.conninfo) as connection:
        raw_schemas.ensure(connection, definitions, prefix)
        ml.model_tables.ensure(connection, prefix)
        make_lock(connection, prefix)


@pytest.mark.slow
def test_a_prefix_goes_before_every_schema(
    server: str,
    project_dir: Path,
    tmp_path: Path,
    sample: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("WAREHOUSE_SCHEMA_PREFIX", "dev_")
    empty = make_conninfo(server, dbname="template1")
    with database_on(server, project_dir, tmp_path, copy_of=empty) as warehouse:
        make_tables(warehouse, "dev_")
        warehouse.load("cafe", *cafe_files(sample), prefix="dev_")
        # With the unit tests of staging, whose rows have the columns of raw tables.
        chosen = ("source:*+1", "+fct_orders", "+dim_product_history", "load_history")
        warehouse.dbt("build", "--select", *chosen)
        schemas = warehouse.frame(
            "select distinct table_schema from information_schema.tables"
            " where table_schema not in ('information_schema', 'pg_catalog') order by 1"
        )["table_schema"]
        orders = warehouse.value("select count(*) from dev_core.fct_orders")
    assert [name for name in schemas if not name.startswith("dev_")] == []
    assert {"dev_staging", "dev_snapshots", "dev_reference", "dev_marts"} <= set(schemas)
    assert {"dev_build_marts", "dev_published", "dev_changes"} <= set(schemas)
    assert orders == sum(len(path.read_text().splitlines()) for path in cafe_files(sample))


@pytest.mark.slow
def test_a_prefix_clones_what_is_shared_and_builds_one_model(
    built: BuiltWarehouse,
    new_warehouse: Callable[..., BuiltWarehouse],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A developer's copy without raw files, and without `warehouse up`."""
    warehouse = replace(new_warehouse(copy_of=built), folder=tmp_path)
    shared = warehouse.checksum("marts.customer_rfm")
    warehouse.dbt("parse")
    state = tmp_path / "state"
    state.mkdir()
    shutil.copy(tmp_path / "target" / "manifest.json", state)
    monkeypatch.setenv("WAREHOUSE_SCHEMA_PREFIX", "dev_")
    monkeypatch.setenv("WAREHOUSE_PUBLISH", "")
    warehouse.dbt("clone", "--state", str(state))
    warehouse.dbt("build", "--select", "customer_rfm")
    kinds = warehouse.frame(
        "select table_schema || '.' || table_name as name, table_type as kind"
        " from information_schema.tables where table_schema like 'dev%'"
    ).set_index("name")["kind"]
    assert kinds["dev_build_core.fct_orders"] == "VIEW"
    assert kinds["dev_build_marts.customer_rfm"] == "BASE TABLE"
    assert "dev_marts.customer_rfm" not in kinds
    assert warehouse.checksum("dev_build_marts.customer_rfm") == shared
    assert warehouse.checksum("marts.customer_rfm") == shared

    # Published, it is the only table that is moved, and no row of a clone is copied.
    make_tables(warehouse, "dev_")
    warehouse.dbt("run-operation", "publish")
    tables = "select string_agg(tablename, ' ' order by 1) from pg_tables where schemaname = "
    published = warehouse.value(tables + "'dev_published'").split()
    assert len(published) == 2 and {name.split("__")[0] for name in published} == {
        "current",
        "customer_rfm",
    }
    assert warehouse.checksum("dev_marts.customer_rfm") == shared
    assert warehouse.checksum("dev_core.fct_orders") == warehouse.checksum("core.fct_orders")
