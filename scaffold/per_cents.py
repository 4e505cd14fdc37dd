"""Discounts whose cells say that they are in per cent."""

import re

from ingest.counts import counted
from ingest.foreign_text import shown
from scaffold.design import Table
from scaffold.header_words import says_per_cent
from warehouse.errors import WarehouseError


def is_in_per_cent(table: Table, role: str) -> bool:
    """Whether the header or the cells of a discount say that it is in per cent."""
    column = table.column(role)
    return column is not None and ("%" in column.type.marks or says_per_cent(column.header))


def form_of_cells(table: Table) -> str | None:
    """`percent` where cells of the lines' discount have the sign for it, else None.

    Raises WarehouseError where some do and others do not: 10% and 1.00 are not one thing.
    """
    column = table.column("discount_amount")
    if column is None or "%" not in column.type.marks:
        return None
    filled = [index for index, cell in enumerate(column.cells) if re.search("[1-9]", cell)]
    signed = [index for index in filled if "%" in column.cells[index]]
    others = [index for index in filled if "%" not in column.cells[index]]
    if not others or not signed:
        return "percent"

    def such_as(found: list[int]) -> str:
        place = f" ({table.sample.rows[found[0]]})" if table.sample.rows else ""
        return f"such as `{shown(column.cells[found[0]], 20)}`{place}"

    raise WarehouseError(
        f"{column.shown}: {counted(len(signed), 'cell is', 'cells are')} in per cent, "
        f"{such_as(signed)}, and {len(others):,} {'is' if len(others) == 1 else 'are'} not, "
        f"{such_as(others)}. Put amounts and per cent in separate columns, or use one form only; "
        "--discount percent reads all as per cent, --map discount_amount= leaves the column out."
    )
