"""`warehouse build`: builds and tests everything from the raw tables on, under one lock."""

from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import Any

import click
import yaml
from rich.console import Console
from rich.text import Text

from ingest.console import Terminal
from ingest.engine.engine import Lock
from ingest.engine.session import Session
from ingest.foreign_text import first_few, shown
from ingest.lock import exclusive
from warehouse import invocation
from warehouse.build import (
    build_runs,
    build_state,
    built_code,
    fingerprint,
    held_sources,
    leftovers,
    placeholders,
    publications,
    publishing,
    risk_step,
    views_on_tables,
)
from warehouse.build.build_runs import BuildRun
from warehouse.build.build_state import BuildState, Choice
from warehouse.build.build_steps import StepLog, write_nodes
from warehouse.build.dbt_run import Dbt, Outcome, tagged_tables
from warehouse.build.failures import LONGEST_REASON, reason_of
from warehouse.build.held_sources import Held
from warehouse.build.lock_waits import telling_waits
from warehouse.build.problems import print_problems
from warehouse.build.risk_step import Report
from warehouse.build.summary import print_summary, print_unchanged
from warehouse.build.unpublished import unpublished
from warehouse.errors import WarehouseError
from warehouse.server import bringup, database
from warehouse.server.roles import TRANSFORMER
from warehouse.settings import Settings

WEEKLY = "weekly"
UNIT_TESTS = "test_type:unit"
# The view that shows readers that a build failed.
DATA_VERSION = "data_version"


NOBODY = Held()
_NAMED_MODELS = 3


@dataclass(frozen=True)
class Run:
    """How a build ended: `status` is passed, held or failed; `is_weekly` is whether it rebuilt
    weekly models; `held` is None if the build did not reach core.
    """

    status: str
    is_weekly: bool = False
    risks: list[Report] = field(default_factory=list)
    held: Held | None = None


@dataclass(frozen=True)
class Request:
    """What the caller asked for."""

    full_refresh: bool = False
    variables: dict[str, Any] | None = None
    select: tuple[str, ...] = ()
    force: bool = False
    publishes: bool = True


def parse_variables(text: str) -> dict[str, Any]:
    """Reads --vars, a YAML mapping. Raises click.BadParameter."""
    try:
        variables = yaml.safe_load(text) or {}
    except yaml.YAMLError:
        variables = None
    except ValueError as error:  # an unquoted date such as 2005-02-31
        raise click.BadParameter(
            f"--vars {text} contains an invalid date ({error}). Write dates as YYYY-MM-DD, "
            "for example '{as_of_date: 2021-08-31}'."
        ) from None
    if not isinstance(variables, dict) or not all(isinstance(name, str) for name in variables):
        raise click.BadParameter(
            "--vars must be a YAML mapping, for example '{as_of_date: 2021-08-31}'."
        )
    return variables


def build(settings: Settings, request: Request, console: Console | None = None) -> int:
    """Builds, tests, records the run and prints a summary.

    Returns 0 if everything passed or nothing was new, 1 if something failed or a source is held
    back, 3 if all that failed may pass by itself. Raises WarehouseError.
    """
    console = console or Terminal()

    def tell(message: str) -> None:
        console.print(Text(message))

    bringup.ensure_ready(settings, tell)
    bringup.ensure_tables(settings)
    with (
        closing(database.session(settings, TRANSFORMER)) as connection,
        exclusive(connection, "build", prefix=settings.prefix, notify=tell) as lock,
        telling_waits(settings, tell),
    ):
        return _build_alone(settings, request, connection, lock, console)


