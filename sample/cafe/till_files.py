"""A till's export as a file."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sample.answers import FileAnswer
from sample.cafe.tickets import FIRST_DAY, Ticket


@dataclass(frozen=True)
class Delivery:
    """The files of one branch and day, and the tickets that count once all of them are loaded."""

    files: list[FileAnswer]
    tickets: list[Ticket]


def file_name(branch: str, day: int, hour: int = 9) -> str:
    """Return the name under which a branch's till exports a day, counted from 0."""
    on = FIRST_DAY + timedelta(days=day)
    return f"{branch.lower()}_{on:%d-%m-%Y}_{hour:02d}-00-00.csv"


def cells_of(day: int, tickets: Sequence[Ticket]) -> list[list[str]]:
    """Return the tickets of a day as the cells of their lines."""
    on = FIRST_DAY + timedelta(days=day)
    return [ticket.cells(on) for ticket in tickets]


def write_cells(path: Path, cells: list[list[str]], encoding: str = "utf-8") -> None:
    """Write lines as a file without a header."""
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(cells)


def write_rows(path: Path, day: int, tickets: Sequence[Ticket]) -> int:
    """Write the tickets of a day and return the sum of their stated totals, in pence."""
    write_cells(path, cells_of(day, tickets))
    return sum(ticket.total for ticket in tickets)
