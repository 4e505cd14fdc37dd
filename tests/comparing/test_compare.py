"""`warehouse compare`: what differs between two warehouses is named, and nothing else."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from tests.comparing.small_warehouse import COUNT, ROWS, address_of, small_database, tables
from warehouse.cli import main
from warehouse.comparing import comparison
from warehouse.comparing.definitions import read_definitions
from warehouse.comparing.rows import _is_equal

SECRET = "Winifred"
Run = Callable[..., list[str]]


@pytest.fixture(scope="module")
def database(server: str) -> Iterator[str]:
    """A database with one warehouse, which has no prefix."""
    with small_database(server) as conninfo:
        yield conninfo


@pytest.fixture
def change(database: str) -> Iterator[Callable[[str], None]]:
    """Changes a second warehouse beside it, which has other keys, loads and times of builds."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(tables("b_", keys=1000, second=59))

        def change(statement: str) -> None:
            connection.execute(statement.encode())

        yield change
        connection.execute("drop schema b_core, b_marts, b_restricted cascade")


@pytest.fixture
def run(database: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Compares the two, and returns the lines between what both are and what is equal."""
    given, url = conninfo_to_dict(database), address_of(database)
    monkeypatch.setenv("PGPASSWORD", str(given["password"]))

    with_prefix = " with prefix b_"

    def run(*options: str, code: int = 1, a: str = url, b: str = f"{url}#b_") -> list[str]:
        monkeypatch.setattr(sys, "argv", ["warehouse", "compare", a, b, *options])
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            main()
        told = capsys.readouterr()
        assert end.value.code == code, told
        assert SECRET not in told.out + told.err
        assert str(given["password"]) not in told.out + told.err
        if code > 1:
            return told.err.splitlines()
        lines = told.out.splitlines()
        shown = f"PostgreSQL {given['host']}:{given['port']}/{given['dbname']}"
        assert lines[:2] == [f"A: {shown}", f"B: {shown}{with_prefix if b != url else ''}"]
        assert "Not compared: surrogate keys" in told.out
        return [line for line in lines[2:] if line]

    return run


def test_what_belongs_to_one_warehouse_is_no_difference(
    change: Callable[[str], None], run: Run
) -> None:
    """Neither keys nor numbers of loads, nor times of builds, nor the last digits of a double."""
    change("update b_marts.customer_risk set probability = probability + 1e-12")
    change("update b_core.fct_orders set net_amount = net_amount, load_id = 4711")
    assert run(code=0)[0] == f"{COUNT} tables with {ROWS} rows equal."


def test_the_same_warehouse_is_equal(run: Run, database: str) -> None:
    given = conninfo_to_dict(database)
    url = f"postgresql://{given['user']}@{given['host']}:{given['port']}/{given['dbname']}"
    assert run(code=0, b=url)[0] == f"{COUNT} tables with {ROWS} rows equal."


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        (
            "update b_core.fct_orders set net_amount = 4.01 where order_id = 'o2'",
            ["core.fct_orders: 3 rows each",
             "  net_amount differs in 1 row: cafe/o2: 4.0000 | 4.0100"],
        ),
        (
            "update b_core.fct_orders set ordered_at = '2020-01-02 09:15:01', customer_id = 'c1'"
            " where order_id = 'o3'",
            ["core.fct_orders: 3 rows each",
             "  customer_id differs in 1 row: cafe/o3: - | c1",
             "  ordered_at differs in 1 row: cafe/o3: 2020-01-02 09:15:00.500000 |"
             " 2020-01-02 09:15:01"],
        ),
        (
            "delete from b_core.fct_orders where order_id = 'o3'",
            ["core.fct_orders: 3 rows in A, 2 in B", "  1 row only in A: cafe/o3"],
        ),
        (
            "insert into b_core.fct_control_rows values ('cafe', 1001, 'o1', 1, 3.5)",
            ["core.fct_control_rows: 2 rows in A, 3 in B", "  1 row only in B: cafe/o1/3.5000"],
        ),
        ("drop table b_core.fct_order_lines", ["core.fct_order_lines: missing in B"]),
        (
            "alter table b_core.dim_customer drop column region",
            ["core.dim_customer: 4 rows each", "  column region is missing in B"],
        ),
        (
            "alter table b_core.fct_orders alter column net_amount type varchar(64)",
            ["core.fct_orders: 3 rows each",
             "  column net_amount is numeric | character varying"],
        ),
        # A key that stands for another customer, though the customer is there.
        (
            "update b_core.fct_order_lines set customer_key = 1004 where line_number = 2",
            ["core.fct_order_lines: 2 rows each",
             "  customer_key differs in 1 row: cafe/o1/2: cafe/c1/f | cafe//t"],
        ),
        (
            "update b_core.fct_orders set order_status_key = 1002 where order_id = 'o1'",
            ["core.fct_orders: 3 rows each",
             "  order_status_key differs in 1 row: cafe/o1: cafe/paid | cafe/open"],
        ),
        (
            "update b_core.fct_order_lines set is_revenue = false where line_number = 2",
            ["core.fct_order_lines: 2 rows each",
             "  is_revenue differs in 1 row: cafe/o1/2: - | False"],
        ),
        (
            "update b_marts.customer_risk set probability = 0.26,"
            " model_version = '20200102T000059Z-ba9876543210' where customer_id = 'c1'",
            ["marts.customer_risk: 2 rows each",
             "  probability differs in 1 row: cafe/c1/churn: 0.25 | 0.26",
             "  model_version differs in 1 row: cafe/c1/churn: 0123456789ab | ba9876543210"],
        ),
        # Nobody sees what differs in what is personal, or may be.
        (
            "update b_restricted.customers set customer_name = 'Winifred Marsh', email = null"
            " where customer_id = 'c1'",
            ["restricted.customers: 2 rows each",
             "  customer_name differs in 1 row: cafe/c1", "  email differs in 1 row: cafe/c1"],
        ),
        (
            "update b_marts.rejected_rows set rejected_value = 'Winifred'",
            ["marts.rejected_rows: 1 row each",
             "  rejected_value differs in 1 row: 7/cafe/transactions/a.csv"],
        ),
    ],
)  # fmt: skip
def test_what_differs_is_named(
    change: Callable[[str], None], run: Run, statement: str, told: list[str]
) -> None:
    change(statement)
    lines = run()
    assert lines[: len(told)] == told
    assert lines[len(told)].startswith(f"{COUNT - 1} tables with ")


def test_only_what_is_asked_for_is_compared(change: Callable[[str], None], run: Run) -> None:
    change("drop table b_core.fct_order_lines")
    assert run("--only", "marts", "--only", "core.fct_orders", code=0)[0] == (
        "3 tables with 6 rows equal."
    )
    assert run("--only", "core.fct_order_lines")[0] == "core.fct_order_lines: missing in B"


def test_many_rows_are_fetched_where_they_differ(
    change: Callable[[str], None], run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With buckets of some five rows, no more than ten at a time."""
    monkeypatch.setattr(comparison, "_BUCKET_ROWS", 5)
    monkeypatch.setattr(comparison, "_FETCHED_ROWS", 10)
    fetched: list[int] = []
    rows = comparison.Side.rows

    def counting(side: comparison.Side, query: sql.Composable) -> list[tuple[object, ...]]:
        found = rows(side, query)
        if "order by" not in query.as_string(None) and "in ('" in query.as_string(None):
            fetched.append(len(found))
        return found

    monkeypatch.setattr(comparison.Side, "rows", counting)
    for prefix in ("", "b_"):
        change(
            f"create table {prefix}core.fct_warranties as select n + 7 as warranty_key,"
            " cast('shop' as varchar(32)) as source_system,"
            " cast('w' || n as varchar(256)) as warranty_id,"
            " cast(n * 1.5 as numeric(18, 4)) as paid_amount from generate_series(1, 1000) as g (n)"
        )
    try:
        change("update b_core.fct_warranties set paid_amount = 0 where warranty_id in ('w5', 'w9')")
        change("delete from b_core.fct_warranties where warranty_id = 'w1000'")
        lines = run("--only", "core.fct_warranties")
        assert lines[:2] == [
            "core.fct_warranties: 1,000 rows in A, 999 in B",
            "  1 row only in A: shop/w1000",
        ]
        assert lines[2].startswith("  paid_amount differs in 2 rows: shop/w")
        assert "shop/w5: 7.5000 | 0.0000" in lines[2] and "shop/w9: 13.5000 | 0.0000" in lines[2]
        assert 2 <= len(fetched) <= 6 and sum(fetched) < 100
        # Everything differs: it is fetched piece by piece.
        fetched.clear()
        change("update b_core.fct_warranties set paid_amount = paid_amount + 1")
        assert "  paid_amount differs in 999 rows: " in "\n".join(run())
        assert max(fetched) < 40
    finally:
        change("drop table core.fct_warranties")


@pytest.mark.parametrize(
    ("a", "told"),
    [
        ("mysql://me@here/there", "URL A must begin with postgresql:// or redshift://"),
        ("postgresql://me:Winifred@here/there", "URL A has a password"),
        ("postgresql://me@here/there?password=Winifred", "URL A has a password"),
        ("redshift://me:Winifred@here/there", "URL A has a password"),
        ("postgresql://me@here/there#Not a prefix", "behind # there is the schema prefix"),
        ("postgresql://me@here:port/there", "URL A is not a URL"),
        ("postgresql://me@here/there?nonsense=1", "URL A is not a URL of PostgreSQL"),
        ("redshift://", "For target redshift set REDSHIFT_HOST"),
    ],
)
def test_wrong_usage(run: Run, monkeypatch: pytest.MonkeyPatch, a: str, told: str) -> None:
    for name in ("REDSHIFT_HOST", "REDSHIFT_USER", "DBT_ENV_SECRET_REDSHIFT_PASSWORD"):
        monkeypatch.delenv(name, raising=False)
    assert told in " ".join(run(code=2, a=a))


def test_where_nothing_is_there_is_nothing_to_compare(run: Run) -> None:
    given = "there is nothing to compare"
    assert given in " ".join(run("--only", "core.nothing", code=2))


def test_a_publication_meanwhile_is_told(
    change: Callable[[str], None], run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    compare_table = comparison._compare_table

    def published(*given: Any) -> comparison.Table:
        change("update b_marts.data_version set published_at = now()")
        return compare_table(*given)

    monkeypatch.setattr(comparison, "_compare_table", published)
    assert "B was published meanwhile" in " ".join(run("--only", "core.fct_orders", code=3))


def test_what_the_project_says_of_its_tables(project_dir: Path) -> None:
    found = read_definitions(project_dir)
    assert ("marts", "customer_risk") in found and ("restricted", "customers") in found
    # A model of this folder that is kept in another schema.
    assert ("core", "fct_control_orders") not in found
    lines = found["core", "fct_order_lines"]
    assert lines.unique == (("order_key", "line_number"),)
    assert lines.refers_to["customer_key"] == "dim_customer"
    customers = found["restricted", "customers"].personal
    assert {"customer_name", "email"} <= customers and "customer_id" not in customers


def test_doubles_are_equal_within_the_tolerance() -> None:
    assert _is_equal(0.1, 0.1 + 9e-7, "float") and not _is_equal(0.1, 0.1 + 2e-6, "float")
    assert _is_equal(1e9, 1e9 + 0.5, "float") and not _is_equal(1e9, 1e9 + 2, "float")
    assert _is_equal(float("nan"), float("nan"), "float") and not _is_equal(None, 0.0, "float")
