"""The result for each file of a call, and how it is reported."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Literal

from rich.console import Console, Group, RenderableType
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table as Grid
from rich.text import Text

from ingest.console import Terminal
from ingest.counts import counted
from ingest.files.batches import Reject
from ingest.files.bucket_files import StoredFile
from ingest.files.claimed_files import printable
from ingest.foreign_text import shown
from ingest.loads.control_totals import Total
from ingest.loads.known_words import UnknownWord

Status = Literal["loaded", "known", "superseded", "checked", "refused", "unclaimed"]

LONG_FILE_BYTES = 20 * 1024 * 1024
_SHOWN_REJECTS, _VALUE_LENGTH, _MESSAGE_LENGTH = 5, 40, 1000
_COLOURS = {"loaded": "green", "checked": "green", "refused": "red", "unclaimed": "yellow"}


@dataclass(frozen=True)
class FileResult:
    """One file: its table and the result.

    `rows_in_file` = `rows_loaded` + `rows_rejected` for every file that was loaded or checked.
    `message` says why a file was refused, or gives other remarks; otherwise it is empty.
    `personal_ids` counts rows with a personal customer id that was stored as a token;
    `unknown_words` are statuses and line types that the source's crosswalk does not know.
    `may_pass`: the file was refused for a reason outside it (a lost connection, a full disk), and
    may be loaded later as it is.
    """

    path: Path | StoredFile
    table: str | None
    status: Status
    rows_in_file: int = 0
    rows_loaded: int = 0
    rows_rejected: int = 0
    totals: tuple[Total, ...] = ()
    rejects: tuple[Reject, ...] = ()
    load_id: int | None = None
    message: str = ""
    personal_ids: int = 0
    unknown_words: tuple[UnknownWord, ...] = ()
    may_pass: bool = False

    @property
    def file(self) -> str:
        """The file name without its folder."""
        return printable(self.path.name)

    def amounts(self) -> dict[str, Decimal]:
        """The control amount per currency, summed over all days."""
        sums: dict[str, Decimal] = {}
        for total in self.totals:
            if total.control_amount is not None:
                code = total.currency_code or ""
                sums[code] = sums.get(code, Decimal(0)) + total.control_amount
        return sums

    def days(self) -> tuple[dt.date, dt.date] | None:
        """First and last business day of the file."""
        days = [t.business_date for t in self.totals if t.business_date is not None]
        return (min(days), max(days)) if days else None


@dataclass
class LoadReport:
    """The results of one call, in the order in which the files were processed."""

    source: str
    files: list[FileResult] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """1 if a file was refused, or if there were files but no table takes any; 3 if files were
        refused only for reasons outside them; otherwise 0.
        """
        found = {result.status for result in self.files}
        refused = [result.may_pass for result in self.files if result.status == "refused"]
        if refused:
            return 3 if all(refused) else 1
        return int(found == {"unclaimed"})

    @property
    def rows_loaded(self) -> int:
        """Rows that went into raw tables."""
        return sum(result.rows_loaded for result in self.files if result.status == "loaded")


def render(report: LoadReport) -> RenderableType:
    """The report as a table, one line per file and currency, with messages and first rejects below.

    A missing currency, which means default_currency, is shown as `unnamed`.
    """
    if not report.files:
        return Text(f"{report.source}: no files found")
    grid = Grid(box=None, pad_edge=False, header_style="bold")
    grid.add_column("file", overflow="ellipsis")  # the only one that shrinks on a narrow screen
    for heading in ("table", "result"):
        grid.add_column(heading, no_wrap=True)
    for heading in ("rows", "rejected", "control total"):
        grid.add_column(heading, justify="right", no_wrap=True)
    notes: list[Text] = []
    for result in report.files:
        amounts = "\n".join(
            f"{value:,.2f} {shown(code) or 'unnamed'}" for code, value in result.amounts().items()
        )
        judged = result.status in ("loaded", "checked")
        grid.add_row(
            Text(shown(result.file)),
            Text(result.table or ""),
            Text(result.status, style=_COLOURS.get(result.status, "")),
            f"{result.rows_loaded:,}" if judged else "",
            f"{result.rows_rejected:,}" if judged else "",
            Text(amounts),
        )
        notes += _notes(result)
    return Group(grid, *notes, *_unknown_words(report))


def as_json(report: LoadReport) -> str:
    """One JSON object per file and line, in ASCII; without rejected rows, which may be personal."""
    return "\n".join(
        json.dumps(
            {
                "file": str(result.path),
                "table": result.table,
                "result": result.status,
                "rows_loaded": result.rows_loaded,
                "rows_rejected": result.rows_rejected,
                "load_id": result.load_id,
                "message": result.message,
                "may_pass": result.may_pass,
            }
        )
        for result in report.files
    )


def _unknown_words(report: LoadReport) -> Iterator[RenderableType]:
    """Words that no crosswalk knows, over all files of the call, and where to map them."""
    found: dict[tuple[str, str, str], tuple[int, Decimal | None]] = {}
    for result in report.files:
        for one in result.unknown_words:
            key = (one.crosswalk, one.column, one.word)
            rows, amount = found.get(key, (0, None))
            more = amount if one.amount is None else (amount or Decimal(0)) + one.amount
            found[key] = (rows + one.rows, more)
    if not found:
        return
    grid = Grid(box=None, pad_edge=False, header_style="bold")
    for heading in ("column", "unknown word"):
        grid.add_column(heading, no_wrap=True)
    for heading in ("rows", "control total"):
        grid.add_column(heading, justify="right", no_wrap=True)
    for (_, column, word), (rows, amount) in found.items():
        total = "" if amount is None else f"{amount:,.2f}"
        grid.add_row(column, Text(shown(word, _VALUE_LENGTH), style="yellow"), f"{rows:,}", total)
    yield Text()
    yield grid
    seeds = ", ".join(sorted({crosswalk for crosswalk, _, _ in found}))
    yield Text(
        f"These count as sales until they are mapped to sale, void or return in {seeds}; the next "
        "build applies the mapping."
    )


def _notes(result: FileResult) -> Iterator[Text]:
    file = shown(result.file)
    if result.message:
        style = _COLOURS.get(result.status, "")
        yield Text.assemble((f"{file}: ", style), shown(result.message, _MESSAGE_LENGTH))
    if result.personal_ids:
        yield Text(
            f"{file}: {counted(result.personal_ids, 'row identifies', 'rows identify')} the "
            "customer by an e-mail address, telephone or card number, or name: stored as keyed "
            "tokens (pass --keep-customer-ids to store them as given)"
        )
    for reject in result.rejects[:_SHOWN_REJECTS]:
        column = f", {reject.column}" if reject.column else ""
        value = f" ('{shown(reject.value, _VALUE_LENGTH)}')" if reject.value else ""
        yield Text(f"{file}, line {reject.line}{column}: {reject.reason}{value}")
    if result.rows_rejected > _SHOWN_REJECTS:
        more = result.rows_rejected - _SHOWN_REJECTS
        yield Text(f"{file}: {counted(more, 'more rejected row')}, all in ops.rejected_rows")


@contextmanager
def bar(console: Console | None = None) -> Iterator[Callable[[str, int, int], None]]:
    """A progress bar for `load(progress=…)`; only for files of LONG_FILE_BYTES or more."""
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console or Terminal(stderr=True), transient=True) as progress:
        tasks = {}

        def advance(file: str, done: int, total: int) -> None:
            if total >= LONG_FILE_BYTES:
                if file not in tasks:
                    tasks[file] = progress.add_task(shown(file), total=total)
                progress.update(tasks[file], completed=done)

        yield advance
