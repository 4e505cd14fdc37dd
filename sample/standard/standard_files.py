"""Writes the standard files: CSV, gzip and Parquet; the web shop has no line numbers."""

import csv
import gzip
import io
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from sample.answers import FileAnswer, Reject, SourceAnswers, Totals, money
from sample.source_report import Folders, SourceReport
from sample.standard.shop_orders import CUSTOMERS, DAYS, ONE, PRODUCTS, STORES, Order, orders_of_day

Cells = dict[str, str]

COLUMNS = (
    "order_id", "line_number", "ordered_at", "customer_id", "product_id", "store_id", "quantity",
    "unit_price", "discount_amount", "unit_cost", "line_type", "payment_method", "order_status",
    "currency_code",
)  # fmt: skip
_SHUFFLED = COLUMNS[::-1]
_OF_WEB = tuple(
    name for name in COLUMNS if name not in ("line_number", "line_type", "currency_code")
)
_INFERRED = 2

_BAD_CELLS = (
    ("quantity", "two", "not_a_number"),
    ("unit_price", "NaN", "not_finite"),
    ("unit_price", "", "missing"),
    ("ordered_at", "2024-02-30", "not_a_date"),
    ("ordered_at", "1970-01-01", "date_outside"),
    ("quantity", "1000000", "out_of_range"),
)
"""Wrong column, its content, kind."""


def write_files(folders: Folders, a_day: int, seed: int, *, has_defects: bool) -> SourceReport:
    """Write all files of the shop and return them with their expected results."""
    folders.files.mkdir(parents=True, exist_ok=True)
    orders = [order for day in range(DAYS) for order in orders_of_day(day, a_day, seed)]
    web = [order for order in orders if order.store_id == "web"]
    tills = [order for order in orders if order.store_id != "web"]
    months = [[order for order in tills if order.at.month == month] for month in (1, 2, 3)]
    # The web shop writes no line types: its returns have a negative quantity.
    web = [_without_kinds(order) for order in web]
    answers = SourceAnswers()
    bad = _bad_rows(months[0]) if has_defects else []
    parts = (
        ("order_lines_2024-01.csv", months[0], COLUMNS),
        ("order_lines_2024-02.csv.gz", months[1], _SHUFFLED),
        ("order_lines_2024-03.parquet", months[2], COLUMNS),
        ("order_lines_web.csv", web, _OF_WEB),
    )
    for name, of_file, columns in parts:
        rows = [cells for order in of_file for cells in _cells(order)]
        answer = FileAnswer(_name(folders, name), "order_lines", len(rows), _net(of_file))
        if name.startswith("order_lines_2024-01") and bad:
            answer = _with_rejects(answer, bad)
            rows = rows + [cells for cells, _ in bad]
        if name.startswith("order_lines_2024-02") and has_defects:
            answer = replace(answer, fault="duplicate_file")
        _write(folders.files / name, columns, rows)
        answers.files.append(answer)
    _write_masters(folders, answers, has_defects)
    counted = {order.order_id: order for order in [*tills, *web]}
    if has_defects:
        for order in _write_faults(folders, answers, months, web):
            counted[order.order_id] = order
    _count(answers, list(counted.values()))
    return SourceReport(
        "standard",
        [folders.root / answer.file for answer in answers.files],
        sum(answer.rows for answer in answers.files),
        answers,
    )


def _name(folders: Folders, name: str) -> str:
    return folders.name(folders.files / name)


def _net(orders: Sequence[Order]) -> int:
    return sum(order.totals().net for order in orders)


def _without_kinds(order: Order) -> Order:
    lines = tuple(
        line._replace(
            line_type="", quantity=-line.quantity if line.line_type == "return" else line.quantity
        )
        for line in order.lines
    )
    return replace(order, lines=lines, currency_code="")


def _cells(order: Order) -> list[Cells]:
    return [
        {
            "order_id": order.order_id,
            "line_number": str(number),
            "ordered_at": order.at.isoformat() if order.at.hour else order.at.date().isoformat(),
            "customer_id": order.customer_id,
            "product_id": line.product.product_id,
            "store_id": order.store_id,
            "quantity": str(line.quantity),
            "unit_price": f"{line.product.price / ONE:.4f}",
            "discount_amount": money(line.discount) if line.discount else "",
            "unit_cost": f"{line.product.cost / ONE:.4f}",
            "line_type": line.line_type,
            "payment_method": order.payment_method,
            "order_status": "complete",
            "currency_code": order.currency_code,
        }
        for number, line in enumerate(order.lines, 1)
    ]


def _write(path: Path, columns: Sequence[str], rows: Sequence[Cells]) -> None:
    if path.suffix == ".parquet":
        table = pa.table({c: pa.array([row[c] for row in rows], pa.string()) for c in columns})
        pq.write_table(table, path)
        return
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([row[name] for name in columns] for row in rows)
    content = text.getvalue().encode()
    path.write_bytes(gzip.compress(content, mtime=0) if path.suffix == ".gz" else content)


