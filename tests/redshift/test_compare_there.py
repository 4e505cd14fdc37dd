"""`warehouse compare` between PostgreSQL and Redshift."""

from collections.abc import Iterator

import pytest
from psycopg.conninfo import conninfo_to_dict

from tests.comparing.small_warehouse import COUNT, ROWS, address_of, small_database, tables
from tests.redshift.cluster import Cluster
from tests.redshift.warehouse_command import warehouse


@pytest.fixture(scope="module")
def postgres(server: str) -> Iterator[str]:
    """The tables on PostgreSQL."""
    with small_database(server) as conninfo:
        yield conninfo


def test_both_engines_are_compared(
    redshift: Cluster, environment: dict[str, str], postgres: str
) -> None:
    """With other keys there, which is what Redshift makes of the same ids."""
    with redshift.admin() as connection:
        connection.execute(tables("there_", keys=5000, second=30))
    given = conninfo_to_dict(postgres)
    here = address_of(postgres)
    there = f"redshift://{redshift.user}@127.0.0.1:{redshift.port}/{redshift.database}#there_"
    given_passwords = environment | {"PGPASSWORD": str(given["password"])}
    code, out, err = warehouse(given_passwords, "compare", here, there)
    assert code == 0, out + err
    assert f"{COUNT} tables with {ROWS} rows equal." in out
    assert f"B: Redshift 127.0.0.1/{redshift.database} with prefix there_" in out
    assert redshift.password not in out + err and str(given["password"]) not in out + err

    with redshift.admin() as connection:
        connection.execute(
            "update there_core.fct_orders set net_amount = 4.01, ordered_at = '2020-01-01 10:16'"
            " where order_id = 'o2';"
            "update there_restricted.customers set customer_name = 'Winifred Marsh'"
            " where customer_id = 'c1';"
            "delete from there_core.fct_order_lines where line_number = 1;"
            "drop table there_core.dim_order_status"
        )
    code, out, err = warehouse(given_passwords, "compare", here, "redshift://#there_")
    assert code == 1, out + err
    assert out.split("\n\n")[1:-1] == [
        "core.dim_order_status: missing in B",
        "core.fct_order_lines: 2 rows in A, 1 in B\n  1 row only in A: cafe/o1/1",
        "core.fct_orders: 3 rows each\n"
        "  ordered_at differs in 1 row: cafe/o2: 2020-01-01 10:15:00 | 2020-01-01 10:16:00\n"
        "  net_amount differs in 1 row: cafe/o2: 4.0000 | 4.0100",
        "restricted.customers: 2 rows each\n  customer_name differs in 1 row: cafe/c1",
    ]
    statements = "\n".join(entry.statement for entry in redshift.ledger.entries)
    assert "Winifred" not in statements
