"""Runs the `warehouse` command as a user would: its seconds, its memory, and what dbt ran."""

import re
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bench.memory import Peak
from bench.place import environment
from warehouse.errors import WarehouseError
from warehouse.settings import Settings

Kinds = dict[str, tuple[int, float]]

# A finished node in dbt's log: `12 of 94 OK created sql view model staging.x .. [CREATE in 0.10s]`.
_FINISHED = re.compile(
    r"\d+ of \d+ (?:OK created sql (?P<model>\w+) model|OK (?P<other>loaded seed|snapshotted)\w*"
    r"(?: file)?|(?P<test>PASS|WARN \d+)) (?P<name>\S+) .*\[.* in (?P<seconds>[\d.]+)s\]$"
)
_OTHER = {"loaded seed": "seed", "snapshotted": "snapshot"}


@dataclass(frozen=True)
class Node:
    """A dbt node that ran; kind is view, table, incremental, seed, snapshot, test or unit test."""

    name: str
    kind: str
    seconds: float


@dataclass(frozen=True)
class Ran:
    """A successful command. Bytes are the peaks of Python and of the server."""

    seconds: float
    nodes: tuple[Node, ...]
    python_bytes: int
    server_bytes: int


def run_warehouse(settings: Settings, *arguments: str) -> Ran:
    """Run `warehouse` with these arguments. Raises WarehouseError if it fails."""
    log = settings.log_dir / "dbt.log"
    log.unlink(missing_ok=True)
    command = [str(Path(sys.executable).with_name("warehouse")), *arguments]
    with Peak(settings) as peak:
        began = time.monotonic()
        process = subprocess.Popen(
            command,
            env=environment(settings),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        peak.watch(process.pid)
        output, _ = process.communicate()
        seconds = time.monotonic() - began
    if process.returncode != 0:
        reason = " ".join(output.split())[-500:]
        raise WarehouseError(f"`warehouse {arguments[0]}` failed: {reason}")
    text = log.read_text(encoding="utf-8") if log.exists() else ""
    return Ran(seconds, tuple(nodes_of(text)), peak.python_bytes, peak.server_bytes)


def nodes_of(log: str) -> Iterable[Node]:
    """The nodes that dbt finished, in the order of its log."""
    for line in log.splitlines():
        found = _FINISHED.search(line)
        if found:
            test = "unit test" if "::" in found["name"] else "test"
            kind = found["model"] or _OTHER.get(found["other"], test)
            yield Node(found["name"], kind, float(found["seconds"]))


def by_kind(nodes: Iterable[Node]) -> Kinds:
    """Kind of node → number of nodes and their thread seconds; the longest first."""
    found: Kinds = {}
    for node in nodes:
        count, seconds = found.get(node.kind, (0, 0.0))
        found[node.kind] = count + 1, seconds + node.seconds
    return dict(sorted(found.items(), key=lambda item: -item[1][1]))
