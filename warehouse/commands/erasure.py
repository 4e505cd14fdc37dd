"""Commands that take personal data out for good."""

import sys

import click

from warehouse.commands.messages import tell, warn
from warehouse.settings import Settings


@click.command()
@click.option("--dry-run", is_flag=True, help="Count and change nothing.")
@click.pass_obj
def purge(settings: Settings, dry_run: bool) -> None:
    """Empty personal columns and delete rejected rows that are past their age.

    Nothing is purged unless you run this, and no table unless its definition
    (models/staging/<source>/_<source>__sources.yml) names an age under config: meta:

    \b
      retention_days: 7            restricted and token columns of rows loaded longer ago
      reject_retention_days: 90    rows of ops.rejected_rows of files loaded longer ago

    Rows stay, and so do ids and whatever else facts are built from: facts are the same after
    the next build, also with --full-refresh. What is emptied cannot be brought back but by
    loading its file again.

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
@click.argument("source")
@click.argument("person", required=False)
@click.option(
    "--application",
    metavar="ID",
    help="The application_id or application_key of an application, in place of PERSON.",
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def forget(
    settings: Settings, source: str, person: str | None, application: str | None, yes: bool
) -> None:
    """Erase everything personal of one PERSON of a SOURCE, and prove it.

    PERSON is one of:

    \b
      the customer_id that marts show; where that is a token (a card, a membership, an e-mail
        address), what the token was made of will do, too
      an e-mail address, for all whose rows hold it: members, applicants, prospects, subscribers
        of mailing lists; case and blanks around it do not count
      -, to be asked for it, or to read it from a pipe: what stands on a command line is seen in
        the list of processes and stays in the shell's history

    Restricted and token columns are emptied in all raw tables that belong to the person, in
    schema restricted, in snapshots and in rejected rows, and the tables are rewritten. Orders and
    amounts stay. A token gives way to a random id, so that nobody can tell any more whose orders
    they were; facts and marts follow at the next `warehouse build`. A keyed hash is kept, so that
    files loaded later do not bring the person back.

    Not reached: your source files, backups, archived logs of the server, and marts copied
    elsewhere. Safe to repeat.

    \b
    Examples:
      warehouse forget standard C-1042
      warehouse forget ecommerce -
      warehouse forget ecommerce --application 7301848302174
      warehouse forget cafe - --yes < card.txt
    """
    from warehouse import personal_data
    from warehouse.server import bringup

    if (person is None) == (application is None):
        raise click.UsageError("Say whom: PERSON or --application ID, one of them.")
    if person == "-":
        person = _asked_for()
    bringup.ensure_ready(settings, warn)
    if not yes:
        click.confirm(f"Erase this person of {source}? It cannot be undone.", abort=True)
    sys.exit(personal_data.forget(settings, source, person, application, tell))


def _asked_for() -> str:
    """The person, from the terminal without showing it, or the first line of a pipe."""
    if sys.stdin.isatty():
        given: str = click.prompt("Id or e-mail address", hide_input=True)
    else:
        given = sys.stdin.readline()
    if not given.strip():
        raise click.UsageError("Nothing was given: an id or an e-mail address is needed.")
    return given.strip("\r\n")
