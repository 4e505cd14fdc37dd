"""Measures one size of panel, from an empty warehouse to a read of its marts."""

import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

import psycopg
from psycopg import sql

from bench import anchor, plain, steps
from bench.command import Node, Ran, by_kind, run_warehouse
from bench.figures import SECTIONS, Figures, percentile, slowest
from bench.memory import Peak
from bench.place import own_warehouse
from bench.reads import CONNECTIONS, read_by_key
from warehouse.errors import WarehouseError
from warehouse.server import bringup, database
from warehouse.settings import Settings

TABLE = "transaction_data"
# Seeds and snapshots stay while models are rebuilt.
MODEL_SCHEMAS = (
    "staging", "intermediate", "build_core", "build_aggregates", "build_marts", "build_restricted",
)  # fmt: skip
Say = Callable[[str], None]
T = TypeVar("T")


def measure(folder: Path, households: int, repetitions: int, say: Say) -> Figures:
    """All measurements at one size, in a separate warehouse below `folder`.

    `say` gets a line about each step. Raises WarehouseError if a step fails, if DuckDB's figures
    differ, or if plain statements and dbt do not make the same tables.
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
        bench.build_first()
        for _ in range(repetitions):
            bench.run_anchor()
        bench.compare_with_anchor()
        bench.take_new_day()
        bench.read_by_key()
        bench.compile()
        for _ in range(repetitions):
            bench.build_straight()
            bench.build_full()
        bench.compare()
        bench.build_core()
        return bench.figures


# Tables that runs change in place, of which readers read copies.
_KEPT_TABLES = """
select pg_class.oid from pg_class
inner join pg_namespace on relnamespace = pg_namespace.oid
where nspname ~ '^build_' and relkind = 'r'
"""


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
        self._anchor = settings.home.parent / "sample" / "anchor.duckdb"

    def write_history(self) -> None:
        """Write the files of the panel; this time is not measured."""
        self._say(f"writing a panel of {self.figures.households:,} households")
        self._do(steps.write_history, self._history, self.figures.households)
        with self._transactions().open("rb") as lines:
            blocks = iter(lambda: lines.read(1 << 24), b"")
            self.figures.lines = sum(block.count(b"\n") for block in blocks) - 1

    def load_transactions(self) -> None:
        r"""Load the largest file with \copy and with the command, each into an empty table."""
        self._say(rf"loading {self.figures.lines:,} lines with \copy and with the command")
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
        ran = self._run("load", self._trial(), "load", "grocery", str(self._transactions()))
        self.figures.load.append(ran.seconds)
        self._drop_trial()

    def build_first(self) -> None:
        """Load all files of the panel, then run the first build, as a user would."""
        self._say("loading the panel, and the first build")
        ran = self._run("load", self._settings, "load", "grocery", str(self._history))
        self.figures.panel_load = ran.seconds
        ran = self._run("first build", self._settings, "build")
        self.figures.first_build, self.figures.first_ran = ran.seconds, by_kind(ran.nodes)
        self.figures.first_publish = self._publish_seconds()

    def run_anchor(self) -> None:
        """Do the core work in DuckDB, from the same files."""
        self._say("the core work in DuckDB")
        segments = self._settings.project_dir / "seeds" / "rfm_segments.csv"
        self.figures.anchor.append(anchor.measure(self._history, segments, self._anchor))

    def compare_with_anchor(self) -> None:
        """Raise WarehouseError if DuckDB's figures differ."""
        anchor.compare(self._connection, self._anchor)
        self._anchor.unlink()

    def take_new_day(self) -> None:
        """Load and build one more day of lines, as a user would."""
        self._say("loading and building a new day")
        folder = self._history.parent / "new_day"
        file, self.figures.new_day_lines = self._do(
            steps.write_new_day, self._history, folder, self.figures.households
        )
        self._execute("checkpoint")
        ran = self._run("load", self._settings, "load", "grocery", str(file))
        self.figures.new_day_load = ran.seconds
        ran = self._run("new day", self._settings, "build")
        self.figures.new_day_build, self.figures.new_day_ran = ran.seconds, by_kind(ran.nodes)
        self.figures.slowest_new_day = slowest(ran.nodes)
        self.figures.new_day_publish = self._publish_seconds()
        self.figures.kept_bytes = self._bytes(_KEPT_TABLES)
        self.figures.published_bytes = self._bytes(
            "select oid from pg_class where relnamespace = 'published'::regnamespace"
        )

    def read_by_key(self) -> None:
        """Read rows of marts one by one, over one connection and over several at once."""
        self._say("reading by key")
        for connections in CONNECTIONS:
            times = read_by_key(self._settings, connections)
            self.figures.read_p50[connections] = percentile(times, 0.5)
            self.figures.read_p95[connections] = percentile(times, 0.95)

    def compile(self) -> None:
        """Compile the statements for the comparison, for a build from scratch.

        Vacuums the database, as the server would do later by itself.
        """
        self._say("reading the models")
        self._drop_built("")
        self._execute("vacuum analyze")
        self._plan = self._do(steps.compile_models, self._settings)

    def build_straight(self) -> None:
        """Build with plain statements in psql, in two scripts."""
        self._say("building with plain statements in psql")
        self._drop_built(plain.SCHEMA_PREFIX)
        for schema in MODEL_SCHEMAS:
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
        """Build the same models with dbt, from scratch."""
        self._say("building with dbt")
        self._drop_built("")
        nodes: list[Node] = []
        with Peak(self._settings, self._worker_pid) as peak:
            for section in SECTIONS:
                self._execute("checkpoint")
                names = getattr(self._plan, section)
                run = self._dbt("run", "--full-refresh", "--select", *names)
                self.figures.full[section].append(run.seconds)
                nodes += run.nodes
        self._note_peak("full build", peak)
        self.figures.slowest_full = slowest(nodes)

    def compare(self) -> None:
        """Raise WarehouseError if psql and dbt did not make tables of the same size."""
        for model in self._plan.models:
            if model.is_view:
                continue
            counts = [
                self._value(f"select count(*) from {relation}")
                for relation in (model.relation, plain.straight_relation(model))
            ]
            if counts[0] != counts[1]:
                raise WarehouseError(
                    f"{model.name} has {counts[0]:,} rows from dbt and {counts[1]:,} from plain "
                    "statements; the times cannot be compared."
                )
        self._drop_built(plain.SCHEMA_PREFIX)

    def build_core(self) -> None:
        """Build the models whose work DuckDB did with dbt, from scratch, for grocery only.

        They include the new day, one line in a thousand.
        """
        self._say("the core work in dbt")
        self._dbt("parse", *steps.ONLY_GROCERY)
        self._drop_built("")
        models = [f"+{model}" for model in anchor.MODELS]
        run = self._dbt("run", "--full-refresh", "--select", *models, *steps.ONLY_GROCERY)
        self.figures.core = run.seconds

    def _trial(self) -> Settings:
        """The same database with other schema names, empty, for a trial."""
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

    def _publish_seconds(self) -> float:
        query = "select seconds from ops.build_steps where step = 'publish' order by build_id desc"
        row = self._connection.execute(query).fetchone()
        return float(row[0]) if row else 0.0

    def _bytes(self, tables: str) -> int:
        return self._value(f"select sum(pg_total_relation_size(oid)) from ({tables}) as tables")

    def _drop_built(self, prefix: str) -> None:
        for schema in MODEL_SCHEMAS:
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

    def _note_peak(self, phase: str, peak: Peak | Ran) -> None:
        known = self.figures.peaks.get(phase, {"python": 0, "server": 0})
        self.figures.peaks[phase] = {
            "python": max(known["python"], peak.python_bytes),
            "server": max(known["server"], peak.server_bytes),
        }

    def _run(self, phase: str, settings: Settings, *arguments: str) -> Ran:
        ran = run_warehouse(settings, *arguments)
        self._note_peak(phase, ran)
        return ran

    def _dbt(self, *command: str) -> steps.DbtRun:
        return self._do(steps.run_dbt, self._settings, *command)

    def _do(self, step: Callable[..., T], *arguments: object) -> T:
        return self._worker.submit(step, *arguments).result()

    def _execute(self, statement: str | sql.Composed) -> None:
        self._connection.execute(statement)

    def _value(self, query: str) -> int:
        row = self._connection.execute(query).fetchone()
        return int(row[0]) if row else 0
