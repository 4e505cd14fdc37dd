"""What two cells of one row must keep between them.

`row_fault` judges one row and says what is wrong; `rows_are_right` judges whole columns and says
only whether all is well.
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ingest.rules import Rule


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
    return None


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
    return True
