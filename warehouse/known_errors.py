"""The only place that turns errors a user can act on into one line."""

import errno
import re

import psycopg

from ingest.foreign_text import shown
from ingest.loader_errors import LoaderError
from ingest.sessions import STILL_LOCKED
from ingest.sessions import may_pass as session_may_pass
from ml.model_errors import ModelError
from warehouse.errors import TryAgainLater, WarehouseError


def explain(error: Exception) -> str | None:
    """One line for the error, or None if it is a bug of this program.

    Database errors are reported by class and code alone, because their text may quote a row.
    """
    if isinstance(error, (WarehouseError, LoaderError, ModelError)):
        return str(error)
    if isinstance(error, psycopg.errors.LockNotAvailable):
        return f"{STILL_LOCKED[0].upper()}{STILL_LOCKED[1:]}."
    if isinstance(error, psycopg.OperationalError) and error.sqlstate is None:
        return f"The connection to the database was lost: {_first_line(error)}"
    if isinstance(error, psycopg.Error):
        kind = re.sub(r"(?<!^)(?=[A-Z])", " ", type(error).__name__).lower()
        where = error.diag.table_name or error.diag.schema_name
        place = f" in {shown(where)}" if where else ""
        return f"The database refused: {kind}{place} (SQLSTATE {error.sqlstate})."
    if isinstance(error, OSError) and error.filename:
        return f"{shown(str(error.filename))}: {error.strerror}."
    if isinstance(error, OSError) and may_pass(error):
        return "The disk is full."
    return None


def may_pass(error: Exception) -> bool:
    """Whether the same command may succeed later with nothing changed."""
    if isinstance(error, psycopg.Error):
        return session_may_pass(error)
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT)
    if isinstance(error, LoaderError):
        return error.may_pass
    return isinstance(error, TryAgainLater)


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return shown(lines[0]) if lines else "no reason given"
