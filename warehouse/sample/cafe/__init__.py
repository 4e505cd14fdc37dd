"""Till exports of three cafés: one file per branch and day, as the real tills write them."""

import csv
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from warehouse.sample.answers import FileAnswer, SourceAnswers, Totals
from warehouse.sample.cafe.menu import PRODUCTS
from warehouse.sample.cafe.people import NEVER
from warehouse.sample.cafe.tickets import (
    BRANCHES,
    FIRST_DAY,
    Ticket,
    Till,
    count_products,
    totals_of,
)
from warehouse.sample.report import Folders, SourceReport, folders_of
from warehouse.sample.streams import SEED

__all__ = ["write", "write_scaled"]

DAYS_AT_SCALE_1 = 28
MOST_DAYS = 364


def write(
    out: Path, *, days: int = DAYS_AT_SCALE_1, seed: int = SEED, truth: Path | None = None
) -> SourceReport:
    """Write the cafés' files of so many days into the folder `out`, which is created.

    truth: folder for what is true and no file says; not written when None.
    Returns the files and their known answers, with file names relative to `out`.
    Raises ValueError for less than one day, OSError when a file cannot be written.
    """
    folders = Folders(root=out, files=out, late=out, truth=truth or out)
    return _write(folders, days, seed, has_truth=truth is not None)


def write_scaled(root: Path, scale: float, seed: int, defects: bool) -> SourceReport:
    """Write the cafés of a sample: `scale` × 28 days, at least a week and at most 52."""
    days = min(MOST_DAYS, max(7, round(DAYS_AT_SCALE_1 * scale)))
    return _write(folders_of(root, "cafe"), days, seed, has_truth=True)


def _write(folders: Folders, days: int, seed: int, has_truth: bool) -> SourceReport:
    if days < 1:
        raise ValueError("The cafés need at least one day.")
    folders.files.mkdir(parents=True, exist_ok=True)
    tally = Tally()
    tills = [Till.of(branch, number, days, seed) for number, branch in enumerate(BRANCHES)]
    for day in range(days):
        for till in tills:
            tickets = till.day(day)
            path = folders.files / file_name(till.branch.name, day)
            write_tickets(path, day, tickets)
            tally.add(folders.name(path), day, tickets)
    if has_truth:
        _write_truth(folders.truth, tills)
    return SourceReport(
        "cafe",
        [folders.root / answer.file for answer in tally.answers.files],
        sum(answer.rows for answer in tally.answers.files),
        tally.finish(),
    )


@dataclass
class Tally:
    """The known answers while the files are written."""

    answers: SourceAnswers = field(default_factory=SourceAnswers)
    sold: Counter[int] = field(default_factory=Counter)
    branches: dict[str, Totals] = field(default_factory=dict)
    cards: set[str] = field(default_factory=set)
    cash: int = 0

    def add(self, name: str, day: int, tickets: list[Ticket]) -> None:
        """Count the file of one branch and day."""
        self.answers.files.append(FileAnswer(name, "transactions", len(tickets)))
        self.count(day, tickets)

    def count(self, day: int, tickets: list[Ticket]) -> None:
        """Count tickets that must be loaded."""
        totals = totals_of(tickets)
        on = (FIRST_DAY + timedelta(days=day)).isoformat()
        self.answers.by_day.setdefault(on, Totals()).add(totals)
        self.sold += count_products(tickets)
        for ticket in tickets:
            self.branches.setdefault(ticket.branch, Totals()).add(totals_of([ticket]))
            self.cards.add(ticket.card)
            self.cash += not ticket.card

    def finish(self) -> SourceAnswers:
        """Return the answers with all that is known at the end."""
        self.answers.table_rows["transactions"] = self.answers.totals.orders
        self.answers.facts = {
            "branches": {name: totals.as_json() for name, totals in sorted(self.branches.items())},
            "products": {PRODUCTS[p].label: count for p, count in sorted(self.sold.items())},
            "customers": len(self.cards - {""}),
            "cash_tickets": self.cash,
        }
        return self.answers


def file_name(branch: str, day: int, hour: int = 9) -> str:
    """Return the name under which a branch's till exports a day, counted from 0."""
    on = FIRST_DAY + timedelta(days=day)
    return f"{branch.lower()}_{on:%d-%m-%Y}_{hour:02d}-00-00.csv"


def write_tickets(path: Path, day: int, tickets: list[Ticket]) -> None:
    """Write the tickets of a day as a file without a header."""
    on = FIRST_DAY + timedelta(days=day)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(ticket.cells(on) for ticket in tickets)


def _write_truth(folder: Path, tills: list[Till]) -> None:
    """Write who the regulars are and who of them truly stays away."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "cafe_customers.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(
            ["branch_name", "card_number", "mean_gap_days", "has_lapsed", "lapse_date",
             "last_visit_date", "visits"]
        )  # fmt: skip
        for till in tills:
            regulars = till.regulars
            for i, card in enumerate(regulars.card):
                has_lapsed = int(regulars.lapse_day[i]) != NEVER
                lapse = FIRST_DAY + timedelta(days=int(regulars.lapse_day[i]) if has_lapsed else 0)
                last = FIRST_DAY + timedelta(days=max(0, int(till.last_day[i])))
                writer.writerow(
                    [
                        till.branch.name,
                        card,
                        f"{regulars.gap_days[i]:.3f}",
                        int(has_lapsed),
                        lapse.isoformat() if has_lapsed else "",
                        last.isoformat() if till.visits[i] else "",
                        int(till.visits[i]),
                    ]
                )
