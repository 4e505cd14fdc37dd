"""Columns whose header says that they change what counts or how much, and that play no part."""

import re
from functools import cache

from ingest.foreign_text import shell_word, shown
from scaffold.claims import is_named
from scaffold.column_roles import EFFECTS_OF_LINES, LINES, ORDERS
from scaffold.design import Column, Design, Table, Wishes
from scaffold.header_words import names_of, plain, read_words, words_by_kind
from scaffold.side_by_side import readings_of
from scaffold.statuses import meaning
from warehouse.errors import WarehouseError

_QUANTITIES = ("quantity_returned", "quantity_cancelled", "line_refund", "order_refund",
               "unit_discount", "price_unit", "cancelled_at")  # fmt: skip
_STATUSES = ("order_status", "line_status", "line_type", "document_type")
_NOTHING = re.compile(r"[-+]?0*[.,]?0*\s*%?")


def refuse_unused_claims(design: Design, wishes: Wishes) -> None:
    """Raises WarehouseError, quoting cells, if orders or their lines have an unused column with
    several values that says what counts.

    Well-known exports are not checked: the role of each of their columns is known.
    """
    for table in design.tables:
        if table.kind not in (LINES, ORDERS) or table.export is not None:
            continue
        for column in table.columns:
            if column.roles or column.pii or is_named(column, wishes.ignored):
                continue
            if not _has_several(column) or not _changes_what_counts(design, table, column):
                continue
            cells = list(dict.fromkeys(cell for cell in column.cells if _says(cell)))[:3]
            raise WarehouseError(
                f"{table.name}.{column.shown} says that not all lines count, or not as much, in "
                f"{sum(map(_says, column.cells)):,} of {len(column.cells):,} cells such as "
                f"{', '.join(f'`{shown(cell, 30)}`' for cell in cells)}, but its role is unknown. "
                "Name its role, as in "
                f"--map {shell_word(f'{_likely_role(table, column)}={column.header}')}, "
                f"or ignore it: --ignore {shell_word(column.header)}"
            )


def _has_several(column: Column) -> bool:
    """Whether the column says something of some rows and not the same of all."""
    said = {cell.strip() if _says(cell) else "" for cell in column.cells}
    return len(said) > 1


def _says(cell: str) -> bool:
    """Whether a cell is more than nothing, zero or no."""
    text = cell.strip()
    flag = words_by_kind("flags.yml").get(plain(text))
    return bool(text) and flag != "off" and not _NOTHING.fullmatch(text)


def _changes_what_counts(design: Design, table: Table, column: Column) -> bool:
    readings = set(readings_of(column.header))
    if any(readings & set(names_of(role)) for role in _STATUSES):
        words = {cell.strip() for cell in column.cells if cell.strip()}
        found = [meaning(design, "line_type", word) for word in words]
        return len(words) <= 50 and any(one and one.effect in ("void", "return") for one in found)
    flags = set(EFFECTS_OF_LINES) - set(_STATUSES)
    if any(readings & set(names_of(role)) for role in (*flags, *_QUANTITIES)):
        return _is_told(column)
    return _has_word_of_it(column.header) and _is_told(column)


def _is_told(column: Column) -> bool:
    """Whether cells are numbers, dates or yes and no, which say more than a remark."""
    flags = words_by_kind("flags.yml")
    words = {plain(cell) for cell in column.cells if cell.strip()}
    is_flag = len(words) <= 2 and any(word in flags for word in words)
    return column.type.is_number or column.type.is_moment or is_flag


def _has_word_of_it(header: str) -> bool:
    spaced = re.sub(r"([a-z])([A-Z])", r"\1 \2", header).replace("_", " ")
    words = {plain(word) for word in re.split(r"[\W]+", spaced) if word}
    if words & _listed("harmless") or any(
        word in plain(header) for word in _listed("harmless") if not word.isascii()
    ):
        return False
    stems = _listed("stems")
    return bool(words & _listed("words")) or any(
        any(word.startswith(stem) for word in words)
        or (not stem.isascii() and stem in plain(header))
        for stem in stems
    )


@cache
def _listed(kind: str) -> frozenset[str]:
    return frozenset(
        plain(word)
        for text in read_words("changes_what_counts.yml")[kind].values()
        for word in re.split(r",\s+", str(text))
    )


def _likely_role(table: Table, column: Column) -> str:
    if column.type.is_moment:
        return "cancelled_at"
    if not column.type.is_number:
        return "line_status" if table.kind == LINES else "order_status"
    return "quantity_returned" if column.type.data_type == "bigint" else "line_refund"