def _build_alone(
    settings: Settings, request: Request, connection: Session, lock: Lock, console: Console
) -> int:
    variables = request.variables or {}
    now = _now(connection, settings, variables)
    plan = fingerprint.plan_hash(now.models_hash, now.settings_hash)
    weekly_reason = build_runs.weekly_reason(connection, settings.prefix, plan)
    if request.full_refresh:
        weekly_reason = "asked for"
    is_whole = not request.select
    last = build_runs.last_run(connection, settings.prefix)
    may_rest = is_whole and not request.force and not weekly_reason
    state = fingerprint.state_hash(connection, settings.prefix, plan, now.built_hash)
    is_current = last is not None and last.status == "passed" and last.fingerprint == state
    if may_rest and last and is_current:
        print_unchanged(connection, settings, last, console)
        _publish_late(connection, settings, request, console)
        return 0
    if not weekly_reason and build_runs.is_table_missing(
        connection, tagged_tables(settings, WEEKLY)
    ):
        weekly_reason = "a table is missing"
    # Unit tests run on fixed rows: with unchanged code they would only pass again.
    is_proven = build_runs.is_proven(connection, settings.prefix, plan)
    left_out = (UNIT_TESTS,) if is_proven and not request.full_refresh else ()
    started_at = build_runs.server_time(connection)
    held_before = held_sources.held_before(connection, settings.prefix)
    last_state = build_state.read(connection, settings.prefix)
    loads = build_state.live_loads(connection, settings.prefix)
    steps = StepLog(started_at)
    dbt = Dbt(settings, console, variables, request.full_refresh)
    steps.took("read models", dbt.outcome)
    code = {} if dbt.outcome.fatal else built_code.read_code(settings)
    built_by = built_code.read_built(connection, settings.prefix)
    outdated = built_code.outdated(built_by, code)
    dbt.rebuild(outdated)
    known = sorted(outdated & built_by.keys())
    if known and not request.full_refresh:
        named = first_few(known, _NAMED_MODELS)
        console.print(Text(f"Rebuilding from scratch, because the code changed: {named}."))
    if request.select:
        choice = Choice(f"selected: {' '.join(request.select)}")
        part = steps.took("selected models", dbt.build(request.select))
        dropped = settings.is_redshift and views_on_tables.dropped_views(part, settings)
        if dropped:
            steps.took("views on them", dbt.build(tuple(dropped), ("resource_type:test",)))
        run = Run("passed" if dbt.outcome.has_passed else "failed")
    else:
        choice = _choose(connection, settings, request, last_state, now, outdated)
        what = "what depends on" if choice.select else "everything:"
        console.print(Text(f"Building {what} {choice.reason}."))
        run = _run(
            dbt, settings, choice, console, left_out, bool(weekly_reason), held_before, steps
        )
    # Without it, others may have built meanwhile: what is there now is not to be noted or shown.
    lock.require()
    outcome, held = dbt.outcome, run.held
    print_problems(outcome, settings, connection, console)
    risk_step.print_warnings(run.risks, console)
    if is_whole and run.status == "failed" and not outcome.fatal:
        _fill_gaps(settings, request, connection, console)
    if request.select and not outcome.results and not outcome.fatal:
        raise WarehouseError(f"--select {' '.join(request.select)} matches nothing.")
    if held is not None:
        held_sources.write_held(connection, settings.prefix, held, started_at)
    finished = held if is_whole and not outcome.fatal else None
    if finished is not None:
        _drop_leftovers(connection, settings, run, console)
    built = fingerprint.built_hash(connection, settings.prefix)
    if finished is not None:
        left = tuple(sorted(outcome.unfinished))
        build_state.write_loads(connection, settings.prefix, loads, finished.reasons)
        build_state.keep_manifest(settings)
        whole = {result.name for result in outcome.results if result.status == "success"}
        changed = {n: code[n] for n in whole & code.keys() if built_by.get(n) != code[n]}
        built_code.write_code(connection, settings.prefix, changed)
        last_state = replace(now, unfinished=left)
    else:
        last_state = build_state.after_part(last_state, now, outcome)
    build_state.write(
        connection, settings.prefix, last_state and replace(last_state, built_hash=built)
    )
    state = ""
    if is_whole or (is_current and run.status == "passed"):
        state = fingerprint.state_hash(connection, settings.prefix, plan, built)
    record = BuildRun(
        started_at=started_at,
        finished_at=build_runs.server_time(connection),
        status=run.status,
        models_built=outcome.count(False, "success"),
        tests_passed=outcome.count(True, "pass"),
        tests_warned=outcome.count(True, "warn"),
        tests_failed=outcome.count(True, "fail", "error"),
        fingerprint=state,
        weekly_fingerprint=plan if run.is_weekly else None,
        scope="selected" if not is_whole else "changes" if choice.select else "everything",
        cause=shown(choice.reason, LONGEST_REASON),
        failure=reason_of(outcome, held.tests if held else ()) if run.status == "failed" else None,
    )
    build_id = build_runs.write_run(connection, settings.prefix, record)
    steps.write(connection, settings.prefix, build_id)
    write_nodes(connection, settings.prefix, build_id, outcome)
    if run.status != "failed":
        if is_whole and request.publishes:
            with steps.timed("publish"):
                publishing.publish(dbt, settings, connection)
        _print_held(connection, settings, console)
        print_summary(connection, settings, outcome, console, run.risks)
        if not is_whole or not request.publishes:
            _say_unpublished(console)
        return 0 if run.status == "passed" else 1
    told = (
        f" after {outcome.seconds:.0f} s: {record.models_built:,} models built, "
        f"{record.tests_passed:,} tests passed. "
        "Fix the above, then run `warehouse build` again; it resumes from here."
    )
    console.print(Text.assemble("\n", ("The build failed", "bold red"), told))
    return 3 if outcome.may_pass else 1


