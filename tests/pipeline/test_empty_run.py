"""`dbt run --empty` builds every model without a row, and leaves nothing behind."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.marts.built_warehouse import WITHOUT_TESTS, BuiltWarehouse
from tests.pipeline.history import cafe_files

RELATIONS = (
    "select schemaname, viewname from pg_views"
    " where schemaname in ('core', 'aggregates', 'marts') and viewname not in"
    " ('load_history', 'load_reconciliation', 'data_version') order by 1, 2"
)


def checksums(warehouse: BuiltWarehouse) -> dict[str, tuple[int, int]]:
    """Rows and a hash of every table of core, aggregates and marts."""
    names = [f"{row.schemaname}.{row.viewname}" for row in warehouse.frame(RELATIONS).itertuples()]
    return {name: warehouse.checksum(name) for name in names}


def rows(warehouse: BuiltWarehouse) -> dict[str, int]:
    return {name: count for name, (count, _) in checksums(warehouse).items()}


@pytest.mark.slow
def test_an_empty_run_on_nothing_and_on_what_is_built_changes_no_later_build(
    new_warehouse: Callable[..., BuiltWarehouse], sample: Path
) -> None:
    warehouse = new_warehouse()
    files = cafe_files(sample)
    warehouse.load("cafe", *files[:-1])
    warehouse.dbt("seed")
    warehouse.dbt("run", "--empty")
    empty = rows(warehouse)
    # Seeds and the calendar are no data; every source has its members without an id.
    assert empty["core.fct_orders"] == empty["core.fct_order_lines"] == 0
    assert empty["core.dim_product"] == 6 and empty["core.dim_date"] == 22280
    assert empty["marts.customer_rfm"] == empty["marts.sales_daily"] == 0
    assert warehouse.value("select count(*) from ops.fact_loads") == 0

    warehouse.dbt(*WITHOUT_TESTS)
    built = checksums(warehouse)
    assert built["core.fct_orders"][0] > 1000 and built["marts.customer_rfm"][0] > 100

    # A file that no build has taken in yet stays new.
    warehouse.load("cafe", files[-1])
    taken_in = warehouse.value("select count(*) from ops.fact_loads")
    warehouse.dbt("run", "--empty")
    assert warehouse.value("select count(*) from ops.fact_loads") == taken_in
    assert checksums(warehouse)["core.fct_orders"] == built["core.fct_orders"]
    assert rows(warehouse)["marts.customer_rfm"] > 0
    warehouse.dbt("build")
    after = checksums(warehouse)
    assert after["core.fct_orders"][0] > built["core.fct_orders"][0]
    warehouse.dbt("run", "--full-refresh")
    assert checksums(warehouse) == after
