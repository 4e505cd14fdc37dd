"""A COPY that fails although every cell was checked puts no restricted value into the log."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from ingest.loads.load_options import Options
from ingest.loads.loader import load
from ingest.sessions import connect
from ingest.tables import raw_schemas
from ingest.tables.definition_files import read_definitions
from ingest.tables.raw_schemas import ensure
from warehouse.server import database
from warehouse.settings import Settings

EMPLOYEES = (
    "employee_id,name,branch_id,full_time,status,multi_duty\n"
    "E1,Winifred Quill,B1,yes,active,no\n"
    "E2,Zacharias Thorn,B1,yes,active,no\n"
)
FAIL_ON_E2 = """
    create function public.fail_on_e2() returns trigger language plpgsql as $$
        begin
            if new.{column} = '{value}' then raise exception 'the disk is on fire'; end if;
            return new;
        end
    $$;
    create trigger fail before insert on {table} for each row execute function public.fail_on_e2();
"""


@pytest.fixture
def database_of_nobody(embedded: Settings, project_dir: Path) -> Iterator[str]:
    """A database of a role that is no superuser and of which the server logs all errors in full,
    as servers do unless told otherwise; the role may not change that."""
    owner, name = database.conninfo(embedded), f"nobody_{uuid4().hex[:12]}"
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute(
            sql.SQL("create role {} login password 'nobody'").format(sql.Identifier(name))
        )
        for setting, value in (
            ("log_min_messages", "error"),
            ("log_min_error_statement", "error"),
            ("log_error_verbosity", "default"),
        ):
            connection.execute(
                sql.SQL("alter role {} set {} = {}").format(
                    sql.Identifier(name), sql.Identifier(setting), sql.Literal(value)
                )
            )
        connection.execute(sql.SQL("create database {0} owner {0}").format(sql.Identifier(name)))
    conninfo = make_conninfo(owner, dbname=name, user=name, password="nobody")
    with psycopg.connect(conninfo) as connection:
        ensure(connection, read_definitions(project_dir))
    yield conninfo
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute(sql.SQL("drop database {}").format(sql.Identifier(name)))
        connection.execute(sql.SQL("drop role {}").format(sql.Identifier(name)))


@pytest.fixture
def trusting(monkeypatch: pytest.MonkeyPatch) -> None:
    """A loader that takes tables with triggers, as it would a table whose disk is on fire."""
    monkeypatch.setattr(raw_schemas, "refuse_foreign_code", lambda *_: None)


@pytest.fixture
def new_log(embedded: Settings) -> Callable[[], str]:
    """What the server has logged since the test began."""
    start = embedded.log_file.stat().st_size

    def read() -> str:
        return embedded.log_file.read_bytes()[start:].decode(errors="replace")

    return read


def test_a_row_with_restricted_columns_is_never_quoted(
    database_of_nobody: str,
    new_log: Callable[[], str],
    project_dir: Path,
    tmp_path: Path,
    trusting: None,
) -> None:
    with psycopg.connect(database_of_nobody) as connection:
        fail = FAIL_ON_E2.format(table="raw_footwear.employees", column="employee_id", value="E2")
        connection.execute(fail.encode())
    file = tmp_path / "employees.csv"
    file.write_text(EMPLOYEES)
    (result,) = load(database_of_nobody, project_dir, "footwear", [file]).files
    assert result.status == "refused"
    assert "the disk is on fire" in result.message
    # The server did log where it failed, as it would the row if it had been sent as text.
    assert "COPY employees, line 2" in new_log()
    for told in (new_log(), result.message):
        assert "Zacharias" not in told
        assert "Winifred" not in told


def test_a_row_of_text_would_be_quoted(
    database_of_nobody: str,
    new_log: Callable[[], str],
    project_dir: Path,
    tmp_path: Path,
    trusting: None,
) -> None:
    """Guards the test above: this server logs the rows of tables without personal columns."""
    with psycopg.connect(database_of_nobody) as connection:
        fail = FAIL_ON_E2.format(table="raw_footwear.colors", column="color_id", value="C2")
        connection.execute(fail.encode())
    file = tmp_path / "colors.csv"
    file.write_text("color_id,color_name\nC1,Carmine\nC2,Viridian\n")
    (result,) = load(database_of_nobody, project_dir, "footwear", [file]).files
    assert result.status == "refused"
    assert "Viridian" in new_log()
    assert "Viridian" not in result.message


def test_the_loader_may_say_what_is_logged(embedded: Settings) -> None:
    with connect(database.conninfo(embedded, "loader")) as connection:
        row = connection.execute(
            "select current_setting('is_superuser'), current_setting('log_error_verbosity'),"
            " current_setting('log_min_error_statement')"
        ).fetchone()
    assert row == ("off", "terse", "panic")


def test_shifted_rows_of_restricted_columns_are_rejected_without_a_value(
    database_of_nobody: str, new_log: Callable[[], str], project_dir: Path, tmp_path: Path
) -> None:
    """Types are checked before COPY: a name in a date's place never gets to the server."""
    header = "membership_id,first_name,last_name,email,date_of_birth,mobile_no,joined_at\n"
    good = "Reed_{0:05d},Ann,Reed,ann@reed.example,1980-01-01,80000000,2021-01-01\n"
    shifted = "Quill_6845c,Quill,winifred@quill.example,1980-01-01,Winifred,80000000,2021-01-01\n"
    file = tmp_path / "members.csv"
    file.write_text(header + "".join(good.format(n) for n in range(200)) + shifted)
    options = Options(token_key="ab" * 32)
    (result,) = load(database_of_nobody, project_dir, "ecommerce", [file], options).files
    assert (result.status, result.rows_rejected) == ("loaded", 1)
    assert [(r.line, r.column, r.value) for r in result.rejects] == [(202, "date_of_birth", None)]
    with psycopg.connect(database_of_nobody) as connection:
        kept = connection.execute("select reason, value from ops.rejected_rows").fetchall()
    assert [value for _, value in kept] == [None]
    for told in (new_log(), str(result.rejects), str(kept), result.message):
        assert "Winifred" not in told
