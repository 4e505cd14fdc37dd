"""Tables and columns of a new source: names that SQL takes, and the types of cells."""

import re

from scaffold.cell_types import guess_type
from scaffold.column_roles import snake
from scaffold.date_order import order_of_dates
from scaffold.design import OTHER, Column, Table, Wishes
from scaffold.file_names import undated
from scaffold.header_words import names_of
from scaffold.known_exports import recognise
from scaffold.number_forms import guess_style, style_of_quantities
from scaffold.reserved_words import RESERVED_WORDS
from scaffold.samples import Sample
from scaffold.side_by_side import ITEM, as_lines, readings_of

# Names that the loader and the models give to columns of their own.
_GIVEN_NAMES = {"load_id", "file_line", "newest_first"}
# PostgreSQL takes names of 63 bytes. dbt and the models put words around them: unit tests read a
# table's view as `__dbt__cte__stg_<source>__<table>`, a column may end in `_as_given`.
_NAME_LENGTH, _COLUMN_LENGTH = 63, 50


def tables_of(source: str, samples: list[Sample], wishes: Wishes) -> list[Table]:
    """One table for each sample, with named and typed columns; nothing has a role yet."""
    length = _NAME_LENGTH - len(f"__dbt__cte__stg_{source}__")
    tables: list[Table] = []
    for given in samples:
        sample = as_lines(given)
        name = re.sub(r"^[\d_]+|[\d_]+$", "", snake(undated(sample.stem))) or "sales"
        name = _free_name(name, {table.name for table in tables}, length)
        delimiter = sample.dialect.delimiter if sample.dialect else ","
        style = guess_style(sample.columns, delimiter, wishes.decimal)
        export = recognise(sample.headers)
        dates = order_of_dates(sample, style, wishes.dates, export)
        columns: list[Column] = []
        for header, cells in zip(sample.headers, sample.columns, strict=True):
            own = _column_name(header, len(columns))
            own = _free_name(own, {column.name for column in columns}, _COLUMN_LENGTH)
            numbers = style
            if wishes.decimal is None and _is_quantity(header, wishes):
                numbers = style_of_quantities(cells, style)
            found = guess_type(cells, header, dates.first, numbers)
            column = Column(own, header, found, cells, style=numbers)
            if header == ITEM:
                column.roles.append("line_number")
            columns.append(column)
        tables.append(Table(name, OTHER, sample, columns, export, style, dates))
    return tables


def _is_quantity(header: str, wishes: Wishes) -> bool:
    wished = wishes.roles.get("quantity")
    if wished is not None:
        return wished.rpartition(".")[2].casefold() == header.casefold()
    return not set(names_of("quantity")).isdisjoint(readings_of(header))


def _column_name(header: str, index: int) -> str:
    own = "item_number" if header == ITEM else snake(header.replace(ITEM, " "))
    own = own if own and own[0].isalpha() else f"column_{own or index + 1}"
    return own + "_column" if own in RESERVED_WORDS | _GIVEN_NAMES else own


def _free_name(wanted: str, taken: set[str], length: int) -> str:
    """The wanted name, cut to the length, with a number if it is already taken."""
    name, number = wanted[:length].rstrip("_"), 1
    while name in taken:
        number += 1
        end = f"_{number}"
        name = wanted[: length - len(end)].rstrip("_") + end
    return name
