"""Runs `dbt build` inside this process, with a progress line."""

import json
import os
import re
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from ingest.counts import counted
from ingest.engine.redshift_address import RedshiftAddress
from ingest.engine.relation import Relation
from warehouse.build import parse_cache
from warehouse.build.dbt_manifest import read_manifest
from warehouse.secret_variables import LIBRARY_SECRETS, OWN_SECRETS
from warehouse.server import database
from warehouse.server.roles import TRANSFORMER
from warehouse.server.secret_files import read_password
from warehouse.settings import Settings

_TESTS = {"test", "unit_test"}
_BUILT = {"model", "seed", "snapshot"}
FAILED = frozenset({"error", "fail", "runtime error"})
_QUIET_SECONDS = 10.0
_LEFT_OUT = "left_out"
# What the server and its drivers say of failures that may pass. A failing test never says so.
_MAY_PASS = re.compile(
    r"deadlock detected|due to lock timeout|could not serialize access|[Cc]onnection (refused|reset"
    r"|timed out)|server closed the connection|terminating connection|connection already closed"
    r"|has been closed unexpectedly|could not connect|the database system is (starting|shutting)"
    r"|[Tt]oo many (clients|connections)|remaining connection slots|No space left on device"
    r"|Still waiting for"
    # Of Redshift and its driver; 1023 is a conflict of transactions.
    r"|server socket closed|connection is closed|communication error|[Bb]roken pipe"
    r"|EOF occurred in violation|unpack(_from)? requires a buffer|^\s*1023\s*$",
    re.M,
)
# Seconds before what failed so is tried again.
_PAUSES = (1.0, 5.0, 15.0)
# dbt's events for a selection that matches nothing.
_NO_MATCH = ("NoNodesForSelectionCriteria", "NothingToDo", "NoNodesSelected")
# Passes the sources held back to macros/scope/held_sources.sql.
_HELD_SOURCES = "WAREHOUSE_HELD_SOURCES"
# Tells macros/scope/due_shares.sql to count only what is due.
_COUNTS_DUE = "WAREHOUSE_COUNTS_DUE"
# Tells macros/publish/publish.sql that the command itself says when to publish.
_PUBLISH = "WAREHOUSE_PUBLISH"


@dataclass(frozen=True)
class NodeResult:
    """The result of one model, seed, snapshot or test."""

    unique_id: str
    name: str
    kind: str
    status: str
    message: str
    failures: int | None
    seconds: float
    compiled_path: str | None
    description: str
    reads: tuple[str, ...] = ()  # unique ids of what it is made from, or of what it tests
    rows: int | None = None  # that the database says its statement wrote; tests have none

    @property
    def is_test(self) -> bool:
        """Whether this is a data test or a unit test; other nodes are built."""
        return self.kind in _TESTS


@dataclass
class Outcome:
    """The whole run: results by node, warnings without a node, and the error that stopped it."""

    results: list[NodeResult] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    fatal: str | None = None
    seconds: float = 0.0

    @property
    def nodes(self) -> list[NodeResult]:
        """Results of models, seeds, snapshots and tests, without those of hooks."""
        return [result for result in self.results if result.kind in _BUILT | _TESTS]

    def count(self, is_test: bool, *statuses: str) -> int:
        """Number of tests (or of models, seeds and snapshots) that ended in one of the statuses."""
        kinds = _TESTS if is_test else _BUILT
        return sum(r.kind in kinds and r.status in statuses for r in self.results)

    def followed_by(self, other: "Outcome") -> "Outcome":
        """Both runs as one."""
        return Outcome(
            self.results + other.results,
            list(dict.fromkeys(self.warnings + other.warnings)),
            self.fatal or other.fatal,
            self.seconds + other.seconds,
        )

    @property
    def has_passed(self) -> bool:
        """Whether everything was built and no test failed."""
        return self.fatal is None and not any(
            result.status in FAILED or result.status == "skipped" for result in self.results
        )

    @property
    def may_pass(self) -> bool:
        """Whether all that failed may succeed by itself: locks, lost connections, a full disk."""
        messages = [result.message for result in self.results if result.status in FAILED]
        if self.fatal is not None:
            messages.append(self.fatal)
        return bool(messages) and all(_MAY_PASS.search(message) for message in messages)

    @property
    def unfinished(self) -> set[str]:
        """Names of the nodes that failed or were skipped."""
        return {r.name for r in self.results if r.status in FAILED or r.status == "skipped"}

    def corrected_by(self, again: "Outcome") -> "Outcome":
        """This run, with the results of a second run of some of its nodes in place of theirs."""
        newer = {result.unique_id for result in again.results}
        kept = [result for result in self.results if result.unique_id not in newer]
        return Outcome(
            kept + again.results,
            list(dict.fromkeys(self.warnings + again.warnings)),
            again.fatal,
            self.seconds + again.seconds,
        )


