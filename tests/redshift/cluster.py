"""A cluster for tests: the stand-in, a database behind it, a bucket beside it."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import redshift_connector
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from redshift_connector.core import Connection

from tests.redshift.faults import FaultName, Ledger
from tests.redshift.stand_in import StandIn

ADMIN, PASSWORD = "awsuser", "Stand-in-0"
ROLE = "arn:aws:iam::123456789012:role/warehouse"
CATALOGUE = Path(__file__).with_name("catalogue.pgsql")


@dataclass(frozen=True)
class Cluster:
    """One database of the cluster. `behind` is the same database as PostgreSQL knows it."""

    stand_in: StandIn
    database: str
    behind: str
    bucket: str
    authorities: Path

    host = "127.0.0.1"
    user, password, iam_role = ADMIN, PASSWORD, ROLE

    @property
    def port(self) -> int:
        """Where the stand-in listens."""
        return self.stand_in.port

    @property
    def ledger(self) -> Ledger:
        """What was run, by everybody."""
        return self.stand_in.ledger

    @property
    def s3(self) -> Any:
        """The client that COPY and UNLOAD use."""
        return self.stand_in.s3

    @property
    def environment(self) -> dict[str, str]:
        """Variables for dbt and the `warehouse` command. Those of AWS are set already."""
        return {
            "REDSHIFT_HOST": self.host,
            "REDSHIFT_PORT": str(self.port),
            "REDSHIFT_USER": self.user,
            "REDSHIFT_DATABASE": self.database,
            "DBT_ENV_SECRET_REDSHIFT_PASSWORD": self.password,
            "SSL_CERT_FILE": str(self.authorities),
        }

    def connect(self, user: str = ADMIN, password: str = PASSWORD) -> Connection:
        """A connection over TLS, to be closed. Not in autocommit, as the driver's default is."""
        return redshift_connector.connect(
            host=self.host, port=self.port, database=self.database, user=user, password=password
        )

    def admin(self) -> psycopg.Connection:
        """A connection to the database behind, in autocommit, to be closed."""
        return psycopg.connect(self.behind, autocommit=True)

    def run(self, statement: str, arguments: Any = None) -> list[tuple[Any, ...]]:
        """Runs one statement through the driver in a session of its own, and commits."""
        with self.connect() as connection:
            connection.autocommit = True
            cursor = connection.cursor()
            cursor.execute(statement, arguments)
            return [tuple(row) for row in cursor.fetchall()] if cursor.description else []

    def seen(self, query: str) -> list[tuple[Any, ...]]:
        """The rows of a query, as they are behind."""
        with self.admin() as connection:
            return connection.execute(query.encode()).fetchall()

    def fail_at(self, at: str | int, fault: FaultName, nth: int = 1) -> None:
        """A fault at the n-th statement with this pattern in its code, or at the n-th of all."""
        self.stand_in.fail_at(at, fault, nth)

    def counts(self) -> Counter[str]:
        """How many statements of each kind were run since the ledger was cleared."""
        return self.ledger.counts()

    def keys(self, prefix: str = "") -> list[str]:
        """What is in the bucket."""
        found = self.s3.list_objects_v2(Bucket=self.bucket, Prefix=prefix)
        return [entry["Key"] for entry in found.get("Contents", [])]


@contextmanager
def cluster_database(
    stand_in: StandIn, server: str, bucket: str, authorities: Path, copy_of: str = "template1"
) -> Iterator[Cluster]:
    """A new database with Redshift's catalogue, empty or a copy, dropped at the end.

    Nobody may be connected to the database that is copied.
    """
    name = f"rs_{uuid4().hex[:12]}"
    behind = make_conninfo(server, dbname=name, options="")
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(
            sql.SQL("create database {} template {}").format(
                sql.Identifier(name), sql.Identifier(copy_of)
            )
        )
    try:
        install(behind)
        stand_in.ledger.clear()
        yield Cluster(stand_in, name, behind, bucket, authorities)
    finally:
        stand_in.faults.clear()
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(
                sql.SQL("drop database {} with (force)").format(sql.Identifier(name))
            )


def install(behind: str) -> None:
    """Gives a database Redshift's functions and views, and the server its administrator."""
    with psycopg.connect(behind, autocommit=True) as connection:
        known = connection.execute("select 1 from pg_roles where rolname = %s", [ADMIN])
        if known.fetchone() is None:
            connection.execute(
                sql.SQL("create role {} login superuser password {}").format(
                    sql.Identifier(ADMIN), sql.Literal(PASSWORD)
                )
            )
        connection.execute(CATALOGUE.read_bytes())


def address_of(server: str) -> tuple[str, int]:
    """Host and port of a connection string."""
    given = conninfo_to_dict(server)
    return str(given["host"]), int(str(given["port"]))
