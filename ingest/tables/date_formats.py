"""Reads dates and times in the formats that shops use."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache

from ingest.tables.month_names import month_of

ISO_8601 = "ISO 8601"
# An offset says how far a clock is from UTC.
_OFFSET = r"(?P<z>Z|UTC|GMT|[+-][0-9]{2}:?[0-9]{2}|[+-][0-9]{2})"
ISO_DATE = r"(?P<Y>[0-9]{4})-(?P<m>[0-9]{2})-(?P<d>[0-9]{2})"
_ISO_TIME = r"(?P<H>[0-9]{2}):(?P<M>[0-9]{2})(?::(?P<S>[0-9]{2})(?:\.(?P<f>[0-9]{1,6}))?)?"
ISO_TIMESTAMP = rf"{ISO_DATE}(?:[T ]{_ISO_TIME}(?: ?{_OFFSET})?)?"
# The form in nearly all files, without fraction and offset.
_PLAIN_ISO = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ](?:[01][0-9]|2[0-3]):[0-9]{2}(?::[0-9]{2})?)?"
)
_DIRECTIVES = {
    "%Y": r"(?P<Y>[0-9]{4})",
    "%y": r"(?P<y>[0-9]{2})",
    "%m": r"(?P<m>[0-9]{2})",
    "%d": r"(?P<d>[0-9]{2})",
    "%H": r"(?P<H>[0-9]{2})",
    "%I": r"(?P<I>[0-9]{2})",
    "%M": r"(?P<M>[0-9]{2})",
    "%S": r"(?P<S>[0-9]{2})",
    "%f": r"(?P<f>[0-9]{1,6})",
    # With a minus, one digit is enough: 3/7/2024.
    "%-m": r"(?P<m>[0-9]{1,2})",
    "%-d": r"(?P<d>[0-9]{1,2})",
    "%-H": r"(?P<H>[0-9]{1,2})",
    "%-I": r"(?P<I>[0-9]{1,2})",
    "%p": r"(?P<p>[AaPp]\.? ?[Mm]\.?)",
    "%b": r"(?P<b>[^\W\d_]+\.?|[0-9]{1,2}月)",
    "%B": r"(?P<b>[^\W\d_]+\.?|[0-9]{1,2}月)",
    "%a": r"[^\W\d_]+\.?",
    "%A": r"[^\W\d_]+\.?",
    "%z": _OFFSET,
    # The time zone's abbreviation (PST, CEST): the time counts as written.
    "%Z": r"(?!UTC|GMT)[A-Z]{3,4}",
    # Seconds since 1970, or milliseconds: an instant.
    "%s": r"(?P<s>[0-9]{10}(?:[0-9]{3})?)",
    # Days since 30 December 1899 and a fraction of a day, as Excel counts.
    "%E": r"(?P<E>[0-9]{5}(?:[.,][0-9]+)?)",
    "%%": "%",
}
_UTC = dt.timedelta(0)
_EPOCH, _DAY_ZERO = dt.datetime(1970, 1, 1), dt.datetime(1899, 12, 30)


@dataclass(frozen=True)
class Moment:
    """A day and time of day as written, and its offset from UTC if given."""

    clock: dt.datetime
    offset: dt.timedelta | None = None
    written_offset: str = field(default="", compare=False)


def check_format(form: str, *, is_time_of_day: bool = False) -> None:
    """Raise ValueError for a format with unknown directives, or one that does not give a full date
    (for a time of day: one that gives a date)."""
    groups = set(_pattern(form, True).groupindex)
    if is_time_of_day:
        if not groups & {"H", "I"} or groups & {"Y", "y", "m", "b", "d", "z", "s", "E"}:
            raise ValueError(f"format {form!r} of a text column must be a time of day only")
    elif groups & {"s", "E"}:
        if len(groups) > 1:
            raise ValueError(f"format {form!r}: a count of days or seconds must be the only part")
    elif not ("d" in groups and groups & {"m", "b"} and groups & {"Y", "y"}):
        raise ValueError(f"format {form!r} does not give a full date")


def read_moment(
    text: str,
    forms: tuple[str, ...],
    languages: tuple[str, ...] = ("en",),
    *,
    has_time: bool = True,
) -> Moment | None:
    """The moment of a text that is written exactly in one of the formats (no formats: ISO 8601).

    None if it fits none of them. Raises ValueError if there is no such day or time, and
    AmbiguousMoment if two formats read it as different moments.
    """
    if not forms and (has_time or len(text) == 10) and _PLAIN_ISO.fullmatch(text):
        return Moment(dt.datetime.fromisoformat(text))
    found: list[Moment] = []
    fault: ValueError | None = None
    for pattern in _patterns(forms, has_time):
        match = pattern.fullmatch(text)
        if match is None:
            continue
        try:
            found.append(_moment(match.groupdict(), languages))
        except ValueError as error:
            fault = error
    if len(set(found)) > 1:
        raise AmbiguousMoment("two formats read it as different dates")
    if not found and fault is not None:
        raise fault
    return found[0] if found else None


class AmbiguousMoment(Exception):
    """A text that two of a column's formats read as different moments."""


