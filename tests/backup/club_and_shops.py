"""Two shops and a club, whose members are known by a card: a warehouse to back up and restore."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from tests.platform.two_shops import write_two_shops
from tests.platform.workshop import Workshop
from warehouse.server import database
from warehouse.server.roles import ERASER
from warehouse.settings import Settings

PROGRAM = str(Path(sys.executable).with_name("warehouse"))
CLUB = """\
version: 2
sources:
  - name: club
    schema: raw_club
    description: A club.
    tables:
      - name: members
        description: One member.
        config:
          meta: {mode: append, customer: card}
        columns:
          - {name: card, data_type: varchar(64), description: The card.,
             config: {meta: {pii: token}}}
          - {name: email, data_type: varchar(256), description: The address.,
             config: {meta: {pii: restrict}}}
"""
GRANTED = "    marts:\n      +schema: marts\n      +grants: {select: [reporter]}\n"


def write_project(original: Path, folder: Path) -> None:
    """Writes the project: reporter reads its marts."""
    write_two_shops(original, folder)
    project = folder / "dbt_project.yml"
    text = project.read_text()
    granted = text.replace("    marts:\n      +schema: marts\n", GRANTED)
    assert granted != text
    project.write_text(granted)
    club = folder / "models" / "staging" / "club" / "_club__sources.yml"
    club.parent.mkdir(parents=True)
    club.write_text(CLUB)


class Warehouse(Workshop):
    """The warehouse of a home, worked on with the command as its users do."""

    def run(
        self, *arguments: str, code: int | None = 0, given: bytes | None = None, **more: str
    ) -> str:
        """Runs the command and returns all that it says; fails on another exit code."""
        done = subprocess.run(
            [PROGRAM, *arguments],
            env=self.environment | more,
            input=given,
            capture_output=True,
            check=False,
            timeout=300,
        )
        told = " ".join((done.stdout + done.stderr).decode().split())
        assert "Traceback" not in told, done.stderr.decode()
        assert code is None or done.returncode == code, f"exit code {done.returncode}: {told}"
        return told

    @property
    def environment(self) -> dict[str, str]:
        return os.environ | {
            "WAREHOUSE_PROJECT_DIR": str(self.settings.project_dir),
            "WAREHOUSE_HOME": str(self.settings.home),
            "WAREHOUSE_PORT": str(self.settings.port),
        }

    def load(self, source: str, file: str, *lines: str, folder: Path, code: int = 0) -> str:
        path = folder / f"{file}.csv"
        path.write_text("\n".join(lines) + "\n")
        return self.run("load", source, str(path), code=code)

    def sell(self, shop: str, day: str, *sales: str, folder: Path, code: int = 0) -> str:
        """Loads a day's file of sales: order, store, amount."""
        lines = [",".join([*sale.split(",")[:2], day, sale.split(",")[2]]) for sale in sales]
        header = "order_id,store_id,ordered_at,amount"
        return self.load(shop, f"sales_{day}", header, *lines, folder=folder, code=code)

    def enrol(self, name: str, *members: str, folder: Path) -> str:
        """Loads a file of members: card, e-mail address."""
        return self.load("club", f"members_{name}", "card,email", *members, folder=folder)

    def everything(self) -> dict[str, str]:
        """What each table and view holds, whatever the object ids are."""
        found = {}
        with database.connect(self.settings, ERASER) as connection:
            for schema, name in connection.execute(
                "select nspname::text, relname::text from pg_class"
                " inner join pg_namespace on relnamespace = pg_namespace.oid"
                " where relkind in ('r', 'v') and nspname !~ '^(pg_|information_schema)'"
                " and nspname !~ 'published|warehouse_replaced_' order by 1, 2"
            ).fetchall():
                found[f"{schema}.{name}"] = _digest(connection, schema, name)
        return found

    def published(self) -> dict[str, int]:
        """Object ids of the tables that readers see, by the number that they are named after."""
        rows = self.query(
            "select relname::text, oid::bigint from pg_class where relkind = 'r'"
            " and relnamespace = 'published'::regnamespace and relname ~ '__[0-9]+$'"
        )
        return dict(rows)

    def as_role(self, role: str, query: str) -> list[tuple[Any, ...]]:
        with database.connect(self.settings, role) as connection:
            return connection.execute(query).fetchall()

    def at(self, settings: Settings) -> "Warehouse":
        """The same project with another home and port."""
        return Warehouse(replace(settings, project_dir=self.settings.project_dir))


# What is known by object id, or says how a build came about.
_OF_THIS_DATABASE = {
    "ops.published_relations": "relation_schema, relation_name, before_definition",
    "ops.build_state": "models_hash, settings_hash, unfinished",
    "ops.build_runs": "build_id, started_at, finished_at, status, models_built, weekly_fingerprint",
    "staging.stg_ops__build_runs": "build_id, started_at, finished_at",
}


def _digest(connection: psycopg.Connection, schema: str, name: str) -> str:
    columns = _OF_THIS_DATABASE.get(f"{schema}.{name}", "content.*")
    query = sql.SQL(
        "select count(*) || ' rows, ' || coalesce(md5(string_agg(row_text, '|' order by row_text)),"
        " '') from (select row({})::text as row_text from {} as content) as rows"
    ).format(sql.SQL(columns), sql.Identifier(schema, name))
    row = connection.execute(query).fetchone()
    assert row is not None
    return str(row[0])
