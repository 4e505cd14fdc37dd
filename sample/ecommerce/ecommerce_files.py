"""Writes the shop's files: headers by month, items in separate files, hourly applications."""

import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sample.answers import FileAnswer, Reject, SourceAnswers, Totals, money
from sample.ecommerce.applicants import applications, odd_applications, outcome
from sample.ecommerce.purchases import (
    DAYS,
    ITEMS,
    NOBODY,
    Item,
    Transaction,
    members,
    transactions_of_day,
)
from sample.source_report import Folders, SourceReport

HEADERS = (
    "transaction_id", "membership_id", "transaction_at", "total_items_price",
    "total_items_weight_kg", "status",
)  # fmt: skip
LINES = ("transaction_id", "item_id", "quantity", "unit_price")
APPLICATIONS = ("name", "email", "date_of_birth", "mobile_no")
ITEM_COLUMNS = ("item_id", "item_name", "manufacturer_name", "cost", "weight_kg")
MEMBER_COLUMNS = (
    "membership_id", "first_name", "last_name", "email", "date_of_birth", "mobile_no", "joined_at",
)  # fmt: skip
HOURS = 6
_FIRST_HOUR = datetime(2022, 1, 1, 9)
_OVERCHARGED = 100
_LATE = 3
_INFERRED = 2
_BAD_HEADERS = (
    (2, "transaction_at", "2022-02-30 10:00:00", "not_a_date"),
    (3, "total_items_price", "NaN", "not_finite"),
    (0, "transaction_id", "", "missing"),
)
"""Cell, wrong column, its content, kind."""


def write_files(folders: Folders, a_day: int, seed: int, *, has_defects: bool) -> SourceReport:
    """Write all files of the shop and return them with their expected results."""
    folders.files.mkdir(parents=True, exist_ok=True)
    buyers = members(seed)
    months: dict[int, list[Transaction]] = {1: [], 2: [], 3: []}
    for day in range(DAYS):
        for transaction in transactions_of_day(day, a_day, buyers, seed):
            months[min(transaction.at.month, 3)].append(transaction)
    shop = _Shop(folders, SourceAnswers())
    if has_defects:
        first = months[1]
        first[4] = replace(first[4], overcharged=_OVERCHARGED)
        _write_faults(shop, months)
    else:
        _write_sales(shop, months)
    _write_masters(shop, seed, has_defects)
    _write_applications(shop, 5 * a_day, seed, has_defects)
    _count(shop.answers, [sale for month in months.values() for sale in month])
    return SourceReport(
        "ecommerce",
        [folders.root / answer.file for answer in shop.answers.files],
        sum(answer.rows for answer in shop.answers.files),
        shop.answers,
    )


class _Shop:
    """Where files go and what is known about them."""

    def __init__(self, folders: Folders, answers: SourceAnswers) -> None:
        self.folders = folders
        self.answers = answers

    def write(
        self,
        table: str | None,
        name: str,
        columns: Sequence[str],
        rows: Sequence[Sequence[str]],
        control: int | None = None,
        **attributes: Any,
    ) -> None:
        """Write a file and note its answer; `attributes` are further attributes of FileAnswer."""
        folder = self.folders.late if attributes.get("arrival") == 2 else self.folders.files
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / name
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(columns)
            writer.writerows(rows)
        self.answers.files.append(
            FileAnswer(self.folders.name(path), table, len(rows), control, **attributes)
        )

    def write_headers(self, name: str, sales: Sequence[Transaction], **attributes: Any) -> None:
        """Write headers of transactions; a file that is not loaded has no control total."""
        is_loaded = attributes.get("outcome", "loaded") == "loaded"
        control = sum(sale.stated for sale in sales) if is_loaded else None
        self.write(
            "transactions", name, HEADERS, [_header(s) for s in sales], control, **attributes
        )

    def write_lines(
        self,
        name: str,
        sales: Sequence[Transaction],
        priced: Sequence[Item] = ITEMS,
        **attributes: Any,
    ) -> None:
        """Write the items of transactions, with prices of those in `priced` only."""
        rows = [cells for sale in sales for cells in _lines(sale, priced)]
        columns = LINES if priced else LINES[:-1]
        rows = [row[: len(columns)] for row in rows]
        self.write("transaction_items", name, columns, rows, **attributes)


def _write_sales(shop: _Shop, months: dict[int, list[Transaction]]) -> None:
    """Headers by month; items split at other days, those of the first six weeks without prices."""
    for month, sales in months.items():
        shop.write_headers(f"transactions_2022-{month:02d}.csv", sales)
    everything = [sale for sales in months.values() for sale in sales]
    half = len(everything) // 2
    shop.write_lines("transaction_items_1.csv", everything[:half], priced=())
    shop.write_lines("transaction_items_2.csv", everything[half:])


