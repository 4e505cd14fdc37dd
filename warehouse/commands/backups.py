"""Commands that back up the warehouse and restore it."""

import sys

import click

from warehouse.commands.messages import say, tell, warn
from warehouse.settings import Settings


@click.command()
@click.argument("file", type=click.Path(allow_dash=True))
@click.option("--force", is_flag=True, help="Replace FILE if it exists.")
@click.pass_obj
def backup(settings: Settings, file: str, force: bool) -> None:
    """Write everything that cannot be made again from the checkout to FILE, or to stdout for -.

    That is the database (raw tables, the ledger, facts, histories, what readers see, rights), the
    token key and the risk models. Readers go on; loads and builds wait. The file is complete or it
    is not there. It holds personal data and the key: whoever has it has everything.

    Not in it: a key given as WAREHOUSE_TOKEN_KEY, risk models in a bucket, the roles' passwords.

    \b
    Examples:
      warehouse backup /backups/retail-2026-11-30.zip
      warehouse backup - | gpg --encrypt --recipient ops > retail.zip.gpg
    """
    from warehouse.backup import dumping

    if file == dumping.STDOUT and sys.stdout.isatty():
        raise click.UsageError("A backup is not for the terminal. Name a file, or use a pipe.")
    told = dumping.back_up(settings, file, force, warn)
    (tell if file == dumping.STDOUT else say)(told)


@click.command()
@click.argument("file", type=click.Path(allow_dash=True))
@click.option("--replace", "replaces", is_flag=True, help="Replace a warehouse that holds data.")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@click.pass_obj
def restore(settings: Settings, file: str, replaces: bool, yes: bool) -> None:
    """Make the warehouse anew from the backup in FILE, or from stdin for -.

    The file is checked from beginning to end before anything is touched. Then everything is
    restored or nothing is: readers go on reading what was there before until the last step. Rows
    are counted again. An interrupted restore is simply run again.

    Restore only files that you made: the content of a file becomes the content of the warehouse.

    \b
    Examples:
      warehouse restore /backups/retail-2026-11-30.zip
      warehouse restore /backups/retail-2026-11-30.zip --replace
      gpg --decrypt retail.zip.gpg | warehouse restore -
    """
    from warehouse.backup import restoring
    from warehouse.errors import WarehouseError

    if file == restoring.STDIN and replaces and not yes:
        raise click.UsageError("With - nobody can answer the question of --replace: pass --yes.")
    with restoring.checked_backup(settings, file) as given:
        if restoring.holds_data(settings, warn):
            if not replaces:
                raise WarehouseError(
                    "The warehouse holds data, and nothing was changed. To replace all of it by "
                    f"the backup of {given.moment}, pass --replace."
                )
            if not yes:
                click.confirm(
                    f"Replace the whole warehouse by the backup of {given.moment}?", abort=True
                )
        say(restoring.restore(settings, given, replaces, warn))
