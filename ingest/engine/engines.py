"""Which engine is behind a session."""

from __future__ import annotations

from ingest.engine.engine import Engine
from ingest.engine.postgres_engine import PostgresEngine
from ingest.engine.redshift_session import RedshiftSession
from ingest.engine.session import Session

_POSTGRES = PostgresEngine()


def engine_of(session: Session) -> Engine:
    """The engine of a session."""
    if isinstance(session, RedshiftSession):
        from ingest.engine.redshift_engine import REDSHIFT

        return REDSHIFT
    return _POSTGRES