def _now(connection: Session, settings: Settings, variables: dict[str, Any]) -> BuildState:
    return BuildState(
        fingerprint.models_hash(settings.project_dir),
        fingerprint.settings_hash(settings, variables),
        fingerprint.built_hash(connection, settings.prefix),
    )


def _choose(
    connection: Session,
    settings: Settings,
    request: Request,
    last_state: BuildState | None,
    now: BuildState,
    outdated: set[str],
) -> Choice:
    if request.force or request.full_refresh:
        return Choice("as asked")
    news = build_state.tables_with_news(connection, settings.prefix)
    return build_state.choose(last_state, now, news, settings, outdated)


def _run(
    dbt: Dbt,
    settings: Settings,
    choice: Choice,
    console: Console,
    left_out: tuple[str, ...],
    is_weekly: bool,
    held_before: set[str],
    steps: StepLog,
) -> Run:
    """Builds each source by itself, then core and marts; trains, scores, builds what uses scores.

    Sources whose own tests fail are held back. Core is built only after each source was tested by
    itself; otherwise half of a bad source's tables would be in core already.
    left_out: what dbt excludes. is_weekly: whether weekly models are due.
    """
    layer = held_sources.source_layer(settings)
    if choice.select and layer and not dbt.outcome.fatal:
        layer = (*layer, *held_sources.tests_of_layer(settings))
    has_models = risk_step.has_models(settings)
    after_scores = (risk_step.AFTER_SCORES,) if has_models else ()
    held = NOBODY
    dbt.leave_out(choice.leave_out)
    views = build_state.VIEWS
    if settings.is_redshift and choice.keeps_views:
        views = dbt.tagged(views_on_tables.views_that_stay(settings), "stays")

    def build(select: tuple[str, ...], *exclude: str) -> Outcome:
        keeps_views = choice.keeps_views and not held_before and not held.reasons
        return dbt.build(
            select,
            (*left_out, *exclude, *((views,) if keeps_views else ())),
            is_chosen=bool(choice.select),
            compared_with=choice.compared_with,
            held=held.reasons,
            counts_due=choice.keeps_views,
        )

    if layer:
        alone = steps.took("sources", build(choice.within(layer), *after_scores))
        if not alone.has_passed:
            found = held_sources.find_held(alone, settings)
            if found is None:
                return Run("failed")
            held = found
    # Weekly models do not yet include the new rows of sources that are no longer held back.
    is_weekly = is_weekly or bool(held_before - held.reasons.keys())
    chosen = choice.select
    weekly: tuple[str, ...] = ()
    if not is_weekly:
        weekly = (f"tag:{WEEKLY}+" if chosen else f"tag:{WEEKLY}",)
    elif chosen:
        chosen = (*chosen, f"tag:{WEEKLY}+")
    together = build(chosen, *weekly, *layer, *after_scores, *held.tests)
    steps.took("core and marts", together)
    reports: list[Report] = []
    if has_models and together.has_passed:
        with steps.timed("train and score"):
            reports = risk_step.train_and_score(settings, console)
        after = build((risk_step.AFTER_SCORES,), *weekly, *held.tests)
        steps.took("what uses scores", after)
        together = together.followed_by(after)
    status = "failed" if not together.has_passed else "held" if held.reasons else "passed"
    return Run(status, is_weekly, reports, held)


