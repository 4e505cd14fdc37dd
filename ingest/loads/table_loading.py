"""Loads the files of one table, one transaction each: decide, read, commit."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from ingest.checks.ids import WrittenAsFloats
from ingest.files.bucket_files import BucketError
from ingest.files.claimed_files import Candidate
from ingest.files.id_columns import whole_id_columns
from ingest.foreign_text import shown
from ingest.loader_errors import AlreadyKnown, Refusal
from ingest.loads.load_commit import Committed, commit
from ingest.loads.load_decision import decide
from ingest.loads.load_reading import read_file
from ingest.loads.load_report import FileResult, Status
from ingest.loads.load_target import Target
from ingest.sessions import FAILURES, explain, may_pass


def load_files(target: Target, candidates: Sequence[Candidate]) -> list[FileResult]:
    """Load the files in order; for a replace table, only the newest that is accepted."""
    if target.table.mode == "append":
        return [_one(target, candidate) for candidate in candidates]
    in_parts = Counter(candidate.folder for candidate in candidates)
    for folder, count in in_parts.items():
        if folder and count > 1:
            message = (
                f"the folder {shown(folder)} has {count} files, but table {target.table.name} is "
                "loaded whole from one file: write them as one file"
            )
            return [_result(target, candidate, "refused", message) for candidate in candidates]
    results: list[FileResult] = []
    newest: Candidate | None = None
    for candidate in reversed(candidates):
        if newest is not None:
            message = f"{shown(newest.place.name)}, newer by name, holds the whole table"
            results.append(_result(target, candidate, "superseded", message))
            continue
        result = _one(target, candidate)
        results.append(result)
        if result.status != "refused":
            newest = candidate
    return results[::-1]


def _one(target: Target, candidate: Candidate) -> FileResult:
    try:
        if target.watch.stop.is_set():
            raise Refusal("interrupted before this file")
        with _on_this_machine(target, candidate) as readable:
            try:
                committed = _in_transaction(target, readable, None)
            except WrittenAsFloats:
                whole_ids = whole_id_columns(readable.path, target.table)
                committed = _in_transaction(target, readable, whole_ids)
        if committed.load is not None:
            target.ledger.accept(committed.load, committed.leaving)
        return committed.result
    except AlreadyKnown as known:
        return _result(target, candidate, "known", known.message)
    except Refusal as refusal:
        return _result(target, candidate, "refused", str(refusal))
    except BucketError as error:
        return _result(target, candidate, "refused", str(error), error.may_pass)
    except FAILURES as error:
        return _result(target, candidate, "refused", explain(error), may_pass(error))
    except OSError as error:
        return _result(target, candidate, "refused", f"cannot be read: {error.strerror}")


@contextmanager
def _on_this_machine(target: Target, candidate: Candidate) -> Iterator[Candidate]:
    """The file, or a copy of one in S3 while it is loaded."""
    if candidate.stored is None:
        yield candidate
        return
    with target.copies.copy_of(candidate.stored) as path:
        yield replace(candidate, path=path)


def _in_transaction(
    target: Target, candidate: Candidate, whole_ids: frozenset[str] | None
) -> Committed:
    with target.connection.transaction(force_rollback=target.options.check):
        started = dt.datetime.now(dt.UTC)
        target.ledger.begin_file()
        decision = decide(target, candidate)
        read = read_file(target, candidate, whole_ids, writes=decision.writes)
        committed = commit(target, candidate, decision, read, started)
        if target.watch.lock is not None:
            target.watch.lock.require()
        return committed


def _result(
    target: Target, candidate: Candidate, status: Status, message: str, passes: bool = False
) -> FileResult:
    table = target.table.name
    return FileResult(candidate.place, table, status, message=message, may_pass=passes)
