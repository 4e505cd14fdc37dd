"""The whole project: five changes, all sources at once, what dbt adds, builds with nothing new."""

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
    """Seconds of whole builds, and where dbt's own go.

    `grocery` and `all_sources` build from nothing, without tests; `empty` builds all sources
    without a row. `empty_ran` and `full_ran` tell what ran in the empty build and in the forced
    one. `unchanged` and `forced` are `warehouse build` as a user starts it.
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
    """The six samples, then all sources beside a grocery panel of so many households, each in a
    warehouse of its own.

    Raises WarehouseError when a step fails.
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
        say("building and testing without a row")
        dbt("build", "--full-refresh")
        empty = dbt("build")
        figures.empty, figures.empty_ran = empty.seconds, by_kind(empty.nodes)
        say(f"loading all sources, grocery with {households:,} households")
        for source, paths in worker.submit(
            steps.write_sources, settings.home.parent / "sample", households
        ).result():
            worker.submit(steps.load, settings, paths, source).result()
        say("building grocery alone")
        alone = dbt("build", "--full-refresh", *NO_TESTS, *steps.ONLY_GROCERY)
        figures.grocery = alone.seconds
        say("building all sources")
        figures.all_sources = dbt("build", "--full-refresh", *NO_TESTS).seconds
        say("warehouse build: the first, one with nothing new, one forced")
        run_warehouse(settings, "build")
        figures.unchanged = run_warehouse(settings, "build").seconds
        forced = run_warehouse(settings, "build", "--force")
        figures.forced, figures.full_ran = forced.seconds, by_kind(forced.nodes)
    return figures
