"""Commands that erase personal data permanently."""

import sys
from typing import NoReturn

import click

from ingest.counts import counted
from warehouse.commands.messages import say, tell, warn
from warehouse.settings import Settings


@click.command()
@click.option("--dry-run", is_flag=True, help="Only count; change nothing.")
@click.pass_obj
def purge(settings: Settings, dry_run: bool) -> None:
    """Erase personal data whose retention period has ended.

    Nothing is purged until you run this command. Only tables whose definition
    (models/staging/<source>/_<source>__sources.yml) sets a retention period under config: meta:
    are purged:

    \b
      retention_days: 7           empty restricted and token columns of older rows
      reject_retention_days: 90   delete older rows of ops.rejected_rows

    Age counts from the day a file was loaded. Rows stay, with their ids and everything else that
    facts are built from, so facts do not change with the next build, even with --full-refresh.
    Only loading the file again brings back the emptied values.

    \b
    Examples:
      warehouse purge --dry-run
      warehouse purge
    """
    from warehouse import personal_data
    from warehouse.server import bringup

    bringup.ensure_ready(settings, warn)
    sys.exit(personal_data.purge(settings, dry_run, tell))


@click.command()
@click.argument("source", required=False)
@click.argument("person", required=False)
@click.option(
    "--application",
    metavar="ID",
    help="Instead of PERSON: the application_id or application_key of an application.",
)
@click.option(
    "--again",
    is_flag=True,
    help="Instead of a person: everybody who was forgotten and is back, as after restoring a "
    "backup that is older.",
)
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@click.pass_obj
def forget(
    settings: Settings,
    source: str | None,
    person: str | None,
    application: str | None,
    again: bool,
    yes: bool,
) -> None:
    """Erase all personal data of one PERSON of a SOURCE.

    PERSON is one of:

    \b
      customer_id      as shown in marts. If it is a token (for a card, a
                       membership or an e-mail address), the original value
                       works, too.
      e-mail address   for everybody whose rows hold it: members, applicants,
                       prospects, subscribers of mailing lists. Case and
                       surrounding blanks do not matter.
      -                asks for the value, or reads it from a pipe. Arguments
                       on a command line show in the list of processes and
                       stay in the shell's history.

    Restricted and token columns of the person's rows are emptied in the raw tables, in schema
    restricted, in snapshots and in rejected rows, and the tables are rewritten. Orders and amounts
    stay. A random id replaces the token, so orders can no longer be traced to the person; facts
    and marts follow at the next `warehouse build`. A keyed hash is kept, so that files loaded
    later do not bring the person back.

    Your source files, backups, archived server logs and copies of marts are not changed. The
    command is safe to repeat.

    \b
    Examples:
      warehouse forget standard C-1042
      warehouse forget ecommerce -
      warehouse forget ecommerce --application 7301848302174
      warehouse forget cafe - --yes < card.txt
      warehouse forget --again
    """
    from warehouse import personal_data
    from warehouse.server import bringup

    if again:
        if source or application:
            raise click.UsageError("--again forgets everybody on the list: name nobody.")
        _forget_again(settings, yes)
    if source is None or (person is None) == (application is None):
        raise click.UsageError("Name the person: pass SOURCE, and PERSON or --application ID.")
    if person == "-":
        person = _asked_for()
    bringup.ensure_ready(settings, warn)
    if not yes:
        click.confirm(f"Erase this person of {source}? It cannot be undone.", abort=True)
    sys.exit(personal_data.forget(settings, source, person, application, tell))


def _forget_again(settings: Settings, yes: bool) -> NoReturn:
    from warehouse import personal_data
    from warehouse.server import bringup

    bringup.ensure_ready(settings, warn)
    found = personal_data.count_returned(settings)
    if not found:
        say("Nobody who was forgotten is back.")
        sys.exit(0)
    if not yes:
        people = counted(found, "value", "values")
        click.confirm(
            f"{people} of forgotten persons are back. Erase these persons again?", abort=True
        )
    sys.exit(personal_data.forget_again(settings, tell))


def _asked_for() -> str:
    """The person, read from the terminal without echo, or from the first line of a pipe."""
    if sys.stdin.isatty():
        given: str = click.prompt("Id or e-mail address", hide_input=True)
    else:
        given = sys.stdin.readline()
    if not given.strip():
        raise click.UsageError("Nothing was entered. Enter an id or an e-mail address.")
    return given.strip("\r\n")
