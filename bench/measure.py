"""Measures one size of panel, from an empty warehouse to a read of its marts."""

import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

import psycopg
from psycopg import sql

from bench import plain, steps
from bench.figures import SECTIONS, Figures, percentile
from bench.memory import Peak
from bench.place import environment, own_warehouse
from warehouse import bringup, database
from warehouse.errors import WarehouseError
from warehouse.settings import Settings

TABLE = "transaction_data"
# They stay while models are built again and again; they count nowhere.
SEEDS_AND_SNAPSHOTS = (
    *("build", "--exclude-resource-type", "test", "unit_test"),
    *("--select", "resource_type:seed", "+resource_type:snapshot"),
)
READS = 2000
Say = Callable[[str], None]
T = TypeVar("T")


def measure(folder: Path, households: int, repetitions: int, say: Say) -> Figures:
    """All measurements at one size, in a warehouse of its own below `folder`.

    `say` takes a line about each step. Raises WarehouseError when a step fails, or when plain
    statements and dbt do not make the same tables.
    """
    with (
        own_warehouse(folder) as settings,
        ProcessPoolExecutor(1, mp_context=get_context("spawn")) as worker,
        closing(database.connect(settings)) as connection,
    ):
        connection.autocommit = True
        bench = _Bench(settings, connection, worker, Figures(households), say)
        bench.write_history()
        for _ in range(repetitions):
            bench.load_transactions()
        bench.load_panel()
        bench.compile()
        for _ in range(repetitions):
            bench.build_straight()
            bench.build_full()
        bench.compare()
        bench.test()
        bench.take_new_day()
        bench.read_profiles()
        return bench.figures


