"""Each role connects, does what it is for and tries what it must not do."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from ingest.loads import loader
from ingest.loads.load_options import Options
from ingest.tables.definition_files import read_definitions
from tests.marts.built_warehouse import TOKEN_KEY, BuiltWarehouse
from tests.pipeline.history import cafe_files
from warehouse.server import roles
from warehouse.server.secret_files import ensure_password, read_password
from warehouse.settings import Settings

Connect = Callable[[str], psycopg.Connection[Any]]

READERS = ("reporter", "logistics", "sales", "pii_reader")
OTHER_SCHEMAS = (
    "^(raw_.*|ops|ml|staging|intermediate|snapshots|changes|published"
    "|(build_)?(core|aggregates|marts|reference|restricted))$"
)
# What each may read of what the sample builds; the reporter reads core, aggregates, marts and
# seeds whole, and what models did.
LOGISTICS = {
    "core.dim_date", "core.dim_product", "core.dim_store", "core.dim_supplier",
    "core.fct_orders", "core.fct_order_lines", "core.fct_inventory", "core.fct_backorders",
    "marts.inventory_position",
    "marts.branch_performance", "marts.branch_product_performance", "marts.sales_daily",
    "aggregates.store_products",
    "marts.data_version",
}  # fmt: skip
MODELS = {
    "ml.model_runs",
    "ml.model_metrics",
    "ml.feature_importance",
    "ml.drift",
    "ml.lifetime_runs",
    "ml.lifetime_metrics",
}
SALES = {
    "core.dim_date", "core.dim_product", "core.dim_store", "core.dim_supplier",
    "marts.branch_performance", "marts.branch_product_performance", "marts.sales_daily",
    "aggregates.store_products",
    "marts.warranty_overview", "marts.warranty_quotes",
    "marts.product_performance", "marts.product_affinity", "marts.customer_recommendations",
    "aggregates.customer_products",
    "marts.data_version",
}  # fmt: skip


@pytest.fixture
def connect(built: BuiltWarehouse, embedded: Settings) -> Iterator[Connect]:
    """Opens connections to the built sample as one of the roles; closes them afterwards."""
    opened = []
    with psycopg.connect(built.conninfo) as owner:
        roles.ensure_roles(owner, "", passwords(embedded))

    def open_as(role: str) -> psycopg.Connection[Any]:
        connection = psycopg.connect(as_role(built.conninfo, role, embedded), autocommit=True)
        opened.append(connection)
        return connection

    yield open_as
    for connection in opened:
        connection.close()


def passwords(settings: Settings) -> dict[str, str]:
    return {name: ensure_password(settings, name) for name in roles.EMBEDDED_ROLE_NAMES}


def as_role(conninfo: str, role: str, settings: Settings) -> str:
    return make_conninfo(conninfo, user=role, password=read_password(settings, role))


def relations_with(connection: psycopg.Connection[Any], *rights: str) -> set[str]:
    """Tables and views on which the connection's role has any of the rights, even to a column."""
    found = connection.execute(
        """
        select nspname || '.' || relname
        from pg_class inner join pg_namespace on relnamespace = pg_namespace.oid
        where nspname ~ %s and relkind in ('r', 'v', 'm', 'p')
            and (has_table_privilege(pg_class.oid, %s)
                or has_any_column_privilege(pg_class.oid, %s))
        """,
        [OTHER_SCHEMAS, ", ".join(rights), ", ".join(r for r in rights if r not in TABLE_ONLY)],
    )
    return {name for (name,) in found}


TABLE_ONLY = ("DELETE", "TRUNCATE", "TRIGGER")


def refused(connection: psycopg.Connection[Any], statement: str) -> bool:
    """Whether the server refuses the statement for want of rights, and for no other reason."""
    try:
        connection.execute(statement.encode())
    except psycopg.errors.InsufficientPrivilege:
        return True
    return False


def in_schemas(built: BuiltWarehouse, *schemas: str) -> set[str]:
    listed = ", ".join(f"'{schema}'" for schema in schemas)
    frame = built.frame(
        "select schemaname || '.' || tablename as name from pg_tables"
        f" where schemaname in ({listed}) union all"
        f" select schemaname || '.' || viewname from pg_views where schemaname in ({listed})"
    )
    return set(frame["name"])


def test_readers_read_what_their_work_needs_and_no_more(
    built: BuiltWarehouse, connect: Connect
) -> None:
    public = in_schemas(built, "core", "aggregates", "marts", "reference")
    assert len(public) > 50
    assert relations_with(connect("reporter"), "SELECT") == public | MODELS
    assert relations_with(connect("logistics"), "SELECT") == LOGISTICS
    assert relations_with(connect("sales"), "SELECT") == SALES
    personal = in_schemas(built, "restricted")
    assert "restricted.employees" in personal
    assert relations_with(connect("pii_reader"), "SELECT") == personal


