"""Values the customers of each source when its held-out days changed, and writes it down."""

import hashlib
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from psycopg import sql
from threadpoolctl import threadpool_limits

from ingest.engine.engines import engine_of
from ingest.engine.relation import Relation
from ingest.engine.session import Session
from ingest.sessions import FAILURES, is_missing
from ml.bg_nbd import Histories
from ml.calibration import Floats
from ml.lifetime import Customers, Later, LifetimeTraining, Outlook, train
from ml.reading import read_all
from ml.run import Connect

SEED = 1
_RECIPE = ("bg_nbd", "fitted", "gamma_gamma", "lifetime")
_HISTORY = ("repeat_days", "first_to_last_days", "age_days", "mean_repeat_amount")
_LATER = ("later_purchase_days", "later_revenue_amount")
_VALUES = pa.schema(
    [
        ("run_id", pa.int64()),
        ("source_system", pa.string()),
        ("customer_id", pa.string()),
        ("probability_alive", pa.float64()),
        *(
            (name.format(days), pa.float64())
            for days in (90, 365)
            for name in (
                "expected_purchases_{}_days",
                "expected_value_{}_days",
                "value_{}_days_p10",
                "value_{}_days_p50",
                "value_{}_days_p90",
            )
        ),
    ]
)
_METRICS = pa.schema(
    [
        ("run_id", pa.int64()),
        ("metric", pa.string()),
        ("metric_value", pa.float64()),
        ("interval_low", pa.float64()),
        ("interval_high", pa.float64()),
        ("row_count", pa.int64()),
    ]
)
_SOURCES = """
select latest.source_system, latest.as_of_date, latest.currency_code, held_out.held_out_days,
    held_out.discount_rate, held_out.rows_hash
from (
    select source_system, max(as_of_date) as as_of_date, max(currency_code) as currency_code
    from {current} group by source_system
) as latest
left join (
    select source_system, max(held_out_days) as held_out_days, max(discount_rate) as discount_rate,
        {hash} as rows_hash
    from {held_out} group by source_system
) as held_out
    on latest.source_system = held_out.source_system
order by latest.source_system
"""


@dataclass(frozen=True)
class Source:
    """A source with customers to value: their day and currency, the days held out (None if the
    history is too short), the discount per year, and a number that differs when the held-out rows
    do.
    """

    name: str
    as_of_date: date
    currency_code: str
    held_out_days: int | None
    discount_rate: float
    rows_hash: str


@dataclass(frozen=True)
class Valuation:
    """The result for one source: `status` is valued, refused or unchanged."""

    source_system: str
    status: str
    reason: str | None = None
    customers: int = 0


