"""Redshift's errors in one line, without any row content."""

from __future__ import annotations

import re
from typing import Any

from ingest.foreign_text import shown
from ingest.loader_errors import DatabaseFailure

# SQLSTATE classes: connection, transaction rolled back, resources (disk full), operator.
_PASSING_CLASSES = ("08", "40", "53", "57")
# A conflict of transactions, as Redshift reports it.
_SERIALIZATION = re.compile(r"\b1023\b|serializable isolation violation", re.I)
_S3_BUSY = re.compile(
    r"S3ServiceException.*(SlowDown|InternalError|ServiceUnavailable|Status 50\d)"
)
_S3_ERROR = re.compile(r"S3ServiceException.*?Error (\w+)", re.S)
TIMED_OUT = "57014"


class RedshiftFailure(DatabaseFailure):
    """A statement failed; `code` is its SQLSTATE, empty if the connection was lost."""

    def __init__(self, message: str, code: str = "", *, may_pass: bool = False) -> None:
        super().__init__(message, may_pass=may_pass)
        self.code = code


def failure_of(error: Exception) -> RedshiftFailure:
    """What the driver raised, as an error for the user."""
    told = error.args[0] if error.args and isinstance(error.args[0], dict) else None
    if told is None:
        message = "the database connection failed: connection lost"
        return RedshiftFailure(message, may_pass=True)
    return _refusal(told)


def cannot_connect(error: Exception) -> DatabaseFailure:
    """Why there is no connection. A server that refuses a user or a database means it."""
    told = error.args[0] if error.args and isinstance(error.args[0], dict) else None
    if told is not None:
        code, reason = str(told.get("C", "")), str(told.get("M", ""))
        passes = code[:2] in _PASSING_CLASSES and code != TIMED_OUT
        return DatabaseFailure(f"cannot reach the database: {shown(reason)}", may_pass=passes)
    from botocore.exceptions import ClientError

    cause = error if isinstance(error, ClientError) else error.__cause__ or error.__context__
    if isinstance(cause, ClientError):
        code = cause.response.get("Error", {}).get("Code", "no reason given")
        return DatabaseFailure(f"cannot log in to the database by IAM: {code}")
    reason = shown(" ".join(str(part) for part in error.args) or type(error).__name__)
    return DatabaseFailure(f"cannot reach the database: {reason}", may_pass=True)


def _refusal(told: dict[str, Any]) -> RedshiftFailure:
    code, message = str(told.get("C", "")), str(told.get("M", ""))
    whole = f"{message} {told.get('D', '')}"
    if _SERIALIZATION.search(whole):
        reason = "another session wrote to the same table at the same time (error 1023)"
        return RedshiftFailure(f"the database refused: {reason}", code, may_pass=True)
    if "S3ServiceException" in whole:
        found = _S3_ERROR.search(whole)
        reason = f"S3 answered {found[1]}" if found else "S3 answered with an error"
        passes = _S3_BUSY.search(whole) is not None
        message = f"the cluster cannot use the staging place: {reason}"
        return RedshiftFailure(message, code, may_pass=passes)
    if re.search(r"vacuum is running", whole, re.I):
        reason = "another VACUUM is running, and Redshift runs one at a time"
        return RedshiftFailure(f"the database refused: {reason}", code, may_pass=True)
    if re.search(r"disk full", whole, re.I):
        reason = "the database's disk is full; nothing was loaded from the file"
        return RedshiftFailure(reason, code, may_pass=True)
    if code == "42501" or "permission denied" in message:
        reason = f"the database role may not do this: {shown(message)}"
        return RedshiftFailure(reason, code)
    if code in ("3F000", "42P01"):
        reason = "the raw tables do not exist yet; run `warehouse up` or load a file first"
        return RedshiftFailure(reason, code)
    # Data errors, and Redshift's internal ones, may quote a value.
    reason = "" if code[:2] in ("22", "XX") else f" {shown(message)}"
    passes = code[:2] in _PASSING_CLASSES
    return RedshiftFailure(
        f"the database refused:{reason} (SQLSTATE {code})", code, may_pass=passes
    )
