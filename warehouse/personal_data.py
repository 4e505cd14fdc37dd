"""What `warehouse purge` and `warehouse forget` do and report."""

from collections.abc import Callable, Iterable

import click

from ingest.console import Terminal
from ingest.erasure import forgetting, purging
from ingest.erasure.built_tables import tables_with
from ingest.erasure.erasing import Erased, NotRewritten
from ingest.erasure.returned_persons import returned_persons
from ingest.sessions import connect
from ingest.tables.definition_files import read_definitions
from ingest.tokens.token_keys import parse_token_key
from warehouse.build.dbt_run import Dbt
from warehouse.build.problems import print_problems
from warehouse.errors import WarehouseError
from warehouse.server import database
from warehouse.server.roles import ERASER, TRANSFORMER
from warehouse.server.secret_files import ensure_token_key
from warehouse.settings import Settings

# Built from raw tables, so what was erased there stays in them until they are rebuilt.
RESTRICTED_MODELS = ("tag:restricted,resource_type:model",)


def purge(settings: Settings, dry_run: bool, notify: Callable[[str], None]) -> int:
    """Purges, reports by table what was done, and returns the exit code.

    Raises WarehouseError and LoaderError.
    """
    database.require_access(settings, ERASER)
    done = purging.purge(
        database.address(settings, ERASER),
        settings.project_dir,
        settings.prefix,
        dry_run=dry_run,
        rebuild=lambda: rebuild_restricted(settings),
        notify=notify,
    )
    if not done.emptied and not done.rejects:
        click.echo("Nothing to do: no table sets retention_days or reject_retention_days.")
        return _tell_not_rewritten(done.not_rewritten)
    verb = "would be emptied" if dry_run else "emptied"
    _tell_erased(done.emptied, verb)
    for erased in done.rejects:
        verb = "would be deleted" if dry_run else "deleted"
        click.echo(f"rejected rows of {erased.table}: {erased.rows:,} {verb}")
    if dry_run:
        click.echo("Nothing was changed (--dry-run).")
    elif done.rows:
        click.echo("Schema restricted was rebuilt. Facts and marts are unchanged.")
    return _tell_not_rewritten(done.not_rewritten)


def forget(
    settings: Settings,
    source: str,
    customer: str | None,
    application: str | None,
    notify: Callable[[str], None],
) -> int:
    """Forgets, reports what was done with its proof, and returns the exit code: 1 if traces remain.

    Raises WarehouseError and LoaderError.
    """
    database.require_access(settings, ERASER)
    done = forgetting.forget(
        database.address(settings, ERASER),
        settings.project_dir,
        source,
        customer,
        application=application,
        token_key=ensure_token_key(settings),
        prefix=settings.prefix,
        rebuild=lambda: rebuild_restricted(settings),
        notify=notify,
    )
    _tell_erased(done.emptied, "emptied")
    _tell_erased(done.renamed, "given a random id")
    if not done.rows:
        click.echo("There was no personal data of this person.")
    for trace in done.traces:
        column = f", column {trace.column}" if trace.column else ""
        click.echo(f"STILL THERE: {trace.table}{column}: {trace.rows:,} rows")
    if _tell_not_rewritten(done.not_rewritten) or done.traces:
        click.echo("Some personal data remains; see above.", err=True)
        return 1
    statistics = "" if settings.is_redshift else ", and the statistics of all text columns"
    click.echo(
        f"Checked all rows of this person, {done.searched:,} text columns of raw tables, "
        f"restricted, snapshots, ml and ops{statistics} for values that only this person had: "
        "nothing is left."
    )
    if any(erased.rows for erased in done.renamed):
        click.echo(
            "Facts and marts, with their statistics, show the old id until the next build. "
            "Run `warehouse build` now."
        )
    return 0


def count_returned(settings: Settings) -> int:
    """How many persons on the list of the forgotten have personal values again."""
    return len(_returned(settings))


def forget_again(settings: Settings, notify: Callable[[str], None]) -> int:
    """Forgets everybody on the list of the forgotten who is back, one after the other.

    Returns the exit code: 1 if traces of somebody remain. Raises WarehouseError and LoaderError.
    """
    code, done = 0, set[tuple[str, str]]()
    # One person may be found by several values, and is gone with the first.
    while waiting := [person for person in _returned(settings) if person not in done]:
        source, value = waiting[0]
        click.echo(f"Person {len(done) + 1} of {source}:")
        code = max(code, forget(settings, source, value, None, notify))
        done.add(waiting[0])
    return code


def _returned(settings: Settings) -> list[tuple[str, str]]:
    key = parse_token_key(ensure_token_key(settings))
    assert key is not None
    with connect(database.address(settings, ERASER)) as connection:
        definitions = read_definitions(settings.project_dir)
        return returned_persons(connection, definitions, key, settings.prefix)


def _tell_not_rewritten(tables: Iterable[NotRewritten]) -> int:
    """Reports tables that still hold erased values; returns 1 if there are any."""
    code = 0
    for left in tables:
        if left.holders:
            why = (
                f"{'; '.join(left.holders)} may still read them. End that session or wait until "
                "its transaction ends, then run this command again"
            )
        else:
            why = "another role owns it. Run this command as its owner or a member of that role"
        click.echo(f"NOT REWRITTEN: {left.table}: its file still holds the old rows: {why}.")
        code = 1
    return code


def _tell_erased(erased: Iterable[Erased], verb: str) -> None:
    for table in erased:
        waiting = f"; {table.waiting:,} wait for a build" if table.waiting else ""
        click.echo(f"{table.table} ({', '.join(table.columns)}): {table.rows:,} {verb}{waiting}")


def rebuild_restricted(settings: Settings) -> None:
    """Rebuilds schema restricted. If that fails, prints the reason and raises WarehouseError."""
    with connect(database.address(settings, TRANSFORMER)) as connection:
        if not tables_with(connection, [f"{settings.prefix}build_restricted"], ()):
            return
    dbt = Dbt(settings, Terminal(stderr=True), {})
    outcome = dbt.build(RESTRICTED_MODELS)
    if outcome.has_passed:
        outcome = dbt.publish(names=[result.name for result in outcome.results])
    if not outcome.has_passed:
        with database.session(settings, TRANSFORMER) as session:
            print_problems(outcome, settings, session, Terminal(stderr=True))
        raise WarehouseError(
            "The raw tables are done, but schema restricted could not be rebuilt and still holds "
            "the old rows. Run `warehouse build`, then run this command again."
        )
