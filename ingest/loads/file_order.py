"""Which of two files is the newer one, by what they hold and not by when they were loaded."""

from __future__ import annotations

import datetime as dt
import re

import pyarrow as pa
import pyarrow.compute as pc

from ingest.files.claimed_files import Candidate, stem
from ingest.tables.table_definitions import Table

# Year first: 03-04-2024 could be either day.
_DAY = re.compile(r"(?<!\d)((?:19|20)\d\d)([-_. ]?)(\d\d)\2(\d\d)(?!\d)")


class FileOrder:
    """Works out what a file is ordered by: the day in its name, else the newest business date
    inside; of the same day the newest time inside; of the same time what was loaded last."""

    def __init__(self, candidate: Candidate, table: Table) -> None:
        self._day = candidate.facts.day or day_in_name(
            candidate.name.rpartition("/")[0] or candidate.name
        )
        self._column = table.control.business_date
        self._day_zero = table.control.day_zero
        self._newest: dt.datetime | None = None

    def add(self, rows: pa.Table) -> None:
        """Take the rows of the next batch."""
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
        """What sorts the file among others, as text: the greater is the newer."""
        newest = self._newest or dt.datetime.min
        day = self._day or newest.date()
        return f"{day.isoformat()} {newest.isoformat(timespec='microseconds')} {load_id:019d}"


def day_in_name(name: str) -> dt.date | None:
    """The last day that a file's name has, written year first; None where it has none."""
    return max(days_in_name(name), default=None)


def days_in_name(name: str) -> list[dt.date]:
    """The days that a file's name has, written year first."""
    days = []
    for match in _DAY.finditer(stem(name)):
        try:
            days.append(dt.date(int(match[1]), int(match[3]), int(match[4])))
        except ValueError:
            continue
    return days
