"""The run log: what each build did, in ops.build_steps and ops.build_nodes."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import astuple, dataclass, fields
from datetime import datetime, timedelta
from typing import Any

import psycopg
from psycopg import sql

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
        self._place: tuple[psycopg.Connection, str, int] | None = None

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
            with suppress(psycopg.Error):  # the first error is the one to report
                self._add(step, time.monotonic() - began, "failed", cause=told)
            raise
        self._add(step, time.monotonic() - began, "passed")

    def write(self, connection: psycopg.Connection, prefix: str, build_id: int) -> None:
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
        insert = sql.SQL("insert into {} ({}) values ({})").format(
            sql.Identifier(prefix + "ops", "build_steps"),
            sql.SQL(", ").join(map(sql.Identifier, names)),
            sql.SQL(", ").join(sql.Placeholder() * len(names)),
        )
        for step in self._unwritten:
            self._count += 1
            connection.execute(insert, [build_id, self._count, *astuple(step)])
        self._unwritten.clear()


def write_nodes(
    connection: psycopg.Connection, prefix: str, build_id: int, outcome: Outcome
) -> None:
    """Writes the result of each node, and forgets those of builds older than NODES_KEPT."""
    ops = sql.Identifier(prefix + "ops")
    copy = sql.SQL(
        "copy {}.build_nodes (build_id, node_name, kind, status, seconds, row_count, failure_count)"
        " from stdin"
    )
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute(
            sql.SQL(
                "delete from {0}.build_nodes where build_id < (select min(build_id)"
                " from {0}.build_runs where started_at > now() - %s)"
            ).format(ops),
            [NODES_KEPT],
        )
        with cursor.copy(copy.format(ops)) as rows:
            for one in outcome.nodes:
                name = one.name[:256]
                rows.write_row(
                    (build_id, name, one.kind, one.status, one.seconds, one.rows, one.failures)
                )
