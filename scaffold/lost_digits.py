"""Ids that Excel has written as 8.71E+12, so that many are one."""

import re
from collections import Counter

from ingest.checks.ids import is_scientific, trim
from ingest.foreign_text import shown
from scaffold.design import Column, Table
from scaffold.file_dialect import MOST_REJECTS
from warehouse.errors import WarehouseError

# With more decimals an id may be somebody's own, unless it names several already.
_ANY_DECIMALS = re.compile(r"-?[0-9](?:[.,][0-9]+)?E\+[0-9]{1,3}")
_OF_PRODUCTS = {"product_id", "product_id_else"}


def refuse_lost_digits(table: Table, column: Column, role: str) -> None:
    """Raises WarehouseError if ids have lost their digits; a few such ids are rejected."""
    if not role.endswith("_id") and role not in _OF_PRODUCTS:
        return
    cells = [trim(cell) for cell in column.cells]
    often = {cell for cell, count in Counter(cells).items() if count > 1}
    lost = [
        index
        for index, cell in enumerate(cells)
        if is_scientific(cell) or (cell in often and _ANY_DECIMALS.fullmatch(cell))
    ]
    if len(lost) <= MOST_REJECTS * len(column.cells):
        return
    place = f" ({table.sample.rows[lost[0]]})" if table.sample.rows else ""
    way = f"--map {role}=COLUMN names another column"
    if role not in ("order_id", "product_id"):
        way += f", --map {role}= none"
    raise WarehouseError(
        f"{column.shown} should be the {role}, but {len(lost):,} of {len(column.cells):,} cells "
        f"are like `{shown(column.cells[lost[0]], 20)}`{place}: Excel writes long numbers this way "
        "when it saves a file, and their last digits are lost. Export the file again and load it "
        "without saving it in Excel; to look at it there, import it (Data, From Text/CSV) with "
        f"this column as text. {way}."
    )
