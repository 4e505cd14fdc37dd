"""Rules each cell must satisfy, derived once per file from the table's definition.

`cells.py` applies a rule to one cell and says what is wrong; `vectors.py` applies it to a whole
column and says only whether all cells pass. Both must agree on every value; tests check that.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, replace
from decimal import Decimal
from zoneinfo import ZoneInfo

from ingest.checks.numbers import Notation
from ingest.personal.personal_headers import is_code, is_name_of_thing
from ingest.personal.personal_values import Impersonal
from ingest.tables.table_definitions import Column, Table
from ingest.tables.text_dialects import Dialect

EARLIEST = dt.date(1990, 1, 1)


@dataclass(frozen=True)
class FileFacts:
    """What the name of a file says about its rows: column values, the business day, and the values
    in the names of its folders (`dt=2024-05-01`)."""

    expected: tuple[tuple[str, str], ...] = ()
    day: dt.date | None = None
    partitions: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Rule:
    """The rule of one column in one file.

    `low` and `high` bound numbers (inclusive), `first_day` and `last_day` dates; `day` is the only
    day allowed if the file name gives one; `expected` is the only value allowed, compared by
    `plain`, and `spelling` is how the file's first row writes it. `formats` are those of dates and
    times, with month names in `languages`; `time_zone` is the time zone of the shop's clock,
    `notation` how numbers are written in a table with a dialect. `has_whole_ids`: whether all ids
    of the column are whole numbers, so that 17850.0 means 17850; None while that is unknown.
    `has_float_ids`: whether the file holds the ids as floating-point numbers. `constant` is the
    value that a folder name gives the whole column. `impersonal` is set if the column holds nothing
    personal in a source that has personal columns.
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
    formats: tuple[str, ...] = ()
    languages: tuple[str, ...] = ("en",)
    time_zone: ZoneInfo | None = None
    notation: Notation | None = None
    has_whole_ids: bool | None = None
    has_float_ids: bool = False
    constant: str | None = None
    pattern: re.Pattern[str] | None = None
    impersonal: Impersonal | None = None


def plain(text: str) -> str:
    """A name without case, blanks and punctuation, for comparing file names with cells."""
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def rules_for(
    table: Table, facts: FileFacts, today: dt.date, whole_ids: frozenset[str] | None = None
) -> list[Rule]:
    """One rule per stored column of the table, in the order of the definition. `whole_ids` are the
    columns whose ids are all whole numbers; None if that is still unknown."""
    rules = [_rule(table, column, facts, today) for column in table.stored_columns]
    if whole_ids is None:
        return rules
    return [replace(rule, has_whole_ids=rule.column.name in whole_ids) for rule in rules]


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
        formats=column.formats,
        languages=table.dialect.languages if table.dialect else ("en",),
        time_zone=table.time_zone,
        notation=_notation(table.dialect, column),
        constant=_constant(column, facts),
        pattern=re.compile(column.pattern, re.ASCII) if column.pattern else None,
        impersonal=_impersonal(table, column),
    )


def _impersonal(table: Table, column: Column) -> Impersonal | None:
    if column not in table.impersonal_columns:
        return None
    customers = {link.column for link in table.customer if link.to is None}
    ids = {*customers, *table.line_key, table.order_id}
    return Impersonal(
        # Makers and shops put part numbers into product names: Bosch 0986 494 294.
        is_code=column.name in ids
        or is_code(column.name_in_files)
        or is_name_of_thing(column.name_in_files),
        names_customers=column.name in customers or column.name == table.order_id,
        forms=table.personal_forms,
    )


def _constant(column: Column, facts: FileFacts) -> str | None:
    if not column.partition:
        return None
    return dict(facts.partitions).get((column.header or column.name).casefold())


def _notation(dialect: Dialect | None, column: Column) -> Notation | None:
    if dialect is None:
        return None
    if column.decimal in (None, dialect.decimal):
        return Notation(dialect.decimal, dialect.thousands, column.currency, column.units)
    return Notation(str(column.decimal), None, column.currency, column.units)


def spelt_as(rule: Rule, text: str | None) -> Rule:
    """The rule with the spelling of the file's first row, so that another spelling does not become
    a second name. Blanks around the name are ignored; an unexpected name is not used as spelling.
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