@pytest.mark.parametrize("role", READERS)
def test_readers_reach_no_personal_data_and_write_nothing(
    built: BuiltWarehouse, connect: Connect, role: str
) -> None:
    connection = connect(role)
    # The role's own settings are a convenience; the rights are what holds.
    connection.execute("set default_transaction_read_only = off")
    mine = sorted(relations_with(connection, "SELECT"))
    connection.execute(f"select * from {mine[0]} limit 1".encode())
    forbidden = [
        "select card_number from raw_cafe.transactions",
        "select name from raw_footwear.employees",
        "select value from ops.rejected_rows",
        "select * from staging.stg_cafe__transactions",
        "select * from intermediate.int_cafe__customers",
        "select * from build_core.fct_orders",
        "select * from published.current",
        "select published.lock_all(array[cast(0 as oid)], 1)",
        "truncate build_core.fct_orders",
        "select * from ml.risk_scores",
        "select pg_read_file('postgresql.conf')",
        "copy core.dim_store to program 'cat'",
        "create schema mine",
        "create table public.mine (one integer)",
        "create temporary table mine (one integer)",
        "set role transformer",
        f"insert into {mine[0]} select * from {mine[0]}",
        f"delete from {mine[0]}",
        f"create or replace view {mine[0]} as select 1 as one",
        f"drop view {mine[0]}",
    ]
    if role != "pii_reader":
        forbidden.append("select employee_name from restricted.employees")
    forbidden += [f"select * from {name}" for name in in_schemas(built, "snapshots")]
    assert [statement for statement in forbidden if not refused(connection, statement)] == []
    writes = ("INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")
    assert relations_with(connection, *writes) == set()


def test_the_loader_sees_no_more_than_raw_tables_and_its_ledger(
    built: BuiltWarehouse, connect: Connect
) -> None:
    connection = connect("loader")
    reached = relations_with(connection, "SELECT", "INSERT", "UPDATE", "DELETE")
    raw = {f"raw_{s}" for s in read_definitions(built.project_dir)}
    assert reached == in_schemas(built, *raw, "ops")
    for statement in (
        "select * from restricted.employees",
        "select * from marts.customer_rfm",
        "create table marts.mine (one integer)",
        "grant select on core.dim_customer to loader",
    ):
        assert refused(connection, statement), statement


def test_the_transformer_changes_neither_raw_tables_nor_the_ledger(
    built: BuiltWarehouse, connect: Connect
) -> None:
    connection = connect("transformer")
    connection.execute("select * from raw_cafe.transactions limit 1")
    writable = relations_with(connection, "INSERT", "UPDATE", "DELETE", "TRUNCATE")
    books = {"ops.fact_loads", "ops.build_runs", "ops.build_state", "ops.built_loads"}
    books |= {"ops.build_steps", "ops.build_nodes", "ops.held_sources", "ops.model_code"}
    books |= {"ops.alerts", "ops.publications", "ops.published_relations"}
    assert {name for name in writable if name.startswith(("raw_", "ops."))} == books
    for statement in ("drop table raw_cafe.transactions", "set role loader"):
        assert refused(connection, statement), statement


@pytest.mark.slow
def test_loader_and_transformer_do_a_day_by_themselves(
    built: BuiltWarehouse,
    new_warehouse: Callable[..., BuiltWarehouse],
    sample: Path,
    embedded: Settings,
    tmp_path: Path,
) -> None:
    """What the owner has loaded and built, these two carry on with."""
    warehouse = new_warehouse(copy_of=built)
    with psycopg.connect(warehouse.conninfo) as owner:
        roles.ensure_roles(owner, "", passwords(embedded))
        assert roles.hand_over(owner, "") > 100
        assert roles.hand_over(owner, "") == 0
    corrected = tmp_path / cafe_files(sample)[0].name
    lines = cafe_files(sample)[0].read_text(encoding="utf-8").splitlines()
    corrected.write_text("\n".join(lines[1:]) + "\n", encoding="utf-8")
    report = loader.load(
        as_role(warehouse.conninfo, "loader", embedded),
        warehouse.project_dir,
        "cafe",
        [corrected],
        Options(token_key=TOKEN_KEY),
    )
    assert [file.status for file in report.files] == ["loaded"]

    before = int(warehouse.value("select count(*) from core.fct_orders"))
    transformer = replace(warehouse, conninfo=as_role(warehouse.conninfo, "transformer", embedded))
    transformer.dbt("build", "--select", "+fct_orders", "employees", "xwalk_payment_methods")
    assert warehouse.value("select count(*) from core.fct_orders") == before - 1
    owner_of_fact = "select tableowner from pg_tables where tablename = 'fct_orders'"
    assert warehouse.value(owner_of_fact) == "transformer"
