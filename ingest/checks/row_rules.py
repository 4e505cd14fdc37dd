"""Rules between two cells of one row.

`row_fault` checks one row and says what is wrong; `rows_are_right` checks whole columns and says
only whether all rows pass.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from itertools import permutations
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ingest.checks.cell_rules import Rule
from ingest.personal.personal_values import plain_text

# Largest amount of one line, quantity times price: a thousand of them still fit numeric(18,4).
LARGEST_LINE_AMOUNT = 10**11
# Characters between words, for a character class of a regular expression.
_BETWEEN = r"""\s,;:/()\[\]"|+_.&・·"""
_WORD = re.compile(f"[^{_BETWEEN}]+")
_TWO_WORDS = rf"[^{_BETWEEN}][{_BETWEEN}]+[^{_BETWEEN}]|[^\x00-\x7f]"


def row_fault(rule: Rule, values: dict[str, Any]) -> str | None:
    """Why this rule's cell contradicts the other cells of its row, if it does."""
    own = values[rule.column.name]
    if rule.column.blank_exactly_when is not None:
        other, word = rule.column.blank_exactly_when
        if values.get(other) == word and own is not None:
            return f"must be empty when {other} is {word}"
        if values.get(other) != word and own is None:
            return f"empty, although {other} is not {word}"
    if rule.column.not_before is not None:
        first = values.get(rule.column.not_before)
        if own is not None and first is not None and own < first:
            return f"before {rule.column.not_before}"
    if rule.column.times is not None:
        factor = values.get(rule.column.times)
        if own is not None and factor is not None and abs(own * factor) > LARGEST_LINE_AMOUNT:
            return f"out of range when multiplied by {rule.column.times}"
    return None


def names_in_row(cells: Iterable[str]) -> frozenset[str]:
    """The full names in the name cells of a row, as `repeats_name` compares them: names of two or
    more words, and two cells together, in either order. A single word may mean many things.
    """
    cells_words = [_words(cell) for cell in cells]
    full = [words for words in cells_words if len(words) > 1]
    full += [words[::-1] for words in full if len(words) == 2]
    full += [[*first, *other] for first, other in permutations(cells_words, 2) if first and other]
    return frozenset(map(_in_line, full))


def repeats_name(cell: str, names: frozenset[str]) -> bool:
    """Whether one of the names is in the cell, as whole words."""
    line = _in_line(_words(cell))
    return any(name in line for name in names)


def _words(text: str) -> list[str]:
    words = _WORD.findall(plain_text(text).lower())
    return [word.strip("'’-") for word in words if word.strip("'’-")]


def _in_line(words: list[str]) -> str:
    return f" {' '.join(words)} "


def impersonal_texts(columns: dict[str, pa.Array], rules: dict[str, Rule]) -> list[pa.Array]:
    """The columns that hold nothing personal, in a source that has personal columns."""
    return [array for name, array in columns.items() if rules[name].impersonal is not None]


def may_repeat_names(names: list[pa.Array], others: Iterable[pa.Array]) -> bool:
    """Whether any of the other columns repeats a name of the same row.

    A cell that contains a name has a separator between two letters, and the first word of a name
    cell: only such rows are checked one by one.
    """
    with_words = [o for o in others if pc.any(pc.match_substring_regex(o, _TWO_WORDS)).as_py()]
    first_words = [_first_word(array).to_pylist() for array in names] if with_words else []
    for other in with_words:
        cells = _compared(other).to_pylist()
        for words in first_words:
            for row, (word, cell) in enumerate(zip(words, cells, strict=True)):
                if word and cell and word in cell:
                    in_row = names_in_row(array[row].as_py() or "" for array in names)
                    if repeats_name(cell, in_row):
                        return True
    return False


def _first_word(array: pa.Array) -> pa.Array:
    return pc.struct_field(pc.extract_regex(_compared(array), r"(?P<word>[\pL\pM\pN]+)"), "word")


def _compared(array: pa.Array) -> pa.Array:
    """The texts in lower case and in Unicode normal form."""
    return pc.utf8_lower(pc.utf8_normalize(array, form="NFKC"))


def rows_are_right(columns: dict[str, pa.Array], rules: dict[str, Rule]) -> bool:
    """Whether no row of these typed columns breaks a rule between two of its cells."""
    for name, array in columns.items():
        column = rules[name].column
        if column.blank_exactly_when is not None:
            other, word = column.blank_exactly_when
            must = pc.fill_null(pc.equal(columns[other], word), False)
            if not pc.all(pc.equal(must, array.is_null()), min_count=0).as_py():
                return False
        if column.not_before is not None:
            before = pc.fill_null(pc.less(array, columns[column.not_before]), False)
            if pc.any(before, min_count=0).as_py():
                return False
        if column.times is not None and not _products_are_right(array, columns[column.times]):
            return False
    return True


def _largest(array: pa.Array) -> Decimal:
    bounds = pc.min_max(array).as_py()
    return max(abs(Decimal(bound or 0)) for bound in bounds.values())


def _products_are_right(prices: pa.Array, quantities: pa.Array) -> bool:
    if _largest(prices) * _largest(quantities) <= LARGEST_LINE_AMOUNT:
        return True
    pairs = zip(prices.to_pylist(), quantities.to_pylist(), strict=True)
    return all(
        price is None or quantity is None or abs(price * quantity) <= LARGEST_LINE_AMOUNT
        for price, quantity in pairs
    )