def _publish_late(
    connection: Session, settings: Settings, request: Request, console: Console
) -> None:
    """Publishes the last build if something kept it from being published, but not if readers were
    sent back on purpose.
    """
    shown = publications.last_publication(connection, settings.prefix)
    last = build_runs.last_build_id(connection, settings.prefix)
    is_back = shown is not None and shown.is_back
    if is_back or not request.publishes:
        _say_unpublished(console)
    elif shown is None or shown.build_id != last or unpublished(connection, settings.prefix):
        dbt = Dbt(settings, console, request.variables or {})
        publishing.publish(dbt, settings, connection)
        console.print("That build was not published yet; now readers see it.")


def _say_unpublished(console: Console) -> None:
    console.print(f"Readers do not see this build yet: `{invocation.command()} publish` shows it.")


def _print_held(connection: Session, settings: Settings, console: Console) -> None:
    """Prints which sources are held back, since when and why, and what to do."""
    held = held_sources.read_held(connection, settings.prefix)
    if not held:
        return
    console.print(Text(f"\nHeld back ({len(held)})", style="bold red"))
    example = "NUMBER"
    for source, since, reason in held:
        loads = build_state.loads_of(connection, settings.prefix, source)
        state = "not in core and marts yet"
        if any(is_built for _, is_built in loads):
            state = f"unchanged since {since.astimezone():%Y-%m-%d %H:%M}"
        new = ", ".join(str(number) for number, is_built in loads if not is_built)
        waiting = f" Waiting: load {new}." if new else ""
        example = new.split(", ")[0] or example
        console.print(Text.assemble("  ", (source, "bold"), f": {state}. {reason}{waiting}"))
    command = invocation.command()
    console.print(
        f"All other sources are built. Load a corrected file with --corrects, or remove a load "
        f"with `{command} unload {example}` (marts.load_history lists loads by number). Then run "
        f"`{command} build`.",
        highlight=False,
    )


def _fill_gaps(settings: Settings, request: Request, connection: Session, console: Console) -> None:
    """After a failed build, creates empty views for missing tables, and builds data_version."""
    missing = placeholders.fill_gaps(connection, settings)
    if DATA_VERSION in missing:
        dbt = Dbt(settings, console, request.variables or {})
        dbt.build((DATA_VERSION,), ("resource_type:test", "resource_type:unit_test"))
        dbt.publish(names=[DATA_VERSION])
        missing.remove(DATA_VERSION)
    if missing:
        were = (
            "1 table was not built yet and is"
            if len(missing) == 1
            else f"{len(missing):,} tables were not built yet and are"
        )
        console.print(f"\n{were} empty for now.")


def _drop_leftovers(connection: Session, settings: Settings, run: Run, console: Console) -> None:
    dropped, statements = leftovers.drop_leftovers(connection, settings, run.status != "failed")
    if dropped:
        named = first_few(dropped, _NAMED_MODELS)
        console.print(Text(f"Dropped, because no model makes it any more: {named}."))
    if statements:
        console.print(Text("No model makes these any more, and something else uses them:"))
        for statement in statements:
            console.print(Text(f"  {statement}"))
