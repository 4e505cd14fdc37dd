"""What the members buy: items with prices and weights, transactions of one to four lines."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

import numpy as np

from sample.answers import Totals
from sample.cafe.cafe_customers import names
from sample.streams import stream
from sample.word_lists import rows

FIRST_DAY = date(2022, 1, 1)
DAYS = 91
MEMBERS = 150
NOBODY = "Nobody_00000"
"""A member missing from the master."""
_MEMBERS_STREAM, _STREAM = 502, 503


class Item(NamedTuple):
    """An item; price in cents, weight in grams."""

    item_id: str
    name: str
    manufacturer: str
    price: int
    weight: int


def _items() -> Iterator[Item]:
    for number, row in enumerate(rows("sample.ecommerce", "items"), 1):
        price, weight = int(row["price"]), int(row["weight"])
        for step, size in ((2, "S"), (3, "M"), (4, "L")):
            name = f"{row['name']} {size}"
            item_id = f"I{number:02d}-{size}"
            yield Item(item_id, name, row["manufacturer"], price * step // 2, weight * step)


ITEMS = list(_items())


class Member(NamedTuple):
    """A member of the shop."""

    first_name: str
    last_name: str
    born: date
    joined: date

    @property
    def membership_id(self) -> str:
        """Last name and the first five hex digits of the birthday's SHA-256."""
        return f"{self.last_name}_{hashlib.sha256(f'{self.born:%Y%m%d}'.encode()).hexdigest()[:5]}"


class Line(NamedTuple):
    """One item of a transaction; a negative quantity is a return."""

    item: Item
    quantity: int


@dataclass(frozen=True)
class Transaction:
    """One transaction; membership_id '' means a guest.

    overcharged: cents by which its stated total exceeds its lines.
    """

    transaction_id: str
    membership_id: str
    at: datetime
    lines: tuple[Line, ...]
    status: str = "placed"
    overcharged: int = 0

    @property
    def net(self) -> int:
        """What its lines cost, in cents."""
        return sum(line.quantity * line.item.price for line in self.lines)

    @property
    def stated(self) -> int:
        """What the header says they cost, in cents."""
        return self.net + self.overcharged

    @property
    def weight(self) -> int:
        """What its lines weigh, in grams."""
        return sum(line.quantity * line.item.weight for line in self.lines)

    def totals(self) -> Totals:
        """The transaction as the facts count it."""
        pieces = sum(line.quantity for line in self.lines)
        return Totals(1, len(self.lines), pieces, gross=self.net, net=self.net)


def members(seed: int) -> list[Member]:
    """The members; each membership id occurs once."""
    rng = stream(seed, _MEMBERS_STREAM)
    made: dict[str, Member] = {}
    for name in names(rng, MEMBERS):
        first, last = name.split(" ", 1)
        born = date(1950, 1, 1) + timedelta(days=int(rng.integers(18_000)))
        joined = date(2021, 1, 1) + timedelta(days=int(rng.integers(365)))
        member = Member(first, last, born, joined)
        made.setdefault(member.membership_id, member)
    return list(made.values())


def transactions_of_day(
    day: int, a_day: int, buyers: list[Member], seed: int
) -> Iterable[Transaction]:
    """The transactions of one day, counted from 0; a few buy much, one in ten is a guest."""
    rng = stream(seed, _STREAM, day)
    on = datetime.combine(FIRST_DAY + timedelta(days=day), datetime.min.time())
    for number in range(a_day):
        buyer = "" if rng.random() < 0.1 else _buyer(rng, buyers)
        chosen = rng.choice(len(ITEMS), int(rng.integers(1, 5)), replace=False)
        yield Transaction(
            transaction_id=f"T{day:03d}{number:04d}",
            membership_id=buyer,
            at=on + timedelta(seconds=int(rng.integers(86_400))),
            lines=tuple(_line(rng, ITEMS[int(place)]) for place in chosen),
        )


def _buyer(rng: np.random.Generator, buyers: list[Member]) -> str:
    if rng.random() < 0.02:
        return NOBODY
    return buyers[int(len(buyers) * rng.random() ** 2)].membership_id


def _line(rng: np.random.Generator, item: Item) -> Line:
    quantity = int(rng.integers(1, 4))
    return Line(item, -1 if rng.random() < 0.03 else quantity)