class Valuer:
    """Values customers in one warehouse."""

    def __init__(self, connect: Connect, prefix: str):
        self._connect = connect
        self._prefix = prefix

    def sources(self) -> list[Source]:
        """The sources that have customers. Empty if the marts are not built."""
        with closing(self._connect()) as session:
            engine = engine_of(session)
            columns = ["customer_id", "as_of_date", *_HISTORY, *_LATER]
            query = sql.SQL(_SOURCES).format(
                current=self._relation("build_marts", "customer_lifetime").quoted,
                held_out=self._relation("build_aggregates", "customer_lifetime_held_out").quoted,
                hash=engine.hash_of_rows(columns),
            )
            try:
                with session.transaction():
                    rows = session.execute(query).fetchall()
            except FAILURES as error:
                if is_missing(error):
                    return []
                raise
        return [
            Source(name, day, currency, days, rate or 0.0, str(rows_hash))
            for name, day, currency, days, rate, rows_hash in rows
        ]

    def value(self, source: Source, force: bool = False) -> Valuation:
        """Fit, judge and value, unless the newest run is of the same rows and code.

        A run is written in one transaction. Raises psycopg.Error, DatabaseFailure.
        """
        with closing(self._connect()) as session:
            data_hash = self._hash(source)
            if not force and self._last_hash(session, source.name) == data_hash:
                return Valuation(source.name, "unchanged")
            began = datetime.now(UTC)
            names, customers, _ = self._read(session, "build_marts", "customer_lifetime", source)
            _, before, later = self._read(
                session, "build_aggregates", "customer_lifetime_held_out", source, _LATER
            )
            session.commit()
            with threadpool_limits(1):
                held_out = Later(source.held_out_days or 0, *later)
                training = train(customers, before, held_out, SEED)
                outlook = training.lifetime and training.lifetime.outlook(
                    customers, SEED, discount_rate=source.discount_rate
                )
            run_id = self._write_run(session, source, training, data_hash, began, len(names))
            if outlook:
                self._write_values(session, source, run_id, names, outlook)
            session.commit()
            status = "valued" if outlook else "refused"
            return Valuation(source.name, status, training.reason, len(names))

    def _read(
        self, session: Session, schema: str, table: str, source: Source, more: tuple[str, ...] = ()
    ) -> tuple[list[str], Customers, list[Floats]]:
        """Ids of a source's customers in order, the customers, and the columns of `more`."""
        relation = sql.SQL("(select * from {} where source_system = {})").format(
            self._relation(schema, table).quoted, sql.Literal(source.name)
        )
        found = read_all(
            session, relation, [*_HISTORY, *more], ["customer_id"], prefix=self._prefix
        )
        order = np.argsort(np.array(found.texts[0], dtype=str), kind="stable")
        # A mean that is not known, without a rate of exchange, is none.
        repeats, last, age, means, *others = map(np.nan_to_num, found.values[order].T)
        ids = [found.texts[0][row] for row in order]
        return ids, Customers(Histories(repeats, last, age), means), others

    def _write_run(
        self,
        session: Session,
        source: Source,
        training: LifetimeTraining,
        data_hash: str,
        began: datetime,
        rows: int,
    ) -> int:
        reason = training.reason
        given: dict[str, Any] = {
            "source_system": source.name,
            "status": "valued" if training.lifetime else "refused",
            "reason": reason[:1024] if reason else None,
            "as_of_date": source.as_of_date,
            "held_out_days": source.held_out_days,
            "currency_code": source.currency_code,
            "discount_rate": source.discount_rate,
            "data_hash": data_hash,
            "row_count": rows,
            "started_at": began,
            "finished_at": datetime.now(UTC),
            **(training.lifetime.parameters() if training.lifetime else {}),
        }
        runs = self._relation("ml", "lifetime_runs")
        run_id = engine_of(session).insert_numbered(session, runs, "run_id", given)
        metrics = [
            {
                "run_id": run_id,
                "metric": name,
                "metric_value": measure.value,
                "interval_low": measure.low,
                "interval_high": measure.high,
                "row_count": measure.rows,
            }
            for name, measure in training.figures.items()
        ]
        self._copy(session, "lifetime_metrics", _METRICS, pa.Table.from_pylist(metrics, _METRICS))
        return run_id

    def _write_values(
        self, session: Session, source: Source, run_id: int, names: list[str], outlook: Outlook
    ) -> None:
        rows = len(names)
        columns = [
            pa.array(np.full(rows, run_id)),
            pa.array([source.name] * rows, pa.string()),
            pa.array(names, pa.string()),
            pa.array(outlook.alive),
        ]
        for index in range(outlook.purchases.shape[1]):
            columns += [
                pa.array(column, pa.float64(), from_pandas=True)
                for column in (
                    outlook.purchases[:, index],
                    outlook.values[:, index],
                    *outlook.quantiles[:, index].T,
                )
            ]
        self._copy(session, "customer_values", _VALUES, pa.table(columns, schema=_VALUES))

    def _copy(self, session: Session, table: str, schema: pa.Schema, rows: pa.Table) -> None:
        relation = self._relation("ml", table)
        engine_of(session).copy_tables(session, relation, schema, [rows], prefix=self._prefix)

    def _last_hash(self, session: Session, source_system: str) -> str | None:
        query = sql.SQL(
            "select data_hash from {} where source_system = %s order by run_id desc limit 1"
        ).format(self._relation("ml", "lifetime_runs").quoted)
        row = session.execute(query, [source_system]).fetchone()
        return row[0] if row else None

    def _hash(self, source: Source) -> str:
        told = repr((_recipe(), source.rows_hash, source.held_out_days, source.discount_rate))
        return hashlib.sha256(told.encode()).hexdigest()

    def _relation(self, schema: str, table: str) -> Relation:
        return Relation(self._prefix + schema, table)


@cache
def _recipe() -> str:
    """Hash of the code that values are calculated by."""
    digest = hashlib.sha256()
    for name in _RECIPE:
        digest.update(Path(__file__).with_name(f"{name}.py").read_bytes())
    return digest.hexdigest()
