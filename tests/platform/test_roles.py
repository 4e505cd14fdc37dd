from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from ingest.engine.advisory_lock import LOCK_CLASS, lock_key
from ingest.erasure.old_snapshots import wait_until_unseen
from ingest.tables import raw_schemas
from ingest.tables.definition_files import read_definitions
from warehouse.server import bringup, database
from warehouse.server.roles import EMBEDDED_ROLE_NAMES, ROLE_NAMES, ensure_roles
from warehouse.settings import Settings

READERS = ("reporter", "logistics", "sales", "pii_reader")


@pytest.fixture(scope="module")
def marts(embedded: Settings) -> Iterator[None]:
    """A mart as dbt leaves it: granted to the reporter, and a personal table that is not."""
    with database.connect(embedded, "transformer") as connection:
        connection.execute("create table marts.figures as select 1 as figure")
        connection.execute("create table restricted.people as select 'Ada' as name")
        connection.execute("grant usage on schema marts to reporter")
        connection.execute("grant select on marts.figures to reporter")
        connection.execute("grant usage on schema restricted to pii_reader")
        connection.execute("grant select on restricted.people to pii_reader")
    yield
    with database.connect(embedded, "transformer") as connection:
        connection.execute("drop table marts.figures, restricted.people")


def test_every_role_logs_in_with_its_own_password(embedded: Settings) -> None:
    passwords = set()
    for name in EMBEDDED_ROLE_NAMES:
        with database.connect(embedded, name) as connection:
            assert connection.execute("select current_user").fetchone() == (name,)
        passwords.add(database.parameters(embedded, name)["password"])
    assert len(passwords) == 7


def test_creating_them_again_changes_nothing(embedded: Settings) -> None:
    before = {name: database.parameters(embedded, name)["password"] for name in ROLE_NAMES}
    bringup.create_roles(embedded)
    assert {n: database.parameters(embedded, n)["password"] for n in ROLE_NAMES} == before


def test_the_eraser_sees_who_may_keep_erased_rows_on_disk(embedded: Settings) -> None:
    with database.connect(embedded, "eraser") as connection:
        connection.autocommit = True
        assert wait_until_unseen(connection, None, of_catalogue=True) == []


def test_a_developers_warehouse_leaves_readers_where_they_look(
    empty_database: str, project_dir: Path
) -> None:
    """Of several warehouses in a database, that without a prefix; else the first that is there."""
    definitions = read_definitions(project_dir)
    with psycopg.connect(empty_database, autocommit=True) as connection:

        def after(prefix: str) -> dict[str, str]:
            raw_schemas.ensure(connection, definitions, prefix)
            ensure_roles(connection, prefix)
            return dict(
                connection.execute(
                    "select setrole::regrole::text, substr(setting, 13)"
                    " from pg_db_role_setting, unnest(setconfig) as setting"
                    " where starts_with(setting, 'search_path=') and setdatabase ="
                    " (select oid from pg_database where datname = current_database())"
                    " and setrole::regrole::text in ('reporter', 'pii_reader')"
                ).fetchall()
            )

        shared = {"reporter": "marts, core, reference", "pii_reader": "restricted"}
        first = {"reporter": "a_marts, a_core, a_reference", "pii_reader": "a_restricted"}
        second = {"reporter": "b_marts, b_core, b_reference", "pii_reader": "b_restricted"}
        assert after("") == shared
        assert after("a_") == shared
        connection.execute("drop schema ops cascade")
        assert after("a_") == first
        assert after("b_") == first
        connection.execute("drop schema a_ops cascade")
        assert after("b_") == second
        assert after("") == shared


@pytest.mark.usefixtures("marts")
def test_the_reporter_reads_marts_and_nothing_else(embedded: Settings) -> None:
    with database.connect(embedded, "reporter") as connection:
        connection.autocommit = True
        assert connection.execute("select figure from figures").fetchone() == (1,)
        for query in (
            "select * from restricted.people",
            "select * from raw_cafe.transactions",
            "select * from ops.load_files",
            "select * from ml.risk_scores",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(query)
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            connection.execute("create temporary table mine ()")


def test_the_reporter_reads_what_models_did(embedded: Settings) -> None:
    with database.connect(embedded, "reporter") as connection:
        for table in ("model_runs", "model_metrics", "feature_importance", "drift"):
            assert connection.execute(f"select count(*) from ml.{table}".encode()).fetchone()


@pytest.mark.usefixtures("marts")
def test_the_reporter_writes_nothing_even_when_it_asks_to(embedded: Settings) -> None:
    with database.connect(embedded, "reporter") as connection:
        connection.autocommit = True
        connection.execute("set default_transaction_read_only = off")
        for statement in (
            "insert into marts.figures values (2)",
            "create table marts.mine ()",
            "create table public.mine ()",
            "create schema mine",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)


@pytest.mark.usefixtures("marts")
def test_only_the_pii_reader_reads_personal_data(embedded: Settings) -> None:
    with database.connect(embedded, "pii_reader") as connection:
        assert connection.execute("select name from people").fetchone() == ("Ada",)
    for name in ("reporter", "logistics", "sales", "loader"):
        with (
            database.connect(embedded, name) as connection,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            connection.execute("select name from restricted.people")


@pytest.mark.parametrize("name", ROLE_NAMES)
def test_only_who_loads_and_builds_takes_the_lock_and_nobody_makes_large_objects(
    embedded: Settings, name: str
) -> None:
    key = lock_key("warehouse")
    closed = [
        "select lo_from_bytea(0, 'x')", "select lo_create(0)", "select lo_creat(-1)",
        "select lo_put(1, 0, 'x')", "select lo_import('/etc/hosts')", "select lowrite(0, 'x')",
    ]  # fmt: skip
    locks = [
        f"select pg_try_advisory_lock({LOCK_CLASS}, {key})",
        f"select pg_advisory_xact_lock({LOCK_CLASS}, {key})",
        f"select pg_advisory_lock({key})",
        f"select pg_try_advisory_lock_shared({LOCK_CLASS}, {key})",
    ]
    with database.connect(embedded, name) as connection:
        connection.autocommit = True
        connection.execute("set default_transaction_read_only = off")
        if name in READERS:
            closed += locks
        else:
            connection.execute(locks[0].encode())
            connection.execute(f"select pg_advisory_unlock({LOCK_CLASS}, {key})".encode())
        for statement in closed:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement.encode())


@pytest.mark.parametrize("name", READERS)
def test_readers_have_a_time_limit(embedded: Settings, name: str) -> None:
    with database.connect(embedded, name) as connection:
        assert connection.execute("show statement_timeout").fetchone() == ("1min",)


def test_loader_writes_raw_and_transformer_reads_it(embedded: Settings) -> None:
    raw = sql.Identifier("raw_cafe", "transactions")
    delete = sql.SQL("delete from {}").format(raw)
    with database.connect(embedded, "loader") as connection:
        connection.execute(delete)
        connection.execute("select count(*) from ops.load_files")
    with database.connect(embedded, "transformer") as connection:
        connection.execute(sql.SQL("select count(*) from {}").format(raw))
        connection.execute("create schema built_by_transformer")
        connection.rollback()
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(delete)
