"""Tests of uniqueness read nothing where an index proves it, and all where none does."""

import re
from collections.abc import Callable

import pytest

from tests.marts.built_warehouse import NAME_FOR_DBT, BuiltWarehouse

TEST = "customer_products_unique_per_product_customer_and_currency"
TABLE = "build_aggregates.customer_products"


@pytest.mark.slow
def test_a_double_row_is_found_once_the_index_is_gone(
    built: BuiltWarehouse, new_warehouse: Callable[..., BuiltWarehouse]
) -> None:
    shop = new_warehouse(built)
    shop.dbt("test", "--select", TEST)
    folder = shop.folder / "target" / "compiled" / "retail"
    (compiled,) = folder.rglob(f"{TEST}.sql")
    # No column of the key may be empty, so the server knows beforehand that there is nothing.
    query = compiled.read_text().replace(f'"{NAME_FOR_DBT}".', "")
    plan = "\n".join(shop.frame(f"explain (analyze, timing off) {query}").iloc[:, 0])
    assert re.search(r"Scan[^\n]* on customer_products [^\n]*\((actual rows=0|never)", plan), plan
    assert shop.value(f"select count(*) from {TABLE}") > 100

    indexes = shop.frame(
        f"select indexrelid::regclass::text from pg_index where indrelid = '{TABLE}'::regclass"
    )
    for name in indexes.iloc[:, 0]:
        shop.execute(f"drop index {name}")
    shop.execute(f"insert into {TABLE} select * from {TABLE} order by 1, 2, 3 limit 1")
    with pytest.raises(AssertionError, match=TEST):
        shop.dbt("test", "--select", TEST)
