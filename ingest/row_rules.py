"""What two cells of one row must keep between them.

`row_fault` judges one row and says what is wrong; `rows_are_right` judges whole columns and says
only whether all is well.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ingest.rules import Rule

# The amount of one line, quantity times price: sums of a thousand such still fit numeric(18,4).
LARGEST_LINE_AMOUNT = 10**11


def row_fault(rule: Rule, values: dict[str, Any]) -> str | None:
    """Why the cell of this rule is wrong beside the others of its row, if it is."""
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


def full_name(text: str) -> str | None:
    """A person's name as it is compared, or None for a single word, which may mean many things."""
    words = text.lower().split()
    return " ".join(words) if len(words) > 1 else None


def impersonal_texts(columns: dict[str, pa.Array], rules: dict[str, Rule]) -> list[pa.Array]:
    """The columns that hold nothing personal, in a source that has personal columns."""
    return [array for name, array in columns.items() if rules[name].impersonal is not None]


def may_repeat_names(names: Iterable[pa.Array], others: Iterable[pa.Array]) -> bool:
    """Whether any of the other columns may hold the name that stands in the same row."""
    compared = [_compared(array) for array in others]
    return any(
        bool(pc.any(pc.and_(pc.equal(other, name), pc.match_substring(name, " "))).as_py())
        for name in map(_compared, names)
        for other in compared
    )


def _compared(array: pa.Array) -> pa.Array:
    """The texts as full_name compares them."""
    text = pc.utf8_trim_whitespace(pc.utf8_lower(array))
    return pc.replace_substring_regex(text, r"\s+", " ")


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
