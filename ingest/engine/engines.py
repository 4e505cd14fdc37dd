"""Which engine is behind a session."""

from __future__ import annotations

from ingest.engine.engine import Engine
from ingest.engine.postgres_engine import PostgresEngine
from ingest.engine.redshift_engine import RedshiftEngine
from ingest.engine.redshift_session import RedshiftSession
from ingest.engine.session import Session

POSTGRES, REDSHIFT = PostgresEngine(), RedshiftEngine()


def engine_of(session: Session) -> Engine:
    """The engine of a session."""
    return REDSHIFT if isinstance(session, RedshiftSession) else POSTGRES
