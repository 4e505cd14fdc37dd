"""Creates the risk models' tables in schema ml from their definition."""

from __future__ import annotations

from pathlib import Path

from ingest.engine.engines import engine_of
from ingest.engine.session import Session
from ingest.owners import TRANSFORMER, refuse_foreign_owners

DEFINITION = Path(__file__).with_name("model_tables.sql")


def ensure(connection: Session, prefix: str = "") -> None:
    """Create the schema ml and every missing table in it; safe to repeat.

    `prefix` is put before the schema name. Runs in one transaction and commits. Raises
    psycopg.errors.InsufficientPrivilege if the connection may not create a schema, SchemaMismatch
    if another role created it.
    """
    engine, definition = engine_of(connection), DEFINITION.read_text(encoding="utf-8")
    if not engine.has_foreign_code:
        with connection.transaction():
            engine.lock_schemas(connection, prefix)
            engine.create_tables(connection, f"{prefix}ml", definition)
        return
    schema = '"' + (prefix + "ml").replace('"', '""') + '"'
    statements = definition.replace("{ml}", schema)
    with connection.transaction():
        # Two concurrent runs would conflict in the catalogue.
        connection.execute("select pg_advisory_xact_lock(hashtext('warehouse ml'))")
        refuse_foreign_owners(connection, [f"{prefix}ml"], TRANSFORMER)
        connection.execute("set local client_min_messages = warning")
        connection.execute(statements.encode())
