"""Rows of totals in a sample, at its end or after each day or department, and how to recognise
them.
"""

from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from ingest.counts import counted
from ingest.foreign_text import first_few
from ingest.loader_errors import Refusal
from ingest.tables.text_dialects import total_label
from scaffold.header_words import names_of, plain, words_of
from scaffold.number_forms import guess_style, read_number

Rows = list[tuple[int, list[str]]]

# A column that so many lines fill is one that lines have.
_NEARLY_ALL = 0.99
_CENT = Decimal("0.01")
_ADDS_UP = ("quantity", "line_amount", "gross_amount", "discount_amount")


@dataclass(frozen=True)
class TotalRows:
    """Positions of rows of totals, the words that mark them, the headers of the columns that lines
    fill and they do not, and what a person should know of them."""

    positions: frozenset[int] = frozenset()
    words: frozenset[str] = frozenset()
    lack: frozenset[str] = frozenset()
    said: str = ""


def find_totals(headers: list[str], rows: Rows, delimiter: str) -> TotalRows:
    """The rows that contain a word of totals and lack what lines have.

    A row with the number of an order is a line, whatever its product is called. Refusal for rows
    that add up what is above them and look like lines all the same.
    """
    label = total_label(words_of("totals.yml"))
    marked: dict[int, dict[int, str]] = {}
    for index, (_, row) in enumerate(rows):
        found = {at: m["first"] or m["last"] for at, cell in enumerate(row)
                 if cell.strip() and (m := label.match(cell.strip()))}  # fmt: skip
        if found:
            marked[index] = found
    others = [row for index, (_, row) in enumerate(rows)
              if index not in marked and sum(bool(cell.strip()) for cell in row) > 1]  # fmt: skip
    if not marked or not others:
        return TotalRows()
    full = [at for at in range(len(headers))
            if sum(_has(row, at) for row in others) >= _NEARLY_ALL * len(others)]  # fmt: skip
    order = _column(headers, "order_id")
    needed = 2 if order is None or order in full else 1
    lacking: dict[int, set[int]] = {}
    unclear = []
    for index, labels in marked.items():
        row = rows[index][1]
        missing = {at for at in full if not _has(row, at)}
        if order is not None and (order in labels or not _has(row, order)):
            if len(missing) >= needed:
                lacking[index] = missing
                continue
        elif order is None and len(missing) >= needed:
            lacking[index] = missing
            continue
        if any(plain(row[at]) in _plain_words() for at in labels):
            unclear.append(index)
    if len(unclear) > 1:
        _refuse_unclear(
            rows, unclear, _Sums(headers, rows, frozenset({*lacking, *unclear}), delimiter)
        )
    sums = _Sums(headers, rows, frozenset(lacking), delimiter)
    lack = set.intersection(*lacking.values()) if lacking else set()
    if not lack:
        return TotalRows()
    return TotalRows(
        frozenset(lacking),
        frozenset(word for index in lacking for word in marked[index].values()),
        frozenset(headers[at] for at in lack),
        _told(rows, sorted(lacking), sums),
    )


def _refuse_unclear(rows: Rows, unclear: list[int], sums: "_Sums") -> None:
    """Refusal for rows named Total alone, which look like lines and are the sums of those above."""
    adds_several = any(not {index - 1, index - 2} & {-1, *unclear} for index in unclear)
    if adds_several and all(sums.says(index, in_all=True) for index in unclear):
        raise Refusal(
            f"line {rows[unclear[0]][0]} is the sum of the rows above it, as "
            f"{counted(len(unclear) - 1, 'more is', 'more are')}, "
            "and they cannot be distinguished from order lines; take such rows out of the file"
        )


@cache
def _plain_words() -> frozenset[str]:
    return frozenset(map(plain, words_of("totals.yml")))


def _told(rows: Rows, found: list[int], sums: "_Sums") -> str:
    lines = first_few([rows[index][0] for index in found], 5)
    count = counted(len(found), "row of totals is", "rows of totals are")
    said = f"{count} left out (line {lines})"
    if not sums.columns:
        return said
    wrong = next((index for index in found if not sums.says(index)), None)
    if wrong is None:
        if len(found) == 1:
            return f"{said}; it is the sum of the rows above it"
        return f"{said}; they are the sums of the rows above them"
    return (
        f"{said}; the one on line {rows[wrong][0]} is not the sum of the rows above it: see "
        "whether rows are missing, or whether it counts otherwise"
    )


class _Sums:
    """The running sums of the columns that rows of totals add up."""

    def __init__(
        self, headers: list[str], rows: Rows, totals: frozenset[int], delimiter: str
    ) -> None:
        lines = [row for index, (_, row) in enumerate(rows) if index not in totals]
        cells = [[row[at] if at < len(row) else "" for row in lines] for at in range(len(headers))]
        self._style = guess_style(cells, delimiter)
        self._stated = {index: rows[index][1] for index in totals}
        names = {name for role in _ADDS_UP for name in names_of(role)}
        self.columns = [
            at
            for at, header in enumerate(headers)
            if plain(header) in names
            and any(self._number(row, at) is not None for row in self._stated.values())
        ]
        # By column: the sum of all rows above, and the first row at which it stood at that, for the
        # beginning of the file and for each row of totals.
        self._above: dict[int, dict[int, Decimal]] = {}
        self._reached: dict[int, dict[Decimal, int]] = {}
        for at in self.columns:
            total = Decimal(0)
            above = self._above[at] = {}
            reached = self._reached[at] = {_cents(total): -1}
            for index, (_, row) in enumerate(rows):
                if index in totals:
                    above[index] = total
                    reached.setdefault(_cents(total), index)
                else:
                    total += self._number(row, at) or Decimal(0)

    def says(self, index: int, *, in_all: bool = False) -> bool:
        """Whether any column of a row of totals is the sum of the rows above it, from the beginning
        or from another such row on; `in_all`: whether all columns that it fills are."""
        found = []
        for at in self.columns:
            stated = self._number(self._stated[index], at)
            if stated is None:
                continue
            start = self._above[at][index] - stated
            near = (_cents(start), _cents(start) - _CENT, _cents(start) + _CENT)
            found.append(any(self._reached[at].get(value, index) < index for value in near))
        return bool(found) and (all(found) if in_all else any(found))

    def _number(self, row: list[str], at: int) -> Decimal | None:
        found = read_number(row[at], self._style) if _has(row, at) else None
        return found.value if found else None


def _cents(value: Decimal) -> Decimal:
    return value.quantize(_CENT)


def _has(row: list[str], at: int) -> bool:
    return at < len(row) and bool(row[at].strip())


def _column(headers: list[str], role: str) -> int | None:
    """Position of the column whose header is the likeliest name of a role."""
    named = [plain(header) for header in headers]
    return next((named.index(name) for name in names_of(role) if name in named), None)
