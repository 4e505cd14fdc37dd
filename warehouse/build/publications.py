"""The record of publications in ops.publications."""

from dataclasses import dataclass
from datetime import datetime

from psycopg import sql

from ingest.engine.session import Session


@dataclass(frozen=True)
class Publication:
    """What readers see: the build's number (None if unknown), since when, and whether it was
    brought back.
    """

    build_id: int | None
    published_at: datetime
    is_back: bool


def last_publication(connection: Session, prefix: str) -> Publication | None:
    """What readers see now; None before the first publication."""
    row = connection.execute(
        sql.SQL(
            "select build_id, published_at, is_back from {}.publications "
            "order by publication_id desc limit 1"
        ).format(sql.Identifier(prefix + "ops"))
    ).fetchone()
    return Publication(*row) if row else None