def _write_masters(folders: Folders, answers: SourceAnswers, has_defects: bool) -> None:
    products = PRODUCTS[:-_INFERRED] if has_defects else PRODUCTS
    masters: dict[str, list[Cells]] = {
        "customers": [
            {
                "customer_id": f"C{number:04d}",
                "joined_at": f"2023-{number % 12 + 1:02d}-{number % 28 + 1:02d}",
                "email": f"member{number}@example.org",
                "birth_year": str(1950 + number % 55),
                "region": ("North", "South", "Lakes")[number % 3],
                "segment": ("new", "regular")[number % 2],
            }
            for number in range(CUSTOMERS)
        ],
        "products": [
            {
                "product_id": product.product_id,
                "product_name": product.name,
                "department": product.department,
                "category": product.category,
                "unit_cost": f"{product.cost / ONE:.4f}",
            }
            for product in products
        ],
        "stores": [
            dict(
                zip(
                    ("store_id", "store_name", "city", "region", "country_code", "channel",
                     "time_zone"),
                    store, strict=True,
                )
            )
            for store in STORES
        ],
    }  # fmt: skip
    for table, rows in masters.items():
        _write(folders.files / f"{table}.csv", list(rows[0]), rows)
        answers.files.append(FileAnswer(_name(folders, f"{table}.csv"), table, len(rows)))
    answers.inferred_products = [product.product_id for product in PRODUCTS[len(products) :]]


def _bad_rows(orders: Sequence[Order]) -> list[tuple[Cells, tuple[str, str]]]:
    """Rows that must be rejected: copies of a good row with their own order."""
    good = [cells for order in orders for cells in _cells(order)]
    room = min(len(_BAD_CELLS), len(good) // 110)
    return [
        ({**good[0], "order_id": f"X{number}", column: text}, (column, kind))
        for number, (column, text, kind) in enumerate(_BAD_CELLS[:room])
    ]


def _with_rejects(answer: FileAnswer, bad: Sequence[tuple[Cells, tuple[str, str]]]) -> FileAnswer:
    rejects = [
        Reject(answer.rows + 2 + number, column, kind)
        for number, (_, (column, kind)) in enumerate(bad)
    ]
    return replace(answer, rows=answer.rows + len(bad), fault="bad_rows", rejects=rejects)


def _write_faults(
    folders: Folders, answers: SourceAnswers, months: Sequence[list[Order]], web: list[Order]
) -> list[Order]:
    """Write the faulty files; return the orders as they are once all files are loaded."""
    february = folders.files / "order_lines_2024-02.csv.gz"
    again = folders.files / "order_lines_2024-02_again.csv.gz"
    again.write_bytes(february.read_bytes())
    rows = sum(len(order.lines) for order in months[1])
    answers.files.append(
        FileAnswer(
            folders.name(again), "order_lines", rows, outcome="known", fault="duplicate_file"
        )
    )
    renamed = [name if name != "quantity" else "pieces" for name in COLUMNS]
    cells = [{**row, "pieces": row["quantity"]} for row in _cells(months[2][0])]
    _write(folders.files / "order_lines_renamed.csv", renamed, cells)
    answers.files.append(
        FileAnswer(
            _name(folders, "order_lines_renamed.csv"), "order_lines", len(cells),
            outcome="refused", fault="renamed_column",
        )
    )  # fmt: skip
    (folders.files / "opening_hours.csv").write_text("store,open\nnorth,9\n", encoding="utf-8")
    answers.files.append(
        FileAnswer(
            _name(folders, "opening_hours.csv"), None, 1, outcome="unclaimed",
            fault="unclaimed_file",
        )
    )  # fmt: skip
    folders.late.mkdir(parents=True, exist_ok=True)
    corrected = [_one_more_piece(order) for order in months[0][:3]]
    for name, of_file, columns, outcome, fault in (
        ("order_lines_corrected.csv", corrected, COLUMNS, "loaded", "corrected_orders"),
        ("order_lines_web_again.csv", web[:2], _OF_WEB, "refused", "order_again"),
    ):
        path = folders.late / name
        lines = [cells for order in of_file for cells in _cells(order)]
        _write(path, columns, lines)
        answer = FileAnswer(folders.name(path), "order_lines", len(lines), arrival=2, fault=fault)
        if outcome == "loaded":
            answers.files.append(replace(answer, control=_net(of_file)))
        else:
            answers.files.append(replace(answer, outcome="refused"))
    return corrected


def _one_more_piece(order: Order) -> Order:
    first, *others = order.lines
    more = first._replace(quantity=first.quantity + first.product.pack, line_type="")
    return replace(order, lines=(more, *others))


def _count(answers: SourceAnswers, orders: list[Order]) -> None:
    net: defaultdict[str, int] = defaultdict(int)
    for order in orders:
        totals = order.totals()
        answers.by_day.setdefault(order.at.date().isoformat(), Totals()).add(totals)
        net[order.currency_code or "default"] += totals.net
    for answer in answers.files:
        if answer.table and answer.outcome == "loaded":
            kept = answer.rows - len(answer.rejects)
            answers.table_rows[answer.table] = answers.table_rows.get(answer.table, 0) + kept
    answers.facts = {
        "net_by_currency": {code: money(cents) for code, cents in sorted(net.items())},
        "anonymous_orders": sum(not order.customer_id for order in orders),
        "customers_with_purchase": len(
            {order.customer_id for order in orders if order.customer_id and order.is_purchase}
        ),
    }
