"""Facts are the same after personal data were purged, and whole after a customer was forgotten."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import psycopg
import pytest

from ingest.erasure.forgetting import forget
from ingest.erasure.purging import Purged, purge
from tests.marts.built_warehouse import TOKEN_KEY, BuiltWarehouse

pytestmark = pytest.mark.slow

BUILT = (
    "+fct_membership_applications", "+fct_orders", "+fct_order_lines", "+dim_customer",
    "membership_applications", "members",
)  # fmt: skip
FILES = {
    "members": "membership_id,first_name,last_name,email,date_of_birth,mobile_no,joined_at\n"
    "Quill_6845c,Winifred,Quillington,winifred@quill.example,1987-05-17,81234567,2021-01-01\n"
    "Marsh_1a2b3,Winifred,Marshwood,w.marsh@shop.example,1990-01-02,87654321,2021-02-03\n",
    # The first succeeds, the second has a mobile number of seven digits.
    "applications_1": "name,email,date_of_birth,mobile_no\n"
    "Winifred Quillington,winifred@quill.com,1987-05-17,81234567\n"
    "Winifred Marshwood,w.marsh@shop.com,1990-01-02,8765432\n",
    "items": "item_id,item_name,manufacturer_name,cost,weight_kg\nI1,Lamp,Lampson,10.00,1\n",
    "transactions_1": "transaction_id,membership_id,transaction_at,total_items_price,"
    "total_items_weight_kg,status\n"
    "T1,Quill_6845c,2022-01-05T10:00,10.00,1,completed\n"
    "T2,Marsh_1a2b3,2022-01-05T11:00,20.00,2,completed\n"
    "T3,Quill_6845c,2022-01-06T10:00,30.00,3,completed\n",
    "transaction_items_1": "transaction_id,item_id,quantity\nT1,I1,1\nT2,I1,2\nT3,I1,3\n",
}
APPLICATIONS = (
    "select application_key, is_successful, has_valid_mobile, has_valid_age, has_valid_email,"
    " has_valid_name, failed_reasons from core.fct_membership_applications order by 1"
)
ORDERS = (
    "select order_id, order_date, line_count, quantity, gross_amount, net_amount,"
    " stated_total_amount from core.fct_orders order by order_id"
)
CUSTOMERS_OF_ORDERS = (
    "select string_agg(order_id, ' ' order by order_id) from core.fct_orders"
    " group by customer_key order by 1"
)


@pytest.fixture
def online_shop(new_warehouse: Callable[..., BuiltWarehouse], tmp_path: Path) -> BuiltWarehouse:
    """Two members who applied and bought, loaded and built."""
    warehouse = new_warehouse()
    for name, content in FILES.items():
        (tmp_path / f"{name}.csv").write_text(content)
    warehouse.load("ecommerce", tmp_path)
    warehouse.dbt("build", "--select", *BUILT)
    return warehouse


def age(warehouse: BuiltWarehouse, days: int) -> None:
    """Makes all loads so much older."""
    with psycopg.connect(warehouse.conninfo) as connection:
        connection.execute(
            "update ops.load_files set finished_at = finished_at - %s * interval '1 day'", [days]
        )


def counts(purged: Purged) -> dict[str, tuple[int, int]]:
    return {e.table.split(".")[1]: (e.rows, e.waiting) for e in purged.emptied}


def test_purging_and_forgetting_leave_the_facts(online_shop: BuiltWarehouse) -> None:
    warehouse = online_shop
    facts = warehouse.frame(APPLICATIONS), warehouse.frame(ORDERS)
    assert sorted(facts[0]["is_successful"]) == [False, True]
    project = warehouse.project_dir

    # Seven days and not a day less; a dry run changes nothing.
    age(warehouse, 6)
    assert counts(purge(warehouse.conninfo, project)) == {"applications": (0, 0)}
    age(warehouse, 2)
    assert counts(purge(warehouse.conninfo, project, dry_run=True)) == {"applications": (2, 0)}
    assert warehouse.value("select count(email) from raw_ecommerce.applications") == 2
    assert counts(purge(warehouse.conninfo, project)) == {"applications": (2, 0)}
    assert counts(purge(warehouse.conninfo, project)) == {"applications": (0, 0)}
    assert warehouse.value("select count(*) from raw_ecommerce.applications") == 2
    # Members have no age in their definition, so they are kept.
    assert warehouse.value("select count(email) from raw_ecommerce.members") == 2

    done = forget(
        warehouse.conninfo,
        project,
        "ecommerce",
        "Quill_6845c",
        token_key=TOKEN_KEY,
        rebuild=lambda: warehouse.dbt("build", "--select", "tag:restricted,resource_type:model"),
    )
    assert {e.table: e.rows for e in done.emptied}["raw_ecommerce.members"] == 1
    # The restricted models were built from facts that have the old token until the next build.
    assert (done.traces, done.not_rewritten) == ((), ())
    with psycopg.connect(warehouse.conninfo, autocommit=True) as connection:
        connection.execute("analyze")
    kept = (
        "select string_agg(distinct schemaname, ' ') from pg_stats"
        " where schemaname in ('build_restricted', 'published')"
        " and tablename ~ '^members(__|$)' and attname = "
    )
    assert warehouse.value(kept + "'email'") is None
    assert warehouse.value(kept + "'customer_id'") == "build_restricted published"

    for arguments in ([], ["--full-refresh"]):
        warehouse.dbt("build", *arguments, "--select", *BUILT)
        pd.testing.assert_frame_equal(warehouse.frame(APPLICATIONS), facts[0])
        pd.testing.assert_frame_equal(warehouse.frame(ORDERS), facts[1])
        # Both orders of the forgotten member are still one customer's.
        assert list(warehouse.frame(CUSTOMERS_OF_ORDERS).iloc[:, 0]) == ["T1 T3", "T2"]

    personal = warehouse.frame("select last_name, email from restricted.members order by 1")
    assert personal.to_numpy().tolist() == [["Marshwood", "w.marsh@shop.example"], [None, None]]
    kept = "select count(*), count(email), count(membership_id), count(mobile_no) from restricted."
    assert warehouse.frame(kept + "membership_applications").iloc[0].tolist() == [2, 0, 0, 0]
    years = warehouse.frame("select birth_year from core.dim_customer where birth_year is not null")
    assert years["birth_year"].tolist() == [1990]


def test_applications_wait_for_the_build_that_judges_them(
    new_warehouse: Callable[..., BuiltWarehouse], tmp_path: Path
) -> None:
    warehouse = new_warehouse()
    path = tmp_path / "applications_1.csv"
    path.write_text(FILES["applications_1"])
    warehouse.load("ecommerce", path)
    age(warehouse, 8)
    purged = purge(warehouse.conninfo, warehouse.project_dir)
    assert counts(purged) == {"applications": (0, 2)}
    assert warehouse.value("select count(email) from raw_ecommerce.applications") == 2
