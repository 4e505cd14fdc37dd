"""The faults of a café sample, each with its expected result.

duplicate_file: the same content again under another name. late_file: a branch and day that
arrives after everything else. corrected_file: a branch and day that is sent again with two more
tickets and replaces the first file. bad_rows: rows that the loader must reject, including rows
shifted by a cell, so that a name is in the wrong column. broken_total: tickets whose stated total
is not the sum of their lines. too_many_bad_rows, wrong_encoding: files that are refused.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from sample.answers import FileAnswer, Reject, money
from sample.cafe.tickets import FIRST_DAY, Ticket, Till
from sample.cafe.till_files import Delivery, cells_of, file_name, write_cells, write_rows
from sample.source_report import Folders

Cells = list[str]

_BAD_ROWS: tuple[tuple[str | None, str, Callable[[Cells], Cells]], ...] = (
    ("date_time", "not_a_date", lambda row: ["31/02/2022 10:00", *row[1:]]),
    ("date_time", "not_a_date", lambda row: [row[0][:10] + " 24:00", *row[1:]]),
    ("date_time", "not_a_date", lambda row: ["2022-03-09T10:00", *row[1:]]),
    ("date_time", "not_a_date", lambda row: ["03/13/2022 10:00", *row[1:]]),
    ("date_time", "date_outside", lambda row: ["07/03/2093 10:00", *row[1:]]),
    ("total_price", "not_finite", lambda row: [*row[:4], "NaN", *row[5:]]),
    ("total_price", "not_a_number", lambda row: [*row[:4], "£4.60", *row[5:]]),
    ("total_price", "missing", lambda row: [*row[:4], "", *row[5:]]),
    (None, "cells", lambda row: row[:6]),
    (None, "cells", lambda row: [*row, "1"]),
    ("date_time", "not_a_date", lambda row: [*row[1:], ""]),
    ("date_time", "missing", lambda row: ["", *row[:6]]),
)
"""Wrong column, kind, and how the row is damaged; the last two are shifted by a cell."""

_BAD_SHARE = 0.01
_BROKEN_BY = 100


@dataclass
class Faults:
    """Which branch and day has which fault; branches and days count from 0."""

    folders: Folders
    broken_totals: list[dict[str, Any]] = field(default_factory=list)
    bad_rows: int = 0
    late: list[FileAnswer] = field(default_factory=list)

    def deliver(self, till: Till, day: int, tickets: list[Ticket]) -> Delivery | None:
        """Write the files of a branch and day with a fault; None if it has none."""
        special = {
            (0, 1): self._duplicate,
            (1, 1): self._corrected,
            (2, 1): self._late,
            (0, 2): self._broken,
            (1, 2): self._broken,
            (2, 2): self._wrong_encoding,
            (1, 3): self._too_many,
        }
        write = special.get((till.number, day))
        if write:
            return write(day, tickets)
        room = min(int(_BAD_SHARE * len(tickets)), len(_BAD_ROWS) - self.bad_rows)
        return self._bad(day, tickets, room) if day > 2 and room else None

    def finish(self) -> list[FileAnswer]:
        """Write the file that no table takes; return it and the files that arrive late."""
        path = self.folders.files / "rota_march.csv"
        path.write_text("monday,tuesday\nopen,open\n", encoding="utf-8")
        name = self.folders.name(path)
        return [
            FileAnswer(name, None, 1, outcome="unclaimed", fault="unclaimed_file"),
            *self.late,
        ]

    def _answer(self, day: int, tickets: list[Ticket], fault: str) -> FileAnswer:
        path = self.folders.files / file_name(tickets[0].branch, day)
        control = sum(ticket.total for ticket in tickets)
        name = self.folders.name(path)
        return FileAnswer(name, "transactions", len(tickets), control, fault=fault)

    def _duplicate(self, day: int, tickets: list[Ticket]) -> Delivery:
        answer = self._answer(day, tickets, "duplicate_file")
        again = self.folders.files / file_name(tickets[0].branch, day, hour=21)
        for path in (self.folders.root / answer.file, again):
            write_rows(path, day, tickets)
        known = replace(answer, file=self.folders.name(again), control=None, outcome="known")
        return Delivery([answer, known], tickets)

    def _corrected(self, day: int, tickets: list[Ticket]) -> Delivery:
        first = tickets[:-2]
        answer = replace(self._answer(day, first, "corrected_file"), live=False)
        write_rows(self.folders.root / answer.file, day, first)
        self._write_late(file_name(tickets[0].branch, day, hour=20), day, tickets, "corrected_file")
        return Delivery([answer], tickets)

    def _late(self, day: int, tickets: list[Ticket]) -> Delivery:
        self._write_late(file_name(tickets[0].branch, day), day, tickets, "late_file")
        return Delivery([], tickets)

    def _write_late(self, name: str, day: int, tickets: list[Ticket], fault: str) -> None:
        self.folders.late.mkdir(parents=True, exist_ok=True)
        path = self.folders.late / name
        control = write_rows(path, day, tickets)
        self.late.append(
            FileAnswer(
                self.folders.name(path), "transactions", len(tickets), control, arrival=2,
                fault=fault,
            )
        )  # fmt: skip

    def _broken(self, day: int, tickets: list[Ticket]) -> Delivery:
        place = len(tickets) // 2
        ticket = tickets[place]
        broken = ticket._replace(stated=ticket.total + _BROKEN_BY)
        tickets = [*tickets[:place], broken, *tickets[place + 1 :]]
        answer = self._answer(day, tickets, "broken_total")
        write_rows(self.folders.root / answer.file, day, tickets)
        self.broken_totals.append(
            {
                "file": answer.file,
                "line": place + 1,
                "branch_name": ticket.branch,
                "ordered_at": f"{FIRST_DAY + timedelta(days=day)} {ticket.clock}",
                "stated_amount": money(broken.total),
                "lines_amount": money(ticket.total),
            }
        )
        return Delivery([answer], tickets)

    def _wrong_encoding(self, day: int, tickets: list[Ticket]) -> Delivery:
        answer = self._answer(day, tickets, "wrong_encoding")
        write_cells(self.folders.root / answer.file, cells_of(day, tickets), encoding="utf-16")
        return Delivery([replace(answer, outcome="refused", control=None)], [])

    def _too_many(self, day: int, tickets: list[Ticket]) -> Delivery:
        answer = self._answer(day, tickets, "too_many_bad_rows")
        cells = cells_of(day, tickets)
        for row in cells[::10]:
            row[4] = "unreadable"
        write_cells(self.folders.root / answer.file, cells)
        return Delivery([replace(answer, outcome="refused", control=None)], [])

    def _bad(self, day: int, tickets: list[Ticket], count: int) -> Delivery:
        answer = self._answer(day, tickets, "bad_rows")
        cells = cells_of(day, tickets)
        lost = [(number + 1) * len(tickets) // (count + 1) for number in range(count)]
        for place in lost:
            column, kind, spoil = _BAD_ROWS[self.bad_rows]
            cells[place] = spoil(cells[place])
            answer.rejects.append(Reject(place + 1, column, kind))
            self.bad_rows += 1
        write_cells(self.folders.root / answer.file, cells)
        kept = [ticket for place, ticket in enumerate(tickets) if place not in lost]
        return Delivery([replace(answer, control=sum(t.total for t in kept))], kept)
