"""What the models write to schema ml. The caller commits."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import psycopg
from psycopg import sql

from ml.model_errors import ModelError

Record = dict[str, Any]


@dataclass(frozen=True)
class LastTraining:
    """The newest training of a source and risk type, promoted or refused."""

    status: str
    data_hash: str
    parameters: dict[str, Any]
    as_of_date: date | None
    reason: str | None


@dataclass(frozen=True)
class LastScoring:
    """The newest scoring by a model version, and whether its scores still exist."""

    run_id: int
    data_hash: str
    has_scores: bool


class Records:
    """The tables of schema ml of one warehouse, for one source and risk type."""

    def __init__(
        self, connection: psycopg.Connection[Any], prefix: str, source_system: str, risk_type: str
    ):
        self._connection = connection
        self._schema = prefix + "ml"
        self._which = {"source_system": source_system, "risk_type": risk_type}

    def table(self, name: str) -> sql.Identifier:
        """A table of the schema, quoted."""
        return sql.Identifier(self._schema, name)

    def now(self) -> datetime:
        """The server's clock."""
        return self._one("select clock_timestamp()")[0]  # type: ignore[no-any-return]

    def last_training(self) -> LastTraining | None:
        """The newest training, or None."""
        row = self._one(
            "select status, data_hash, parameters, as_of_date, reason from {runs} "
            "where run_type = 'training' and {which} order by run_id desc limit 1"
        )
        if not row:
            return None
        status, data_hash, parameters, as_of_date, reason = row
        return LastTraining(status, data_hash, json.loads(parameters or "{}"), as_of_date, reason)

    def last_scoring(self, model_version: str) -> LastScoring | None:
        """The newest scoring by this version, or None."""
        row = self._one(
            "select run_id, data_hash, row_count = 0 or exists (select 1 from {scores} as scores "
            "where scores.run_id = runs.run_id) "
            "from {runs} as runs where run_type = 'scoring' and {which} "
            "and model_version = %(version)s order by run_id desc limit 1",
            version=model_version,
        )
        return LastScoring(*row) if row else None

    def current_version(self) -> str | None:
        """The version of the newest promotion."""
        row = self._one(
            "select model_version from {runs} where status = 'promoted' and {which} "
            "order by run_id desc limit 1"
        )
        return row[0] if row else None

    def previous_version(self, current: str) -> str | None:
        """The version that was current before the given one."""
        row = self._one(
            "select model_version from {runs} where status = 'promoted' and {which} "
            "and model_version <> %(current)s order by run_id desc limit 1",
            current=current,
        )
        return row[0] if row else None

    def knows(self, model_version: str) -> bool:
        """Whether a training of this version is recorded."""
        row = self._one(
            "select 1 from {runs} where run_type = 'training' and {which} "
            "and model_version = %(version)s limit 1",
            version=model_version,
        )
        return bool(row)

    def add_run(self, **columns: Any) -> int:
        """Add a run and return its number."""
        return self.add_run_as(self.next_run_id(), **columns)

    def next_run_id(self) -> int:
        """Reserve a run number, for rows that are written before their run."""
        row = self._one(
            "select nextval(pg_get_serial_sequence(%(table)s, 'run_id'))",
            table=f'"{self._schema}".model_runs',
        )
        return int(row[0])

    def add_run_as(self, run_id: int, **columns: Any) -> int:
        """Add a run with a reserved number."""
        given = {"run_id": run_id, **self._which, "finished_at": self.now(), **columns}
        if given.get("reason"):
            given["reason"] = given["reason"][:1024]
        self._insert("model_runs", [given], "overriding system value")
        return run_id

    def add_training(self, record: Record, **columns: Any) -> int:
        """Add a training with its figures and importance, as made by `training_record`."""
        run_id = self.add_run(**{**record["run"], **columns})
        for table in ("model_metrics", "feature_importance"):
            self._insert(table, [{"run_id": run_id, **row} for row in record[table]])
        return run_id

    def newest_remark(self) -> str | None:
        """The reason recorded with the newest scoring."""
        row = self._one(
            "select reason from {runs} where run_type = 'scoring' and {which} "
            "order by run_id desc limit 1"
        )
        return row[0] if row else None

    def newest_drift(self) -> list[tuple[str, float, int, int]]:
        """Drift in the newest scoring: name, stability index, rows trained on, rows scored.

        Ordered by index, the largest first.
        """
        query = sql.SQL(
            "select feature_name, population_stability, training_row_count, scored_row_count "
            "from {drift} where run_id = (select max(run_id) from {runs} "
            "where run_type = 'scoring' and source_system = %(source_system)s "
            "and risk_type = %(risk_type)s) "
            "order by population_stability desc, feature_name"
        ).format(drift=self.table("drift"), runs=self.table("model_runs"))
        return self._connection.execute(query, self._which).fetchall()

    def add_drift(self, run_id: int, rows: Iterable[dict[str, Any]]) -> None:
        """Add the drift that a scoring found."""
        self._insert("drift", [{"run_id": run_id, **row} for row in rows])

    def _insert(self, table: str, rows: list[dict[str, Any]], how: str = "") -> None:
        if not rows:
            return
        names = list(rows[0])
        statement = sql.SQL("insert into {} ({}) {} values ({})").format(
            self.table(table),
            sql.SQL(", ").join(map(sql.Identifier, names)),
            sql.SQL(how),
            sql.SQL(", ").join(map(sql.Placeholder, names)),
        )
        with self._connection.cursor() as cursor:
            cursor.executemany(statement, rows)

    def _one(self, query: str, **values: Any) -> Any:
        which = sql.SQL("source_system = %(source_system)s and risk_type = %(risk_type)s")
        statement = sql.SQL(query).format(
            runs=self.table("model_runs"), scores=self.table("risk_scores"), which=which
        )
        try:
            return self._connection.execute(statement, {**self._which, **values}).fetchone()
        except psycopg.errors.UndefinedTable:
            raise ModelError("The models' tables do not exist yet. Run `warehouse up`.") from None
