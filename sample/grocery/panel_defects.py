"""The faults of a grocery sample, each with its expected result.

duplicate_file: the same content again under another name. late_rows: a day, and some lines of the
next day's baskets, that arrive after everything else. bad_rows: one row of each kind that the
loader must reject. too_many_bad_rows, renamed_column, wrong_encoding: files that must be refused.
scientific_ids: odd but valid: ids such as 2.69e+10, columns in another order and case.
Also products missing from the master, and commodities missing from the crosswalk.
"""

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np

from sample.answers import FileAnswer, Reject, money
from sample.csv_columns import CsvFile
from sample.grocery.calendar import is_closed, week_of
from sample.grocery.commodities import COMMODITIES
from sample.grocery.panel import Panel
from sample.grocery.panel_tally import Loaded
from sample.grocery.parts import Part
from sample.grocery.transactions import AMOUNTS, COLUMNS, Rows, write_rows
from sample.source_report import Folders, SampleError

UNKNOWN_COMMODITIES = {
    "ISOTONIC DRINKS": "HOVERBOARD SUPPLIES",
    "DRY MIX DESSERTS": "MOON ROCKS - PKGD",
}
"""Best sellers of these commodities get a commodity missing from the crosswalk."""

_MISSING_FROM = ("SOFT DRINKS", "CHEESE", "BAG SNACKS", "FLUID MILK PRODUCTS", "SOUP")
_FORMS = 3

_BAD_CELLS = (
    ("quantity", "two", "not_a_number"),
    ("quantity", "1.5", "not_whole"),
    ("quantity", "99999999999999999999", "out_of_range"),
    ("sales_value", "NaN", "not_finite"),
    ("sales_value", "$3.49", "not_a_number"),
    ("sales_value", "1,99", "not_a_number"),
    ("sales_value", "", "missing"),
    ("retail_disc", "-Infinity", "not_finite"),
    ("trans_time", "2400", "not_a_time"),
    ("trans_time", "1275", "not_a_time"),
    ("day", "99999", "date_outside"),
    ("basket_id", "", "missing"),
    ("product_id", "=1+1", "not_a_number"),
)
_RAGGED = (-1, 1)


def with_unknown_commodities(panel: Panel) -> Panel:
    """Return the panel with some products under commodities missing from the crosswalk."""
    goods = panel.catalogue
    names = goods.columns["commodity_desc"].copy()
    for known, unknown in UNKNOWN_COMMODITIES.items():
        first = goods.first[[c.name for c in COMMODITIES].index(known)]
        names[first : first + _FORMS] = unknown
    columns = {**goods.columns, "commodity_desc": names}
    return replace(panel, catalogue=replace(goods, columns=columns))


def unmapped(panel: Panel, loaded: Loaded) -> dict[str, int]:
    """Return commodity → order lines, for the commodities missing from the crosswalk."""
    names = panel.catalogue.columns["commodity_desc"]
    return {
        unknown: int(loaded.lines_of_product[names == unknown].sum())
        for unknown in UNKNOWN_COMMODITIES.values()
    }


def missing_products(panel: Panel) -> list[int]:
    """Return positions of best-selling products that the master leaves out."""
    index = [c.name for c in COMMODITIES]
    return [int(panel.catalogue.first[index.index(name)]) for name in _MISSING_FROM]


def late_day(parts: list[Part]) -> int:
    """Return the day that arrives late: an open day in the middle of the main file."""
    day = parts[0].last_day // 2
    while is_closed(day) or is_closed(day + 1):
        day += 1
    return day


def split_late(rows: Rows, is_whole_day: bool) -> tuple[Rows, Rows]:
    """Return what arrives in time and what arrives late: a whole day, or every third line."""
    is_late = np.ones(len(rows), dtype=bool)
    if not is_whole_day:
        is_late = np.arange(len(rows)) % 3 == 2
    return rows.take(~is_late), rows.take(is_late)


def write_late(folders: Folders, rows: Rows) -> FileAnswer:
    """Write the late file into the folder of the late delivery."""
    folders.late.mkdir(parents=True, exist_ok=True)
    path = folders.late / "transaction_data_late_rows.csv"
    with CsvFile(path, COLUMNS) as file:
        write_rows(file, rows)
    return FileAnswer(
        folders.name(path), "transaction_data", len(rows), _control(rows), arrival=2,
        fault="late_rows",
    )  # fmt: skip


