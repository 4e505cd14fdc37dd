"""One lock for loads and builds: a second one waits, or reports that it cannot start."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ingest.engine.engine import Lock
from ingest.engine.engines import engine_of
from ingest.engine.session import Session
from ingest.loader_errors import LockHeld


@contextmanager
def exclusive(
    connection: Session,
    what: str,
    *,
    prefix: str = "",
    wait: float | None = None,
    notify: Callable[[str], None] | None = None,
) -> Iterator[Lock]:
    """Hold the warehouse's lock on `connection` while the block runs.

    `what` is shown to anyone who has to wait, as in "load grocery". `wait` is the longest wait in
    seconds: None waits forever, 0 not at all. `notify` gets one line when waiting begins. Raises
    LockHeld, naming the holder, when the time is up. The server releases the lock when the
    connection ends, however it ends.
    """
    with engine_of(connection).warehouse_lock(connection, what, prefix) as lock:
        _take(lock, wait, notify)
        yield lock


@contextmanager
def without_transaction(lock: Lock, notify: Callable[[str], None] | None = None) -> Iterator[None]:
    """Free the lock while the block runs, if a transaction holds it, and take it again: what was
    deleted before can then be removed from the tables' files. Others may work meanwhile."""
    is_freed = lock.leave_transaction()
    yield
    if is_freed:
        _take(lock, None, notify)


def _take(lock: Lock, wait: float | None, notify: Callable[[str], None] | None) -> None:
    started, notified = time.monotonic(), False
    while not lock.take():
        holder = lock.holder()
        if wait is not None and time.monotonic() - started >= wait:
            raise LockHeld(f"the warehouse is busy: {holder}; try again when that has finished")
        if notify and not notified:
            notify(f"waiting for {holder}")
            notified = True
        time.sleep(0.2)
