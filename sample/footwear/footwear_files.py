"""Writes the company's files: sales by month, masters, and accounts that do not quite agree."""

import csv
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from sample.answers import FileAnswer, Reject, SourceAnswers, Totals, money
from sample.footwear.sales import (
    BRANCHES,
    COLORS,
    EMPLOYEES,
    SUPPLIERS,
    Sale,
    days,
    month_of,
    revenue_by,
    sales_of_day,
)
from sample.source_report import Folders, SourceReport

SALES_COLUMNS = (
    "sale_id", "branch_id", "employee_id", "sale_date", "sale_time", "sku_no", "size", "color_id",
    "payment_method", "sales_category", "product_category", "quantity", "unit_price", "unit_cost",
)  # fmt: skip
BOOKS_COLUMNS = (
    "accounting_id", "branch_id", "employee_id", "entry_date", "accounting_type", "amount",
)  # fmt: skip
_EXPENSES = (("Rent", -4_500_00), ("Wages", -9_800_00), ("Utilities", -640_00))
_BOOKED_TOO_LITTLE = 100_00
_BAD_CELLS = (
    (7, "quantity", 11, "one", "not_a_number"),
    (3, "sale_date", 3, "31/12/2023", "not_a_date"),
    (4, "unit_price", 12, "", "missing"),
)
_UNKNOWN_CATEGORY = "Layby"


def write_files(folders: Folders, a_day: int, seed: int, *, has_defects: bool) -> SourceReport:
    """Write all files of the company and return them with their expected results."""
    folders.files.mkdir(parents=True, exist_ok=True)
    sales = [sale for on in days() for sale in sales_of_day(on, a_day, seed)]
    months = month_of(sales)
    answers = SourceAnswers()
    counted: list[Sale] = []
    for number, (month, of_month) in enumerate(months.items()):
        path = folders.files / f"sales_{month}.csv"
        rejects: list[Reject] = []
        rows = [_cells(sale) for sale in of_month]
        fault = "duplicate_file" if has_defects and number == 0 else None
        if has_defects and number == 1:
            fault = "bad_rows"
            room = min(len(_BAD_CELLS), len(rows) // 100)
            for place, column, at, text, kind in _BAD_CELLS[:room]:
                rows[place][at] = text
                rejects.append(Reject(place + 2, column, kind))
            bad = {reject.line - 2 for reject in rejects}
            of_month = [sale for place, sale in enumerate(of_month) if place not in bad]
        if has_defects and number == 2:
            fault = "unknown_code"
            rows[0][9] = _UNKNOWN_CATEGORY
            of_month = [replace(of_month[0], category=_UNKNOWN_CATEGORY), *of_month[1:]]
            answers.unmapped[_UNKNOWN_CATEGORY] = 1
        _write(path, SALES_COLUMNS, rows)
        counted += of_month
        answers.files.append(
            FileAnswer(
                folders.name(path), "sales", len(rows), sum(sale.net for sale in of_month),
                fault=fault, rejects=rejects,
            )
        )  # fmt: skip
    answers.files += _write_masters(folders)
    answers.files.append(_write_books(folders, months))
    if has_defects:
        answers.files += _write_faults(folders, months)
    _count(answers, counted)
    return SourceReport(
        "footwear",
        [folders.root / answer.file for answer in answers.files],
        sum(answer.rows for answer in answers.files),
        answers,
    )


def _cells(sale: Sale) -> list[str]:
    shoe = sale.shoe
    return [
        sale.sale_id, sale.branch_id, sale.employee_id, sale.on.isoformat(), sale.clock, shoe.sku,
        sale.size, shoe.color_id, sale.payment_method, sale.category, shoe.category,
        str(sale.quantity), money(shoe.price), money(shoe.cost),
    ]  # fmt: skip


def _write(path: Path, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


def _write_masters(folders: Folders) -> list[FileAnswer]:
    masters: tuple[tuple[str, tuple[str, ...], Sequence[Sequence[str]]], ...] = (
        ("branches", ("branch_id", "branch_name", "location", "store_type"), BRANCHES),
        (
            "employees",
            ("employee_id", "name", "branch_id", "full_time", "status", "multi_duty"),
            EMPLOYEES,
        ),
        ("suppliers", ("supplier_id", "supplier_name"), SUPPLIERS),
        ("colors", ("color_id", "color_name"), COLORS),
    )
    answers = []
    for table, columns, rows in masters:
        path = folders.files / f"{table}.csv"
        _write(path, columns, rows)
        answers.append(FileAnswer(folders.name(path), table, len(rows)))
    return answers


def _write_books(folders: Folders, months: dict[str, list[Sale]]) -> FileAnswer:
    """Each branch and month: what was sold, and expenses. One branch books too little once."""
    rows: list[list[str]] = []
    total = 0
    for place, (month, sales) in enumerate(months.items()):
        first = date.fromisoformat(f"{month}-01")
        last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        for branch, (revenue, _) in revenue_by(sales, "branch_id").items():
            short = _BOOKED_TOO_LITTLE if (place, branch) == (0, "B1") else 0
            for kind, amount in (("Sales", revenue - short), *_EXPENSES):
                total += amount
                rows.append([
                    f"A{len(rows) + 1:05d}", branch, "", f"{last:%m/%d/%Y}", kind, money(amount),
                ])  # fmt: skip
    path = folders.files / "accounting.csv"
    _write(path, BOOKS_COLUMNS, rows)
    return FileAnswer(folders.name(path), "accounting", len(rows), total)


def _write_faults(folders: Folders, months: dict[str, list[Sale]]) -> list[FileAnswer]:
    """Write the files that must not be loaded."""
    of_month = next(iter(months.values()))
    rows = [_cells(sale) for sale in of_month]
    again = folders.files / "sales_again.csv"
    _write(again, SALES_COLUMNS, rows)
    books = folders.files / "accounting_day_first.csv"
    _write(books, BOOKS_COLUMNS, [["B00001", "B1", "", "31/12/2023", "Rent", "-1.00"]])
    known = FileAnswer(
        folders.name(again), "sales", len(rows), outcome="known", fault="duplicate_file"
    )
    refused = FileAnswer(
        folders.name(books), "accounting", 1, outcome="refused", fault="day_first_dates"
    )
    return [known, refused]


def _count(answers: SourceAnswers, sales: list[Sale]) -> None:
    for sale in sales:
        answers.by_day.setdefault(sale.on.isoformat(), Totals()).add(sale.totals())
    for answer in answers.files:
        if answer.table and answer.outcome == "loaded":
            kept = answer.rows - len(answer.rejects)
            answers.table_rows[answer.table] = answers.table_rows.get(answer.table, 0) + kept
    answers.facts = {
        kind: {
            key: {"net_amount": money(net), "profit_amount": money(net - cost)}
            for key, (net, cost) in revenue_by(sales, attribute).items()
        }
        for kind, attribute in (("branches", "branch_id"), ("suppliers", "supplier_id"))
    }
    short = {"branch_id": "B1", "month": "2023-06", "amount": money(_BOOKED_TOO_LITTLE)}
    answers.facts["booked_too_little"] = short