def write_faulty(folders: Folders, part: Part, rows: Rows) -> tuple[list[FileAnswer], Rows]:
    """Write the file or files of one fault; return their answers and the rows to be loaded.

    Raises SampleError if there are so few rows that the bad ones would have the file refused.
    """
    path = folders.files / f"transaction_data{part.name}.csv"
    answer = FileAnswer(
        folders.name(path), "transaction_data", len(rows), _control(rows), fault=part.fault
    )
    header, cells, nothing = list(COLUMNS), _cells(rows), rows.take(np.zeros(0, dtype=np.int64))
    if part.fault == "bad_rows":
        if len(rows) < 100 * (len(_BAD_CELLS) + len(_RAGGED)):
            raise SampleError(
                f"With this seed, the grocery days for bad rows have only {len(rows):,} lines, too "
                "few for the loader to accept the file; use another seed or a larger scale."
            )
        kept = np.setdiff1d(np.arange(len(rows)), _spoil(cells, answer))
        _write(path, header, cells)
        rows = rows.take(kept)
        return [replace(answer, control=_control(rows))], rows
    if part.fault == "duplicate_file":
        _write(path, header, cells)
        copy = path.with_name(f"{path.stem}_copy.csv")
        copy.write_bytes(path.read_bytes())
        again = replace(answer, file=folders.name(copy), outcome="known", control=None)
        return [answer, again], rows
    if part.fault == "scientific_ids":
        _write(path, *_reorder([name.upper() for name in header], _with_exponents(cells)))
        return [answer], rows
    if part.fault == "renamed_column":
        header[header.index("sales_value")] = "turnover"
    elif part.fault == "too_many_bad_rows":
        for row in cells[::20]:
            row[header.index("sales_value")] = "unknown"
    _write(path, header, cells)
    return [replace(answer, outcome="refused", control=None)], nothing


def write_foreign_files(panel: Panel, folders: Folders) -> list[FileAnswer]:
    """Write promotions in the wrong encoding, and a file that no table takes."""
    week = week_of(panel.shape.days) + 1
    products, stores = panel.catalogue.product_id[:50], panel.store_id
    lines = ["product_id,store_id,week_no,display,mailer"]
    lines += [f"{p},{stores[i % len(stores)]},{week},9,A" for i, p in enumerate(products)]
    encoded = folders.files / "causal_data_wrong_encoding.csv"
    encoded.write_text("\n".join(lines) + "\n", encoding="utf-16", newline="")
    notes = folders.files / "notes.txt"
    notes.write_text("Week 52 was counted by hand.\n", encoding="utf-8")
    return [
        FileAnswer(
            folders.name(encoded), "causal_data", len(products), outcome="refused",
            fault="wrong_encoding",
        ),
        FileAnswer(folders.name(notes), None, 0, outcome="unclaimed", fault="unclaimed_file"),
    ]  # fmt: skip


def _control(rows: Rows) -> int:
    return int(rows.columns["sales_value"].sum())


def _cells(rows: Rows) -> list[list[str]]:
    columns = [
        [money(value) if name in AMOUNTS else str(value) for value in rows.columns[name].tolist()]
        for name in COLUMNS
    ]
    return [list(row) for row in zip(*columns, strict=True)]


def _spoil(cells: list[list[str]], answer: FileAnswer) -> list[int]:
    """Damage one row for each kind of fault, spread over the file; return their positions."""
    count = len(_BAD_CELLS) + len(_RAGGED)
    places = [(number + 1) * len(cells) // (count + 1) for number in range(count)]
    for place, (column, value, kind) in zip(places, _BAD_CELLS, strict=False):
        cells[place][COLUMNS.index(column)] = value
        # The header is line 1.
        answer.rejects.append(Reject(place + 2, column, kind))
    for place, change in zip(places[len(_BAD_CELLS) :], _RAGGED, strict=True):
        cells[place] = cells[place][:change] if change < 0 else [*cells[place], "0.00"]
        answer.rejects.append(Reject(place + 2, None, "cells"))
    return places


def _with_exponents(cells: list[list[str]]) -> list[list[str]]:
    ids = [COLUMNS.index(name) for name in ("basket_id", "product_id")]
    return [
        [_scientific(cell) if i in ids else cell for i, cell in enumerate(row)] for row in cells
    ]


def _scientific(digits: str) -> str:
    """Return a whole number in scientific notation, exact: 26920000 → 2.692e+07."""
    fraction = digits[1:].rstrip("0")
    return f"{digits[0]}{'.' + fraction if fraction else ''}e+{len(digits) - 1:02d}"


def _reorder(header: list[str], cells: list[list[str]]) -> tuple[list[str], list[list[str]]]:
    order = list(range(len(header)))[::-1]
    return [header[i] for i in order], [[row[i] for i in order] for row in cells]


def _write(path: Path, header: list[str], cells: list[list[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(cells)