@contextmanager
def prepared_dbt(
    settings: Settings, *command: str, held: Iterable[str] = (), counts_due: bool = False
) -> Iterator[list[str]]:
    """Sets the environment that the dbt profile reads; yields the arguments of a dbt command.

    held: sources whose rows are kept. counts_due: whether the reconciliation counts only what
    changed and what is due.
    dbt itself prints nothing; its log is in the home. All other secrets are hidden from dbt,
    because any YAML of the project can print environment variables. Raises WarehouseError if
    there is no password.
    """
    values: dict[str, str | None] = dict.fromkeys((*OWN_SECRETS, *LIBRARY_SECRETS))
    values |= {
        "WAREHOUSE_SCHEMA_PREFIX": settings.prefix,
        "WAREHOUSE_HOME": str(settings.home),
        _HELD_SOURCES: ",".join(held) or None,
        _PUBLISH: "never",
        _COUNTS_DUE: "yes" if counts_due else None,
    }
    if settings.is_embedded:
        values |= {
            "WAREHOUSE_PORT": str(settings.port),
            "PGREQUIREAUTH": database.AUTHENTICATION,
            database.PASSWORD_VARIABLE: read_password(settings, TRANSFORMER),
        }
    elif settings.is_redshift:
        values |= RedshiftAddress.from_environment().for_dbt()
    else:
        values[database.PASSWORD_VARIABLE] = database.parameters(settings)["password"]
    with _environment(values):
        yield [
            "--log-level", "none", "--log-level-file", "info", "--no-use-colors",
            *command,
            "--project-dir", str(settings.project_dir),
            "--profiles-dir", str(settings.project_dir),
            "--target", settings.target,
            "--target-path", str(settings.home / "target"),
            "--log-path", str(settings.log_dir),
        ]  # fmt: skip


@contextmanager
def _environment(values: Mapping[str, str | None]) -> Iterator[None]:
    """Sets environment variables, or unsets them (None), while the block runs."""
    before = {name: os.environ.get(name) for name in values}
    _set(values)
    try:
        yield
    finally:
        _set(before)


def _set(values: Mapping[str, str | None]) -> None:
    for name, value in values.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def tagged_tables(settings: Settings, tag: str) -> list[Relation]:
    """The tables of models with the tag, as dbt last parsed the project."""
    try:
        manifest = read_manifest(settings.home / "target")
    except (OSError, ValueError):
        return []
    return [
        Relation(node["schema"], node["alias"])
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and tag in node["tags"]
    ]


