"""What somebody tries who holds one role and wants more. Each through a real connection."""

import os
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

import ml.model_tables
from ingest.loader_errors import SchemaMismatch
from ingest.owners import refuse_foreign_owners
from ingest.tables import definition_files, raw_schemas
from tests.platform.cleartext_server import cleartext_server
from tests.platform.waiting import wait_until
from warehouse.build.dbt_run import prepared_dbt
from warehouse.errors import WarehouseError
from warehouse.known_errors import explain
from warehouse.server import bringup, database, layout
from warehouse.server.roles import EMBEDDED_ROLE_NAMES, READER_NAMES
from warehouse.settings import Settings

WORKERS = ("loader", "transformer", "eraser")
BECOME_SUPERUSER = "alter role {} superuser"
PROGRAM = str(Path(sys.executable).with_name("warehouse"))


def superusers(settings: Settings) -> list[str]:
    with database.connect(settings) as connection:
        rows = connection.execute("select rolname from pg_roles where rolsuper order by 1")
        return [row[0] for row in rows]


def refused(settings: Settings, role: str, statement: str) -> bool:
    with database.connect(settings, role) as connection:
        connection.autocommit = True
        connection.execute("set default_transaction_read_only = off")
        try:
            connection.execute(statement.encode())
        except psycopg.errors.InsufficientPrivilege:
            return True
        return False


def drop_schemas(settings: Settings, *prefixes: str) -> None:
    with database.connect(settings) as owner:
        found = "select nspname from pg_namespace where starts_with(nspname, %s)"
        for prefix in prefixes:
            for (name,) in owner.execute(found, [prefix]).fetchall():
                drop = sql.SQL("drop schema {} cascade").format(sql.Identifier(name))
                owner.execute(drop)


@pytest.fixture
def hostile_trigger(embedded: Settings) -> Iterator[None]:
    """A trigger of the loader's that makes it superuser if a superuser loads.

    The owner writes the function: no role can any more, but one that did may be left.
    """
    with database.connect(embedded) as owner:
        owner.execute(
            "create function raw_cafe.rise() returns trigger language plpgsql as $$ begin "
            "execute 'alter role loader superuser'; return null; end $$; "
            "alter function raw_cafe.rise() owner to loader"
        )
    with database.connect(embedded, "loader") as loader:
        loader.execute(
            "create trigger rise after insert on raw_cafe.transactions "
            "for each statement execute function raw_cafe.rise()"
        )
    yield
    with database.connect(embedded) as owner:
        owner.execute("drop function raw_cafe.rise() cascade")
        owner.execute("alter role loader nosuperuser")


