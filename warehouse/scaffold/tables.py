"""Tables and columns of a new source: names that SQL takes, and the types of cells."""

import re

from warehouse.scaffold.cell_types import guess_type
from warehouse.scaffold.design import OTHER, Column, Table, Wishes
from warehouse.scaffold.file_names import undated
from warehouse.scaffold.known_exports import recognise
from warehouse.scaffold.number_forms import guess_style
from warehouse.scaffold.reserved_words import RESERVED_WORDS
from warehouse.scaffold.roles import snake
from warehouse.scaffold.samples import Sample
from warehouse.scaffold.side_by_side import ITEM, as_lines

# Names that the loader and the models give to columns of their own.
_GIVEN_NAMES = {"load_id", "file_line", "newest_first"}
# PostgreSQL takes names of 63 bytes. dbt and the models put words around them: unit tests read a
# table's view as `__dbt__cte__stg_<source>__<table>`, a column may end in `_as_given`.
_NAME_LENGTH, _COLUMN_LENGTH = 63, 50

# So many days tell whether sales lie side by side.
_TELLING_DAYS = 4


def tables_of(source: str, samples: list[Sample], wishes: Wishes) -> list[Table]:
    """One table for each sample, with named and typed columns; nothing has a role yet."""
    length = _NAME_LENGTH - len(f"__dbt__cte__stg_{source}__")
    tables: list[Table] = []
    for given in samples:
        sample = as_lines(given)
        name = re.sub(r"^[\d_]+|[\d_]+$", "", snake(undated(sample.stem))) or "sales"
        name = _free_name(name, {table.name for table in tables}, length)
        style = guess_style(sample.columns, sample.dialect.delimiter if sample.dialect else ",")
        export = recognise(sample.headers)
        first = _first_of_dates(sample, wishes, bool(export and export.month_first))
        columns: list[Column] = []
        for header, cells in zip(sample.headers, sample.columns, strict=True):
            own = _column_name(header, len(columns))
            own = _free_name(own, {column.name for column in columns}, _COLUMN_LENGTH)
            column = Column(own, header, guess_type(cells, header, first, style), cells)
            if header == ITEM:
                column.roles.append("line_number")
            columns.append(column)
        tables.append(Table(name, OTHER, sample, columns, export, style, first))
    return tables


def _column_name(header: str, index: int) -> str:
    own = "item_number" if header == ITEM else snake(header.replace(ITEM, " "))
    own = own if own and own[0].isalpha() else f"column_{own or index + 1}"
    return own + "_column" if own in RESERVED_WORDS | _GIVEN_NAMES else own


def _first_of_dates(sample: Sample, wishes: Wishes, month_first: bool) -> str:
    """Whether day or month comes first in the file: one column that proves it proves it for all."""
    if wishes.month_first is not None:
        return "month" if wishes.month_first else "day"
    orders = set()
    for header, cells in zip(sample.headers, sample.columns, strict=True):
        dates = guess_type(cells, header).dates
        if dates is not None and dates.order in ("day", "month"):
            orders.add(dates.order)
    if len(orders) == 1:
        return str(orders.pop())
    return first_by_names(sample) or ("month" if month_first else _first_by_density(sample))


def _first_by_density(sample: Sample) -> str:
    """The likelier reading of dates that nothing proves: sales of neighbouring days, and not of one
    day in each of many months."""
    months = 0
    for header, cells in zip(sample.headers, sample.columns, strict=True):
        dates = guess_type(cells, header).dates
        if dates is None or dates.order != "any":
            continue
        found = [re.match(r"(\d{1,2})\D(\d{1,2})\D(\d{2,4})(?!\d)", cell.strip()) for cell in cells]
        parts = {tuple(map(int, match.groups())) for match in found if match}
        spans = {
            first: _span([(year, two, one) if first == "day" else (year, one, two)
                          for one, two, year in parts])
            for first in ("day", "month")
        }  # fmt: skip
        if len(parts) >= _TELLING_DAYS and spans["month"] * 3 < spans["day"]:
            months += 1
        elif len(parts) >= _TELLING_DAYS:
            return "day"
    return "month" if months else "day"


def _span(days: list[tuple[int, int, int]]) -> int:
    """Days from the first to the last of (year, month, day), roughly."""
    numbers = [(year * 12 + month) * 31 + day for year, month, day in days]
    return max(numbers) - min(numbers) + 1 if numbers else 0


def first_by_names(sample: Sample) -> str | None:
    """What the days in the names of files prove, as in items-2024-05-01-2024-05-31.csv: the dates
    inside lie between them when read one way alone."""
    days = [
        day
        for path in sample.files
        for day in re.findall(r"(?<!\d)(20\d\d-[01]\d-[0-3]\d)(?!\d)", path.name)
    ]
    if len(days) < 2 * len(sample.files):
        return None
    first, last = min(days), max(days)
    fits = {"day", "month"}
    for header, cells in zip(sample.headers, sample.columns, strict=True):
        dates = guess_type(cells, header).dates
        if dates is None or dates.order != "any":
            continue
        for cell in {cell.strip() for cell in cells if cell.strip()}:
            match = re.match(r"(\d{1,2})\D(\d{1,2})\D(\d{4})", cell)
            if match is None:
                continue
            one, two, year = (part.zfill(2) for part in match.groups())
            fits -= {"day"} if not first <= f"{year}-{two}-{one}" <= last else set()
            fits -= {"month"} if not first <= f"{year}-{one}-{two}" <= last else set()
    return fits.pop() if len(fits) == 1 else None


def _free_name(wanted: str, taken: set[str], length: int) -> str:
    """The wanted name, cut to the length, with a number where another has it already."""
    name, number = wanted[:length].rstrip("_"), 1
    while name in taken:
        number += 1
        end = f"_{number}"
        name = wanted[: length - len(end)].rstrip("_") + end
    return name
