"""Says whom a build waits for: sessions of others that hold what a model is to replace."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import psycopg

from ingest.foreign_text import shown
from warehouse.errors import WarehouseError
from warehouse.server import database
from warehouse.server.roles import TRANSFORMER
from warehouse.settings import Settings

_SECONDS = 2.0
# dbt's sessions that wait for somebody else, with the relation and who holds it.
_WAITS = """
select
    coalesce((
        select cast(relation as regclass)::text from pg_locks
        where pg_locks.pid = waiting.pid and not granted and relation is not null limit 1
    ), 'a table'),
    holder.usename::text, holder.application_name, host(holder.client_addr), holder.pid,
    holder.state, to_char(holder.state_change, 'HH24:MI:SS')
from pg_stat_activity as waiting
cross join lateral unnest(pg_blocking_pids(waiting.pid)) as blocking (pid)
inner join pg_stat_activity as holder on blocking.pid = holder.pid
where
    waiting.datname = current_database()
    and waiting.application_name = 'dbt'
    and waiting.wait_event_type = 'Lock'
    and waiting.query_start < clock_timestamp() - make_interval(secs => %s)
    and holder.application_name <> 'dbt'
order by holder.pid
"""


@contextmanager
def telling_waits(settings: Settings, tell: Callable[[str], None]) -> Iterator[None]:
    """Calls tell() once for each session that keeps dbt waiting while the block runs.

    A connection that fails is ignored: dbt itself reports what it meets then. Redshift does not
    show who waits for whom to everybody; nothing is told there.
    """
    if settings.is_redshift:
        yield
        return
    is_over = threading.Event()
    watcher = threading.Thread(target=_watch, args=(settings, tell, is_over), daemon=True)
    watcher.start()
    try:
        yield
    finally:
        is_over.set()
        watcher.join()


def _watch(settings: Settings, tell: Callable[[str], None], is_over: threading.Event) -> None:
    told: set[str] = set()
    with (
        suppress(psycopg.Error, WarehouseError),
        database.connect(settings, TRANSFORMER) as connection,
    ):
        connection.autocommit = True
        while not is_over.wait(_SECONDS / 2):
            for row in connection.execute(_WAITS, [_SECONDS]):
                line = _line(*row)
                if line not in told:
                    told.add(line)
                    tell(line)


def _line(
    relation: str,
    role: str | None,
    program: str | None,
    address: str | None,
    process: int,
    state: str | None,
    since: str | None,
) -> str:
    """`Waiting for analyst (psql at 10.0.0.7, process 812), idle in transaction since 12:03:09, on
    build_marts.customer_rfm.`
    """
    where = " at ".join(shown(part) for part in (program, address) if part)
    who = f"{shown(role or 'somebody')} ({where + ', ' if where else ''}process {process})"
    doing = f", {state} since {since}" if state and since else ""
    return f"Waiting for {who}{doing}, on {shown(relation)}."
