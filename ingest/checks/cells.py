"""Turns the text of one cell into a typed value, or gives the reason why not; for dirty files only.

A reason never quotes the cell, so that it may be stored for tables with personal data.
"""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import Any

from ingest.checks import ids
from ingest.checks.cell_rules import Rule, plain
from ingest.checks.numbers import Notation, NotPlain
from ingest.foreign_text import shown
from ingest.loader_errors import Refusal
from ingest.tables import date_formats

TRUE_WORDS = ("true", "True", "TRUE", "t", "1")
# The cause is a row with shifted cells, or a file with swapped columns.
PERSONAL = "looks like a person's"
IN_NO_PERSONAL_COLUMN = f"{PERSONAL} ({{}}), in a column that is not personal"
FALSE_WORDS = ("false", "False", "FALSE", "f", "0")

_NUMBER = re.compile(r"([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?", re.ASCII)
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:[,' \u00a0\u202f]\d{3})+(?:\.\d+)?|\d+,\d+", re.ASCII)
# Three digits after a comma could also be thousands.
_DECIMAL_COMMA = re.compile(r"[+-]?(?:\d{1,3}(?:\.\d{3})+|\d+),(?:\d{1,2}|\d{4,})", re.ASCII)
_MOST_DIGITS = 40


class CellFault(Exception):
    """A cell that breaks its column's rule; the message is the reason."""


def read_cell(text: str, rule: Rule) -> Any:
    """The typed value of a cell (None if it is empty); raises CellFault.

    Blanks around a number are allowed, because they do not change it; text is taken as given.
    """
    column = rule.column
    if column.is_id:
        text = _id(text, rule)
    if text == "":
        if column.required:
            raise CellFault("empty, but required")
        return None
    kind = column.type.kind
    if rule.notation is not None and (column.type.is_number or kind == "double precision"):
        text = _plain_number(text, rule.notation)
    if column.type.is_integer:
        return _integer(text, rule)
    if kind == "numeric":
        return _in_range(_decimal(text, column.type.scale), rule)
    if kind == "double precision":
        return _float(text)
    if kind == "boolean":
        return _boolean(text)
    if kind in ("date", "timestamp"):
        return _moment(text, rule)
    return _text(text, rule)


def constant_of(rule: Rule) -> Any:
    """The value of a column that the file does not have: None, or the value in the folder name.

    Raises Refusal for a value that the column cannot hold.
    """
    if not rule.column.partition:
        return None
    try:
        return read_cell(rule.constant or "", rule)
    except CellFault as fault:
        name = shown(rule.column.header or rule.column.name)
        raise Refusal(f"the folder name, {name}=…: {fault}") from None


def _id(text: str, rule: Rule) -> str:
    text = ids.trim(text)
    if ids.is_scientific(text):
        raise CellFault(ids.LOST_DIGITS)
    if rule.has_float_ids and text and not ids.is_whole(text):
        raise CellFault(ids.NO_WHOLE)
    if not ids.is_float(text) or rule.has_whole_ids is False:
        return text
    if rule.has_whole_ids is None:
        raise ids.WrittenAsFloats
    number = ids.whole(text)
    if number is None:
        raise CellFault(ids.TOO_LARGE)
    return number


def _plain_number(text: str, notation: Notation) -> str:
    try:
        return notation.plain(text)
    except NotPlain as fault:
        raise CellFault(str(fault)) from None


def _exact(text: str) -> tuple[int, int]:
    """A number as exact integers (digits, exponent of ten): 4.0128e+10 is (40128, 6)."""
    body = text.strip(" \t")
    match = _NUMBER.fullmatch(body)
    if match is None or not (match[2] or match[3]):
        raise CellFault(_why_no_number(body))
    fraction = match[3] or ""
    digits = (match[2] + fraction).lstrip("0")
    kept = digits.rstrip("0")
    if not kept:
        return 0, 0
    exponent = match[4] or "0"
    if len(kept) > _MOST_DIGITS or len(exponent.lstrip("+-0")) > 4:
        raise CellFault("number out of range")
    power = int(exponent) - len(fraction) + len(digits) - len(kept)
    return int(match[1] + kept), power


def _why_no_number(body: str) -> str:
    if body.startswith("="):
        return "a formula, not a number"
    if body.lower().lstrip("+-") in ("nan", "inf", "infinity"):
        return "not a finite number"
    if any(sign in body for sign in "$£€¥"):
        return "a number with a currency sign"
    if _DECIMAL_COMMA.fullmatch(body):
        return "a decimal comma"
    if _THOUSANDS.fullmatch(body):
        return "a number with a thousands separator or a decimal comma"
    return "not a number"


def _integer(text: str, rule: Rule) -> int:
    digits, power = _exact(text)
    if power < 0:
        raise CellFault("not a whole number")
    if power > _MOST_DIGITS:
        raise CellFault("number out of range")
    value = digits * int(10**power)
    _in_range(Decimal(value), rule)
    if rule.column.format == "HHMM" and value % 100 > 59:
        raise CellFault("not a time of day (HHMM)")
    if rule.first_day is not None and rule.day_zero is not None:
        try:
            day = rule.day_zero + dt.timedelta(days=value)
        except OverflowError:
            raise CellFault("day out of range") from None
        _check_day(day, rule)
    return value


def _decimal(text: str, scale: int) -> Decimal:
    digits, power = _exact(text)
    if -power > scale:
        raise CellFault(f"more than {scale} decimals")
    if power > _MOST_DIGITS:
        raise CellFault("number out of range")
    return Decimal(f"{digits}e{power}")


def _in_range(value: Decimal, rule: Rule) -> Decimal:
    assert rule.low is not None and rule.high is not None
    if not rule.low <= value <= rule.high:
        if rule.column.format == "HHMM":
            raise CellFault("not a time of day (HHMM)")
        raise CellFault("number out of range")
    return value


def _float(text: str) -> float:
    body = text.strip(" \t")
    match = _NUMBER.fullmatch(body)
    if match is None or not (match[2] or match[3]):
        raise CellFault(_why_no_number(body))
    value = float(body)
    if value in (float("inf"), float("-inf")):
        raise CellFault("number out of range")
    return value


def _boolean(text: str) -> bool:
    if text in TRUE_WORDS:
        return True
    if text in FALSE_WORDS:
        return False
    raise CellFault("not true or false")


def read_moment(text: str, rule: Rule) -> dt.date | dt.datetime:
    """A date or timestamp on the shop's clock, written exactly in one of the column's formats;
    otherwise raises CellFault.

    A time with an offset is converted to the shop's time zone. If that is not given, the time
    counts as written, except in UTC, which is hardly a shop's clock.
    """
    is_date = rule.column.type.kind == "date"
    try:
        moment = date_formats.read_moment(text, rule.formats, rule.languages, has_time=not is_date)
    except date_formats.AmbiguousMoment:
        raise CellFault("a date that two of the column's formats read differently") from None
    except ValueError:
        raise CellFault("no such date or time") from None
    if moment is None:
        wanted = " or ".join(rule.formats) or date_formats.ISO_8601
        raise CellFault(f"not a {'date' if is_date else 'date and time'} written as {wanted}")
    clock = _on_the_shops_clock(moment, rule)
    return clock.date() if is_date else clock


def _on_the_shops_clock(moment: date_formats.Moment, rule: Rule) -> dt.datetime:
    offset = dt.timedelta(0) if rule.column.is_utc and moment.offset is None else moment.offset
    if offset is None:
        return moment.clock
    if rule.time_zone is None:
        if not offset:
            written = f" ({moment.written_offset})" if moment.written_offset else ""
            raise CellFault(
                f"a time in UTC{written}, not on the shop's clock: give the shop's time zone "
                "(load --time-zone Europe/Berlin)"
            )
        return moment.clock
    try:
        instant = moment.clock.replace(tzinfo=dt.timezone(offset))
        return instant.astimezone(rule.time_zone).replace(tzinfo=None)
    except (OverflowError, ValueError):
        raise CellFault("no such date or time") from None


def _moment(text: str, rule: Rule) -> dt.date | dt.datetime:
    moment = read_moment(text, rule)
    check_moment(moment, rule)
    return moment


def check_moment(moment: dt.date | dt.datetime, rule: Rule) -> None:
    """Raise CellFault if the rule does not allow the day of a date or timestamp."""
    _check_day(moment.date() if isinstance(moment, dt.datetime) else moment, rule)


def _check_day(day: dt.date, rule: Rule) -> None:
    first, last = rule.first_day or dt.date.min, rule.last_day or dt.date.max
    if not first <= day <= last:
        raise CellFault(f"date outside {first} to {last}")
    if rule.day is not None and day != rule.day:
        swapped = (day.year, day.month, day.day) == (rule.day.year, rule.day.day, rule.day.month)
        hint = "; day and month swapped?" if swapped else ""
        raise CellFault(f"not the day in the file name{hint}")


def time_of_day(text: str, rule: Rule) -> str:
    """A time of day in one of the column's formats, as HH:MM:SS; otherwise raises CellFault."""
    try:
        moment = date_formats.read_moment(text, rule.formats, rule.languages)
    except (ValueError, date_formats.AmbiguousMoment):
        raise CellFault("no such time of day") from None
    if moment is None:
        raise CellFault(f"not a time of day written as {' or '.join(rule.formats)}")
    return moment.clock.time().isoformat("seconds")


def _text(text: str, rule: Rule) -> str:
    column = rule.column
    if rule.formats:
        return time_of_day(text, rule)
    if len(text) > column.type.length and column.pii != "token":
        raise CellFault(f"longer than {column.type.length} characters")
    if rule.impersonal is not None and (what := rule.impersonal.fault(text)):
        raise CellFault(IN_NO_PERSONAL_COLUMN.format(what))
    if column.accepted and text not in column.accepted:
        raise CellFault(f"not one of {', '.join(column.accepted)}")
    if rule.pattern is not None and rule.pattern.fullmatch(text) is None:
        raise CellFault("does not have the form this column requires")
    if rule.expected is not None and plain(text) != rule.expected:
        raise CellFault("differs from the file name")
    if rule.spelling is not None and text != rule.spelling:
        raise CellFault("not spelt as in the file's first row, or has a blank before it")
    return text
