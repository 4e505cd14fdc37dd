"""What the models write to schema ml. The caller commits."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa
from psycopg import sql

from ingest.engine.engines import engine_of
from ingest.engine.relation import Relation
from ingest.engine.session import Session
from ingest.sessions import FAILURES, is_missing
from ml.model_errors import ModelError

Record = dict[str, Any]
# The tables of many rows for a run, which are written as the scores are.
_TABLES = {
    "model_metrics": pa.schema(
        [
            ("run_id", pa.int64()),
            ("data_part", pa.string()),
            ("predictor", pa.string()),
            ("group_name", pa.string()),
            ("group_value", pa.string()),
            ("metric", pa.string()),
            ("metric_value", pa.float64()),
            ("interval_low", pa.float64()),
            ("interval_high", pa.float64()),
            ("row_count", pa.int64()),
        ]
    ),
    "feature_importance": pa.schema(
        [
            ("run_id", pa.int64()),
            ("feature_name", pa.string()),
            ("importance", pa.float64()),
            ("importance_deviation", pa.float64()),
            ("importance_rank", pa.int32()),
            ("is_personal", pa.bool_()),
        ]
    ),
    "drift": pa.schema(
        [
            ("run_id", pa.int64()),
            ("subject", pa.string()),
            ("feature_name", pa.string()),
            ("population_stability", pa.float64()),
            ("outside_range_rate", pa.float64()),
            ("training_row_count", pa.int64()),
            ("scored_row_count", pa.int64()),
        ]
    ),
}


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

    def __init__(self, connection: Session, prefix: str, source_system: str, risk_type: str):
        self._connection = connection
        self._engine = engine_of(connection)
        self._prefix = prefix
        self._which = {"source_system": source_system, "risk_type": risk_type}

    def table(self, name: str) -> Relation:
        """A table of the schema."""
        return Relation(self._prefix + "ml", name)

    @staticmethod
    def now() -> datetime:
        """The time that is written down."""
        return datetime.now(UTC)

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
            "select run_id, data_hash, row_count from {runs} "
            "where run_type = 'scoring' and {which} and model_version = %s "
            "order by run_id desc limit 1",
            model_version,
        )
        if row is None:
            return None
        run_id, data_hash, row_count = row
        has_scores = row_count == 0 or self._has_scores(run_id)
        return LastScoring(run_id, data_hash, has_scores)

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
            "and model_version <> %s order by run_id desc limit 1",
            current,
        )
        return row[0] if row else None

    def knows(self, model_version: str) -> bool:
        """Whether a training of this version is recorded."""
        row = self._one(
            "select 1 from {runs} where run_type = 'training' and {which} "
            "and model_version = %s limit 1",
            model_version,
        )
        return bool(row)

    def add_run(self, **columns: Any) -> int:
        """Add a run and return its number."""
        return self.add_run_as(self.next_run_id(), **columns)

    def next_run_id(self) -> int:
        """Reserve a run number, for rows that are written before their run."""
        return self._engine.new_number(self._connection, self.table("model_runs"), "run_id")

    def add_run_as(self, run_id: int, **columns: Any) -> int:
        """Add a run with a reserved number. Times and days may be texts, as an archive has them."""
        given = {"run_id": run_id, **self._which, "finished_at": self.now(), **columns}
        if given.get("reason"):
            given["reason"] = given["reason"][:1024]
        if isinstance(given.get("started_at"), str):
            given["started_at"] = datetime.fromisoformat(given["started_at"])
        if isinstance(given.get("as_of_date"), str):
            given["as_of_date"] = date.fromisoformat(given["as_of_date"])
        statement = sql.SQL("insert into {} ({}) {} values ({})").format(
            self.table("model_runs").quoted,
            sql.SQL(", ").join(map(sql.Identifier, given)),
            self._engine.with_given_id,
            sql.SQL(", ").join(sql.Placeholder() * len(given)),
        )
        self._connection.execute(statement, list(given.values()))
        return run_id

    def add_training(self, record: Record, **columns: Any) -> int:
        """Add a training with its figures and importance, as made by `training_record`."""
        run_id = self.add_run(**{**record["run"], **columns})
        for table in ("model_metrics", "feature_importance"):
            self._copy(table, run_id, record[table])
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
            "where run_type = 'scoring' and source_system = %s and risk_type = %s) "
            "order by population_stability desc, feature_name"
        ).format(drift=self.table("drift").quoted, runs=self.table("model_runs").quoted)
        return self._connection.execute(query, list(self._which.values())).fetchall()

    def add_drift(self, run_id: int, rows: Iterable[dict[str, Any]]) -> None:
        """Add the drift that a scoring found."""
        self._copy("drift", run_id, rows)

    def _copy(self, table: str, run_id: int, rows: Iterable[dict[str, Any]]) -> None:
        schema = _TABLES[table]
        found = pa.Table.from_pylist([{"run_id": run_id, **row} for row in rows], schema)
        self._engine.copy_tables(
            self._connection, self.table(table), schema, [found], prefix=self._prefix
        )

    def _has_scores(self, run_id: int) -> bool:
        query = sql.SQL("select 1 from {} where run_id = %s limit 1")
        scores = self.table("risk_scores").quoted
        return self._connection.execute(query.format(scores), [run_id]).fetchone() is not None

    def _one(self, query: str, *values: Any) -> Any:
        """The first row; `values` follow those of {which}."""
        which = sql.SQL("source_system = %s and risk_type = %s")
        statement = sql.SQL(query).format(runs=self.table("model_runs").quoted, which=which)
        try:
            return self._connection.execute(statement, [*self._which.values(), *values]).fetchone()
        except FAILURES as error:
            if is_missing(error):
                raise ModelError(
                    "The models' tables do not exist yet. Run `warehouse up`."
                ) from None
            raise
