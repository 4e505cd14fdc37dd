"""Load files into the raw tables, and remove loads again."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from psycopg import sql

from ingest.engine.engines import engine_of
from ingest.engine.redshift_address import Address
from ingest.engine.session import Session
from ingest.files.bucket_files import Bucket, BucketError, StoredFile, read_address
from ingest.files.claimed_files import Candidate, claim, data_files, expand, unique
from ingest.foreign_text import shown
from ingest.loader_errors import (
    DatabaseFailure,
    LoaderError,
    Refusal,
    UsageError,
)
from ingest.loads.known_words import read_crosswalks
from ingest.loads.ledger import retire
from ingest.loads.load_options import Options
from ingest.loads.load_report import FileResult, LoadReport
from ingest.loads.load_target import Advance, Crosswalks, Watch, open_target
from ingest.loads.table_loading import load_files
from ingest.lock import exclusive
from ingest.sessions import FAILURES, connect, explain, may_pass
from ingest.tables.definition_files import read_definitions
from ingest.tables.raw_schemas import ensure
from ingest.tables.table_definitions import Source, Table


@dataclass(frozen=True)
class Unloaded:
    """A load that was removed from its raw table."""

    load_id: int
    source: str
    table: str
    file: str
    rows: int


def load(
    address: Address,
    project_dir: str | Path,
    source: str,
    paths: Iterable[str | Path],
    options: Options | None = None,
    *,
    progress: Advance | None = None,
    wait: float | None = None,
    notify: Callable[[str], None] | None = None,
) -> LoadReport:
    """Load files, folders and globs into the raw tables of `source`, each file whole or not at all.
    A path that begins with s3:// is a file or a folder in S3.

    `progress` is called with the file name, bytes read and total bytes. For `wait` and `notify`
    see lock.exclusive.

    Files of one table are loaded one after another, by business day and name; tables in parallel.
    Returns a report with one result per file. Raises LoaderError (UsageError for an unknown source
    or table) if the whole call fails.
    """
    options = options or Options()
    chosen = _source(read_definitions(project_dir), source)
    forced = _table(chosen, options.table)
    crosswalks = read_crosswalks(project_dir, chosen)
    candidates, results = _candidates(paths, chosen, forced)
    groups: dict[str, list[Candidate]] = {}
    for candidate in candidates:
        if candidate.table is not None:
            groups.setdefault(candidate.table.name, []).append(candidate)
    if groups:
        what, prefix = f"load {source}", options.prefix
        with (
            connect(address) as parent,
            exclusive(parent, what, prefix=prefix, wait=wait, notify=notify) as lock,
        ):
            engine = engine_of(parent)
            if not options.check:
                _ensure(parent, {source: chosen}, prefix)
                engine.remove_leftovers(parent, prefix)
            watch = Watch(threading.Event(), progress, lock)
            results += _in_parallel(
                address, engine.workers, [*groups.values()], options, crosswalks, watch
            )
    order = {candidate.place: index for index, candidate in enumerate(candidates)}
    results.sort(key=lambda result: order.get(result.path, -1))
    return LoadReport(source, results)


def unload(
    address: Address,
    load_id: int,
    prefix: str = "",
    *,
    wait: float | None = None,
    notify: Callable[[str], None] | None = None,
) -> Unloaded:
    """Remove one live load from its raw table; the next build removes it from facts and marts.

    A load that it replaced or corrected is not restored: load that file again. Raises UsageError
    if there is no such load or it is not live.
    """
    with connect(address) as connection:
        name = f"unload {load_id}"
        with exclusive(connection, name, prefix=prefix, wait=wait, notify=notify) as lock:
            try:
                with connection.transaction():
                    unloaded = _unload(connection, load_id, prefix)
                    lock.require()
                return unloaded
            except FAILURES as error:
                raise DatabaseFailure(explain(error), may_pass=may_pass(error)) from None


def _unload(connection: Session, load_id: int, prefix: str) -> Unloaded:
    row = connection.execute(
        sql.SQL(
            "select source_system, table_name, file_name, status, is_live from {}"
            " where load_id = %s"
        ).format(sql.Identifier(f"{prefix}ops", "load_files")),
        (load_id,),
    ).fetchone()
    if row is None:
        raise UsageError(f"there is no load {load_id}")
    source, table, file, status, is_live = row
    if not is_live:
        raise UsageError(f"load {load_id} ({shown(file)}) is already {status}")
    raw = Table(source, table, f"raw_{source}", (), "append")
    rows = retire(connection, raw, [load_id], "unloaded", None, prefix)
    return Unloaded(load_id, source, table, file, rows)


def _source(definitions: dict[str, Source], name: str) -> Source:
    if name not in definitions:
        known = ", ".join(sorted(definitions))
        raise UsageError(f"there is no source '{shown(name)}'; known: {known}")
    return definitions[name]


def _table(source: Source, name: str | None) -> Table | None:
    if name is None:
        return None
    if name not in source.tables:
        known = ", ".join(sorted(source.tables))
        raise UsageError(f"source {source.name} has no table {name!r}; it has: {known}")
    return source.tables[name]


def _candidates(
    paths: Iterable[str | Path], source: Source, forced: Table | None
) -> tuple[list[Candidate], list[FileResult]]:
    """The files to process, in order, and results for those already decided."""
    found: list[Path | StoredFile] = []
    results = []
    for path in paths:
        place = _place(path)
        try:
            found += _stored(place) if isinstance(place, StoredFile) else expand(place)
        except (Refusal, BucketError) as error:
            passes = error.may_pass
            results.append(FileResult(place, None, "refused", message=str(error), may_pass=passes))
    candidates = [claim(path, source, forced) for path in unique(found)]
    candidates.sort(key=lambda candidate: candidate.sort_key)
    names = ", ".join(sorted(source.tables))
    one = max(source.tables.values(), key=lambda table: table.mode == "append").name
    for candidate in candidates:
        if candidate.table is None:
            message = (
                f"no table of {source.name} takes files with this name; its tables: {names}. If "
                f"the file belongs to one of them, name it, as in --table {one}"
            )
            results.append(FileResult(candidate.place, None, "unclaimed", message=message))
    return candidates, results


def _place(path: str | Path) -> Path | StoredFile:
    """Where a caller means. Raises UsageError for an address without a bucket."""
    if isinstance(path, str) and path.startswith("s3:"):
        return StoredFile(*read_address(path))
    return Path(path)


def _stored(place: StoredFile) -> list[StoredFile]:
    """The files of an address in S3. Raises Refusal, BucketError."""
    return data_files(Bucket(place.bucket).find(place.key), place.key)


def _ensure(connection: Session, definitions: dict[str, Source], prefix: str) -> None:
    try:
        ensure(connection, definitions, prefix)
    except FAILURES as error:
        message = f"cannot prepare the raw tables: {explain(error)}"
        raise DatabaseFailure(message, may_pass=may_pass(error)) from None


def _in_parallel(
    address: Address,
    workers: int,
    groups: Sequence[list[Candidate]],
    options: Options,
    crosswalks: Crosswalks,
    watch: Watch,
) -> list[FileResult]:
    def work(group: list[Candidate]) -> list[FileResult]:
        table = group[0].table
        assert table is not None
        try:
            with connect(address) as connection:
                target = open_target(connection, table, options, crosswalks, watch)
                return load_files(target, group)
        except FAILURES as error:
            failed, passes = explain(error), may_pass(error)
        except LoaderError as error:
            failed, passes = str(error), error.may_pass
        return [
            FileResult(c.place, table.name, "refused", message=failed, may_pass=passes)
            for c in group
        ]

    with ThreadPoolExecutor(workers) as pool:
        try:
            return [result for results in pool.map(work, groups) for result in results]
        finally:
            watch.stop.set()
