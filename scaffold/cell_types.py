"""What type a column has, guessed from its cells."""

import re
from collections import Counter
from dataclasses import dataclass

from ingest.checks.cells import FALSE_WORDS, TRUE_WORDS
from scaffold.date_forms import DateForms, counted_dates, is_compact, read_dates, read_times
from scaffold.number_forms import Number, NumberStyle, read_number, unit_of

_WORDS = set(TRUE_WORDS + FALSE_WORDS) - {"0", "1"}
_LENGTHS = (256, 512, 1024, 4096, 16384, 65535)
_LARGEST = 10**14
# Marks the words among the marks beside numbers.
UNIT = "unit "
_MOST_UNITS = 3
_SPLIT_ID = re.compile(r"[+-]?\d+\.0+")


@dataclass(frozen=True)
class CellType:
    """A column's SQL type and what its cells look like.

    `formats` are those of dates and times of day (none: ISO 8601); `marks` the currency signs and
    units beside numbers. `odd` is how many cells do not fit, `odd_cell` the first of them.
    """

    data_type: str
    formats: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    dates: DateForms | None = None
    is_time: bool = False
    odd: int = 0
    odd_cell: str = ""
    longest: int = 0

    @property
    def is_number(self) -> bool:
        """Whether amounts and quantities may come from the column."""
        return self.data_type in ("bigint", "numeric(18,4)")

    @property
    def is_moment(self) -> bool:
        """Whether it is a date or a timestamp."""
        return self.data_type in ("date", "timestamp")

    @property
    def is_ambiguous(self) -> bool:
        """Whether no cell shows which of two numbers is the day."""
        return self.dates is not None and self.dates.order == "any"


def guess_type(
    cells: list[str], name: str = "", first: str = "day", style: NumberStyle | None = None
) -> CellType:
    """The narrowest type that every cell fits; empty cells fit all.

    `name` is the column's (eight digits are a date only under a name that says so); `first`, "day",
    "month" or "year", settles dates such as 03/04/2024 where no cell has a day above 12.
    """
    counts = Counter(stripped for cell in cells if (stripped := cell.strip()))
    if not counts:
        return CellType(text_type(0))
    if set(counts) <= _WORDS:
        return CellType("boolean")
    for found in (
        as_number(counts, style or NumberStyle(), name), as_moment(counts, name, first),
        as_time(counts),
    ):  # fmt: skip
        if found is not None and found.odd == 0:
            return found
    longest = max(len(cell) for cell in cells)
    return CellType(text_type(longest), longest=longest)


def as_number(counts: Counter[str], style: NumberStyle, name: str = "") -> CellType | None:
    """The column as numbers, with the count of other cells; None if hardly any cell is a number."""
    if _says_date(name) and is_compact(set(counts)):
        return None
    odd: Counter[str] = Counter()
    marks: Counter[str] = Counter()
    is_whole, decimals, is_float = True, 0, False
    for text, count in counts.items():
        number = read_number(text, style) or _with_unit(text, style)
        if number is None or _has_leading_zero(text):
            odd[text] = count
            continue
        marks[number.mark or ""] += count
        if not number.is_plain or not re.fullmatch(r"[+-]?\d+", text):
            is_whole = False
        exponent = -int(number.value.normalize().as_tuple().exponent or 0)
        decimals = max(decimals, exponent)
        is_float = is_float or ("e" in text.casefold() and not number.mark) or (
            abs(number.value) >= _LARGEST and not re.fullmatch(r"[+-]?\d{1,18}", text))  # fmt: skip
        if re.fullmatch(r"[+-]?\d{19,}", text):
            odd[text] = count
    units = [mark for mark in marks if mark and mark.startswith(UNIT)]
    if sum(odd.values()) * 2 > sum(counts.values()) or len(units) > _MOST_UNITS:
        return None
    signs = tuple(sorted(mark for mark in marks if mark))
    data_type = "bigint" if is_whole else "numeric(18,4)"
    if decimals > 4 or is_float:
        data_type = "double precision"
    return CellType(data_type, marks=signs, odd=sum(odd.values()), odd_cell=_first(odd))


def as_moment(counts: Counter[str], name: str, first: str) -> CellType | None:
    """The column as dates or timestamps; None if hardly any cell is one."""
    if _says_date(name) and is_compact(set(counts)):
        return CellType("date", ("%Y%m%d",))
    if numbers := counted_dates(set(counts)):
        return CellType("timestamp" if numbers.has_time else "date", numbers.formats, dates=numbers)
    dates, bad = read_dates(set(counts), first)
    odd = Counter({text: counts[text] for text in bad})
    if dates is None or sum(odd.values()) * 2 > sum(counts.values()):
        return None
    return CellType(
        "timestamp" if dates.has_time else "date", dates.formats, dates=dates,
        odd=sum(odd.values()), odd_cell=_first(odd),
    )  # fmt: skip


def as_time(counts: Counter[str]) -> CellType | None:
    """The column as times of day; None if hardly any cell is one."""
    form, bad = read_times(set(counts))
    odd = Counter({text: counts[text] for text in bad})
    if form is None or sum(odd.values()) * 2 > sum(counts.values()):
        return None
    return CellType(
        "varchar(8)", (form,), is_time=True, odd=sum(odd.values()), odd_cell=_first(odd)
    )


def masked(cells: list[str]) -> str:
    """The form of the first cell: digits as 9, letters as x. Tells nothing that it holds."""
    first = next((cell for cell in cells if cell != ""), "")
    return re.sub(r"[^\W\d_]", "x", re.sub(r"\d", "9", first))[:40]


def are_float_ids(cells: list[str]) -> bool:
    """Whether whole numbers are written with .0, as a column of numbers with gaps writes ids."""
    filled = [cell for cell in cells if cell]
    return (
        bool(filled)
        and any(_SPLIT_ID.fullmatch(cell) for cell in filled)
        and all(re.fullmatch(r"[+-]?\d+(\.0+)?", cell) for cell in filled)
    )


def text_type(longest: int) -> str:
    """Twice the longest cell seen, since a sample rarely holds the longest of all."""
    length = next((size for size in _LENGTHS if 2 * longest <= size), _LENGTHS[-1])
    return f"varchar({length})"


def _with_unit(text: str, style: NumberStyle) -> Number | None:
    """A number with a word behind it, such as `2 pcs`."""
    parts = unit_of(text)
    number = read_number(parts[0], style) if parts else None
    if parts is None or number is None or number.mark:
        return None
    return Number(number.value, UNIT + parts[1], is_plain=False)


def _says_date(name: str) -> bool:
    return re.search(r"date|day|datum|fecha|data|日", name.casefold()) is not None


def _has_leading_zero(text: str) -> bool:
    body = text.lstrip("+-")
    return len(body) > 1 and body[0] == "0" and body.isdigit()


def _first(odd: Counter[str]) -> str:
    return next(iter(odd), "")
