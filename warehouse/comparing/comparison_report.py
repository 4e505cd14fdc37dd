"""The report of a comparison, as text."""

from __future__ import annotations

from collections.abc import Iterator

from ingest.counts import counted
from ingest.foreign_text import first_few
from warehouse.comparing.columns import ABSOLUTE, LEFT_OUT
from warehouse.comparing.comparison import Comparison, Table
from warehouse.comparing.rows import Found
from warehouse.comparing.warehouse_addresses import Place

_NAMED = 10


def render(comparison: Comparison, first: Place, second: Place) -> str:
    """What differs, what is equal, and what was not compared."""
    lines = [f"{place.name}: {place.shown}" for place in (first, second)]
    for table in comparison.tables:
        if table.differs:
            lines += ["", *_table(table, first, second)]
    equal = [table for table in comparison.tables if not table.differs]
    rows = counted(sum(table.counts[0] for table in equal), "row")
    lines += ["", f"{counted(len(equal), 'table')} with {rows} equal."]
    lines.append(f"Not compared: {LEFT_OUT}.")
    if comparison.absent:
        named = first_few(comparison.absent, _NAMED)
        lines.append(f"On neither side, or not to be read by this user: {named}.")
    lines.append(
        f"Numbers of double precision are equal within {ABSOLUTE:f}, or a billionth of themselves."
    )
    return "\n".join(lines)


def _table(table: Table, first: Place, second: Place) -> Iterator[str]:
    if table.missing_in:
        yield f"{table.name}: missing in {table.missing_in}"
        return
    left, right = table.counts
    if left == right:
        yield f"{table.name}: {counted(left, 'row')} each"
    else:
        yield f"{table.name}: {counted(left, 'row')} in {first.name}, {right:,} in {second.name}"
    for told in table.columns:
        yield f"  {told}"
    if table.rows is None:
        return
    for side, found in table.rows.only.items():
        if found.count:
            yield f"  {counted(found.count, 'row')} only in {side}: {_examples(found)}"
    for column, found in table.rows.changed.items():
        yield f"  {column} differs in {counted(found.count, 'row')}: {_examples(found)}"


def _examples(found: Found) -> str:
    more = ", …" if found.count > len(found.examples) else ""
    return "; ".join(found.examples) + more
