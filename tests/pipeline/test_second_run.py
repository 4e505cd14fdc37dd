"""A second run with nothing new changes nothing; sources go off and on; no data at all."""

import json
from collections.abc import Callable

import pytest

from tests.marts.built_warehouse import WITHOUT_TESTS, BuiltWarehouse
from tests.platform.checksums import checksums

WITH_SOURCE = (
    "select columns.table_schema || '.' || columns.table_name"
    " from information_schema.columns"
    " where column_name = 'source_system'"
    " and table_schema in ('core', 'aggregates', 'marts') order by 1"
)


@pytest.mark.slow
def test_a_second_build_changes_no_row(
    built: BuiltWarehouse, new_warehouse: Callable[..., BuiltWarehouse]
) -> None:
    expected = checksums(built.conninfo, with_memory=True)
    assert len(expected) > 30
    again = new_warehouse(built)
    again.dbt("build", "--exclude-resource-type", "unit_test")
    assert checksums(again.conninfo, with_memory=True) == expected


@pytest.mark.slow
def test_a_full_refresh_changes_no_row(
    built: BuiltWarehouse, new_warehouse: Callable[..., BuiltWarehouse]
) -> None:
    again = new_warehouse(built)
    again.dbt(*WITHOUT_TESTS, "--full-refresh")
    assert checksums(again.conninfo) == checksums(built.conninfo)


@pytest.mark.slow
def test_a_source_off_leaves_no_row_and_comes_back_whole(
    built: BuiltWarehouse, new_warehouse: Callable[..., BuiltWarehouse]
) -> None:
    expected = checksums(built.conninfo, with_memory=True)
    shop = new_warehouse(built)
    shop.dbt("build", "--vars", "{source_systems: [cafe]}")
    tables = list(shop.frame(WITH_SOURCE).iloc[:, 0])
    assert len(tables) > 25
    left = [
        table
        for table in tables
        if shop.value(f"select count(*) from {table} where source_system <> 'cafe'")
    ]
    assert left == []
    assert shop.value("select count(*) from core.fct_orders") > 0
    assert set(checksums(shop.conninfo, with_memory=True)) == set(expected)

    shop.dbt(*WITHOUT_TESTS)
    assert checksums(shop.conninfo, with_memory=True) == expected
    # One pass over all that is new to the fact: one for each order would be quadratic.
    run = shop.compiled("models/core", "fct_order_lines")
    grocery = run.index("int_grocery__order_lines")
    assert "lateral" not in run[run.rindex("union all", 0, grocery) : grocery]


@pytest.mark.slow
def test_no_data_at_all(new_warehouse: Callable[..., BuiltWarehouse]) -> None:
    shop = new_warehouse()
    shop.dbt("build", "--exclude-resource-type", "unit_test")
    first = checksums(shop.conninfo)
    assert len(first) > 30
    filled = {name for name, told in first.items() if not told.startswith("0 rows")}
    own_members = {"core.dim_date", "core.dim_time_of_day", "core.dim_payment_method"}
    own_members |= {f"core.dim_{name}" for name in ("customer", "product", "store")}
    own_members |= {"core.dim_customer_history", "core.dim_product_history"}
    own_members |= {f"core.dim_{name}" for name in ("campaign", "coupon", "employee", "supplier")}
    own_members |= {"core.dim_order_status"}
    own_members |= {"core.dim_accounting_type", "aggregates.reporting_rates"}
    own_members |= {"marts.data_version", "aggregates.source_versions"}
    assert filled <= own_members


@pytest.mark.slow
def test_no_source_at_all(
    built: BuiltWarehouse, new_warehouse: Callable[..., BuiltWarehouse]
) -> None:
    shop = new_warehouse(built)
    shop.dbt("build", "--vars", "{source_systems: []}")
    tables = shop.frame(WITH_SOURCE).iloc[:, 0]
    assert [t for t in tables if shop.value(f"select count(*) from {t}")] == []


@pytest.mark.slow
def test_a_selection_builds_where_nothing_is_built(unbuilt: BuiltWarehouse) -> None:
    unbuilt.dbt("build", "--select", "+customer_rfm")
    assert unbuilt.value("select count(*) from marts.customer_rfm") > 0


def test_every_column_that_is_built_is_described(built: BuiltWarehouse) -> None:
    manifest = json.loads((built.folder / "target" / "manifest.json").read_text())
    described = {
        (node["schema"].removeprefix("build_"), node["alias"], column)
        for node in manifest["nodes"].values()
        if node["resource_type"] in ("model", "seed", "snapshot")
        for column in node["columns"]
    }
    found = built.frame(
        "select table_schema, table_name, column_name from information_schema.columns"
        " where table_schema in ("
        "'staging', 'intermediate', 'snapshots', 'core', 'aggregates', 'marts', 'restricted',"
        " 'reference')"
    )
    columns = {tuple(row) for row in found.itertuples(index=False)}
    assert len(columns) > 500
    assert columns - described == set()
    assert described - columns == set()
