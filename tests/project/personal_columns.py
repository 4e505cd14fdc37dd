"""Which personal columns a model's SQL lets through."""

import re
from typing import Any

Node = dict[str, Any]

STAR = r"(?:\bselect\s+|,\s*|\b\w+\.)\*"


def personal_columns(parent: Node) -> set[str]:
    """Restricted columns of a raw table, or those a restricted model marks as personal."""
    return {
        column["name"]
        for column in parent["columns"].values()
        if column["config"]["meta"].get("pii") in ("restrict", True)
    }


def leaks(statement: str, columns: set[str]) -> list[str]:
    """What the SQL of a model lets through of the given columns of the tables it reads.

    Naming a column is a leak, also in a condition; only the year of a date may be taken from it.
    So is a `*` that reaches the end of the query from a table that holds such a column.
    """
    statement = re.sub(r"\{#.*?#\}|--[^\n]*|/\*.*?\*/", " ", statement, flags=re.S)
    found = []
    for column in sorted(columns):
        year = rf"extract\s*\(\s*year\s+from\s+(?:\w+\.)?{column}\s*\)"
        if re.search(rf"\b{column}\b", re.sub(year, " ", statement, flags=re.I), flags=re.I):
            found.append(column)
    if _passes_all(statement):
        found.append("*")
    return found


def _passes_all(statement: str) -> bool:
    """Whether some chain of `select *` leads from a table of another layer to the last select."""
    *bodies, last = re.split(r"^\),?\s*$", statement, flags=re.M)
    whole = [r"\{\{\s*(?:source|ref)\s*\("]
    for body in bodies:
        named = re.search(r"(\w+)\s+as\s*\($", body, flags=re.M)
        if named and _takes_all(body[named.end() :], whole):
            whole.append(rf"{named[1]}\b")
    return _takes_all(last, whole)


def _takes_all(body: str, whole: list[str]) -> bool:
    reads = re.search(rf"\b(?:from|join)\s+(?:{'|'.join(whole)})", body, flags=re.I)
    return bool(reads and re.search(STAR, body, flags=re.I))
