"""The company's sales: one product each, some void, exchanged or given away."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np

from sample.answers import Totals
from sample.streams import stream

FIRST_DAY = date(2023, 6, 1)
LAST_DAY = date(2024, 8, 31)
_STREAM = 302


class Shoe(NamedTuple):
    """A product; characters 7 and 8 of the SKU name its supplier. Amounts in cents."""

    sku: str
    category: str
    price: int
    cost: int
    color_id: str

    @property
    def supplier_id(self) -> str:
        """The supplier according to the SKU."""
        return self.sku[6:8]


SUPPLIERS = (("11", "Wattle Leather"), ("23", "Harbour Soles"), ("37", "Redgum Trading"))
COLORS = (("1", "Black"), ("2", "Tan"), ("3", "White"))
BRANCHES = (
    ("B1", "Fitzroy", "Melbourne", "Flagship"),
    ("B2", "Newtown", "Sydney", "Street"),
    ("B3", "Salamanca", "Hobart", "Outlet"),
    ("B4", "Web shop", "Melbourne", "Online"),
)
EMPLOYEES = tuple(
    (f"E{number:02d}", f"Sample Person {number}", f"B{number % 4 + 1}",
     ("Yes", "No")[number % 2], ("Active", "On leave")[number == 7], ("No", "Yes")[number % 3 == 0])
    for number in range(1, 13)
)  # fmt: skip
_LINES = (("Boots", 189_95, 80_50), ("Sneakers", 129_00, 52_25), ("Sandals", 59_90, 21_00))
SHOES = tuple(
    Shoe(
        f"{category[:2].upper()}{style:04d}{supplier}{color}", category, price + style * 500, cost,
        color,
    )
    for category, price, cost in _LINES
    for style, (supplier, _) in enumerate(SUPPLIERS, 1)
    for color, _ in COLORS
)  # fmt: skip
NEW_SUPPLIER = Shoe("BO000999" + "1", "Boots", 149_00, 70_00, "1")
"""From a supplier missing from the master."""
CATEGORIES = ("Sales", "Exchange", "Void", "Gift")
_CATEGORY_SHARES = (0.9, 0.04, 0.04, 0.02)
_PAYMENTS = ("Credit Card", "EFTPOS", "Cash")


@dataclass(frozen=True)
class Sale:
    """One sale of one product."""

    sale_id: str
    on: date
    clock: str
    branch_id: str
    employee_id: str
    shoe: Shoe
    size: str
    payment_method: str
    category: str
    quantity: int

    @property
    def revenue(self) -> int:
        """What counts as revenue, in cents."""
        return self.net if self.category in ("Sales", "Exchange") else 0

    @property
    def net(self) -> int:
        """Quantity × unit price, in cents."""
        return self.quantity * self.shoe.price

    @property
    def cost(self) -> int:
        """Quantity × unit cost, in cents."""
        return self.quantity * self.shoe.cost

    def totals(self) -> Totals:
        """The sale as the facts count it."""
        return Totals(1, 1, self.quantity, gross=self.net, net=self.net)


def days() -> list[date]:
    """All days of the sample."""
    return [FIRST_DAY + timedelta(days=n) for n in range((LAST_DAY - FIRST_DAY).days + 1)]


def sales_of_day(on: date, a_day: int, seed: int) -> Iterable[Sale]:
    """The sales of one day."""
    rng = stream(seed, _STREAM, on.toordinal())
    for number in range(a_day):
        branch = BRANCHES[int(rng.choice(4, p=[0.4, 0.3, 0.15, 0.15]))][0]
        staff = [employee[0] for employee in EMPLOYEES if employee[2] == branch]
        is_new = rng.random() < 0.01
        category = str(rng.choice(CATEGORIES, p=_CATEGORY_SHARES))
        quantity = int(rng.choice([1, 2, 3], p=[0.8, 0.15, 0.05]))
        minutes = int(rng.integers(0, 24 * 60) if branch == "B4" else rng.integers(540, 1080))
        yield Sale(
            sale_id=f"{on:%y%m%d}{number:04d}",
            on=on,
            clock=f"{minutes // 60:02d}:{minutes % 60:02d}:00",
            branch_id=branch,
            employee_id=staff[int(rng.integers(len(staff)))],
            shoe=NEW_SUPPLIER if is_new else SHOES[int(rng.integers(len(SHOES)))],
            size=str(int(rng.integers(6, 13))),
            payment_method=_PAYMENTS[int(rng.integers(3))],
            category=category,
            quantity=-quantity if category == "Exchange" and rng.random() < 0.5 else quantity,
        )


def month_of(sales: Iterable[Sale]) -> dict[str, list[Sale]]:
    """Sales by month, YYYY-MM, in order."""
    months: dict[str, list[Sale]] = {}
    for sale in sales:
        months.setdefault(f"{sale.on:%Y-%m}", []).append(sale)
    return months


def revenue_by(sales: Iterable[Sale], attribute: str) -> dict[str, tuple[int, int]]:
    """Revenue and its cost, in cents, by branch_id or supplier_id."""
    found: dict[str, np.ndarray[tuple[int, ...], np.dtype[np.int64]]] = {}
    for sale in sales:
        if sale.category not in ("Sales", "Exchange"):
            continue
        key = sale.shoe.supplier_id if attribute == "supplier_id" else getattr(sale, attribute)
        found.setdefault(key, np.zeros(2, np.int64))
        found[key] += (sale.net, sale.cost)
    return {key: (int(both[0]), int(both[1])) for key, both in sorted(found.items())}
