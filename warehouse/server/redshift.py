"""What `warehouse up` prepares and checks on Redshift."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

from psycopg import sql

import ml.model_tables
from ingest.engine.redshift_address import RedshiftAddress
from ingest.engine.redshift_engine import REDSHIFT
from ingest.engine.redshift_errors import RedshiftFailure
from ingest.engine.redshift_session import RedshiftSession, open_session
from ingest.foreign_text import shell_word
from ingest.loader_errors import LoaderError
from ingest.tables import definition_files, raw_schemas
from warehouse.errors import WarehouseError
from warehouse.server import layout
from warehouse.server.roles import READER_NAMES
from warehouse.server.secret_files import ensure_token_key
from warehouse.settings import Settings

_EXISTS = "42710"
_WITHOUT_HOST = (
    "There is no URL: the login is by IAM, to {}, and REDSHIFT_HOST is not set. Tools that know "
    "IAM need only that name and the database ({}). For a URL set REDSHIFT_HOST to what this "
    "prints: {}"
)


def bring_up(settings: Settings, warn: Callable[[str], None]) -> None:
    """Creates schemas, tables and roles that are missing, and tries what loads and builds need.

    Raises LoaderError when the cluster cannot be reached or refuses the tables; WarehouseError,
    once everything else is in place, that lists what is missing.
    """
    layout.prepare(settings)
    ensure_token_key(settings)
    with open_session(RedshiftAddress.from_environment()) as session:
        _make_tables(session, settings)
        create_roles(session, warn)
        missing = [*_wrong_isolation(session), *_wrong_staging(session, settings.prefix)]
        if not missing:
            _try_unload(session, settings.prefix, warn)
    if missing:
        raise WarehouseError(" ".join(["The tables are in place, but:", *missing]))


def ensure_tables(settings: Settings) -> None:
    """Creates the home, and every table that is missing. Raises WarehouseError, LoaderError."""
    layout.prepare(settings)
    with open_session(RedshiftAddress.from_environment()) as session:
        _make_tables(session, settings)


def create_roles(session: RedshiftSession, warn: Callable[[str], None]) -> None:
    """Creates the readers' roles that are missing. Who reads is given one by an administrator;
    builds grant the roles what they may read."""
    known = {str(row[0]).strip() for row in session.execute("select role_name from svv_roles")}
    session.commit()
    refused = []
    for name in READER_NAMES:
        if name in known:
            continue
        try:
            with session.transaction():
                session.execute(sql.SQL("create role {}").format(sql.Identifier(name)))
        except RedshiftFailure as failure:
            # A role that this user may not see is there all the same.
            if failure.code == "":
                raise
            if failure.code != _EXISTS:
                refused.append(name)
    if refused:
        warn(
            f"This database user may not create roles. Have an administrator create "
            f"{', '.join(refused)}. Until then build with --vars '{{grants_enabled: false}}'."
        )


def url(address: RedshiftAddress) -> str:
    """The URL of the database, without a password, for tools that know Redshift.

    Raises WarehouseError, with what to do, if nothing names the endpoint; LoaderError if the secret
    that names it cannot be read.
    """
    host = address.host or (address.login()["host"] if address.secret else None)
    if host is None:
        raise WarehouseError(_WITHOUT_HOST.format(*_endpoint_query(address)))
    user = f"{quote(address.user, safe='')}@" if address.user else ""
    return f"redshift://{user}{host}:{address.port}/{quote(address.database, safe='')}"


def _make_tables(session: RedshiftSession, settings: Settings) -> None:
    definitions = definition_files.read_definitions(settings.project_dir)
    raw_schemas.ensure(session, definitions, settings.prefix)
    ml.model_tables.ensure(session, settings.prefix)


def _endpoint_query(address: RedshiftAddress) -> tuple[str, str, str]:
    """What the login by IAM names, and the command of AWS that prints its endpoint."""
    region = f" --region {address.region}" if address.region else ""
    if address.workgroup:
        what, name = f"workgroup {address.workgroup}", shell_word(address.workgroup)
        query = f"redshift-serverless get-workgroup --workgroup-name {name}"
        path = "workgroup.endpoint.address"
    else:
        what, name = f"cluster {address.cluster}", shell_word(address.cluster or "")
        query = f"redshift describe-clusters --cluster-identifier {name}"
        path = "'Clusters[0].Endpoint.Address'"
    return what, address.database, f"aws {query} --query {path} --output text{region}"


def _wrong_isolation(session: RedshiftSession) -> list[str]:
    database = session.address.database
    row = session.execute(
        "select trim(isolation_level) from stv_db_isolation_level where trim(db_name) = %s",
        (database,),
    ).fetchone()
    session.commit()
    if row is None or "snapshot" in str(row[0]).lower():
        return []
    quoted = sql.Identifier(database).as_string(None)
    return [
        f"Database {database} isolates transactions as {str(row[0]).lower()}, and models that are "
        f"built side by side then fail with error 1023. Connect to another database and run: alter "
        f"database {quoted} isolation level snapshot;"
    ]


def _try_unload(session: RedshiftSession, prefix: str, warn: Callable[[str], None]) -> None:
    try:
        REDSHIFT.try_unload(session, prefix)
    except LoaderError as error:
        warn(f"Files can be loaded, but risk models cannot be trained: {error}.")


def _wrong_staging(session: RedshiftSession, prefix: str) -> list[str]:
    try:
        REDSHIFT.try_copy(session, prefix)
    except LoaderError as error:
        return [f"Files cannot be loaded: {error}."]
    return []