class Dbt:
    """dbt on this warehouse: parses the project once, then builds parts of it.

    Failures do not raise; they are in the outcomes.
    """

    def __init__(
        self,
        settings: Settings,
        console: Console,
        variables: dict[str, Any],
        full_refresh: bool = False,
    ) -> None:
        self._settings = settings
        self._console = console
        given = json.dumps(variables, sort_keys=True, default=str)
        self._arguments = ["--vars", given]
        self._full_refresh = full_refresh
        self._left_out: tuple[str, ...] = ()
        self._manifest: Any = None
        self.outcome = self._read(given)

    def _read(self, given: str) -> Outcome:
        target = self._settings.home / "target"
        parse_cache.clear_if_of_other_dbt(target)
        parse_cache.bring_back(target, given)
        with prepared_dbt(self._settings, "parse") as prepared:
            outcome, self._manifest = _invoke([*prepared, *self._arguments], self._console)
        parse_cache.keep(target, given)
        return outcome

    def tagged(self, unique_ids: Iterable[str], tag: str) -> str:
        """Gives nodes one tag, because dbt compares each name of --exclude with each node; how it
        selects them.
        """
        for unique_id in unique_ids:
            self._manifest.nodes[unique_id].tags.append(tag)
        return f"tag:{tag}"

    def leave_out(self, unique_ids: Collection[str]) -> None:
        """Leaves these nodes out of all builds."""
        if unique_ids:
            self._left_out = (self.tagged(unique_ids, _LEFT_OUT),)

    def rebuild(self, names: Iterable[str]) -> None:
        """Makes every build that reaches these models rebuild them, as with --full-refresh."""
        wanted = set(names)
        for node in self._manifest.nodes.values() if wanted else ():
            if node.resource_type == "model" and node.name in wanted:
                node.config.full_refresh = True

    def build(
        self,
        select: tuple[str, ...] = (),
        exclude: tuple[str, ...] = (),
        *,
        is_chosen: bool = False,
        compared_with: Path | None = None,
        held: Iterable[str] = (),
        counts_due: bool = False,
    ) -> Outcome:
        """Builds and tests a part (everything without `select`) and adds it to `outcome`.

        is_chosen: `select` selects tests explicitly, not along with models, and may match nothing.
        compared_with: folder of the manifest for `state:`. held, counts_due: see prepared_dbt().
        Returns the outcome of this part.
        """
        return self._run("build", select, exclude, is_chosen, compared_with, held, counts_due)

    def test(self, select: tuple[str, ...]) -> Outcome:
        """Runs the data tests of a part and adds it to `outcome`."""
        return self._run("test", select, ("test_type:unit",))

    def _run(
        self,
        command: str,
        select: tuple[str, ...],
        exclude: tuple[str, ...],
        is_chosen: bool = False,
        compared_with: Path | None = None,
        held: Iterable[str] = (),
        counts_due: bool = False,
    ) -> Outcome:
        if self.outcome.fatal:
            return self.outcome
        # What was parsed is written down already.
        arguments = [*self._arguments, "--no-write-json"]
        if select:
            arguments += ["--select", *select]
        if exclude or self._left_out:
            arguments += ["--exclude", *exclude, *self._left_out]
        if is_chosen:
            arguments += ["--indirect-selection", "empty"]
        if compared_with:
            arguments += ["--state", str(compared_with)]
        if self._full_refresh and command == "build":
            arguments.append("--full-refresh")
        ignored = _NO_MATCH if is_chosen else ()
        with prepared_dbt(self._settings, command, held=held, counts_due=counts_due) as prepared:
            part, _ = _invoke([*prepared, *arguments], self._console, self._manifest, ignored)
            for pause in _PAUSES:
                if part.fatal or not part.may_pass:
                    break
                left = sorted(part.unfinished)
                self._console.print(
                    Text(f"Trying {counted(len(left), 'model or test', 'models and tests')} again, "
                         "after a lock or a lost connection."), soft_wrap=True,
                )  # fmt: skip
                time.sleep(pause)
                rest = [*self._arguments, "--no-write-json", "--select", *left]
                rest += ["--indirect-selection", "empty"]
                if self._full_refresh and command == "build":
                    rest.append("--full-refresh")
                again, _ = _invoke([*prepared, *rest], self._console, self._manifest, _NO_MATCH)
                part = part.corrected_by(again)
        self.outcome = self.outcome.followed_by(part)
        return part

    def publish(
        self, *, names: Iterable[str] = (), build_id: int | None = None, is_back: bool = False
    ) -> Outcome:
        """Shows readers what is built, or with is_back what they saw before: macros/publish.

        names: only these models (all if empty). Returns the outcome, which is not added to
        `outcome`.
        """
        macro, given = "publish", {"names": list(names) or None, "build_id": build_id}
        if is_back:
            macro, given = "publish_back", {}
        arguments = [*self._arguments, "--no-write-json", "--args", json.dumps(given)]
        with prepared_dbt(self._settings, "run-operation", macro) as prepared:
            outcome, _ = _invoke([*prepared, *arguments], self._console, self._manifest)
        return outcome


