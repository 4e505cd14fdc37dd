"""The whole project: all sources at once, what dbt adds to the work, builds with nothing new."""

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path

from bench import steps
from bench.place import environment, own_warehouse
from warehouse.errors import WarehouseError
from warehouse.settings import Settings

ONLY_GROCERY = "{source_systems: [grocery]}"
NO_TESTS = ("--exclude-resource-type", "test", "unit_test")


@dataclass
class ProjectFigures:
    """Seconds of whole builds, and where dbt's own go.

    `grocery` and `all_sources` build from nothing, without tests; `empty` builds all sources
    without a row. `empty_nodes` and `full_nodes` map a kind of node to the number of nodes and the
    seconds of their threads, in the empty build and in the forced one. `unchanged` and `forced`
    are `warehouse build` as a user starts it.
    """

    households: int
    parse: float = 0.0
    grocery: float = 0.0
    all_sources: float = 0.0
    empty: float = 0.0
    empty_nodes: dict[str, tuple[int, float]] = field(default_factory=dict)
    full_nodes: dict[str, tuple[int, float]] = field(default_factory=dict)
    unchanged: float = 0.0
    forced: float = 0.0


def measure_project(folder: Path, households: int, say: Callable[[str], None]) -> ProjectFigures:
    """All sources beside a grocery panel of so many households, in a warehouse of its own.

    Raises WarehouseError when a step fails.
    """
    figures = ProjectFigures(households)
    with (
        own_warehouse(folder) as settings,
        ProcessPoolExecutor(1, mp_context=get_context("spawn")) as worker,
    ):

        def dbt(*command: str) -> steps.DbtRun:
            return worker.submit(steps.run_dbt, settings, *command).result()

        say("reading the models")
        worker.submit(steps.import_dbt).result()
        figures.parse = dbt("parse", "--no-partial-parse").seconds
        say("building and testing without a row")
        dbt("build", "--full-refresh")
        empty = dbt("build")
        figures.empty, figures.empty_nodes = empty.seconds, _by_kind(empty)
        say(f"loading all sources, grocery with {households:,} households")
        for source, paths in worker.submit(
            steps.write_sources, settings.home.parent / "sample", households
        ).result():
            worker.submit(steps.load, settings, paths, source).result()
        say("building grocery alone")
        alone = dbt("build", "--full-refresh", *NO_TESTS, "--vars", ONLY_GROCERY)
        figures.grocery = alone.seconds
        say("building all sources")
        figures.all_sources = dbt("build", "--full-refresh", *NO_TESTS).seconds
        say("warehouse build: the first, one with nothing new, one forced")
        _warehouse_build(settings)
        figures.unchanged = _warehouse_build(settings)
        figures.forced = _warehouse_build(settings, "--force")
        figures.full_nodes = _by_kind(dbt("build"))
    return figures


def _by_kind(run: steps.DbtRun) -> dict[str, tuple[int, float]]:
    counts, seconds = Counter[str](), Counter[str]()
    for name, took in run.nodes.items():
        counts[run.kinds[name]] += 1
        seconds[run.kinds[name]] += took
    return {kind: (counts[kind], seconds[kind]) for kind in sorted(counts)}


def _warehouse_build(settings: Settings, *options: str) -> float:
    command = [str(Path(sys.executable).with_name("warehouse")), "build", *options]
    began = time.monotonic()
    process = subprocess.run(
        command, env=environment(settings), capture_output=True, text=True, check=False
    )
    seconds = time.monotonic() - began
    if process.returncode != 0:
        raise WarehouseError(f"`warehouse build` failed: {' '.join(process.stdout.split())[-500:]}")
    return seconds
