"""Records a file that was read in the ledger, and reports the result."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from ingest.files.claimed_files import Candidate
from ingest.foreign_text import first_few
from ingest.loads.ledger import Load, Outcome
from ingest.loads.load_decision import Decision, decide_by_orders
from ingest.loads.load_reading import FileRead
from ingest.loads.load_report import FileResult
from ingest.loads.load_target import Target
from ingest.loads.rejected_orders import note_rejected_orders
from ingest.tables.raw_schemas import index_loads


@dataclass(frozen=True)
class Committed:
    """What to report about a file; the load it became (None: it was only checked) and the loads it
    replaced, for the ledger once the transaction is committed."""

    result: FileResult
    load: Load | None
    leaving: list[Load]


def commit(
    target: Target,
    candidate: Candidate,
    decision: Decision,
    read: FileRead,
    started: dt.datetime,
) -> Committed:
    """Accept the file's rows and delete those of the loads it replaces; a check only reports what
    would happen. Raises Refusal or AlreadyKnown, depending on the content."""
    options, leaving, remark = target.options, decision.leaving, ""
    target.ledger.check_content(read.sha256, options.corrects)
    if decision.writes:
        leaving = decide_by_orders(target, read.load_id, leaving)
        of_rejects = {r.order for r in read.verdict.rejects if r.order is not None}
        remark = note_rejected_orders(
            target.connection, target.table, read.load_id, leaving, of_rejects, options.prefix
        )
    load = None if options.check else _write(target, candidate, read, leaving, started)
    message = "; ".join(filter(None, (_replaces(leaving), remark, read.verdict.note)))
    return Committed(_result(target, candidate, read, message), load, leaving)


def _write(
    target: Target,
    candidate: Candidate,
    read: FileRead,
    leaving: Sequence[Load],
    started: dt.datetime,
) -> Load:
    table, ledger = target.table, target.ledger
    outcome = Outcome(
        file_name=candidate.ledger_name,
        sha256=read.sha256,
        file_bytes=candidate.path.stat().st_size,
        rows_in_file=read.verdict.rows,
        rejects=read.verdict.rejects,
        totals=read.totals.result(),
        as_of=target.options.as_of,
        started_at=started,
        order_again=table.order_again,
        file_order=read.order.text(read.load_id),
        time_zone=str(table.time_zone) if table.time_zone else None,
    )
    load = ledger.write(read.load_id, candidate, outcome)
    ledger.supersede(leaving, read.load_id)
    if ledger.live():
        index_loads(target.connection, table, target.options.prefix)
    return load


def _result(target: Target, candidate: Candidate, read: FileRead, message: str) -> FileResult:
    check = target.options.check
    rejects = sorted(read.verdict.rejects, key=lambda reject: reject.line)
    return FileResult(
        candidate.place,
        target.table.name,
        "checked" if check else "loaded",
        rows_in_file=read.verdict.rows,
        rows_loaded=read.verdict.rows - len(rejects),
        rows_rejected=len(rejects),
        totals=tuple(read.totals.result()),
        rejects=tuple(rejects),
        load_id=None if check else read.load_id,
        message=message,
        personal_ids=read.verdict.personal_ids,
        unknown_words=read.words.result(),
    )


def _replaces(leaving: Sequence[Load]) -> str:
    if not leaving:
        return ""
    return f"replaces load {first_few([load.load_id for load in leaving], 5)}"