def _invoke(
    arguments: list[str], console: Console, manifest: Any = None, ignored: tuple[str, ...] = ()
) -> tuple[Outcome, Any]:
    """The outcome of a command, and its result. ignored: names of events that are not warnings."""
    began = time.monotonic()
    with _Watcher(console, ignored) as watcher:
        from dbt.cli.main import dbtRunner

        answer = dbtRunner(manifest=manifest, callbacks=[watcher.see]).invoke(arguments)
    outcome = Outcome(warnings=watcher.warnings, seconds=time.monotonic() - began)
    results = getattr(answer.result, "results", None) or ()
    # The result of run-operation has no node.
    outcome.results = [_read_result(result) for result in results if hasattr(result, "node")]
    said = " ".join(r.message or "" for r in results if not hasattr(r, "node"))
    if answer.exception is not None:
        outcome.fatal = str(answer.exception).strip()
    elif not answer.success and not outcome.results:
        outcome.fatal = said or "dbt returned no results; see its log in the home's logs/dbt.log."
    return outcome, answer.result


def _read_result(result: Any) -> NodeResult:
    node = result.node
    return NodeResult(
        unique_id=node.unique_id,
        name=node.name,
        kind=str(getattr(node.resource_type, "value", node.resource_type)),
        status=str(getattr(result.status, "value", result.status)),
        message=(result.message or "").strip(),
        failures=result.failures,
        seconds=float(result.execution_time or 0.0),
        compiled_path=getattr(node, "compiled_path", None),
        description=(getattr(node, "description", "") or "").strip(),
        reads=tuple(getattr(getattr(node, "depends_on", None), "nodes", ())),
        rows=_rows_written(result),
    )


def _rows_written(result: Any) -> int | None:
    rows = (result.adapter_response or {}).get("rows_affected")
    is_built = str(getattr(result.node.resource_type, "value", "")) in _BUILT
    return int(rows) if is_built and rows is not None and rows >= 0 else None


class _Watcher:
    """Follows dbt's events: updates the progress line and collects warnings."""

    def __init__(self, console: Console, ignored: tuple[str, ...]) -> None:
        self.warnings: list[str] = []
        self._ignored = ignored
        self._console = console
        self._total = 0
        self._done = 0
        self._spoke_at = time.monotonic()
        self._progress = Progress(
            TextColumn("{task.fields[stage]}", style="bold", markup=False),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[current]}", style="dim", markup=False),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._progress.add_task("", total=None, stage="Reading models", current="")
        self._handlers: dict[str, Callable[[Any], None]] = {
            "ConcurrencyLine": self._begin,
            "LogStartLine": self._start,
            "NodeFinished": self._finish,
            "JinjaLogInfo": self._say,
        }

    def __enter__(self) -> "_Watcher":
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def see(self, event: Any) -> None:
        """Handles one dbt event."""
        handler = self._handlers.get(event.info.name)
        if handler:
            handler(event.data)
        elif event.info.level == "warn" and not event.info.name.startswith(
            ("Log", "RunResult", *self._ignored)
        ):
            message = " ".join(event.info.msg.split()).removeprefix("[WARNING]: ")
            if message not in self.warnings:
                self.warnings.append(message)

    def _begin(self, data: Any) -> None:
        self._total = data.node_count
        self._progress.update(self._task, total=self._total, stage="Building and testing")

    def _start(self, data: Any) -> None:
        self._progress.update(self._task, current=data.node_info.node_name)

    def _say(self, data: Any) -> None:
        self._console.print(Text(data.msg))

    def _finish(self, data: Any) -> None:
        if data.node_info.resource_type == "unit_test":  # dbt's total does not include them
            return
        self._done += 1
        self._progress.update(self._task, completed=self._done)
        now = time.monotonic()
        if not self._console.is_terminal and now - self._spoke_at > _QUIET_SECONDS:
            self._spoke_at = now
            told = f"  {self._done} of {self._total}: {data.node_info.node_name}"
            self._console.print(Text(told), no_wrap=True, overflow="ellipsis")
