"""The Redshift that the environment names, and a shop in schemas of its own there."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from psycopg import sql

from ingest.engine.redshift_address import RedshiftAddress
from ingest.engine.redshift_engine import REDSHIFT
from ingest.engine.redshift_errors import RedshiftFailure
from ingest.engine.redshift_session import RedshiftSession, open_session
from ingest.loads.load_report import LoadReport
from tests.ingest.conftest import Shop

# Tells the conftest of this folder that its tests are wanted.
SWITCH = "TEST_CLUSTER"
# As they were given: tests/conftest.py keeps variables of this project away from tests.
GIVEN = dict(os.environ)
_SCHEMAS = re.compile(r"\b(raw_\w+|ops|ml|published|marts|build_\w+)\.(?=\w)")
# What one test leaves for the next: besides raw tables, those of the loader.
_OF_LOADS = (
    "load_files", "load_totals", "rejected_rows", "rejected_orders", "fact_loads", "forgotten",
    "token_keys", "erasures", "pending_rewrites",
)  # fmt: skip


class EndpointShop(Shop):
    """Loads into schemas that begin with a prefix. Queries name schemas without it."""

    def __init__(
        self, address: RedshiftAddress, folder: Path, project_dir: Path, prefix: str
    ) -> None:
        super().__init__("", folder, project_dir, address)
        self.prefix = prefix
        self._session = open_session(address)

    def load(self, source: str, *paths: str | Path, **options: Any) -> LoadReport:
        """Load the given paths (default: the folder)."""
        return super().load(source, *paths, **{"prefix": self.prefix, **options})

    def query(self, statement: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Rows of a query."""
        named = _SCHEMAS.sub(lambda found: f"{self.prefix}{found[0]}", statement)
        rows = self._session.execute(named.encode(), list(parameters) or None)
        self._session.commit()
        return rows.fetchall()

    def everything(self) -> str:
        """All rows of all tables as one text."""
        return "\n".join(
            row
            for name in self.tables()
            for row in sorted(map(str, self.query(f"select * from {name}")))
        )

    def tables(self) -> list[str]:
        """All tables, but for who held the lock last: that is written before any file."""
        found = REDSHIFT.live_columns(self._session, schemas_of(self._session, self.prefix))
        names = {f"{schema.removeprefix(self.prefix)}.{table}" for schema, table, *_ in found}
        self._session.commit()
        return sorted(names - {"ops.lock_holder"})

    def clear(self) -> None:
        """Empty what was loaded."""
        for source, table in self.query(
            "select distinct source_system, table_name from ops.load_files"
        ):
            self.query(f"delete from raw_{source}.{table}")
        for name in _OF_LOADS:
            self.query(f"delete from ops.{name}")

    def close(self) -> None:
        """End its session."""
        self._session.close()


def schemas_of(session: RedshiftSession, prefix: str) -> list[str]:
    """The schemas that begin with the prefix."""
    found = session.execute("select nspname from pg_namespace order by nspname").fetchall()
    return [name for (name,) in found if name.startswith(prefix)]


def remove(address: RedshiftAddress, prefix: str, roles: set[str]) -> None:
    """Delete the schemas of the prefix, its staged files, and the roles."""
    with open_session(address) as session:
        REDSHIFT.remove_leftovers(session, prefix)
        for schema in schemas_of(session, prefix):
            drop = sql.SQL("drop schema {} cascade").format(sql.Identifier(schema))
            session.execute(drop)
            session.commit()
        for role in sorted(roles):
            try:
                session.execute(sql.SQL("drop role {}").format(sql.Identifier(role)))
                session.commit()
            except RedshiftFailure as failure:
                session.rollback()
                print(f"role {role} stays: {failure}")


def roles_of(address: RedshiftAddress) -> set[str]:
    """The roles of the database."""
    with open_session(address) as session:
        return {str(row[0]).strip() for row in session.execute("select role_name from svv_roles")}
