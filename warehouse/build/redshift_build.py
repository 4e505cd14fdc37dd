"""`warehouse build` and `publish` on Redshift: each time everything is built, tested, scored and
shown.

What new files call for, held sources, alerts and the summary are PostgreSQL's alone so far.
"""

from __future__ import annotations

import datetime as dt

from psycopg import sql
from rich.console import Console
from rich.text import Text

from ingest.console import Terminal
from ingest.counts import counted
from ingest.engine.redshift_address import RedshiftAddress
from ingest.engine.redshift_session import RedshiftSession, open_session
from ingest.foreign_text import shown
from ingest.lock import exclusive
from warehouse.build import risk_step
from warehouse.build.build_runs import BuildRun
from warehouse.build.dbt_run import FAILED, Dbt, Outcome
from warehouse.build.failures import reason_of
from warehouse.build.pipeline import UNIT_TESTS
from warehouse.errors import TryAgainLater, WarehouseError
from warehouse.server import layout
from warehouse.settings import Settings

_MOST_SHOWN = 10


def build(
    settings: Settings,
    *,
    variables: dict[str, object],
    select: tuple[str, ...] = (),
    full_refresh: bool = False,
    publishes: bool = True,
    console: Console | None = None,
) -> int:
    """Builds and tests, records the run, and publishes a whole build that passed.

    Returns 0 if everything passed, 1 if something failed, 3 if all that failed may pass by itself.
    Raises WarehouseError, LoaderError.
    """
    console = console or Terminal()
    layout.prepare(settings)
    with (
        open_session(RedshiftAddress.from_environment()) as session,
        exclusive(
            session, "build", prefix=settings.prefix, notify=lambda m: console.print(Text(m))
        ),
    ):
        started = dt.datetime.now(dt.UTC)
        dbt = Dbt(settings, console, variables, full_refresh)
        reports = _build(dbt, settings, select, console)
        if select and not dbt.outcome.results and not dbt.outcome.fatal:
            raise WarehouseError(f"--select {' '.join(select)} matches nothing.")
        build_id = _write(session, settings.prefix, dbt.outcome, started, select)
        if not dbt.outcome.has_passed:
            _print_failures(dbt.outcome, console)
            return 3 if dbt.outcome.may_pass else 1
        risk_step.print_warnings(reports, console)
        _print_built(dbt.outcome, console)
        if publishes and not select:
            _publish(dbt, build_id, console)
        else:
            console.print(Text("Readers see what they saw before: `warehouse publish` shows this."))
    return 0


def _build(
    dbt: Dbt, settings: Settings, select: tuple[str, ...], console: Console
) -> list[risk_step.Report]:
    """Builds what was selected; or everything, with training and scoring where scores come in."""
    if select or not risk_step.has_models(settings):
        dbt.build(select, (UNIT_TESTS,))
        return []
    before = dbt.build((), (UNIT_TESTS, risk_step.AFTER_SCORES))
    if not before.has_passed:
        return []
    reports = risk_step.train_and_score(settings, console)
    dbt.build((risk_step.AFTER_SCORES,), (UNIT_TESTS,))
    return reports


def publish(settings: Settings, *, console: Console | None = None) -> int:
    """Tests what is built, then shows it to readers. Returns 0, or 1 if a test failed."""
    console = console or Terminal()
    layout.prepare(settings)
    with (
        open_session(RedshiftAddress.from_environment()) as session,
        exclusive(
            session, "publish", prefix=settings.prefix, notify=lambda m: console.print(Text(m))
        ),
    ):
        dbt = Dbt(settings, console, {})
        dbt.test(())
        if not dbt.outcome.has_passed:
            _print_failures(dbt.outcome, console)
            return 1
        _publish(dbt, _last_id(session, settings.prefix), console)
    return 0


def _publish(dbt: Dbt, build_id: int, console: Console) -> None:
    outcome = dbt.publish(build_id=build_id)
    if outcome.fatal:
        raised = TryAgainLater if outcome.may_pass else WarehouseError
        raise raised("Readers see what they saw before; the reason is in the home's logs/dbt.log.")
    console.print(Text(f"Readers see build {build_id}."))


def _last_id(session: RedshiftSession, prefix: str) -> int:
    row = session.execute(
        sql.SQL("select coalesce(max(build_id), 0) from {}").format(_runs(prefix))
    ).fetchone()
    session.commit()
    return int(row[0]) if row else 0


def _write(
    session: RedshiftSession,
    prefix: str,
    outcome: Outcome,
    started: dt.datetime,
    select: tuple[str, ...],
) -> int:
    """Record the run; returns its number, which is the last, since builds hold the lock."""
    has_passed = outcome.has_passed
    run = BuildRun(
        started_at=started,
        finished_at=dt.datetime.now(dt.UTC),
        status="passed" if has_passed else "failed",
        models_built=outcome.count(False, "success"),
        tests_passed=outcome.count(True, "pass"),
        tests_warned=outcome.count(True, "warn"),
        tests_failed=outcome.count(True, "fail", "error"),
        fingerprint="",
        weekly_fingerprint=None,
        scope="selected" if select else "everything",
        cause=None,
        failure=None if has_passed else reason_of(outcome),
    )
    names = list(BuildRun.__dataclass_fields__)
    insert = sql.SQL("insert into {} ({}) values ({})").format(
        _runs(prefix),
        sql.SQL(", ").join(map(sql.Identifier, names)),
        sql.SQL(", ").join(sql.Placeholder() * len(names)),
    )
    with session.transaction():
        session.execute(insert, [getattr(run, name) for name in names])
    return _last_id(session, prefix)


def _runs(prefix: str) -> sql.Identifier:
    return sql.Identifier(f"{prefix}ops", "build_runs")


def _print_failures(outcome: Outcome, console: Console) -> None:
    """What failed, by name: messages of the database may quote a row."""
    failed = [result for result in outcome.results if result.status in FAILED]
    for result in failed[:_MOST_SHOWN]:
        found = f": {counted(result.failures, 'row')}" if result.failures else ""
        console.print(Text(f"  {result.kind} {shown(result.name)} failed{found}"))
    if len(failed) > _MOST_SHOWN:
        console.print(Text(f"  … and {len(failed) - _MOST_SHOWN:,} more"))
    console.print(Text("The build failed. The reasons are in the home's logs/dbt.log."))


def _print_built(outcome: Outcome, console: Console) -> None:
    console.print(
        Text(
            f"{counted(outcome.count(False, 'success'), 'model')} built, "
            f"{counted(outcome.count(True, 'pass'), 'test')} passed in {outcome.seconds:.0f} s."
        )
    )
