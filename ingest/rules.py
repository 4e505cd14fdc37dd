"""What every cell of a file must keep, worked out once per file from the table's definition.

`cells.py` applies a rule to one cell and says what is wrong; `vectors.py` applies it to a whole
column and says only whether all is well. Both must agree on every value: the tests hold them to it.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, replace
from decimal import Decimal

from ingest.definitions import Column, Table

EARLIEST = dt.date(1990, 1, 1)

_DIRECTIVES = {"%Y": r"\d{4}", "%m": r"\d{2}", "%d": r"\d{2}"}
_DIRECTIVES |= {"%H": r"\d{2}", "%M": r"\d{2}", "%S": r"\d{2}"}
# With a minus, one digit will do: 3/7/2024.
_DIRECTIVES |= {"%-m": r"\d{1,2}", "%-d": r"\d{1,2}", "%-H": r"\d{1,2}", "%-I": r"\d{1,2}"}
_DIRECTIVES |= {"%y": r"\d{2}", "%I": r"\d{2}", "%p": r"[AaPp][Mm]"}
ISO_DATE = r"\d{4}-\d{2}-\d{2}"
# An offset says how far the shop's clock is from UTC; the clock itself is what is kept.
_OFFSET = r"(?:[+-]\d{2}:?\d{2})?"
ISO_TIMESTAMP = ISO_DATE + r"(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?" + _OFFSET + ")?"


@dataclass(frozen=True)
class FileFacts:
    """What the name of a file says about its rows: column values, and the business day."""

    expected: tuple[tuple[str, str], ...] = ()
    day: dt.date | None = None


@dataclass(frozen=True)
class Rule:
    """The rule of one column in one file.

    `low` and `high` bound numbers (inclusive), `first_day` and `last_day` dates; `day` is the only
    day allowed when the file's name gives one; `expected` the only value, compared by `plain`, and
    `spelling` how the file's first row writes it.
    """

    column: Column
    low: Decimal | None = None
    high: Decimal | None = None
    first_day: dt.date | None = None
    last_day: dt.date | None = None
    day: dt.date | None = None
    day_zero: dt.date | None = None
    expected: str | None = None
    spelling: str | None = None
    shape: re.Pattern[str] | None = None
    pattern: re.Pattern[str] | None = None


def parse_moment(text: str, form: str) -> dt.datetime:
    """A text in the form of a column's format; ValueError where there is no such moment."""
    return dt.datetime.strptime(text, form.replace("%-", "%"))


def plain(text: str) -> str:
    """A name without case, blanks and punctuation, for comparing file names with cells."""
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def rules_for(table: Table, facts: FileFacts, today: dt.date) -> list[Rule]:
    """One rule per stored column of the table, in the order of the definition."""
    return [_rule(table, column, facts, today) for column in table.stored_columns]


def _rule(table: Table, column: Column, facts: FileFacts, today: dt.date) -> Rule:
    low, high = _bounds(column)
    first_day, last_day = column.first_day, column.last_day
    day = day_zero = None
    if column.name == table.control.business_date:
        first_day, last_day, day = EARLIEST, today + dt.timedelta(days=1), facts.day
        day_zero = table.control.day_zero
    expected = dict(facts.expected).get(column.name)
    return Rule(
        column,
        low,
        high,
        first_day,
        last_day,
        day,
        day_zero,
        plain(expected) if expected is not None else None,
        shape=_shape(column),
        pattern=re.compile(column.pattern, re.ASCII) if column.pattern else None,
    )


def spelt_as(rule: Rule, text: str | None) -> Rule:
    """The rule with the spelling that a file's first row has, so that no other makes a second name
    of the same. Blanks around it are no part of a name; a name that is not expected is no example.
    """
    if rule.expected is None or text is None or plain(text) != rule.expected:
        return rule
    return replace(rule, spelling=text.strip())


def _bounds(column: Column) -> tuple[Decimal | None, Decimal | None]:
    if column.type.is_integer:
        high = Decimal(column.type.largest_integer)
        low = -high - 1
    elif column.type.kind == "numeric":
        high = Decimal(10**column.type.precision - 1).scaleb(-column.type.scale)
        low = -high
    else:
        return None, None
    if column.format == "HHMM":
        low, high = Decimal(0), Decimal(2359)
    if column.minimum is not None:
        low = max(low, Decimal(str(column.minimum)))
    if column.maximum is not None:
        high = min(high, Decimal(str(column.maximum)))
    return low, high


def _shape(column: Column) -> re.Pattern[str] | None:
    """How a date or time must be written: strptime alone would accept 1/2/2021 and blanks."""
    if column.type.kind not in ("date", "timestamp"):
        return None
    if column.format is None:
        return re.compile(ISO_DATE if column.type.kind == "date" else ISO_TIMESTAMP, re.ASCII)
    parts = re.split(r"(%-?.)", column.format)
    text = "".join(_DIRECTIVES.get(part, re.escape(part)) for part in parts)
    return re.compile(text, re.ASCII)
