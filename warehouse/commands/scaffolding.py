"""The command that writes a new source's models."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from warehouse.commands.messages import say
from warehouse.settings import Settings

if TYPE_CHECKING:
    from warehouse.scaffold import Wishes


@click.command()
@click.argument("source")
@click.argument(
    "paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE..."
)
@click.option(
    "--map",
    "mapped",
    multiple=True,
    metavar="ROLE=COLUMN",
    help="Name the column of a role, or none (ROLE=). TABLE.COLUMN where several files have it.",
)
@click.option(
    "--keep", multiple=True, metavar="COLUMN", help="Store this column although it looks personal."
)
@click.option(
    "--currency", metavar="CODE", help="Currency of the amounts, where no column says it."
)
@click.option(
    "--month-first", is_flag=True, help="Read doubtful dates such as 03/04/2024 as March."
)
@click.option("--no-header", is_flag=True, help="Files have no header: column_1, column_2, …")
@click.option("--check", is_flag=True, help="Say what is guessed and write nothing.")
@click.pass_obj
def scaffold(
    settings: Settings, /, source: str, paths: tuple[Path, ...], check: bool, **options: Any
) -> None:
    """Write a new source's models from sample files.

    FILE is CSV (plain or .gz) or Parquet, or a folder of them. One file has lines of orders: an
    order's number, a day, a product, and a quantity with a price or an amount. Others may hold
    the orders themselves, customers, products and stores; each file becomes a raw table.

    Types, formats of dates and the role of each column are guessed from the headers and up to
    50,000 rows of each file. What is guessed is printed with what deserves a second look. Columns
    that look personal (name, e-mail, telephone, card, address) are not stored (pii: drop); a
    personal column that names the customer is kept as a keyed token.

    Written are definitions, staging views, the models that bring the source into the shared shape,
    their tests, and the source's word in dbt_project.yml. Core and marts stay as they are. Nothing
    that exists is overwritten. docs/adding-a-source.md goes on from there.

    \b
    Examples:
      warehouse scaffold bakery exports/ --check
      warehouse scaffold bakery tickets.csv articles.csv --currency EUR
      warehouse scaffold bakery tickets.csv --map order_id=Bon --map customer_id=Phone
      warehouse load bakery tickets.csv articles.csv && warehouse build
    """
    from ingest.foreign_text import shell_word
    from warehouse.safe_files import shared_outside
    from warehouse.scaffold import plan_scaffold, write_scaffold

    plan = plan_scaffold(settings.project_dir, source, paths, _wishes(**options))
    for row in [*plan.described(), "", *(f"- {sentence}" for sentence in plan.advice)]:
        say(row)
    if check:
        say("Nothing was written.")
        return
    with shared_outside(settings.home, settings.project_dir):
        write_scaffold(settings.project_dir, plan)
    say(f"{len(plan.files)} files written; core and marts stay as they are. Next:")
    files = " ".join(shell_word(str(path)) for path in paths)
    say(f"  warehouse load {source} {files} --check\n  warehouse load {source} {files}")
    say("  warehouse build")


def _wishes(
    mapped: tuple[str, ...],
    keep: tuple[str, ...],
    currency: str | None,
    month_first: bool,
    no_header: bool,
) -> "Wishes":
    from warehouse.scaffold import Wishes

    roles = {}
    for text in mapped:
        role, sign, column = text.partition("=")
        if not sign or role in roles:
            raise click.UsageError(f"--map {text}: say ROLE=COLUMN, each role once.")
        roles[role] = column
    if currency is not None and not re.fullmatch("[A-Z]{3}", currency):
        raise click.UsageError(f"--currency {currency}: a currency is three letters, such as EUR.")
    return Wishes(roles, keep, currency, month_first, not no_header)
