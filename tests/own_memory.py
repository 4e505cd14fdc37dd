"""How much memory a process that a test started held at most."""

import resource
import sys
from pathlib import Path

STATUS = Path("/proc/self/status")


def peak_bytes() -> int:
    """The most resident memory that this process has held."""
    if STATUS.exists():
        # Unlike ru_maxrss this leaves out the parent's memory, held for a moment before the start.
        with STATUS.open() as rows:
            return next(int(row.split()[1]) for row in rows if row.startswith("VmHWM")) * 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
