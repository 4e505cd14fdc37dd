"""The command that compares two warehouses."""

import sys

import click

from warehouse.commands.messages import say
from warehouse.settings import Settings


@click.command()
@click.argument("url_a", metavar="URL_A")
@click.argument("url_b", metavar="URL_B")
@click.option(
    "--only", multiple=True, metavar="NAME", help="Only this schema or table, as core.fct_orders."
)
@click.pass_obj
def compare(settings: Settings, url_a: str, url_b: str, only: tuple[str, ...]) -> None:
    """Compare two warehouses, on one engine or two: all of core, marts and restricted.

    Rows are found by the sources' own ids, so keys may differ. Printed is what differs: tables,
    numbers of rows, rows that only one has, and by column how many rows differ, with a few
    examples. Values of personal columns are compared by hash and never printed.

    A URL is what `warehouse url` prints, without a password:

    \b
      postgresql://USER@HOST:PORT/DATABASE   PostgreSQL; the password comes from ~/.pgpass or
                                             PGPASSWORD, as for psql
      redshift://USER@HOST:PORT/DATABASE     Redshift; what is left out, the password and all
                                             else come from the same variables as for a build
                                             (redshift:// alone is the one that they name)

    Behind # there may be a schema prefix: postgresql://me@host/warehouse#dev_ . The user should
    be one that may read everything, such as the transformer.

    Exit codes: 0 equal, 1 different, 2 wrong usage, 3 try again later.

    \b
    Examples:
      warehouse compare "$(warehouse url --role transformer)" redshift://
      warehouse compare postgresql://etl@db/retail postgresql://etl@db/retail#dev_ --only marts
    """
    from warehouse.comparing.comparison import compare
    from warehouse.comparing.comparison_report import render
    from warehouse.comparing.definitions import read_definitions
    from warehouse.comparing.warehouse_addresses import read_place

    first, second = read_place("A", url_a), read_place("B", url_b)
    comparison = compare(first, second, read_definitions(settings.project_dir), only)
    say(render(comparison, first, second))
    sys.exit(1 if comparison.differs else 0)