@lru_cache
def _patterns(forms: tuple[str, ...], has_time: bool) -> list[re.Pattern[str]]:
    if not forms:
        return [re.compile(ISO_TIMESTAMP if has_time else ISO_DATE)]
    return [_pattern(form, False) for form in forms]


@lru_cache
def _pattern(form: str, is_strict: bool) -> re.Pattern[str]:
    parts = re.split(r"(%-?.)", form)
    if is_strict:
        unknown = [p for p in parts if p.startswith("%") and p not in _DIRECTIVES]
        if unknown:
            raise ValueError(f"format {form!r}: unknown directive {unknown[0]}")
    text = "".join(_DIRECTIVES.get(part, re.escape(part)) for part in parts)
    try:
        return re.compile(text)
    except re.error:
        raise ValueError(f"format {form!r} has a part twice") from None


def _moment(parts: dict[str, str | None], languages: tuple[str, ...]) -> Moment:
    if counted := parts.get("s"):
        digits = int(counted)
        instant = _EPOCH + dt.timedelta(milliseconds=digits if len(counted) > 10 else 1000 * digits)
        return Moment(instant, _UTC, "seconds since 1970")
    if counted := parts.get("E"):
        days = Decimal(counted.replace(",", "."))
        return Moment(_DAY_ZERO + dt.timedelta(seconds=round(days * 86400)))
    if parts.get("b"):
        month = month_of(str(parts["b"]), languages)
        if month is None:
            raise ValueError("not the name of a month")
    else:
        month = int(parts.get("m") or 1)
    short = parts.get("y")
    year = int(parts.get("Y") or 1900) if short is None else _year(int(short))
    fraction = (parts.get("f") or "").ljust(6, "0")
    clock = dt.datetime(
        year,
        month,
        int(parts.get("d") or 1),
        _hour(parts),
        int(parts.get("M") or 0),
        int(parts.get("S") or 0),
        int(fraction),
    )
    return Moment(clock, _offset(parts.get("z")), parts.get("z") or "")


def _year(two_digits: int) -> int:
    """As in POSIX: 69 is 1969, 68 is 2068."""
    return two_digits + (1900 if two_digits > 68 else 2000)


def _hour(parts: dict[str, str | None]) -> int:
    if parts.get("I") is None:
        return int(parts.get("H") or 0)
    hour = int(str(parts["I"]))
    if not 1 <= hour <= 12:
        raise ValueError("not an hour of a 12-hour clock")
    half = parts.get("p") or "am"
    return hour % 12 + (12 if half[0] in "pP" else 0)


def _offset(text: str | None) -> dt.timedelta | None:
    if text is None:
        return None
    if text in ("Z", "UTC", "GMT"):
        return _UTC
    digits = text[1:].replace(":", "").ljust(4, "0")
    hours, minutes = int(digits[:2]), int(digits[2:])
    if hours > 15 or minutes > 59:
        raise ValueError("not an offset from UTC")
    distance = dt.timedelta(hours=hours, minutes=minutes)
    return -distance if text[0] == "-" else distance
