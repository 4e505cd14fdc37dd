"""What is sold: products whose price rises once, orders, and warranties for some orders."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np

from sample.answers import Totals
from sample.electronics.people import Person
from sample.streams import stream

FIRST_DAY = date(2023, 1, 2)
LAST_DAY = date(2024, 6, 30)
PRICES_ROSE_ON = date(2024, 1, 1)
DAYS = (LAST_DAY - FIRST_DAY).days + 1
UNKNOWN, RISKY, NOT_RISKY = 20, 15, 10
"""Percentages of an order's total that a warranty costs."""
_ORDERS, _WARRANTIES, _TOLD = 421, 422, 423
_SHARE_TOLD = 0.8
_SHARE_WARRANTED = 0.35


class Product(NamedTuple):
    """A product and its price in whole cents, before and after prices rose."""

    product_id: str
    kind: str
    old_price: int
    price: int

    def price_on(self, day: date) -> int:
        """What a piece cost on a day."""
        return self.price if day >= PRICES_ROSE_ON else self.old_price


def _products() -> Iterator[Product]:
    kinds = [("bundle", 89_00, 6), ("battery", 9_49, 4), ("block", 12_99, 30)]
    number = 0
    for kind, price, count in kinds:
        for step in range(count):
            number += 1
            old = price + step * 3_15
            # Every second product became a tenth dearer.
            yield Product(str(100 + number), kind, old, old * 11 // 10 if step % 2 else old)


PRODUCTS = tuple(_products())


class Order(NamedTuple):
    """One product ordered by one customer; customers are counted from 0."""

    order_id: str
    status: str
    on: date
    quantity: int
    total: int
    customer: int | None
    customer_id: str
    product_id: str

    @property
    def cells(self) -> list[str]:
        """The order as in its file."""
        return [
            self.order_id, self.status, self.on.isoformat(), str(self.quantity), str(self.total),
            self.customer_id, self.product_id,
        ]  # fmt: skip

    def totals(self) -> Totals:
        """The order as the facts count it."""
        return Totals(1, 1, self.quantity, gross=self.total, net=self.total)


class Warranty(NamedTuple):
    """A warranty for an order, its price in whole cents."""

    warranty_id: str
    expires_on: date
    price: int
    percentage: int
    order_id: str
    ordered_on: date

    @property
    def cells(self) -> list[str]:
        """The warranty as in its file."""
        return [
            self.warranty_id, self.expires_on.isoformat(), str(self.price), str(self.percentage),
            self.order_id, self.ordered_on.isoformat(),
        ]  # fmt: skip


def customer_id(number: int) -> str:
    """The shop's own number for a customer, who is counted from 0."""
    return str(10_001 + number)


def orders(customers: int, seed: int) -> list[Order]:
    """All orders, in order of time. Some customers buy often, some once, and some stop."""
    rng = stream(seed, _ORDERS)
    found: list[tuple[int, int, int]] = []
    for number in range(customers):
        first = int(rng.integers(0, DAYS - 30))
        last = int(rng.integers(first, DAYS)) if rng.random() < 0.3 else DAYS - 1
        found.append((first, number, len(found)))
        more = int(rng.poisson(rng.gamma(1.2, 2.0)))
        days = rng.integers(first, last + 1, more)
        found += [(int(day), number, len(found) + place) for place, day in enumerate(days)]
    return [_order(place, day, number, rng) for place, (day, number, _) in enumerate(sorted(found))]


def _order(place: int, day: int, number: int, rng: np.random.Generator) -> Order:
    product = PRODUCTS[int(rng.integers(len(PRODUCTS)))]
    quantity = int(rng.choice([1, 2, 3, 5], p=[0.6, 0.2, 0.15, 0.05]))
    on = FIRST_DAY + timedelta(days=day)
    is_recent = day >= DAYS - 14
    status = "filled"
    if is_recent:
        status = str(rng.choice(["placed", "filled", "backorder"], p=[0.5, 0.4, 0.1]))
    return Order(
        str(500_001 + place), status, on, quantity, quantity * product.price_on(on), number,
        customer_id(number), product.product_id,
    )  # fmt: skip


def tell(customers: int, seed: int) -> list[bool]:
    """Which customers give information about themselves."""
    return [bool(draw < _SHARE_TOLD) for draw in stream(seed, _TOLD).random(customers)]


def percentage(person: Person | None) -> int:
    """What a warranty costs in percent of the order: 20 if nothing is known about the customer."""
    if person is None:
        return UNKNOWN
    return RISKY if person.risk > 0.5 else NOT_RISKY


def price(total: int, percent: int) -> int:
    """Price of a warranty in whole cents, rounded down."""
    return total * percent // 100


def warranties(sold: Sequence[Order], known: Sequence[Person | None], seed: int) -> list[Warranty]:
    """Warranties for about a third of the orders, priced by what is known about each customer."""
    rng = stream(seed, _WARRANTIES)
    found: list[Warranty] = []
    for order in sold:
        years = 1 if rng.random() < 0.7 else 2
        if rng.random() < _SHARE_WARRANTED and order.customer is not None:
            percent = percentage(known[order.customer])
            expires = order.on + timedelta(days=365 * years)
            found.append(
                Warranty(
                    str(70_001 + len(found)), expires, price(order.total, percent), percent,
                    order.order_id, order.on,
                )
            )  # fmt: skip
    return found
