"""What readers see of the builds: macros/publish, called by `warehouse build` and `publish`."""

import re
from contextlib import closing

from rich.console import Console
from rich.text import Text

from ingest.console import Terminal
from ingest.counts import counted
from ingest.engine.session import Session
from ingest.foreign_text import shown
from ingest.lock import exclusive
from warehouse.build import build_runs, fingerprint
from warehouse.build.dbt_run import Dbt
from warehouse.build.moved_relations import keep_build_state
from warehouse.build.problems import print_problems
from warehouse.build.publications import last_publication
from warehouse.build.unpublished import unpublished
from warehouse.errors import TryAgainLater, WarehouseError
from warehouse.server import bringup, database
from warehouse.server.roles import TRANSFORMER
from warehouse.settings import Settings


def publish(dbt: Dbt, settings: Settings, connection: Session, *, is_back: bool = False) -> None:
    """Shows readers what is built, or what they saw before. What the next build does stays as it
    was: publishing moves tables, which would look as if somebody had replaced them.

    Raises WarehouseError with dbt's reason.
    """
    prefix = settings.prefix
    before = fingerprint.built_hash(connection, prefix)
    outcome = dbt.publish(build_id=build_runs.last_build_id(connection, prefix), is_back=is_back)
    keep_build_state(connection, prefix, before)
    if outcome.fatal:
        raised = TryAgainLater if outcome.may_pass else WarehouseError
        raise raised(f"Readers see what they saw before. {_reason(outcome.fatal)}")


def publish_alone(settings: Settings, *, is_back: bool, console: Console | None = None) -> int:
    """`warehouse publish`: tests what readers would see anew, then shows it; or goes back.

    Returns 0, or 1 if a test failed. Raises WarehouseError.
    """
    console = console or Terminal()
    bringup.ensure_ready(settings, lambda message: console.print(Text(message)))
    bringup.ensure_tables(settings)
    with (
        closing(database.session(settings, TRANSFORMER)) as connection,
        exclusive(
            connection, "publish", prefix=settings.prefix, notify=lambda m: console.print(Text(m))
        ),
    ):
        names = unpublished(connection, settings.prefix)
        shown = last_publication(connection, settings.prefix)
        if not is_back and not names and shown and not shown.is_back:
            console.print(Text(f"Readers see build {shown.build_id} already."))
            return 0
        dbt = Dbt(settings, console, {})
        if names and not is_back:
            console.print(Text(f"Testing {counted(len(names), 'table')} that nobody sees yet."))
            outcome = dbt.test(tuple(sorted(names)))
            print_problems(outcome, settings, connection, console)
            if not outcome.has_passed:
                console.print(Text("Not published: fix the above, then build again."))
                return 1
        publish(dbt, settings, connection, is_back=is_back)
        _tell(settings, connection, console)
    return 0


def _reason(message: str) -> str:
    """What dbt says, in one line, without its own headings and the chain of macros."""
    lines = (line.strip() for line in message.splitlines())
    return " ".join(
        shown(line, 500)
        for line in lines
        if line and not re.match(r"(Compilation|Database) Error|> |DETAIL:", line)
    )


def _tell(settings: Settings, connection: Session, console: Console) -> None:
    shown = last_publication(connection, settings.prefix)
    assert shown is not None
    back = " again" if shown.is_back else ""
    console.print(Text(f"Readers see build {shown.build_id}{back}."))
