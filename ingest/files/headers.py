"""Maps the headers of files to the table's columns."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence

from ingest.foreign_text import shown, shown_names
from ingest.loader_errors import Refusal
from ingest.tables.table_definitions import ITEM, Table, plain_header

LONE_RETURNS = "lines end in a carriage return alone; save the file with normal line ends"
DELIMITERS = {";": "semicolons", "\t": "tabs", "|": "vertical bars", ",": "commas"}

# A column of the table, and the item's number if a row holds several items; otherwise 0.
Key = tuple[str, int]


def read_header(cells_found: list[str], table: Table) -> list[str]:
    """The table's column names in the order of a file's header (any case, any order).

    Raises Refusal with the missing, unknown and repeated columns.
    """
    if any("\r" in cell for cell in cells_found):
        raise Refusal(LONE_RETURNS)
    check_delimiter(cells_found, table)
    names = [plain_header(cell) for cell in cells_found]
    defined = {column.name_in_files: column.name for column in table.file_columns}
    known = set(defined)
    missing = _missing(names, table)
    extra = [name for name in names if name not in known]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if not known & set(names):
        listed = ", ".join(map(shown, defined))
        raise Refusal(f"the first line is not the header of table {table.name}; expected {listed}")
    faults = []
    for name in list(extra):
        near = difflib.get_close_matches(name, missing, 1)
        if near:
            faults.append(
                f"column '{shown(name)}' is unknown; '{shown(near[0])}' is missing: renamed?"
            )
            extra.remove(name)
            missing.remove(near[0])
    if missing:
        faults.append("missing column " + shown_names(missing))
    if extra:
        faults.append("unknown column " + shown_names(extra))
    if repeated:
        faults.append("repeated column " + shown_names(repeated))
    if faults:
        raise Refusal(f"wrong header for table {table.name}: {'; '.join(faults)}")
    return [defined[name] for name in names]


def misses_nothing(row: list[str], table: Table) -> bool:
    """Whether a row names every required column and is therefore the header."""
    return not _missing([name for name, _ in _named(row, table)], table)


def keys_of(row: list[str], table: Table) -> list[Key | None]:
    """The column and item number that each header cell names; None for an empty cell.

    Raises Refusal like read_header.
    """
    named = _named(row, table)
    of_items = {column.name_in_files for column in table.item_columns}
    once: list[str] = []
    for name, item in named:
        if name and not (item and name in once):
            once.append(name)
    read_header(once, table)
    defined = {column.name_in_files: column.name for column in table.file_columns}
    keys = [(defined[name], item) if name else None for name, item in named]
    twice = sorted({row[i] for i, key in enumerate(keys) if key and keys.count(key) > 1})
    if twice and of_items:
        raise Refusal(f"wrong header for table {table.name}: repeated column {shown_names(twice)}")
    return keys


def wrong_header(seen: Sequence[tuple[int, list[str] | None]], table: Table) -> Refusal:
    """Why none of a file's first lines is the header, judged by the most similar line."""
    known = {column.name_in_files for column in table.file_columns}
    ranked = [
        (len(known & {name for name, _ in _named(row, table)}), -line, row)
        for line, row in seen
        if row
    ]
    count, line, row = max(ranked, default=(0, 0, []))
    try:
        if not count:
            for _, _, other in ranked:
                check_delimiter(other, table)
            listed = ", ".join(shown(column.name_in_files) for column in table.file_columns)
            return Refusal(f"no line is the header of table {table.name}; expected {listed}")
        keys_of(row, table)
    except Refusal as refusal:
        return Refusal(f"line {-line}: {refusal}" if count and line != -1 else str(refusal))
    raise AssertionError("a header without a fault was not taken")


def check_delimiter(row: list[str], table: Table) -> None:
    """Raise Refusal for a row whose cells are separated by another delimiter than the table's."""
    own = table.dialect.delimiter if table.dialect else ","
    text, width = own.join(row), len(table.file_columns)
    known = {column.name_in_files for column in table.file_columns}
    known -= {plain_header(cell) for cell in row}
    is_narrow = width >= 2 and len(row) <= max(1, width // 2)
    for delimiter, what in DELIMITERS.items():
        names = {plain_header(part.strip('"')) for part in text.split(delimiter)}
        is_many = is_narrow and text.count(delimiter) >= max(1, width // 2)
        if delimiter != own and (is_many or len(known & names) > 1):
            raise Refusal(
                f"wrong delimiter: cells are separated by {what}, not by {DELIMITERS[own]} "
                "(set delimiter in the table's dialect; warehouse scaffold writes one)"
            )


def _missing(names: list[str], table: Table) -> list[str]:
    return [
        c.name_in_files
        for c in table.file_columns
        if c.name_in_files not in names and not c.optional
    ]


def _named(row: list[str], table: Table) -> list[tuple[str, int]]:
    """Each cell as the definition spells such a header, and its item number."""
    exact = {column.name_in_files for column in table.file_columns if not column.is_of_item}
    patterns = [_pattern(column.name_in_files) for column in table.item_columns]
    found = []
    for cell in row:
        name = plain_header(cell)
        matches = [] if name in exact else [p.fullmatch(name) for p in patterns]
        match = next((m for m in matches if m), None)
        if match is None:
            found.append((name, 0))
        else:
            found.append((name[: match.start(1)] + ITEM + name[match.end(1) :], int(match[1])))
    return found


def _pattern(header: str) -> re.Pattern[str]:
    return re.compile("([0-9]+)".join(re.escape(part) for part in header.split(ITEM)[:2]), re.ASCII)
