"""dbt's manifest of the project: what it parsed, and what depends on what."""

import json
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

Manifest = dict[str, Any]
NAME = "manifest.json"


def read_manifest(folder: Path) -> Manifest:
    """The content of a folder's manifest.json, parsed once for each version of the file.

    Callers share it and do not change it. Raises FileNotFoundError if dbt has not parsed yet, and
    ValueError if the file is not whole.
    """
    path = folder / NAME
    status = path.stat()
    return _read(path, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=2)
def _read(path: Path, modified: int, size: int) -> Manifest:
    manifest: Manifest = json.loads(path.read_bytes())
    return manifest


def reached(starts: Iterable[str], neighbours: Callable[[str], Iterable[str]]) -> set[str]:
    """The starts, with all that is reached from them over neighbours."""
    found = set(starts)
    waiting = list(found)
    while waiting:
        new = set(neighbours(waiting.pop())) - found
        found |= new
        waiting += new
    return found
