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
    from warehouse import bringup, privacy

    bringup.ensure_ready(settings, warn)
    sys.exit(privacy.purge(settings, dry_run, tell))


@click.command()
@click.argument("source")
@click.argument("customer")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def forget(settings: Settings, source: str, customer: str, yes: bool) -> None:
    """Erase everything personal of one CUSTOMER of a SOURCE, and prove it.

    CUSTOMER is the customer_id that marts show; where that is a token (a card, a membership),
    the id that the token was made of will do, too. Restricted and token columns are emptied in
    all raw tables that belong to the customer, in schema restricted, in snapshots and in
    rejected rows. Orders and amounts stay. A token gives way to a random id, so that nobody can
    tell any more whose orders they were; facts and marts follow at the next `warehouse build`.
    A keyed hash is kept, so that files loaded later do not bring the person back.

    Not reached: your source files, backups, archived logs of the server, and marts copied
    elsewhere. Safe to repeat.

    \b
    Examples:
      warehouse forget standard C-1042
      warehouse forget cafe 4929123456781234 --yes
    """
    from warehouse import bringup, privacy

    bringup.ensure_ready(settings, warn)
    if not yes:
        click.confirm(f"Erase this customer of {source}? It cannot be undone.", abort=True)
    sys.exit(privacy.forget(settings, source, customer, tell))
