"""Prospects, members and staff: tables beside the sales. All names say that they are made up."""

from datetime import date, timedelta

from sample.electronics.shop import PRODUCTS, customer_id
from sample.streams import stream

Rows = list[list[str]]

DEPARTMENTS = ("Design", "Programming", "Warehouse", "Service")
EMPLOYEES = 24
_PEOPLE, _STAFF = 441, 442
_LISTS = ("newsletter", "offers")


def _email(kind: str, number: int) -> str:
    return f"{kind}{number}@example.com"


def around_customers(customers: int, seed: int) -> dict[str, Rows]:
    """Rows of customer, prospect, mailing_list, member and credit_card."""
    rng = stream(seed, _PEOPLE)
    made: dict[str, Rows] = {
        name: [] for name in ("customer", "prospect", "mailing_list", "member", "credit_card")
    }
    for number in range(customers):
        was_prospect = rng.random() < 0.6
        address = _email("prospect", number) if was_prospect else ""
        made["customer"].append([
            customer_id(number), f"Sample Customer {number}", _email("customer", number),
            f"555-{number:07d}", address,
        ])  # fmt: skip
        if was_prospect:
            _subscribe(made, number, address, rng.random())
        if rng.random() < 0.4:
            joined = date(2022, 6, 1) + timedelta(days=int(rng.integers(0, 700)))
            made["member"].append([
                customer_id(number), joined.isoformat(),
                (joined + timedelta(days=365)).isoformat(),
                str(rng.choice(["bronze", "silver", "gold"], p=[0.6, 0.3, 0.1])),
            ])  # fmt: skip
        if rng.random() < 0.7:
            digits = f"99{int(rng.integers(10**13, 10**14))}"
            made["credit_card"].append([
                digits, "2027-12", "000", "Sample", f"Customer {number}", "00000",
                customer_id(number),
            ])  # fmt: skip
    for number in range(customers, customers + customers // 2):
        _subscribe(made, number, _email("prospect", number), rng.random())
    return made


def _subscribe(made: dict[str, Rows], number: int, address: str, draw: float) -> None:
    made["prospect"].append([f"Sample Prospect {number}", address])
    sent = date(2024, 6, 1) - timedelta(days=int(draw * 300))
    made["mailing_list"].append([
        _LISTS[number % 2], sent.isoformat(), str(int(draw * 40)),
        "true" if draw < 0.8 else "false", address,
    ])  # fmt: skip


def staff(seed: int) -> dict[str, Rows]:
    """Rows of department, employee, designer, programmer and payroll."""
    rng = stream(seed, _STAFF)
    made: dict[str, Rows] = {
        "department": [[str(place), name] for place, name in enumerate(DEPARTMENTS, 1)],
        "employee": [],
        "designer": [],
        "programmer": [],
        "payroll": [],
    }
    for number in range(1, EMPLOYEES + 1):
        department = (number - 1) % len(DEPARTMENTS)
        salary = int(rng.integers(40_000, 120_000)) * 100
        employee = str(800 + number)
        made["employee"].append(
            [employee, f"Sample Employee {number}", str(salary), str(department + 1)]
        )
        product = PRODUCTS[int(rng.integers(len(PRODUCTS)))].product_id
        if department < 2:
            made[("designer", "programmer")[department]].append([employee, product])
        for month in range(1, 7):
            made["payroll"].append([f"2024{month:02d}{number:03d}", employee, str(salary // 12)])
    return made
