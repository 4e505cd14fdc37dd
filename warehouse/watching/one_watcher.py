"""One watcher per home at a time."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from warehouse.errors import WarehouseError
from warehouse.safe_files import open_own
from warehouse.server import layout
from warehouse.settings import Settings


class AnotherWatcher(WarehouseError):
    """Another watcher is at work in this home: try again later, or leave it to that one."""


@contextmanager
def only_watcher(settings: Settings) -> Iterator[None]:
    """Holds the home's lock for watchers, which ends with the process however that ends.

    Raises AnotherWatcher, naming its process, and WarehouseError if the home cannot be used.
    """
    layout.prepare(settings)
    path = settings.home / f"{settings.prefix}watch.lock"
    descriptor = open_own(path, os.O_RDWR)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(descriptor, 200, 0).decode(errors="replace").strip()
            raise AnotherWatcher(
                f"A watcher is already at work for {settings.home} ({holder or 'just starting'}). "
                "It loads what arrives in its own folders; stop it before you start another."
            ) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"process {os.getpid()} since {datetime.now():%F %T}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)