def _write_faults(shop: _Shop, months: dict[int, list[Transaction]]) -> None:
    """January: a broken total. February: bad rows, the file twice, headers without items until
    later, items without a header until later. March: a renamed column, and a new status later."""
    january, february, march = months.values()
    broken = january[4]
    name = "transactions_2022-01.csv"
    shop.write_headers(name, january, fault="broken_total")
    shop.answers.broken_totals = [
        {
            "file": shop.answers.files[-1].file,
            "line": 6,
            "transaction_id": broken.transaction_id,
            "stated_amount": money(broken.stated),
            "lines_amount": money(broken.net),
        }
    ]
    waiting, bare = february[:_LATE], february[_LATE : 2 * _LATE]
    here = february[_LATE:]
    rows = [_header(sale) for sale in here]
    rejects = []
    for cell, column, text, kind in _BAD_HEADERS[: max(1, len(rows) // 110)]:
        row = _header(here[0])
        row[cell] = text
        rejects.append(Reject(len(rows) + 2, column, kind))
        rows.append(row)
    shop.write(
        "transactions", "transactions_2022-02.csv", HEADERS, rows,
        sum(sale.stated for sale in here), fault="bad_rows", rejects=rejects,
    )  # fmt: skip
    shop.write_headers("transactions_2022-03.csv", march, fault="duplicate_file")
    shop.write_headers(
        "transactions_2022-03_again.csv", march, outcome="known", fault="duplicate_file"
    )
    renamed = ["total" if name == "total_items_price" else name for name in HEADERS]
    shop.write(
        "transactions", "transactions_renamed.csv", renamed, [_header(march[0])],
        outcome="refused", fault="renamed_column",
    )  # fmt: skip
    # Only a line with a price can do without the item master.
    shop.write_lines("transaction_items_1.csv", january, priced=ITEMS[-_INFERRED:])
    shop.write_lines("transaction_items_2.csv", [*waiting, *february[2 * _LATE :], *march])
    shop.write_headers("transactions_late.csv", waiting, arrival=2, fault="late_header")
    shop.write_lines("transaction_items_late.csv", bare, arrival=2, fault="late_lines")
    months[3] = [replace(sale, status="complete") for sale in march[:2]] + march[2:]
    shop.write_headers("transactions_status.csv", months[3][:2], arrival=2, fault="new_status")


def _write_masters(shop: _Shop, seed: int, has_defects: bool) -> None:
    known = ITEMS[:-_INFERRED] if has_defects else ITEMS
    rows = [
        [item.item_id, item.name, item.manufacturer, money(item.price), _kg(item.weight)]
        for item in known
    ]
    shop.write("items", "items.csv", ITEM_COLUMNS, rows)
    shop.answers.inferred_products = [item.item_id for item in ITEMS[len(known) :]]
    people = [
        [
            member.membership_id, member.first_name, member.last_name,
            f"{member.first_name}.{member.last_name}@example.com".lower(),
            member.born.isoformat(), f"8{number:07d}", f"{member.joined.isoformat()} 12:00:00",
        ]
        for number, member in enumerate(members(seed))
    ]  # fmt: skip
    shop.write("members", "members.csv", MEMBER_COLUMNS, people)


def _write_applications(shop: _Shop, count: int, seed: int, has_defects: bool) -> None:
    """One file per hour; from noon on, they say when each application was made."""
    made = applications(count, seed)
    taken = list(made)
    for number in range(HOURS):
        hour = _FIRST_HOUR + timedelta(hours=number)
        of_hour = made[number::HOURS]
        if number == 0:
            of_hour = [*of_hour, *odd_applications()]
            taken += odd_applications()
        columns: tuple[str, ...] = APPLICATIONS
        rows = [application.cells for application in of_hour]
        if hour.hour >= 12:
            columns = (*APPLICATIONS, "applied_at")
            rows = [
                [*cells, f"{hour + timedelta(seconds=place)}"] for place, cells in enumerate(rows)
            ]
        shop.write("applications", f"applications_{hour:%Y-%m-%d_%H}.csv", columns, rows)
    if has_defects:
        shop.write(
            None, "newsletter_applications.csv", APPLICATIONS, [made[0].cells],
            outcome="unclaimed", fault="unclaimed_file",
        )  # fmt: skip
    shop.answers.facts["membership_applications"] = outcome(taken)


def _header(sale: Transaction) -> list[str]:
    return [
        sale.transaction_id, sale.membership_id, str(sale.at), money(sale.stated),
        _kg(sale.weight), sale.status,
    ]  # fmt: skip


def _lines(sale: Transaction, priced: Sequence[Item]) -> list[list[str]]:
    return [
        [
            sale.transaction_id, line.item.item_id, str(line.quantity),
            money(line.item.price) if line.item in priced else "",
        ]
        for line in sale.lines
    ]  # fmt: skip


def _kg(grams: int) -> str:
    sign = "-" if grams < 0 else ""
    return f"{sign}{abs(grams) // 1000}.{abs(grams) % 1000:03d}"


def _count(answers: SourceAnswers, sales: Sequence[Transaction]) -> None:
    pieces: Counter[str] = Counter()
    spent: Counter[str] = Counter()
    for sale in sales:
        answers.by_day.setdefault(sale.at.date().isoformat(), Totals()).add(sale.totals())
        spent[sale.membership_id] += sale.net
        for line in sale.lines:
            pieces[line.item.item_id] += line.quantity
    for nobody in ("", NOBODY):
        del spent[nobody]
    for answer in answers.files:
        if answer.table and answer.outcome == "loaded":
            kept = answer.rows - len(answer.rejects)
            answers.table_rows[answer.table] = answers.table_rows.get(answer.table, 0) + kept
    answers.facts |= {
        "top_items": [list(pair) for pair in _best(pieces, 3)],
        "top_members": [[member, money(cents)] for member, cents in _best(spent, 10)],
        "statuses": dict(sorted(Counter(sale.status for sale in sales).items())),
        "weight_kg": _kg(sum(sale.weight for sale in sales)),
    }


def _best(counted: Counter[str], places: int) -> list[tuple[str, int]]:
    return sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))[:places]
