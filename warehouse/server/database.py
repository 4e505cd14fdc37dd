"""The database a command works on: the embedded one, or the server that the target names."""

import os
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg.conninfo import make_conninfo

from ingest.engine.redshift_address import Address, RedshiftAddress
from ingest.engine.redshift_session import open_session
from ingest.engine.session import Session
from ingest.sessions import may_connect_later
from warehouse.errors import TryAgainLater, WarehouseError
from warehouse.server import embedded, layout
from warehouse.server.roles import READER_NAMES
from warehouse.server.secret_files import OWNER, ensure_password, ensure_token_key, read_password
from warehouse.settings import Settings

DATABASE = "warehouse"
# The embedded server asks for no other proof. A program in its place that asks for the password
# itself does not get it.
AUTHENTICATION = "scram-sha-256"
# How a role is refused that changed its own password or settings, which it may.
_FAULTS_OF_A_ROLE = ("password authentication failed", "could not access file", "due to timeout")
# Where profiles.yml finds the password. dbt keeps variables of this name out of logs and artifacts.
PASSWORD_VARIABLE = "DBT_ENV_SECRET_WAREHOUSE_PASSWORD"  # noqa: S105 (its name)
_VARIABLES = {
    "host": "PGHOST",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "dbname": "PGDATABASE",
    "sslmode": "PGSSLMODE",
    "require_auth": "PGREQUIREAUTH",
}


def parameters(settings: Settings, role: str = OWNER) -> dict[str, str]:
    """What libpq needs to connect as the role: host, port, user, password, dbname.

    Raises WarehouseError when the embedded server has no such role yet.
    """
    if settings.is_embedded:
        return {
            "host": "127.0.0.1",
            "port": str(settings.port),
            "user": role,
            "password": read_password(settings, role),
            "dbname": DATABASE,
        }
    if settings.is_redshift:
        raise WarehouseError(
            "This command does not work on Redshift yet: up, load, unload, purge, forget, "
            "build, publish, watch, schedule, alerts, train, score, models, compare, status, roles "
            "and url do. Query there with Redshift's query editor or psql."
        )
    # The defaults are those of target postgres in profiles.yml.
    return {
        "host": os.environ.get("PGHOST", "localhost"),
        "port": os.environ.get("PGPORT", "5432"),
        "user": os.environ.get("PGUSER", OWNER) if role == OWNER else role,
        "password": os.environ.get("PGPASSWORD", "") if role == OWNER else "",
        "dbname": os.environ.get("PGDATABASE", DATABASE),
        "sslmode": os.environ.get("PGSSLMODE", "prefer"),
    }


def conninfo(settings: Settings, role: str = OWNER) -> str:
    """libpq connection string with the password, for psycopg.

    `role` does the work on the embedded server; on another target it is the environment's user.
    """
    given = parameters(settings, role if settings.is_embedded else OWNER)
    if settings.is_embedded:
        given["require_auth"] = AUTHENTICATION
        if role not in READER_NAMES:
            # Whoever works names all that it touches, so that no schema comes before the built-ins.
            given["options"] = "-c search_path=pg_catalog,pg_temp"
    known = {name: value for name, value in given.items() if value}
    return make_conninfo("", application_name="warehouse", connect_timeout="10", **known)


def address(settings: Settings, role: str = OWNER) -> Address:
    """Where the loader finds the database: `conninfo`, or Redshift as the environment gives it."""
    return RedshiftAddress.from_environment() if settings.is_redshift else conninfo(settings, role)


def variables(settings: Settings, role: str = OWNER) -> dict[str, str]:
    """Environment variables with which libpq's programs connect as the role, password included."""
    given = parameters(settings, role)
    if settings.is_embedded:
        given["require_auth"] = AUTHENTICATION
    return {_VARIABLES[name]: value for name, value in given.items() if value}


def url(settings: Settings, role: str = OWNER, with_password: bool = False) -> str:
    """libpq URL. With the password it is for BI tools, which do not support `require_auth`."""
    given = parameters(settings, role)
    password = f":{quote(given['password'], safe='')}" if given["password"] else ""
    address = f"{quote(given['host'], safe='')}:{given['port']}/{quote(given['dbname'], safe='')}"
    if with_password:
        return f"postgresql://{quote(given['user'], safe='')}{password}@{address}"
    required = f"?require_auth={AUTHENTICATION}" if settings.is_embedded else ""
    return f"postgresql://{quote(given['user'], safe='')}@{address}{required}"


def connect(settings: Settings, role: str = OWNER) -> psycopg.Connection:
    """A connection that must be closed; `role` as for `conninfo`.

    Raises WarehouseError if it cannot connect.
    """
    try:
        return psycopg.connect(conninfo(settings, role))
    except psycopg.OperationalError as error:
        reason = (str(error).strip().splitlines() or ["no reason given"])[-1]
        where = "the embedded server" if settings.is_embedded else f"target {settings.target}"
        hint = ""
        if settings.is_embedded and any(fault in reason for fault in _FAULTS_OF_A_ROLE):
            hint = ". `warehouse roles` gives the roles their passwords and settings again"
        raised = TryAgainLater if may_connect_later(reason) else WarehouseError
        raise raised(f"No connection to {where}: {reason}{hint}") from None


def session(settings: Settings, role: str = OWNER) -> Session:
    """A session in autocommit mode that must be closed, on PostgreSQL or on Redshift; `role` as for
    `conninfo`. Raises WarehouseError or LoaderError if it cannot connect.
    """
    if settings.is_redshift:
        opened: Session = open_session(RedshiftAddress.from_environment())
    else:
        opened = connect(settings, role)
    opened.autocommit = True
    return opened


def require_access(settings: Settings, role: str) -> None:
    """Raises WarehouseError, with what to do, when the embedded server does not let the role in.

    For work that is done over connections of others (psql, the loader), which do not know.
    """
    if settings.is_embedded:
        connect(settings, role).close()


def ensure_running(settings: Settings) -> bool:
    """Starts the embedded server if it does not run, and creates its database if it is missing.

    Returns whether it had to be started. For another target it only tests the connection.
    """
    if not settings.is_embedded:
        connect(settings).close()
        return False
    started = embedded.start(settings)
    ensure_token_key(settings)
    ensure_password(settings, OWNER)
    _ensure_database(settings)
    return started


def require_running(settings: Settings) -> None:
    """Raises WarehouseError when the embedded server is down."""
    if settings.is_embedded and embedded.running(settings) is None:
        raise WarehouseError("The database is not running. Start it with `warehouse up`.")


def data_bytes(settings: Settings) -> int:
    """Size of the embedded database's files in bytes; 0 when there are none."""
    folder = layout.data_dir(settings)
    total = 0
    for root, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):  # the server removes files while we look
                total += Path(root, name).lstat().st_size
    return total


def _ensure_database(settings: Settings) -> None:
    maintenance = make_conninfo(conninfo(settings), dbname="postgres")
    try:
        with psycopg.connect(maintenance, autocommit=True) as connection:
            known = connection.execute("select 1 from pg_database where datname = %s", [DATABASE])
            if known.fetchone() is None:
                connection.execute(f"create database {DATABASE}")
    except psycopg.errors.DuplicateDatabase:
        return
    except psycopg.OperationalError as error:
        reason = (str(error).strip().splitlines() or ["no reason given"])[-1]
        raise WarehouseError(
            f"The server of {settings.home} does not let its owner in: {reason}"
        ) from None
