"""The two warehouses of a comparison, as their URLs name them."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from urllib.parse import SplitResult, unquote, urlsplit

import psycopg
from psycopg.conninfo import conninfo_to_dict

from ingest.engine.redshift_address import Address, RedshiftAddress
from ingest.loader_errors import UsageError

_POSTGRES, _REDSHIFT = ("postgresql", "postgres"), ("redshift",)
_PREFIX = re.compile(r"[a-z_][a-z0-9_]{0,29}")


@dataclass(frozen=True)
class Place:
    """A warehouse: its name in the report (A or B), where it is, its schema prefix, and how it is
    shown."""

    name: str
    address: Address
    prefix: str
    shown: str


def read_place(name: str, url: str) -> Place:
    """The warehouse that a URL names. Raises UsageError, which does not quote it."""
    where, _, prefix = url.partition("#")
    try:
        parts = urlsplit(where)
        port = parts.port
    except ValueError:
        raise UsageError(f"URL {name} is not a URL") from None
    if parts.scheme not in (*_POSTGRES, *_REDSHIFT):
        raise UsageError(
            f"URL {name} must begin with postgresql:// or redshift://, as `warehouse url` prints it"
        )
    if parts.password is not None:
        raise UsageError(
            f"URL {name} has a password, which every user of the machine can read. Leave it out: "
            "~/.pgpass or PGPASSWORD has PostgreSQL's, DBT_ENV_SECRET_REDSHIFT_PASSWORD Redshift's"
        )
    if prefix and not _PREFIX.fullmatch(prefix):
        raise UsageError(f"URL {name}: behind # there is the schema prefix, such as #dev_")
    if parts.scheme in _REDSHIFT:
        address = _redshift(parts, port)
        told = f"Redshift {address.host or address.workgroup or address.cluster or ''}"
        return Place(name, address, prefix, _shown(told, address.database, prefix))
    try:
        given = conninfo_to_dict(where)
    except psycopg.Error:
        raise UsageError(f"URL {name} is not a URL of PostgreSQL") from None
    if "password" in given:
        raise UsageError(f"URL {name} has a password; leave it out, and see --help")
    told = f"PostgreSQL {given.get('host', 'localhost')}:{given.get('port', 5432)}"
    return Place(name, where, prefix, _shown(told, str(given.get("dbname", "")), prefix))


def _redshift(parts: SplitResult, port: int | None) -> RedshiftAddress:
    """What the URL leaves out comes from the environment. Raises UsageError."""
    named = {
        "REDSHIFT_HOST": parts.hostname,
        "REDSHIFT_PORT": None if port is None else str(port),
        "REDSHIFT_USER": parts.username and unquote(parts.username),
        "REDSHIFT_DATABASE": unquote(parts.path.strip("/")),
    }
    return RedshiftAddress.from_environment(
        os.environ | {key: value for key, value in named.items() if value}
    )


def _shown(where: str, database: str, prefix: str) -> str:
    with_prefix = f" with prefix {prefix}" if prefix else ""
    return f"{where.strip()}/{database}{with_prefix}"
