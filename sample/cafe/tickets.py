"""The tickets of one branch and day."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sample.cafe.cafe_customers import Regulars, build_regulars, cards, names
from sample.cafe.menu import MENU, PAIRS, PRODUCTS, prices, weights
from sample.streams import stream

FIRST_DAY = date(2022, 3, 7)
_STREAM = 201
# Monday to Sunday.
_WEEKDAY = (0.95, 0.9, 0.95, 1.0, 1.15, 1.3, 0.75)
_HOURS = np.array([13, 16, 9, 13, 14, 10, 14, 11], dtype=float)
_MENTIONS = np.array([0.3, 0.3, 0.18, 0.12, 0.06, 0.04])
_CASH_SHARE = 0.45
_REGULAR_CASH_SHARE = 0.06
_ODD_SPELLING_SHARE = 0.01


class Branch(NamedTuple):
    """A branch: tickets of walk-in customers a day, number of regulars, surcharge in pence."""

    name: str
    walk_ins: int
    regulars: int
    surcharge: int


BRANCHES = (
    Branch("Ambleford", 150, 320, 0),
    Branch("Thornwick", 110, 260, 10),
    Branch("Saltmere", 80, 200, -5),
)
"""Invented places; the first and largest first."""


class Ticket(NamedTuple):
    """One ticket. products: positions in the menu's products; card: '' for cash.

    stated: the total on the ticket in pence, if it differs from the sum of the lines.
    """

    minute: int
    branch: str
    name: str
    products: tuple[int, ...]
    prices: tuple[int, ...]
    card: str
    is_odd: bool
    stated: int | None = None

    @property
    def total(self) -> int:
        """The total on the ticket, in pence."""
        return sum(self.prices) if self.stated is None else self.stated

    @property
    def clock(self) -> str:
        """The time of day, as HH:MM."""
        return f"{self.minute // 60:02d}:{self.minute % 60:02d}"

    def cells(self, on: date) -> list[str]:
        """Return the ticket as the seven cells of its line in the file."""
        mentions = [
            f"{PRODUCTS[product].label} - {price / 100:.2f}"
            for product, price in zip(self.products, self.prices, strict=True)
        ]
        # Some tills omit the blank after the comma, or double it.
        between = ("," if self.minute % 2 else ",  ") if self.is_odd else ", "
        return [
            f"{on:%d/%m/%Y} {self.clock}",
            self.branch,
            self.name,
            between.join(mentions),
            str(self.total / 100),
            "CARD" if self.card else "CASH",
            self.card,
        ]


@dataclass
class Till:
    """A branch, advanced day by day."""

    branch: Branch
    seed: int
    number: int
    regulars: Regulars
    visits: npt.NDArray[np.int64]
    last_day: npt.NDArray[np.int64]

    @classmethod
    def of(cls, branch: Branch, number: int, days: int, seed: int) -> "Till":
        """Return the branch before its first day."""
        rng = stream(seed, _STREAM, number)
        both = (weights(True) + weights(False)) / 2
        regulars = build_regulars(rng, branch.regulars, days, both)
        never = np.full(branch.regulars, -1)
        return cls(branch, seed, number, regulars, np.zeros(branch.regulars, dtype=int), never)

    def day(self, day: int) -> list[Ticket]:
        """Return the tickets of a day, counted from 0, in the order of the till."""
        rng = stream(self.seed, _STREAM, self.number, day + 1)
        on = FIRST_DAY + timedelta(days=day)
        busy = _WEEKDAY[on.weekday()] * (1 + 0.1 * float(np.cos(2 * np.pi * (on.month - 7) / 12)))
        coming = np.flatnonzero((self.regulars.next_day <= day) & (self.regulars.lapse_day > day))
        gap = np.round(rng.gamma(3.0, self.regulars.gap_days[coming] / 3.0 / busy))
        self.regulars.next_day[coming] = day + np.maximum(1, gap).astype(np.int64)
        self.visits[coming] += 1
        self.last_day[coming] = day

        strangers = int(rng.poisson(self.branch.walk_ins * busy))
        name = [self.regulars.name[i] for i in coming] + names(rng, strangers)
        card = [self.regulars.card[i] for i in coming] + cards(rng, strangers)
        n = len(name)
        is_cash = rng.random(n) < np.where(np.arange(n) < len(coming), _REGULAR_CASH_SHARE,
                                           _CASH_SHARE)  # fmt: skip
        minute = 540 + 60 * rng.choice(len(_HOURS), n, p=_HOURS / _HOURS.sum())
        minute += rng.integers(0, 60, n)
        mentions = 1 + rng.choice(len(_MENTIONS), n, p=_MENTIONS)
        habit = [self.regulars.favourite[i] for i in coming]
        is_odd = rng.random(n) < _ODD_SPELLING_SHARE
        price = prices(self.branch.surcharge)
        tickets = []
        for i in range(n):
            chosen = _choose(rng, minute[i] < 720, int(mentions[i]))
            if i < len(coming):
                chosen[0] = int(habit[i][int(rng.random() < 0.3)])
            _take_along(rng, chosen)
            tickets.append(
                Ticket(
                    minute=int(minute[i]),
                    branch=self.branch.name,
                    name=name[i],
                    products=tuple(chosen),
                    prices=tuple(price[product] for product in chosen),
                    card="" if is_cash[i] else card[i],
                    is_odd=bool(is_odd[i]),
                )
            )
        return sorted(tickets, key=lambda ticket: (ticket.minute, ticket.name, ticket.products))


_EDGES = {is_morning: np.cumsum(weights(is_morning)) for is_morning in (True, False)}
_BY_NAME = {
    item.name: [p for p, product in enumerate(PRODUCTS) if product.item == number]
    for number, item in enumerate(MENU)
}
_PULLS = [(set(_BY_NAME[lead]), _BY_NAME[follower], share) for lead, follower, share in PAIRS]


def _choose(rng: np.random.Generator, is_morning: bool, count: int) -> list[int]:
    places = np.searchsorted(_EDGES[bool(is_morning)], rng.random(count), side="right")
    return [min(int(place), len(PRODUCTS) - 1) for place in places]


def _take_along(rng: np.random.Generator, chosen: list[int]) -> None:
    for leads, followers, share in _PULLS:
        if leads.intersection(chosen) and rng.random() < share:
            chosen.append(followers[int(rng.random() ** 2 * len(followers))])
