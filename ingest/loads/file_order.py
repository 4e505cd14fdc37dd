"""Decides which of two files is newer: by name and content, not by when they were loaded."""

from __future__ import annotations

import datetime as dt
import re

import pyarrow as pa
import pyarrow.compute as pc

from ingest.files.claimed_files import Candidate, stem
from ingest.tables.table_definitions import Table

# Year first only: 03-04-2024 could be either of two days.
_DAY = re.compile(r"(?<!\d)((?:19|20)\d\d)([-_. ]?)(\d\d)\2(\d\d)(?!\d)")


class FileOrder:
    """Works out the sort key of a file: the day in its name, or else its newest business date;
    within a day its newest time; with equal times the load id."""

    def __init__(self, candidate: Candidate, table: Table) -> None:
        self._day = candidate.facts.day or day_in_name(
            candidate.name.rpartition("/")[0] or candidate.name
        )
        self._column = table.control.business_date
        self._day_zero = table.control.day_zero
        self._newest: dt.datetime | None = None

    def add(self, rows: pa.Table) -> None:
        """Add the rows of the next batch."""
        if self._column is None or rows.num_rows == 0:
            return
        newest = pc.max(rows.column(self._column)).as_py()
        if newest is None:
            return
        if self._day_zero is not None:
            newest = self._day_zero + dt.timedelta(days=newest)
        if not isinstance(newest, dt.datetime):
            newest = dt.datetime.combine(newest, dt.time())
        self._newest = newest if self._newest is None else max(self._newest, newest)

    def text(self, load_id: int) -> str:
        """The file's sort key as text: the greater key is the newer file."""
        newest = self._newest or dt.datetime.min
        day = self._day or newest.date()
        return f"{day.isoformat()} {newest.isoformat(timespec='microseconds')} {load_id:019d}"


def day_in_name(name: str) -> dt.date | None:
    """The last day in a file name, written year first; None if it has none."""
    return max(days_in_name(name), default=None)


def days_in_name(name: str) -> list[dt.date]:
    """The days in a file name, written year first."""
    days = []
    for match in _DAY.finditer(stem(name)):
        try:
            days.append(dt.date(int(match[1]), int(match[3]), int(match[4])))
        except ValueError:
            continue
    return days
