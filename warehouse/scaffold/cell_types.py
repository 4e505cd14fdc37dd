"""What type a column has, guessed from its cells."""

import re
from dataclasses import dataclass

from ingest.cells import FALSE_WORDS, TRUE_WORDS
from ingest.foreign_text import shown
from ingest.moments import ISO_DATE, ISO_TIMESTAMP

_WORDS = set(TRUE_WORDS + FALSE_WORDS) - {"0", "1"}
_WHOLE = re.compile(r"[+-]?(0|[1-9]\d{0,17})", re.ASCII)
_DECIMAL = re.compile(r"[+-]?(\d{0,14})(?:\.(\d*))?", re.ASCII)
_FLOAT = re.compile(r"[+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?", re.ASCII)
_TIME = re.compile(r"([01]?\d|2[0-3]):[0-5]\d(:[0-5]\d)?", re.ASCII)
_MOMENT = re.compile(
    r"(\d{1,4})([/.-])(\d{1,2})\2(\d{1,4})(?:([ T])(\d{1,2}):(\d{2})(?::(\d{2}))?( ?[AaPp][Mm])?)?",
    re.ASCII,
)
_COMPACT = re.compile(r"(19|20)\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])", re.ASCII)
_LENGTHS = (256, 512, 1024, 4096, 16384, 65535)


@dataclass(frozen=True)
class CellType:
    """A column's SQL type, the format of its dates (None: ISO 8601), and what was in doubt.

    `is_ambiguous` says that no cell tells day from month; `is_time` that a text column holds times
    of day.
    """

    data_type: str
    format: str | None = None
    is_ambiguous: bool = False
    is_time: bool = False

    @property
    def is_number(self) -> bool:
        """Whether amounts and quantities may come from the column."""
        return self.data_type in ("bigint", "numeric(18,4)")

    @property
    def is_moment(self) -> bool:
        """Whether it is a date or a timestamp."""
        return self.data_type in ("date", "timestamp")


def guess_type(cells: list[str], name: str = "", month_first: bool = False) -> CellType:
    """The narrowest type that every cell fits; empty cells fit all.

    `name` is the column's (eight digits are a date only under a name that says so); `month_first`
    settles dates such as 03/04/2024 where no cell has a day above 12.
    """
    values = {cell for cell in cells if cell != ""}
    if not values:
        return CellType(_text_type(0))
    if values <= _WORDS:
        return CellType("boolean")
    if re.search(r"date|day|datum", name.casefold()) and _all(_COMPACT, values):
        return CellType("date", "%Y%m%d")
    stripped = {value.strip(" \t") for value in values}
    if _all(_WHOLE, stripped):
        return CellType("bigint")
    if _all(_DECIMAL, stripped) and not any(_has_leading_zero(value) for value in stripped):
        decimals = max(len((value + ".").split(".")[1].rstrip("0")) for value in stripped)
        return CellType("numeric(18,4)" if decimals <= 4 else "double precision")
    if _all(_FLOAT, stripped) and any("e" in value.casefold() for value in stripped):
        return CellType("double precision")
    moment = _moment_type(values, month_first)
    if moment is not None:
        return moment
    longest = max(map(len, values))
    return CellType(_text_type(longest), is_time=_all(_TIME, values))


def masked(cells: list[str]) -> str:
    """The form of the first cell: digits as 9, letters as x. Tells nothing that it holds."""
    first = next((cell for cell in cells if cell != ""), "")
    return shown(re.sub(r"[^\W\d_]", "x", re.sub(r"\d", "9", first[:40])), 40)


def _all(pattern: re.Pattern[str], values: set[str]) -> bool:
    return all(pattern.fullmatch(value) for value in values)


def _has_leading_zero(value: str) -> bool:
    body = value.lstrip("+-")
    return body in ("", ".") or (len(body) > 1 and body[0] == "0" and body[1] != ".")


def _text_type(longest: int) -> str:
    """Twice the longest cell seen, since a sample rarely holds the longest of all."""
    length = next((size for size in _LENGTHS if 2 * longest <= size), _LENGTHS[-1])
    return f"varchar({length})"


def _moment_type(values: set[str], month_first: bool) -> CellType | None:
    if _all(re.compile(ISO_DATE, re.ASCII), values):
        return CellType("date")
    if _all(re.compile(ISO_TIMESTAMP, re.ASCII), values):
        return CellType("timestamp")
    found = [_MOMENT.fullmatch(value) for value in values]
    matches = [match for match in found if match]
    if len(matches) < len(found):
        return None
    shapes = {
        (m[2], len(m[1]) == 4, len(m[4]), m[5], m[8] is None, (m[9] or "").casefold()[:1], not m[9])
        for m in matches
    }
    if len(shapes) != 1:
        return None
    ((separator, year_first, year_length, gap, no_seconds, blank, no_half),) = shapes
    if year_first:
        parts, is_ambiguous = [("Y", 1), ("m", 3), ("d", 4)], False
    elif year_length in (2, 4):
        year = "Y" if year_length == 4 else "y"
        first = max(int(match[1]) for match in matches)
        second = max(int(match[3]) for match in matches)
        if first > 12 and second > 12:
            return None
        is_ambiguous = first <= 12 and second <= 12
        month_first = second > 12 or (is_ambiguous and month_first)
        parts = [("m", 1), ("d", 3), (year, 4)] if month_first else [("d", 1), ("m", 3), (year, 4)]
    else:
        return None
    form = separator.join(_directive(letter, group, matches) for letter, group in parts)
    if gap is not None:
        hour = "H" if no_half else "I"
        form += f"{gap}{_directive(hour, 6, matches)}:%M" + ("" if no_seconds else ":%S")
        form += "" if no_half else (" %p" if blank == " " else "%p")
    return CellType("date" if gap is None else "timestamp", form, is_ambiguous)


def _directive(letter: str, group: int, matches: list[re.Match[str]]) -> str:
    is_short = letter not in "yY" and any(len(match[group]) == 1 for match in matches)
    return f"%-{letter}" if is_short else f"%{letter}"