@pytest.mark.usefixtures("hostile_trigger")
@pytest.mark.parametrize("command", [("load", "cafe", "{file}"), ("purge",), ("build",)])
def test_a_trigger_on_a_raw_table_gets_nobody_further(
    embedded: Settings, tmp_path: Path, command: tuple[str, ...]
) -> None:
    file = tmp_path / "leeds_01-01-2020_09-00-00.csv"
    file.write_text('01/01/2020 09:15,Leeds,Winifred Quill,"Regular Latte - 2.15",2.15,CASH,\n')
    done = subprocess.run(
        [PROGRAM, *(word.format(file=file) for word in command)],
        env={
            **os.environ,
            "WAREHOUSE_HOME": str(embedded.home),
            "WAREHOUSE_PORT": str(embedded.port),
        },
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert 'table "raw_cafe"."transactions" has the trigger "rise"' in done.stderr
    assert 'drop trigger "rise" on "raw_cafe"."transactions";' in done.stderr
    assert superusers(embedded) == ["warehouse"]


def told_by(settings: Settings, *command: str) -> str:
    environment = {
        **os.environ,
        "WAREHOUSE_HOME": str(settings.home),
        "WAREHOUSE_PORT": str(settings.port),
    }
    done = subprocess.run([PROGRAM, *command], env=environment, capture_output=True, text=True)
    assert done.returncode == 1 and "Traceback" not in done.stderr, done.stdout + done.stderr
    return done.stderr


@pytest.mark.parametrize("command", [("purge",), ("build",)])
def test_a_view_in_the_place_of_a_table_of_the_loader_is_refused(
    embedded: Settings, command: tuple[str, ...]
) -> None:
    """It would run its functions, set_config among them, as whoever reads it."""
    with database.connect(embedded, "loader") as loader:
        loader.execute("alter table ops.token_keys rename to kept")
        loader.execute("create view ops.token_keys as select * from ops.kept")
    try:
        assert '"ops"."token_keys" is a view' in told_by(embedded, *command)
    finally:
        with database.connect(embedded, "loader") as loader:
            loader.execute("drop view ops.token_keys")
            loader.execute("alter table ops.kept rename to token_keys")


@pytest.mark.parametrize("role", ["loader", "eraser"])
@pytest.mark.parametrize(
    ("made", "told"),
    [
        ("create schema {p}ops", 'schema "{p}ops" is owned by role transformer'),
        ("create schema {p}raw_cafe", 'schema "{p}raw_cafe" is owned by role transformer'),
        (
            "create table {p}raw_pets.orders (n integer)",
            'table "{p}raw_pets"."orders" is owned by role transformer',
        ),
    ],
)
def test_nobody_takes_the_place_of_what_the_loader_will_own(
    embedded: Settings, project_dir: Path, role: str, made: str, told: str
) -> None:
    prefix = "taken_"
    definitions = definition_files.read_definitions(project_dir)
    definitions["pets"] = replace(definitions["cafe"], name="pets", schema="raw_pets", tables={})
    with (
        database.connect(embedded, "transformer") as transformer,
        database.connect(embedded, "loader") as loader,
        database.connect(embedded, role) as worker,
    ):
        loader.execute(
            "create schema taken_raw_pets; grant create, usage on schema taken_raw_pets to public"
        )
        loader.commit()
        try:
            transformer.execute(made.format(p=prefix).encode())
            transformer.commit()
            with pytest.raises(SchemaMismatch) as caught:
                raw_schemas.ensure(worker, definitions, prefix)
            assert told.format(p=prefix) in str(caught.value)
            # What it tells the other role to run mends it.
            transformer.execute(str(caught.value).rpartition(": ")[2].encode())
            transformer.commit()
            refuse_foreign_owners(worker, ["taken_ops", "taken_raw_cafe"], "loader")
        finally:
            drop_schemas(embedded, prefix, "not_" + prefix)


def test_nobody_takes_the_place_of_what_the_transformer_will_own(embedded: Settings) -> None:
    with (
        database.connect(embedded, "loader") as loader,
        database.connect(embedded, "transformer") as transformer,
    ):
        loader.execute("create schema taken_ml; grant all on schema taken_ml to public")
        loader.commit()
        try:
            with pytest.raises(SchemaMismatch, match='"taken_ml" is owned by role loader'):
                ml.model_tables.ensure(transformer, "taken_")
        finally:
            drop_schemas(embedded, "taken_")


def test_a_rule_on_what_erasing_writes_is_refused(embedded: Settings) -> None:
    """It would run as the eraser, and turn its search path round."""
    with database.connect(embedded, "transformer") as transformer:
        transformer.execute("create schema if not exists snapshots")
        transformer.execute("create table snapshots.people (name varchar(8))")
        transformer.execute(
            "create rule r as on update to snapshots.people do also "
            "select pg_catalog.set_config('search_path', 'evil, pg_catalog', false)"
        )
    try:
        assert 'table "snapshots"."people" has the rule "r"' in told_by(embedded, "purge")
    finally:
        with database.connect(embedded, "transformer") as transformer:
            transformer.execute("drop table snapshots.people")


@pytest.mark.parametrize(
    ("made", "told"),
    [
        ("create rule r as on insert to {t} do nothing", 'the rule "r"'),
        ("create policy p on {t}", 'the policy "p"'),
        ("alter table {t} alter payment_method set default 'x'", '"payment_method"'),
        ("alter table {t} add constraint c check (load_id > 0)", 'the constraint "c"'),
        ("create index i on {t} (lower(payment_method))", 'the index "i"'),
        (
            "create index transactions_order_id_idx on {t} (lower(payment_method))",
            'the index "transactions_order_id_idx"',
        ),
        ("create index j on {t} (load_id) where load_id > 9", 'the index "j"'),
    ],
)
def test_no_code_hides_in_a_raw_table(
    empty_database: str, project_dir: Path, made: str, told: str
) -> None:
    definitions = definition_files.read_definitions(project_dir)
    with psycopg.connect(empty_database) as connection:
        connection.execute(made.format(t="raw_cafe.transactions").encode())
        with pytest.raises(SchemaMismatch) as caught:
            raw_schemas.ensure(connection, definitions)
        assert told in str(caught.value)
        # What it tells to run mends it.
        connection.execute(str(caught.value).rpartition("then run: ")[2].encode())
        raw_schemas.ensure(connection, definitions)


def test_the_loaders_own_indexes_are_no_foreign_code(
    empty_database: str, project_dir: Path
) -> None:
    definitions = definition_files.read_definitions(project_dir)
    with psycopg.connect(empty_database) as connection:
        for source in definitions.values():
            for table in source.tables.values():
                raw_schemas.index_loads(connection, table)
        raw_schemas.ensure(connection, definitions)


def test_a_function_named_like_a_built_in_never_runs_as_the_owner(embedded: Settings) -> None:
    """The owner's own name as a schema came first in its search path, and this function fits
    better than the built-in.
    """
    rise = (
        "create schema warehouse authorization transformer; "
        "create function warehouse.starts_with(name, text) returns boolean language plpgsql as $$ "
        "begin execute 'alter role transformer superuser'; return false; end $$; "
        "grant all on function warehouse.starts_with(name, text) to public; "
        "grant usage on schema warehouse to public"
    )
    with database.connect(embedded) as owner:
        owner.execute(rise.encode())
    try:
        bringup.bring_up(embedded, print)
        # psql, too, begins with the path that the role has.
        bare = make_conninfo(database.conninfo(embedded), options="")
        with psycopg.connect(bare) as owner:
            assert owner.execute("show search_path").fetchone() == ("pg_catalog, pg_temp",)
            owner.execute("select starts_with(nspname, 'x') from pg_namespace")
        assert superusers(embedded) == ["warehouse"]
    finally:
        with database.connect(embedded) as owner:
            owner.execute("drop schema warehouse cascade")
            owner.execute("alter role transformer nosuperuser")


@pytest.fixture
def secret_mart(embedded: Settings) -> Iterator[None]:
    """A mart that the loader may not read, and a raw row that the transformer may not change."""
    with database.connect(embedded, "transformer") as connection:
        connection.execute("create table marts.secret as select 'a secret'::text as word")
    with database.connect(embedded, "loader") as connection:
        connection.execute("insert into ops.load_totals (load_id, row_count) values (4711, 1)")
    yield
    with database.connect(embedded, "transformer") as connection:
        connection.execute("drop table marts.secret cascade")
    with database.connect(embedded, "loader") as connection:
        connection.execute("delete from ops.load_totals where load_id = 4711")


@pytest.mark.usefixtures("secret_mart")
def test_up_gives_nobody_a_view_of_anothers(embedded: Settings) -> None:
    """As its new owner's the view would write for whoever may write to the view."""
    with database.connect(embedded, "transformer") as transformer:
        transformer.execute(
            "create schema raw_gift; "
            "create view raw_gift.totals as select * from ops.load_totals; "
            "grant all on raw_gift.totals to transformer, reporter; "
            "grant usage on schema raw_gift to reporter"
        )
    try:
        bringup.bring_up(embedded, print)
        for role in ("transformer", "reporter"):
            assert refused(embedded, role, "delete from raw_gift.totals where load_id = 4711"), role
    finally:
        with database.connect(embedded) as owner:
            owner.execute("drop schema raw_gift cascade")


@pytest.mark.usefixtures("secret_mart")
def test_a_new_prefix_gives_nobody_a_view_of_anothers(embedded: Settings) -> None:
    with database.connect(embedded, "loader") as loader:
        loader.execute(
            "create schema trial_marts; create view trial_marts.totals as "
            "select * from ops.load_totals; grant all on trial_marts.totals to reporter; "
            "grant usage on schema trial_marts to reporter"
        )
    trial = replace(embedded, prefix="trial_")
    try:
        with pytest.raises(SchemaMismatch, match='"trial_marts" is owned by role loader'):
            bringup.bring_up(trial, print)
        with database.connect(embedded) as owner:
            query = "select viewowner from pg_views where schemaname = 'trial_marts'"
            assert owner.execute(query).fetchall() == [("loader",)]
    finally:
        drop_schemas(embedded, "trial_")
        bringup.bring_up(embedded, print)


READS_A_MART = "select word from ts_stat('select to_tsvector(word) from marts.secret')"


@pytest.mark.usefixtures("secret_mart")
@pytest.mark.parametrize("role", ["transformer", "eraser"])
@pytest.mark.parametrize(
    "trap",
    [
        "alter table {t} enable row level security; alter table {t} force row level security; "
        "create policy p on {t} using (pg_typeof(clock_timestamp()) is not null)",
        "drop table {t}; create view {t} as " + READS_A_MART + "; grant select on {t} to public",
        "drop table {t}; create view {t} as select "
        "query_to_xml('select * from marts.secret', true, true, '')::text as word; "
        "grant select on {t} to public",
    ],
)
def test_nobody_reads_with_the_rights_of_who_reads_his_table(
    embedded: Settings, role: str, trap: str
) -> None:
    with database.connect(embedded, "loader") as loader:
        loader.execute("create table ops.trap (word text); grant select on ops.trap to public")
        loader.execute("insert into ops.trap values ('bait')")
    try:
        with database.connect(embedded, "loader") as loader:
            loader.execute(trap.format(t="ops.trap").encode())
        assert refused(embedded, role, "select * from ops.trap")
    finally:
        with database.connect(embedded) as owner:
            owner.execute(
                "do $$ begin execute (select 'drop ' || case relkind when 'v' then 'view' else "
                "'table' end || ' ops.trap' from pg_class where relname = 'trap'); end $$"
            )


@pytest.mark.parametrize("role", READER_NAMES)
def test_readers_write_nothing_to_disk_and_hinder_nobody(embedded: Settings, role: str) -> None:
    for call in (
        "pg_logical_emit_message(false, 'x', repeat('x', 1000))",
        "pg_logical_emit_message(true, 'x', 'x'::bytea)",
        "pg_notify('x', 'y')",
        "pg_current_xact_id()",
        "txid_current()",
        "pg_export_snapshot()",
        "pg_create_logical_replication_slot('x', 'y')",
        "pg_terminate_backend(0)",
        "pg_cancel_backend(0)",
        "ts_stat('select null::tsvector')",
        "ts_rewrite(''::tsquery, 'select null::tsquery, null::tsquery')",
        "query_to_xml('select 1', true, true, '')",
        "table_to_xml('pg_class', true, true, '')",
        "schema_to_xml('marts', true, true, '')",
        "database_to_xml(true, true, '')",
    ):
        assert refused(embedded, role, f"select {call}"), call
    with database.connect(embedded, role) as connection:
        # NOTIFY itself asks for no right: what nobody fetches is kept to 8 MB.
        assert connection.execute("show max_notify_queue_pages").fetchone() == ("1024",)


@pytest.mark.parametrize("role", ["loader", "reporter"])
@pytest.mark.parametrize(
    "done",
    [
        "password 'mine'",
        "in database warehouse set transaction_timeout = '1ms'",
        "set local_preload_libraries = 'nope'",
        "in database warehouse reset all",
        "in database postgres set work_mem = '1GB'",
    ],
)
def test_what_a_role_does_to_itself_is_healed(embedded: Settings, role: str, done: str) -> None:
    def settings() -> list[tuple[str, ...]]:
        with database.connect(embedded) as owner:
            return owner.execute(
                "select setdatabase::text, setconfig::text from pg_db_role_setting "
                "where setrole = %s::regrole order by 1", [role]
            ).fetchall()  # fmt: skip

    before = settings()
    with database.connect(embedded, role) as connection:
        connection.execute("set transaction_read_only = off")
        connection.execute(f"alter role {role} {done}".encode())
    if "warehouse reset" not in done and "postgres" not in done:
        with pytest.raises((WarehouseError, psycopg.Error)) as caught:
            database.connect(embedded, role).execute("select pg_sleep(0.1)")
        assert "warehouse roles" in str(caught.value) or "transaction_timeout" in done
    if "password" in done:
        command = ("load", "cafe", "no.csv") if role == "loader" else ("psql", "-c", "select 1")
        assert "`warehouse roles` gives the roles their passwords" in told_by(embedded, *command)
    environment = {
        **os.environ,
        "WAREHOUSE_HOME": str(embedded.home),
        "WAREHOUSE_PORT": str(embedded.port),
    }
    subprocess.run([PROGRAM, "roles"], env=environment, check=True, capture_output=True)
    database.connect(embedded, role).close()
    assert settings() == before


@pytest.mark.parametrize("role", EMBEDDED_ROLE_NAMES)
def test_nobody_writes_functions_or_loops(embedded: Settings, role: str) -> None:
    for statement in (
        "do $$ begin loop raise log 'x'; end loop; end $$",
        "create function pg_temp.f() returns trigger language plpgsql as 'begin end'",
        "create function pg_temp.f() returns integer language sql as 'select 1'",
        "create event trigger e on ddl_command_start execute function f()",
        "create table public.mine (one integer)",
    ):
        assert refused(embedded, role, statement), statement


@pytest.mark.parametrize("role", EMBEDDED_ROLE_NAMES)
def test_nobody_fills_the_log(embedded: Settings, role: str) -> None:
    before = embedded.log_file.stat().st_size
    with database.connect(embedded, role) as connection:
        for option in ("debug_print_plan", "debug_print_parse", "debug_print_rewritten"):
            connection.execute(f"set {option} = on".encode())
        connection.execute("select 'do not log me'")
    assert embedded.log_file.stat().st_size == before
    for statement in ("set log_min_messages = debug5", "set log_statement = 'all'"):
        assert refused(embedded, role, statement), statement


@pytest.mark.parametrize("role", EMBEDDED_ROLE_NAMES)
@pytest.mark.parametrize("name", ["postgres", "template1"])
def test_other_databases_are_the_owners_alone(embedded: Settings, role: str, name: str) -> None:
    elsewhere = make_conninfo(database.conninfo(embedded, role), dbname=name)
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(elsewhere)


def test_who_says_nothing_leaves_room_for_others(embedded: Settings) -> None:
    body = struct.pack("!i", 3 << 16) + b"user\0nobody\0database\0warehouse\0\0"
    startup = struct.pack("!i", len(body) + 4) + body
    silent = []
    try:
        for _ in range(75):
            silent.append(socket.create_connection(("127.0.0.1", embedded.port)))
            silent[-1].sendall(startup)
        database.connect(embedded, "reporter").close()
        # Each is ended before a minute is over, as it was before.
        for connection in silent:
            connection.settimeout(30)
            while connection.recv(1000):
                pass
    finally:
        for connection in silent:
            connection.close()


@pytest.mark.parametrize("role", READER_NAMES)
def test_readers_cannot_lift_their_limits(embedded: Settings, role: str) -> None:
    with database.connect(embedded, role) as connection:
        shown = [
            connection.execute(f"show {name}".encode()).fetchone()
            for name in ("temp_file_limit", "idle_in_transaction_session_timeout")
        ]
        assert shown == [("2GB",), ("1min",)]
    for statement in (
        "set temp_file_limit = -1",
        f"alter role {role} set temp_file_limit = -1",
        f"alter role {role} connection limit -1",
        f"alter role {role} in database warehouse set log_min_messages = 'debug5'",
    ):
        assert refused(embedded, role, statement), statement


def test_readers_leave_connections_to_others(embedded: Settings) -> None:
    opened = []
    try:
        with pytest.raises(psycopg.OperationalError, match="too many connections for role"):
            while len(opened) < 5:
                opened += [psycopg.connect(database.conninfo(embedded, "pii_reader"))]
        assert len(opened) == 4
    finally:
        for connection in opened:
            connection.close()


def test_who_waits_for_a_lock_is_told_what_to_do(embedded: Settings) -> None:
    table = sql.Identifier("raw_cafe", "transactions")
    with database.connect(embedded, "transformer") as holder:
        holder.execute(sql.SQL("select 1 from {} limit 1").format(table))
        with database.connect(embedded, "loader") as waiting:
            assert waiting.execute("show lock_timeout").fetchone() == ("2min",)
            waiting.execute("set lock_timeout = '50ms'")
            with pytest.raises(psycopg.errors.LockNotAvailable) as caught:
                waiting.execute(sql.SQL("lock table {}").format(table))
    assert "Another session kept a table locked" in str(explain(caught.value))


@pytest.mark.parametrize("role", ["warehouse", "transformer", "reporter"])
def test_a_password_is_not_told_in_clear(embedded: Settings, role: str) -> None:
    password = database.parameters(embedded, role)["password"].encode()
    with cleartext_server() as server:
        here = replace(embedded, port=server.port)
        trusting = make_conninfo(database.conninfo(here, role), require_auth="password")
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(trusting)
        wait_until(lambda: password in server.heard)  # the trap works
        server.heard = b""
        with pytest.raises(psycopg.OperationalError, match="authentication method requirement"):
            psycopg.connect(database.conninfo(here, role))
        assert (server.asked, password in server.heard) == (2, False)


def test_psql_tells_no_password_in_clear(embedded: Settings, tmp_path: Path) -> None:
    password = database.parameters(embedded, "reporter")["password"]
    program = (
        "import sys\n"
        "from dataclasses import replace\n"
        "from warehouse.server import psql\n"
        "from warehouse.settings import Settings\n"
        "psql.run_psql(Settings.from_environment(), 'reporter', ('-c', 'select 1'))\n"
    )
    with cleartext_server() as server:
        environment = {
            **os.environ,
            "WAREHOUSE_HOME": str(embedded.home),
            "WAREHOUSE_PORT": str(server.port),
        }
        command = [sys.executable, "-c", program]
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        assert "authentication method requirement" in done.stderr
        # The same for whoever gives the URL to psql and has the password in the password file.
        password_file = tmp_path / "pgpass"
        password_file.write_text(f"127.0.0.1:{server.port}:*:reporter:{password}\n")
        password_file.chmod(0o600)
        url = database.url(replace(embedded, port=server.port), "reporter")
        done = subprocess.run(
            [str(layout.program("psql")), url, "-c", "select 1"],
            env={**os.environ, "PGPASSFILE": str(password_file)},
            capture_output=True,
            text=True,
        )
        assert "authentication method requirement" in done.stderr
        assert (server.asked, password.encode() in server.heard) == (2, False)


def test_dbt_tells_no_password_in_clear(embedded: Settings) -> None:
    from dbt.cli.main import dbtRunner

    password = database.parameters(embedded, "transformer")["password"]
    with cleartext_server() as server:
        here = replace(embedded, port=server.port)
        folder = str(here.project_dir)
        with prepared_dbt(here):
            answer = dbtRunner().invoke(
                [
                    *("--log-path", str(here.log_dir), "debug", "--connection"),
                    *("--project-dir", folder, "--profiles-dir", folder, "--target", "local"),
                ]
            )
        assert not answer.success
        assert server.asked > 0
        assert password.encode() not in server.heard


def test_no_password_stands_in_a_command_line(embedded: Settings) -> None:
    psql = subprocess.Popen(
        [PROGRAM, "psql", "-c", "select pg_sleep(20)"],
        env={
            **os.environ,
            "WAREHOUSE_HOME": str(embedded.home),
            "WAREHOUSE_PORT": str(embedded.port),
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        line = Path(f"/proc/{psql.pid}/cmdline")
        if not line.exists():
            pytest.skip("this system does not show command lines in /proc")
        wait_until(lambda: b"bin/psql\0" in line.read_bytes())
        password = database.parameters(embedded, "reporter")["password"].encode()
        assert password not in line.read_bytes()
        assert password in Path(f"/proc/{psql.pid}/environ").read_bytes()
    finally:
        psql.kill()
        psql.wait()
