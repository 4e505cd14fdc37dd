"""Which rows of a sample count if several of its files have the same order.

Follows macros/scope/later_files.sql: files count as if loaded in the order in which
`warehouse load` takes them.
"""

from collections import defaultdict
from collections.abc import Iterable

import pyarrow as pa

from ingest.counts import counted
from ingest.files.claimed_files import Candidate
from ingest.loads.file_order import FileOrder
from ingest.tables.table_definitions import Table
from scaffold.typed_rows import TypedRows

_Line = tuple[object, ...]


def without_superseded(table: Table, rows: TypedRows) -> tuple[TypedRows, str]:
    """The rows that count, and a sentence about the others; it is empty if there are none."""
    if table.order_id is None or len(set(rows.files)) < 2:
        return rows, ""
    orders = rows.texts(table.order_id)
    by_order: dict[str, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
    for index, (order, file) in enumerate(zip(orders, rows.files, strict=True)):
        if order is not None:
            by_order[order][file].append(index)
    rejected = {(path, reject.order) for path, reject in rows.rejects}
    newest_first = _newest_first(table, rows) if table.order_again == "newest" else []
    keys = [rows.values(name) for name in table.line_key]
    left_out: list[int] = []
    again = 0
    for order, found in by_order.items():
        if len(found) < 2:
            continue
        whole = {file for file in found if (rows.paths[file], order) not in rejected}
        if newest_first:
            newest = [file for file in newest_first if file in found]
            counting = {next((file for file in newest if file in whole), newest[0])}
        elif keys:
            lines = {file: {tuple(key[i] for key in keys) for i in indexes}
                     for file, indexes in found.items()}  # fmt: skip
            counting = _not_superseded(lines, whole)
        else:
            counting = set(found)
        again += len(counting) < len(found)
        left_out += [i for file, indexes in found.items() if file not in counting for i in indexes]
    if not left_out:
        return rows, ""
    told = (
        f"{counted(again, 'order is', 'orders are')} in several files; "
        f"{counted(len(left_out), 'row does', 'rows do')} not count again."
    )
    return rows.without(left_out), told


def _not_superseded(lines: dict[int, set[_Line]], whole: set[int]) -> set[int]:
    """The files whose lines of an order count: a file that repeats a line has the whole order."""
    files = sorted(lines)
    repeating = [file for file in files[1:]
                 if any(lines[file] & lines[other] for other in files if other < file)]  # fmt: skip
    last_whole = max((file for file in repeating if file in whole), default=files[0])
    last = max(repeating, default=-1)
    return {
        file
        for file in files
        if file >= last_whole and (file in whole or file == files[0] or file > last)
    }


def _newest_first(table: Table, rows: TypedRows) -> Iterable[int]:
    """Numbers of the files, that of the newest first."""
    texts = {}
    for number, path in enumerate(rows.paths):
        order = FileOrder(Candidate(path, table, name=path.name), table)
        indexes = [index for index, file in enumerate(rows.files) if file == number]
        order.add(rows.rows.take(pa.array(indexes, pa.int64())))
        texts[number] = order.text(number)
    return sorted(texts, key=lambda number: texts[number], reverse=True)
