"""The run log: what each build did, in ops.build_steps and ops.build_nodes."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import astuple, dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from psycopg import sql

from ingest.engine.few_rows import insert_rows
from ingest.engine.relation import Relation
from ingest.engine.session import Session
from ingest.sessions import FAILURES
from warehouse.build.build_runs import server_time
from warehouse.build.dbt_run import Outcome
from warehouse.build.failures import reason_of

# Nodes of older builds are deleted; a build of everything has nearly a thousand.
NODES_KEPT = timedelta(days=90)


@dataclass(frozen=True)
class Step:
    """One step of a build: `status` is passed or failed, `node_count` what dbt ran, `row_count`
    what it wrote, `cause` why it failed. None is not known, or does not apply.
    """

    step: str
    started_at: datetime
    seconds: float
    status: str
    node_count: int | None = None
    row_count: int | None = None
    cause: str | None = None


class StepLog:
    """Collects the steps of one build, and writes them once the build has a number.

    started_at: the server's time now; steps count from it, whatever this machine's clock says.
    """

    def __init__(self, started_at: datetime) -> None:
        self._started_at = started_at
        self._began = time.monotonic()
        self._unwritten: list[Step] = []
        self._count = 0
        self._place: tuple[Session, str, int] | None = None

    def took(self, step: str, outcome: Outcome) -> Outcome:
        """Records a run of dbt that has just ended; returns its outcome."""
        rows = [result.rows for result in outcome.results if result.rows is not None]
        self._add(
            step,
            outcome.seconds,
            "passed" if outcome.has_passed else "failed",
            node_count=len(outcome.nodes),
            row_count=sum(rows) if rows else None,
            cause=reason_of(outcome),
        )
        return outcome

    @contextmanager
    def timed(self, step: str) -> Iterator[None]:
        """Records what the block does as a step, also if it raises."""
        began = time.monotonic()
        try:
            yield
        except BaseException as error:
            told = f"It ended with {type(error).__name__}."
            with suppress(*FAILURES):  # the first error is the one to report
                self._add(step, time.monotonic() - began, "failed", cause=told)
            raise
        self._add(step, time.monotonic() - began, "passed")

    def write(self, connection: Session, prefix: str, build_id: int) -> None:
        """Writes what was recorded; every later step is written as it ends."""
        self._place = (connection, prefix, build_id)
        self._write()

    def _add(self, step: str, seconds: float, status: str, **more: Any) -> None:
        since = time.monotonic() - self._began - seconds
        started_at = self._started_at + timedelta(seconds=max(since, 0.0))
        self._unwritten.append(Step(step, started_at, round(seconds, 3), status, **more))
        self._write()

    def _write(self) -> None:
        if self._place is None:
            return
        connection, prefix, build_id = self._place
        names = ["build_id", "step_number", *(column.name for column in fields(Step))]
        rows = [
            (build_id, self._count + number, *astuple(step))
            for number, step in enumerate(self._unwritten, 1)
        ]
        insert_rows(connection, Relation(f"{prefix}ops", "build_steps"), names, rows)
        self._count += len(rows)
        self._unwritten.clear()


def write_nodes(connection: Session, prefix: str, build_id: int, outcome: Outcome) -> None:
    """Writes the result of each node, and forgets those of builds older than NODES_KEPT."""
    nodes = Relation(f"{prefix}ops", "build_nodes")
    since = server_time(connection) - NODES_KEPT
    forget = sql.SQL(
        "delete from {} where build_id < (select min(build_id) from {} where started_at > %s)"
    ).format(nodes.quoted, sql.Identifier(f"{prefix}ops", "build_runs"))
    columns = ["build_id", "node_name", "kind", "status", "seconds", "row_count", "failure_count"]
    rows = [
        (build_id, one.name[:256], one.kind, one.status, one.seconds, one.rows, one.failures)
        for one in outcome.nodes
    ]
    with connection.transaction():
        connection.execute(forget, [since])
        insert_rows(connection, nodes, columns, rows)
