"""Orders of the shop: returns, voids, gifts, guests, two currencies, prices with four decimals."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

import numpy as np

from sample.answers import Totals
from sample.streams import stream
from sample.word_lists import rows

FIRST_DAY = date(2024, 1, 1)
DAYS = 91
CUSTOMERS = 400
ONE = 10_000
"""Prices are whole ten-thousandths."""
_STREAM = 301


class Product(NamedTuple):
    """A product; price and cost in ten-thousandths, sold in multiples of `pack`."""

    product_id: str
    name: str
    department: str
    category: str
    price: int
    cost: int
    pack: int = 1


def _products() -> list[Product]:
    made = [
        Product(
            f"{number:03d}-{edition}", f"{row['name']} {edition}", row["department"],
            row["category"], int(row["price"]) + edition * 1_0000, int(row["price"]) * 55 // 100,
        )
        for number, row in enumerate(rows("sample.standard", "products"), 1)
        for edition in (1, 2, 3, 4)
    ]  # fmt: skip
    # Priced per piece at fractions of a cent: 4 × 0.0375 = 0.15.
    made.append(Product("900-1", "Eyelet", "Spares", "Small parts", 375, 120, pack=4))
    made.append(Product("900-2", "Cord by the metre", "Spares", "Small parts", 1825, 900, pack=4))
    return made


PRODUCTS = _products()
STORES = (
    ("north", "North Street", "Duluth", "MN", "US", "store", "America/Chicago"),
    ("south", "South Market", "Austin", "TX", "US", "store", "America/Chicago"),
    ("web", "Web shop", "", "", "US", "online", "America/Chicago"),
    ("border", "Border kiosk", "Thunder Bay", "ON", "CA", "store", "America/Toronto"),
)
_SHARES = (0.4, 0.25, 0.25, 0.1)
_PAYMENTS = ("card", "cash", "Gift Card", "")
_PAYMENT_SHARES = (0.6, 0.3, 0.05, 0.05)
_KINDS = ("", "return", "back", "gift", "void", "exchange")
_KIND_SHARES = (0.9, 0.04, 0.02, 0.02, 0.01, 0.01)


class Line(NamedTuple):
    """One line as in the file; discount in cents."""

    product: Product
    quantity: int
    discount: int
    line_type: str

    def totals(self) -> Totals:
        """The line as it must count: returned goods and their discount are negative."""
        sign = -1 if self.quantity < 0 or self.line_type == "return" else 1
        pieces = sign * abs(self.quantity)
        gross = pieces * self.product.price * 100 // ONE
        discount = sign * self.discount
        return Totals(
            lines=1, quantity=pieces, gross=gross, discount=discount, net=gross - discount
        )


@dataclass(frozen=True)
class Order:
    """One order; currency '' means the default one."""

    order_id: str
    at: datetime
    customer_id: str
    store_id: str
    payment_method: str
    currency_code: str
    lines: tuple[Line, ...]

    @property
    def is_purchase(self) -> bool:
        """Whether a line sells something."""
        return any(line.line_type == "" and line.quantity > 0 for line in self.lines)

    def totals(self) -> Totals:
        """Sums over the lines."""
        total = Totals(orders=1)
        for line in self.lines:
            total.add(line.totals())
        return total


def orders_of_day(day: int, a_day: int, seed: int) -> Iterable[Order]:
    """The orders of one day, counted from 0, in the order of their numbers."""
    rng = stream(seed, _STREAM, day)
    on = datetime.combine(FIRST_DAY + timedelta(days=day), datetime.min.time())
    for number in range(a_day):
        store = STORES[int(rng.choice(len(STORES), p=_SHARES))][0]
        # The kiosk does not ask for names; elsewhere one in five is a guest.
        is_guest = store == "border" or rng.random() < 0.2
        customer = "" if is_guest else f"C{int(CUSTOMERS * rng.random() ** 2):04d}"
        seconds = 0 if store == "web" else int(rng.integers(9 * 3600, 18 * 3600))
        chosen = rng.choice(len(PRODUCTS), int(rng.integers(1, 5)), replace=False)
        yield Order(
            order_id=f"{store[0].upper()}{day:03d}-{number:04d}",
            at=on + timedelta(seconds=seconds),
            customer_id=customer,
            store_id=store,
            payment_method=str(rng.choice(_PAYMENTS, p=_PAYMENT_SHARES)),
            currency_code="CAD" if store == "border" else "",
            lines=tuple(_line(rng, PRODUCTS[int(place)]) for place in chosen),
        )  # fmt: skip


def _line(rng: np.random.Generator, product: Product) -> Line:
    kind = str(rng.choice(_KINDS, p=_KIND_SHARES))
    quantity = product.pack * int(rng.integers(1, 4))
    discount = 0
    if rng.random() < 0.15:
        discount = quantity * product.price * 100 // ONE // 10
    if kind == "back":
        return Line(product, -quantity, discount, "")
    return Line(product, quantity, discount, kind)
