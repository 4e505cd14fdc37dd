"""Transactions that still see old rows. PostgreSQL keeps those rows in the tables' files, even if a
table is rewritten."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import psycopg

from ingest.foreign_text import shown

# As long as a role waits for a lock. A reader's idle transaction is ended earlier, unless the
# reader lifted that limit.
PATIENCE = 120.0

# Every past transaction has a number below this one.
_NOW = "select mod(pg_snapshot_xmax(pg_current_snapshot())::text::bigint, 4294967296)"
# A snapshot's xmin is the oldest transaction that it may not see as finished. PostgreSQL considers
# the sessions of this database only, and all replication slots. Details of other roles' sessions
# (client, time) that a role may not see are null.
_HOLDERS = """
    with erased (before) as (select age(%(before)s::text::xid))
    select coalesce(usename, backend_type, 'a session')::text, concat_ws(
        ', ',
        'server process ' || pid,
        nullif(application_name, ''),
        host(client_addr),
        'in a transaction since ' || to_char(xact_start, 'YYYY-MM-DD HH24:MI:SS')
    )
    from pg_stat_activity cross join erased
    where pid <> pg_backend_pid() and (datname is null or datname = current_database())
        and (age(backend_xmin) > before or age(backend_xid) > before)
    union all
    select owner::text, concat_ws(
        ', ', 'prepared transaction ' || gid, 'since ' || to_char(prepared, 'YYYY-MM-DD HH24:MI:SS')
    )
    from pg_prepared_xacts cross join erased
    where database = current_database() and age(transaction) > before
    union all
    select slot_name::text, 'replication slot'
    from pg_replication_slots cross join erased
    where age(xmin) > before or (%(of_catalogue)s and age(catalog_xmin) > before)
    order by 1, 2
"""


def wait_until_unseen(
    connection: psycopg.Connection[Any],
    notify: Callable[[str], None] | None,
    *,
    of_catalogue: bool = False,
) -> list[str]:
    """Wait until nobody can see rows that were deleted and committed before the call.

    `of_catalogue`: rows of the system catalogue, which logical replication also reads. `notify`
    gets one line when waiting begins. Returns who can still see them after PATIENCE seconds; once
    nobody can, nobody will again. Call it outside a transaction.
    """
    row = connection.execute(_NOW).fetchone()
    assert row is not None
    given = {"before": row[0], "of_catalogue": of_catalogue}
    started, notified = time.monotonic(), False
    while True:
        found = connection.execute(_HOLDERS, given).fetchall()
        holders = [f"{shown(who)} ({shown(what)})" for who, what in found]
        if not holders or time.monotonic() - started >= PATIENCE:
            return holders
        if notify and not notified:
            notify(f"waiting for {'; '.join(holders)}: may still see what was erased")
            notified = True
        time.sleep(0.2)
