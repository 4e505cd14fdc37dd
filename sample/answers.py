"""The expected results of loading and building a sample.

They are counted while the sample is generated, from the generator's own numbers, never by reading
the files back; so loader and models are checked against something independent of them.
Money is counted in whole cents (pence) and written as text with two decimals.
"""

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Outcome = Literal["loaded", "known", "refused", "superseded", "unclaimed"]


@dataclass(frozen=True)
class Reject:
    """A line that the loader must reject.

    line: the line on which the record begins, counted from 1 including the header.
    column: the wrong column; None if the whole line is wrong.
    kind: what is wrong, one of `REJECT_KINDS`.
    """

    line: int
    column: str | None
    kind: str


REJECT_KINDS = {
    "not_a_number": "a number that cannot be read",
    "not_whole": "a fraction where whole numbers belong",
    "not_finite": "NaN or infinite",
    "out_of_range": "a number too large for its column",
    "missing": "a required cell is empty",
    "not_a_date": "a date or time that the calendar does not have, or in another format",
    "not_a_time": "a time of day beyond 23:59",
    "date_outside": "a date outside 1990-01-01 to tomorrow",
    "cells": "too few or too many cells in the line",
}


@dataclass
class FileAnswer:
    """The expected result for one file.

    control: sum of the table's control amount over the rows that must be loaded, in cents.
    file: path below the sample's folder. outcome: loaded; known (its content was loaded before);
    refused (as a whole); superseded (a newer file holds the whole table); unclaimed (no table takes
    it). live: whether its rows count at the end. rows: data rows in the file. arrival: 1 for the
    first delivery, 2 for the late one. fault: name of the injected fault, None for a clean file.
    """

    file: str
    table: str | None
    rows: int
    control: int | None = None
    outcome: Outcome = "loaded"
    live: bool = True
    arrival: int = 1
    fault: str | None = None
    rejects: list[Reject] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Return the answer as plain JSON types, with the counts that follow from it."""
        loaded = self.rows - len(self.rejects) if self.outcome == "loaded" else 0
        amount = None if self.control is None else money(self.control)
        return {
            **asdict(self),
            "control": amount,
            "loaded": loaded,
            "rejected": len(self.rejects) if self.outcome == "loaded" else 0,
        }


@dataclass
class Totals:
    """Sums over order lines. Amounts are cents; names follow the facts."""

    orders: int = 0
    lines: int = 0
    quantity: int = 0
    gross: int = 0
    discount: int = 0
    net: int = 0
    manufacturer_coupon: int = 0

    def add(self, other: "Totals") -> None:
        """Add another sum to this one, in place."""
        self.orders += other.orders
        self.lines += other.lines
        self.quantity += other.quantity
        self.gross += other.gross
        self.discount += other.discount
        self.net += other.net
        self.manufacturer_coupon += other.manufacturer_coupon

    def subtract(self, other: "Totals") -> None:
        """Subtract another sum from this one, in place."""
        self.add(Totals(**{name: -value for name, value in asdict(other).items()}))

    def as_json(self) -> dict[str, Any]:
        """Return the sums as plain JSON types, named as the columns of the facts."""
        return {
            "orders": self.orders,
            "order_lines": self.lines,
            "quantity": self.quantity,
            "gross_amount": money(self.gross),
            "discount_amount": money(self.discount),
            "net_amount": money(self.net),
            "manufacturer_coupon_amount": money(self.manufacturer_coupon),
        }


@dataclass
class SourceAnswers:
    """All expected results for one source.

    by_day: ISO date → sums of that day's orders. table_rows: raw table → live rows at the end.
    unmapped: code missing from the crosswalk → order lines with it. inferred_products: ids sold but
    missing from the master. broken_totals: orders whose stated total is not the sum of their lines.
    facts: other expected figures, by name.
    """

    files: list[FileAnswer] = field(default_factory=list)
    by_day: dict[str, Totals] = field(default_factory=dict)
    table_rows: dict[str, int] = field(default_factory=dict)
    unmapped: dict[str, int] = field(default_factory=dict)
    inferred_products: list[str] = field(default_factory=list)
    broken_totals: list[dict[str, Any]] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def totals(self) -> Totals:
        """The sums over all days."""
        result = Totals()
        for day in self.by_day.values():
            result.add(day)
        return result

    def as_json(self) -> dict[str, Any]:
        """Return the answers as plain JSON types."""
        return {
            "files": [answer.as_json() for answer in self.files],
            "table_rows": dict(sorted(self.table_rows.items())),
            "totals": self.totals.as_json(),
            "by_day": {day: self.by_day[day].as_json() for day in sorted(self.by_day)},
            "unmapped": dict(sorted(self.unmapped.items())),
            "inferred_products": sorted(self.inferred_products),
            "broken_totals": self.broken_totals,
            "facts": self.facts,
        }


def money(cents: int) -> str:
    """Return whole cents as text with two decimals: -205 → '-2.05'."""
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02d}"
