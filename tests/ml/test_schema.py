"""The risk models' tables: made once, by prefix, and refusing what cannot be."""

import psycopg
import pytest

import ml.model_tables

TABLES = [
    "customer_values",
    "drift",
    "feature_importance",
    "lifetime_metrics",
    "lifetime_runs",
    "model_metrics",
    "model_runs",
    "risk_scores",
]
RUN = (
    "insert into ml.model_runs (run_type, source_system, risk_type, status, reason, model_version,"
    " row_count, started_at, finished_at)"
    " values (%s, 'cafe', 'churn', %s, %s, %s, 10, now(), now()) returning run_id"
)
SCORE = (
    "insert into ml.risk_scores (run_id, source_system, customer_id, risk_type, probability,"
    " risk_tier, has_risk, is_outside_training_range)"
    " values (1, 'cafe', 'a', 'churn', %s, %s, false, false)"
)


def tables(connection: psycopg.Connection, schema: str) -> list[str]:
    rows = connection.execute(
        "select tablename from pg_tables where schemaname = %s order by 1", [schema]
    )
    return [row[0] for row in rows]


def test_the_tables_are_made_once_and_keep_their_rows(empty_database: str) -> None:
    with psycopg.connect(empty_database, autocommit=True) as connection:
        assert tables(connection, "ml") == TABLES
        connection.execute(RUN, ["training", "promoted", None, "A"])
        ml.model_tables.ensure(connection)
        ml.model_tables.ensure(connection, "test_")
        assert tables(connection, "test_ml") == TABLES
        for schema, rows in (("ml", 1), ("test_ml", 0)):
            count = connection.execute(f"select count(*) from {schema}.model_runs".encode())
            assert count.fetchone() == (rows,)


def test_runs_and_scores_that_cannot_be_are_refused(empty_database: str) -> None:
    with psycopg.connect(empty_database, autocommit=True) as connection:
        connection.execute(RUN, ["scoring", "scored", None, "A"])
        connection.execute(RUN, ["rollback", "promoted", None, "A"])
        connection.execute(RUN, ["training", "refused", "no signal", None])
        connection.execute(SCORE, [0.001, "low"])
        connection.execute(SCORE, [0.999, "high"])
        for run in (
            ["training", "scored", None, "A"],  # a training scores nobody
            ["scoring", "promoted", None, "A"],  # a scoring promotes no model
            ["rollback", "refused", "no", "A"],
            ["training", "refused", None, None],  # refused without a reason
            ["training", "promoted", None, None],  # a model without a version
        ):
            with pytest.raises(psycopg.errors.CheckViolation):
                connection.execute(RUN, run)
        for probability, tier in ((0.0, "low"), (1.0, "high"), (0.5, "grave")):
            with pytest.raises(psycopg.errors.CheckViolation):
                connection.execute(SCORE, [probability, tier])