class _Bench:
    """The steps, in the order of `measure`."""

    def __init__(
        self,
        settings: Settings,
        connection: psycopg.Connection,
        worker: ProcessPoolExecutor,
        figures: Figures,
        say: Say,
    ) -> None:
        self.figures = figures
        self._settings = settings
        self._connection = connection
        self._worker = worker
        self._worker_pid = worker.submit(os.getpid).result()
        self._say = say
        self._history = settings.home.parent / "sample" / "history"

    def write_history(self) -> None:
        """The files of the panel; the time of writing them counts nowhere."""
        self._say(f"writing a panel of {self.figures.households:,} households")
        self._do(steps.write_history, self._history, self.figures.households)
        file = self._transactions()
        self.figures.file_bytes = file.stat().st_size
        with file.open("rb") as lines:
            blocks = iter(lambda: lines.read(1 << 24), b"")
            self.figures.lines = sum(block.count(b"\n") for block in blocks) - 1

    def load_transactions(self) -> None:
        r"""The largest file by \copy, by the command, and by a call of the loader; each afresh."""
        self._say(rf"loading {self.figures.lines:,} lines by \copy and by the loader")
        self._execute("drop schema if exists plain cascade")
        self._execute("create schema plain")
        columns = [name for name in self._columns() if name not in ("load_id", "file_line")]
        self._execute(
            sql.SQL("create table plain.{} as select {} from raw_grocery.{} with no data").format(
                sql.Identifier(TABLE),
                sql.SQL(", ").join(map(sql.Identifier, columns)),
                sql.Identifier(TABLE),
            )
        )
        self._execute("checkpoint")
        statement = plain.copy_statement(f"plain.{TABLE}", self._transactions())
        self.figures.copy.append(plain.run_psql(self._settings, "--command", statement))
        self._execute("drop schema plain cascade")
        self.figures.load.append(self._load_by_command(self._trial()))
        trial = self._trial()
        self.figures.load_call.append(self._do(steps.load, trial, [self._transactions()]))
        self._drop_trial()

    def load_panel(self) -> None:
        """All files of the panel; then the server tidies up, as it would by itself in a while."""
        self._say("loading the panel")
        self._do(steps.load, self._settings, [self._history])
        self._execute("vacuum analyze")

    def compile(self) -> None:
        """dbt's own costs, and the statements for the yardstick."""
        self._say("reading the models")
        self.figures.dbt_import = self._do(steps.import_dbt)
        self.figures.dbt_parse = self._dbt(self._settings, "parse").seconds
        empty = self._trial()
        self._make_snapshots(empty)
        self.figures.dbt_empty = self._dbt(empty, "run").seconds
        self._drop_trial()
        self._make_snapshots(self._settings)
        self._plan = self._do(steps.compile_models, self._settings)

    def _make_snapshots(self, settings: Settings) -> None:
        """Seeds and snapshots, which outlive the models that read them."""
        without_tests = ("--exclude-resource-types", "test", "unit_test")
        for selected in ("resource_type:seed", "+resource_type:snapshot"):
            self._dbt(settings, "build", "--select", selected, *without_tests)

    def build_straight(self) -> None:
        """The plain statements in psql, in two scripts."""
        self._say("building by plain statements in psql")
        self._drop_built(plain.SCHEMA_PREFIX)
        for schema in self._schemas():
            name = sql.Identifier(plain.SCHEMA_PREFIX + schema)
            self._execute(sql.SQL("create schema {}").format(name))
        for section in SECTIONS:
            models = [m for m in self._plan.models if m.name in getattr(self._plan, section)]
            script = self._history.parent / f"{section}.sql"
            script.write_text(plain.straight_script(models, self._plan.models), encoding="utf-8")
            self._execute("checkpoint")
            seconds = plain.run_psql(self._settings, "--file", str(script))
            self.figures.straight[section].append(seconds)

    def build_full(self) -> None:
        """The same models by dbt, from nothing."""
        self._say("building by dbt")
        self._drop_built("")
        nodes: dict[str, float] = {}
        with Peak(self._settings, self._worker_pid) as peak:
            for section in SECTIONS:
                self._execute("checkpoint")
                names = getattr(self._plan, section)
                run = self._dbt(self._settings, "run", "--full-refresh", "--select", *names)
                self.figures.full[section].append(run.seconds)
                nodes |= run.nodes
        self._note_peak("full build", peak)
        self.figures.slowest_full = _slowest(nodes)

    def compare(self) -> None:
        """Raises WarehouseError when psql and dbt did not make tables of the same size."""
        for model in self._plan.models:
            if model.is_view:
                continue
            counts = [
                self._value(f"select count(*) from {relation}")
                for relation in (model.relation, plain.straight_relation(model))
            ]
            if counts[0] != counts[1]:
                raise WarehouseError(
                    f"{model.name} has {counts[0]:,} rows by dbt and {counts[1]:,} by plain "
                    "statements; the times cannot be compared."
                )
        self._drop_built(plain.SCHEMA_PREFIX)

    def test(self) -> None:
        """All data tests."""
        self._say("testing")
        run = self._dbt(self._settings, "test", "--exclude", "test_type:unit")
        self.figures.tests, self.figures.test_count = run.seconds, len(run.nodes)

    def take_new_day(self) -> None:
        """One more day of lines: loaded, then built in as a daily build does."""
        self._say("loading and building a new day")
        folder = self._history.parent / "new_day"
        file, self.figures.new_day_lines = self._do(
            steps.write_new_day, self._history, folder, self.figures.households
        )
        self._execute("checkpoint")
        self.figures.new_day_load = self._do(steps.load, self._settings, [file])
        nodes: dict[str, float] = {}
        daily = [name for name in self._plan.marts if name not in self._plan.weekly]
        with Peak(self._settings, self._worker_pid) as peak:
            for section, names in (("base", self._plan.base), ("marts", tuple(daily))):
                run = self._dbt(self._settings, "run", "--select", *names)
                self.figures.new_day[section] = run.seconds
                nodes |= run.nodes
        self._note_peak("new day", peak)
        self.figures.slowest_new_day = _slowest(nodes)
        if self._plan.weekly:
            run = self._dbt(self._settings, "run", "--select", *self._plan.weekly)
            self.figures.weekly = run.seconds

    def read_profiles(self) -> None:
        """Household profiles one by one over one connection, as a reporter reads them."""
        self._say("reading household profiles")
        keys = self._connection.execute("select household_key from marts.household_profile")
        households = [row[0] for row in keys]
        if not households:
            raise WarehouseError("The panel is too small: no household has a profile.")
        chosen = random.Random(1).choices(households, k=READS)
        times = []
        with closing(database.connect(self._settings, role="reporter")) as connection:
            connection.autocommit = True
            for household in chosen:
                began = time.perf_counter()
                connection.execute(
                    "select * from marts.household_profile where household_key = %s", [household]
                ).fetchone()
                times.append(time.perf_counter() - began)
        self.figures.reads = len(times)
        self.figures.read_p50 = percentile(times, 0.5)
        self.figures.read_p95 = percentile(times, 0.95)

    def _load_by_command(self, settings: Settings) -> float:
        command = [str(Path(sys.executable).with_name("warehouse")), "load", "grocery"]
        with Peak(settings) as peak:
            began = time.monotonic()
            process = subprocess.Popen(
                [*command, str(self._transactions())],
                env=environment(settings),
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            peak.watch(process.pid)
            told, _ = process.communicate()
            seconds = time.monotonic() - began
        if process.returncode != 0:
            raise WarehouseError(f"`warehouse load` failed: {' '.join(told.split())[-500:]}")
        self._note_peak("load", peak)
        return seconds

    def _trial(self) -> Settings:
        """The same database under other schema names, empty: a place for a trial."""
        self._drop_trial()
        trial = replace(self._settings, prefix="trial_")
        bringup.bring_up(trial, self._say)
        self._execute("checkpoint")
        return trial

    def _drop_trial(self) -> None:
        schemas = self._connection.execute(
            "select nspname from pg_namespace where starts_with(nspname, 'trial_')"
        ).fetchall()
        for (schema,) in schemas:
            self._execute(sql.SQL("drop schema {} cascade").format(sql.Identifier(schema)))

    def _schemas(self) -> set[str]:
        return {model.schema for model in self._plan.models}

    def _drop_built(self, prefix: str) -> None:
        for schema in self._schemas():
            name = sql.Identifier(prefix + schema)
            self._execute(sql.SQL("drop schema if exists {} cascade").format(name))

    def _transactions(self) -> Path:
        (file,) = self._history.glob(f"{TABLE}*.csv")
        return file

    def _columns(self) -> list[str]:
        rows = self._connection.execute(
            "select column_name from information_schema.columns"
            " where table_schema = 'raw_grocery' and table_name = %s order by ordinal_position",
            [TABLE],
        )
        return [row[0] for row in rows]

    def _note_peak(self, phase: str, peak: Peak) -> None:
        known = self.figures.peaks.get(phase, {"python": 0, "server": 0})
        self.figures.peaks[phase] = {
            "python": max(known["python"], peak.python_bytes),
            "server": max(known["server"], peak.server_bytes),
        }

    def _dbt(self, settings: Settings, *command: str) -> steps.DbtRun:
        return self._do(steps.run_dbt, settings, *command)

    def _do(self, step: Callable[..., T], *arguments: object) -> T:
        return self._worker.submit(step, *arguments).result()

    def _execute(self, statement: str | sql.Composed) -> None:
        self._connection.execute(statement)

    def _value(self, query: str) -> int:
        row = self._connection.execute(query).fetchone()
        return int(row[0]) if row else 0


def _slowest(nodes: dict[str, float], count: int = 10) -> dict[str, float]:
    ordered = sorted(nodes.items(), key=lambda item: -item[1])
    return {name: round(seconds, 3) for name, seconds in ordered[:count]}
