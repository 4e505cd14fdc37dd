"""Peak memory of Python and of the database server while something runs."""

import threading
from types import TracebackType

import psutil

from warehouse.server import embedded
from warehouse.settings import Settings

INTERVAL_SECONDS = 0.05


class Peak:
    """Watches while its `with` block runs; `python_bytes` and `server_bytes` are the peaks.

    Measures resident memory; memory that the server's processes share counts once. `watch` sets
    the Python process to watch, with its children.
    """

    def __init__(self, settings: Settings, pid: int | None = None) -> None:
        self.python_bytes = 0
        self.server_bytes = 0
        self._pid = pid
        self._settings = settings
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def watch(self, pid: int) -> None:
        """Watch this Python process from now on."""
        self._pid = pid

    def __enter__(self) -> "Peak":
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        postmaster = embedded.running(self._settings)
        while not self._stop.wait(INTERVAL_SECONDS):
            if self._pid:
                self.python_bytes = max(self.python_bytes, resident_bytes(self._pid))
            if postmaster:
                self.server_bytes = max(self.server_bytes, resident_bytes(postmaster.pid))


def resident_bytes(pid: int) -> int:
    """Resident memory of a process and its children, shared memory once; 0 if it has ended."""
    try:
        process = psutil.Process(pid)
        processes = [process, *process.children(recursive=True)]
    except psutil.Error:
        return 0
    own, shared = 0, 0
    for process in processes:
        try:
            memory = process.memory_info()
        except psutil.Error:
            continue
        common = getattr(memory, "shared", 0)
        own += memory.rss - common
        shared = max(shared, common)
    return own + shared
