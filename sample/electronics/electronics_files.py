"""Writes the shop's tables as files, including faults, with their expected results."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from sample.answers import FileAnswer, Reject, SourceAnswers, Totals, money
from sample.electronics import people, shop, staff, stock
from sample.electronics.shop import Order, Warranty
from sample.source_report import Folders, SourceReport

COLUMNS = {
    "product": "id,type,price",
    "inventory": "location,quantity,id_product",
    "backorder": "id,manufacturer,quantity,cost,status",
    "inventory_backorder": "location_inventory,id_product_inventory,id_backorder",
    "customer": "id,name,email,phone,email_prospect",
    "prospect": "name,email",
    "mailing_list": "type,last_sent_date,total_emails,is_subscribed,email_prospect",
    "member": "id_customer,join_date,expiration_date,status_tier",
    "credit_card": (
        "number,expiration_date,security_code,first_name,last_name,zip_code,id_customer"
    ),
    "order": "id,status,date,quantity,total_amt,id_customer,id_product",
    "personal_information": "id_customer,age,kids_count,pets_count,siblings_count,income",
    "warranty": "id,expiration_date,price,percentage,id_order,date_order",
    "employee": "id,name,salary,id_department",
    "designer": "id_employee,id_product",
    "programmer": "id_employee,id_product",
    "department": "id,name",
    "payroll": "id,id_employee,amount",
    "risk_observations": "age,kids_count,pets_count,siblings_count,income,has_risk",
}
_STOCK_FILE = "inventory_2024-06-30.csv"
_OLD_STOCK_FILE = "inventory_2024-05-31.csv"
_BAD_CELLS = (
    ("date", 2, "1900-01-01", "date_outside"),
    ("total_amt", 4, "29.99", "not_whole"),
    ("quantity", 3, "one", "not_a_number"),
    ("date", 2, "2100-01-01", "date_outside"),
)
"""Wrong column of an order, its position, its content, kind."""
UNKNOWN_CUSTOMER, UNKNOWN_PRODUCT, UNKNOWN_ORDER = "99999999", "999", "99999999"


@dataclass
class _Rows:
    """What is in one file and what is wrong with it."""

    rows: list[list[str]]
    control: int | None = None
    fault: str | None = None
    rejects: list[Reject] = field(default_factory=list)


def write_files(
    folders: Folders, customers: int, observations: int, seed: int, *, has_defects: bool
) -> SourceReport:
    """Write all tables and return the files with their expected results.

    customers, observations: how many of each. Raises OSError if a file cannot be written.
    """
    folders.files.mkdir(parents=True, exist_ok=True)
    folders.truth.mkdir(parents=True, exist_ok=True)
    everybody = list(people.customers(customers, seed))
    informative = shop.tell(customers, seed)
    known = [
        person if tells else None for person, tells in zip(everybody, informative, strict=True)
    ]
    sold = shop.orders(customers, seed)
    warranted = shop.warranties(sold, known, seed)
    observed = list(people.observed(observations, seed))
    stocked, backorders = stock.stock_and_backorders(seed)
    if has_defects:
        stocked[0] = stocked[0]._replace(quantity=-4)
    tables = {
        "product": _Rows([[p.product_id, p.kind, str(p.price)] for p in shop.PRODUCTS]),
        "inventory": _Rows([[s.location, str(s.quantity), s.product_id] for s in stocked]),
        "backorder": _Rows([[str(cell) for cell in b[:5]] for b in backorders]),
        "inventory_backorder": _Rows(
            [[b.location, b.product_id, b.backorder_id] for b in backorders]
        ),
        "personal_information": _Rows(
            [[shop.customer_id(n), *p.cells] for n, p in enumerate(known) if p is not None]
        ),
        "risk_observations": _Rows([[*p.cells, str(int(p.has_risk))] for p in observed]),
    }
    for name, rows in (staff.around_customers(customers, seed) | staff.staff(seed)).items():
        tables[name] = _Rows(rows)
    tables["order"], counted = _order_rows(sold, has_defects)
    tables["warranty"], valid = _warranty_rows(warranted, counted, has_defects)
    answers = SourceAnswers(files=[_write(folders, name, of) for name, of in tables.items()])
    if has_defects:
        answers.files += _write_faults(folders, tables)
        answers.inferred_products = [UNKNOWN_PRODUCT]
    _write_truth(folders, everybody)
    for order in counted:
        answers.by_day.setdefault(order.on.isoformat(), Totals()).add(order.totals())
    for answer in answers.files:
        if answer.table and answer.outcome == "loaded":
            answers.table_rows[answer.table] = answer.rows - len(answer.rejects)
    open_stocks = {(b.location, b.product_id) for b in backorders if b.is_open}
    answers.facts = {
        "customers": customers,
        "low_stocks_with_open_backorder": sum(
            s.quantity <= stock.LOW and (s.location, s.product_id) in open_stocks for s in stocked
        ),
        "orders_with_warranty": len(valid),
        "warranties_astray": len(tables["warranty"].rows) - len(valid),
        "orders_without_warranty": len(counted) - len(valid),
        # For customers who have not been scored yet.
        "quotes_amount": money(
            sum(shop.price(o.total, shop.UNKNOWN) for o in counted if o.order_id not in valid)
        ),
        "risky_observations": sum(person.has_risk for person in observed),
    }
    return SourceReport(
        "electronics",
        [folders.root / answer.file for answer in answers.files],
        sum(answer.rows for answer in answers.files),
        answers,
    )


def _order_rows(sold: Sequence[Order], has_defects: bool) -> tuple[_Rows, list[Order]]:
    """The file of orders, and the orders that must be counted."""
    orders = list(sold)
    if has_defects:
        orders[-1] = orders[-1]._replace(customer=None, customer_id=UNKNOWN_CUSTOMER)
        orders[-2] = orders[-2]._replace(product_id=UNKNOWN_PRODUCT)
    rows = _Rows([order.cells for order in orders])
    bad: set[int] = set()
    if has_defects:
        rows.fault = "bad_rows"
        for place, (column, at, text, kind) in enumerate(_BAD_CELLS[: len(orders) // 100], 5):
            rows.rows[place][at] = text
            rows.rejects.append(Reject(place + 2, column, kind))
            bad.add(place)
    counted = [order for place, order in enumerate(orders) if place not in bad]
    rows.control = sum(order.total for order in counted)
    return rows, counted


def _warranty_rows(
    warranted: Sequence[Warranty], counted: Sequence[Order], has_defects: bool
) -> tuple[_Rows, set[str]]:
    """The file of warranties, and the orders that have one."""
    found = list(warranted)
    if has_defects:
        last = found[-1]
        found += [
            last._replace(warranty_id="90001", expires_on=date(2040, 1, 1)),
            last._replace(warranty_id="90002", order_id=UNKNOWN_ORDER),
        ]
    rows = _Rows([warranty.cells for warranty in found])
    if has_defects:
        rows.fault = "warranties_astray"
    orders = {order.order_id for order in counted}
    return rows, {warranty.order_id for warranty in found} & orders


def _write(folders: Folders, table: str, of: _Rows) -> FileAnswer:
    path = folders.files / (_STOCK_FILE if table == "inventory" else f"{table}.csv")
    _write_csv(path, table, of.rows)
    return FileAnswer(
        folders.name(path), table, len(of.rows), of.control, fault=of.fault, rejects=of.rejects
    )


def _write_csv(path: Path, table: str, rows: Sequence[Sequence[str]], header: str = "") -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write((header or COLUMNS[table]) + "\n")
        csv.writer(file, lineterminator="\n").writerows(rows)


def _write_faults(folders: Folders, tables: dict[str, _Rows]) -> list[FileAnswer]:
    """Files that must leave nothing: an older stock list, and a header without labels."""
    older = folders.files / _OLD_STOCK_FILE
    _write_csv(older, "inventory", tables["inventory"].rows[:5])
    renamed = folders.files / "risk_observations_new.csv"
    header = COLUMNS["risk_observations"].replace("has_risk", "risky")
    _write_csv(renamed, "risk_observations", tables["risk_observations"].rows[:50], header)
    return [
        FileAnswer(
            folders.name(older), "inventory", 5, outcome="superseded", fault="older_file"
        ),
        FileAnswer(
            folders.name(renamed), "risk_observations", 50, outcome="refused",
            fault="renamed_column",
        ),
    ]  # fmt: skip


def _write_truth(folders: Folders, everybody: Sequence[people.Person]) -> None:
    path = folders.truth / "electronics_customers.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["customer_id", "risk_probability", "has_risk"])
        for number, person in enumerate(everybody):
            writer.writerow([shop.customer_id(number), f"{person.risk:.4f}", int(person.has_risk)])
