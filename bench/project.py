"""Measures the whole project: five changes, all sources, dbt's overhead, unchanged builds."""

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path

from bench import steps
from bench.changes import Change, measure_changes
from bench.command import Kinds, by_kind, run_warehouse
from bench.place import own_warehouse

NO_TESTS = ("--exclude-resource-type", "test", "unit_test")


@dataclass
class ProjectFigures:
    """Seconds of whole builds, and of dbt's overhead.

    `grocery` and `all_sources` build from scratch, without tests; `empty` builds all sources
    without rows. `empty_ran` and `full_ran` show what ran in the empty build and in the forced
    one. `unchanged` and `forced` are `warehouse build` as a user would run it.
    """

    households: int
    changes: list[Change] = field(default_factory=list)
    parse: float = 0.0
    grocery: float = 0.0
    all_sources: float = 0.0
    empty: float = 0.0
    empty_ran: Kinds = field(default_factory=dict)
    full_ran: Kinds = field(default_factory=dict)
    unchanged: float = 0.0
    forced: float = 0.0


def measure_project(folder: Path, households: int, say: Callable[[str], None]) -> ProjectFigures:
    """Measure the six samples, then all sources with a grocery panel of this many households, each
    in a separate warehouse.

    Raises WarehouseError if a step fails.
    """
    figures = ProjectFigures(households)
    with (
        ProcessPoolExecutor(1, mp_context=get_context("spawn")) as worker,
        own_warehouse(folder) as settings,
    ):
        figures.changes = measure_changes(settings, worker, say)
    with (
        own_warehouse(folder) as settings,
        ProcessPoolExecutor(1, mp_context=get_context("spawn")) as worker,
    ):

        def dbt(*command: str) -> steps.DbtRun:
            return worker.submit(steps.run_dbt, settings, *command).result()

        say("reading the models")
        dbt("parse")
        figures.parse = dbt("parse", "--no-partial-parse").seconds
        say("building and testing without rows")
        dbt("build", "--full-refresh")
        empty = dbt("build")
        figures.empty, figures.empty_ran = empty.seconds, by_kind(empty.nodes)
        say(f"loading all sources, grocery with {households:,} households")
        for source, paths in worker.submit(
            steps.write_sources, settings.home.parent / "sample", households
        ).result():
            worker.submit(steps.load, settings, paths, source).result()
        say("building only grocery")
        alone = dbt("build", "--full-refresh", *NO_TESTS, *steps.ONLY_GROCERY)
        figures.grocery = alone.seconds
        say("building all sources")
        figures.all_sources = dbt("build", "--full-refresh", *NO_TESTS).seconds
        say("warehouse build: first, with nothing new, forced")
        run_warehouse(settings, "build")
        figures.unchanged = run_warehouse(settings, "build").seconds
        forced = run_warehouse(settings, "build", "--force")
        figures.forced, figures.full_ran = forced.seconds, by_kind(forced.nodes)
    return figures
