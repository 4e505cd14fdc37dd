"""The command that writes a new source's models."""

import re
import shutil
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from warehouse.commands.messages import say
from warehouse.settings import Settings

if TYPE_CHECKING:
    from scaffold import Scaffold, Wishes


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
    help="The column that has this role; ROLE= for none. Write TABLE.COLUMN if several files have "
    "the column.",
)
@click.option(
    "--keep",
    multiple=True,
    metavar="COLUMN",
    help="Store this column even though it looks personal.",
)
@click.option("--currency", metavar="CODE", help="Currency of the amounts, if no column has it.")
@click.option(
    "--time-zone",
    metavar="ZONE",
    help="The shop's time zone, such as Europe/Berlin, if times have an offset or are in UTC.",
)
@click.option(
    "--month-first", "dates", flag_value="month", help="Read ambiguous dates as 3/31/2024."
)
@click.option("--day-first", "dates", flag_value="day", help="Read ambiguous dates as 31/3/2024.")
@click.option("--year-first", "dates", flag_value="year", help="Read ambiguous dates as 24/03/31.")
@click.option(
    "--discount",
    type=click.Choice(["amount", "share", "percent"]),
    help="What a discount column holds, if no total proves it.",
)
@click.option(
    "--decimal",
    type=click.Choice(["point", "comma"]),
    help="The decimal sign, if no cell shows it (as with 1.250).",
)
@click.option(
    "--effect",
    "effects",
    multiple=True,
    metavar="WORD=EFFECT",
    help="What a status or a line type means: sale, void or return.",
)
@click.option(
    "--ignore",
    "ignored",
    multiple=True,
    metavar="COLUMN",
    help="Ignore this column even though its header says that it changes which rows count.",
)
@click.option(
    "--order-numbers",
    type=click.Choice(["once", "restart"]),
    help="Whether order numbers are unique or restart, for example every day.",
)
@click.option(
    "--no-header",
    is_flag=True,
    help="The files have no header; columns are named column_1, column_2, …",
)
@click.option("--check", is_flag=True, help="Show what is found; write nothing.")
@click.pass_obj
def scaffold(
    settings: Settings, /, source: str, paths: tuple[Path, ...], check: bool, **options: Any
) -> None:
    """Write a new source's models from sample files.

    FILE is an export of a shop system: a text file with delimiters (such as CSV, plain or .gz), a
    Parquet file, or a folder of these. One file must hold order lines: an order number, a date, a
    product, and a quantity with a price or an amount. Other files may hold orders, customers,
    products and stores. Each file becomes a raw table.

    The command detects the encoding, the delimiter, number and date formats, the role of each
    column and how amounts are calculated. It recognises the exports of well-known shop systems.
    First it shows what it found: the column of each role with three sample values; orders,
    customers, days and revenue; and each guess with the option that changes it. It asks for what
    the files cannot show: the currency, and the time zone of times in UTC. Columns that look
    personal are not stored (pii: drop); one that identifies the customer is stored as a keyed
    token.

    It then writes definitions, staging views, models that map the source to the shared shape,
    their tests, and the source's entry in dbt_project.yml. Core and marts are not changed, and
    existing files are never overwritten. For a source that exists, --check shows what to remove
    before you write it again. docs/adding-a-source.md describes the next steps.

    \b
    Examples:
      warehouse scaffold bakery exports/ --check
      warehouse scaffold bakery tickets.csv articles.csv --currency EUR
      warehouse scaffold bakery tickets.csv --map order_id=Bon --map customer_id=Phone
      warehouse load bakery tickets.csv articles.csv && warehouse build
    """
    from ingest.foreign_text import shell_word
    from scaffold import plan_scaffold, write_scaffold
    from warehouse.invocation import command
    from warehouse.safe_files import shared_outside

    plan = plan_scaffold(
        settings.project_dir, source, paths, _wishes(**options), is_only_shown=check
    )
    for row in plan.look:
        say(_fitted(row))
    say("")
    if plan.questions:
        _ask(plan)
    if check:
        say(" ".join(filter(None, ("Nothing was written.", plan.in_the_way))))
        return
    with shared_outside(settings.home, settings.project_dir):
        write_scaffold(settings.project_dir, plan)
    say(f"{len(plan.files)} files written; core and marts are unchanged. Next:")
    files = " ".join(shell_word(str(path)) for path in paths)
    load = f"{command()} load {source} {files}"
    say(f"  {load} --check\n  {load}\n  {command()} build")


def _fitted(row: str) -> str:
    """On a terminal, the row wrapped at words with a hanging indent; elsewhere the row itself."""
    if not sys.stdout.isatty():
        return row
    return textwrap.fill(
        row,
        shutil.get_terminal_size().columns,
        subsequent_indent=" " * {"- ": 2, "  ": 4}.get(row[:2], 0),
        break_long_words=False,
        break_on_hyphens=False,
    )


def _ask(plan: "Scaffold") -> None:
    """Prints the questions and the command that answers them, then exits with code 1."""
    from ingest.foreign_text import shell_word
    from warehouse.invocation import command

    options = [text.rpartition(": ")[2] for text in plan.questions]
    given = " ".join(shell_word(word) for word in sys.argv[1:])
    for text in plan.questions:
        say(text.rpartition(": ")[0] + ".", is_answer=False)
    say(f"Nothing was written. Answer: {command()} {given} {' '.join(options)}", is_answer=False)
    raise SystemExit(1)


def _wishes(
    mapped: tuple[str, ...],
    keep: tuple[str, ...],
    currency: str | None,
    time_zone: str | None,
    dates: str | None,
    discount: str | None,
    decimal: str | None,
    effects: tuple[str, ...],
    ignored: tuple[str, ...],
    order_numbers: str | None,
    no_header: bool,
) -> "Wishes":
    import zoneinfo

    from scaffold import Wishes

    roles = {}
    for text in mapped:
        role, sign, column = text.partition("=")
        if not sign or role in roles:
            raise click.UsageError(f"--map {text}: write ROLE=COLUMN, each role once.")
        roles[role] = column
    if currency is not None and not re.fullmatch("[A-Z]{3}", currency):
        raise click.UsageError(f"--currency {currency}: write three capital letters, such as EUR.")
    if time_zone is not None and time_zone not in zoneinfo.available_timezones():
        raise click.UsageError(
            f"--time-zone {time_zone}: unknown time zone. Write one such as Europe/Berlin."
        )
    return Wishes(
        roles,
        keep,
        currency,
        dates,
        not no_header,
        time_zone=time_zone,
        discount=discount,
        decimal={"point": ".", "comma": ","}.get(decimal or ""),
        ignored=ignored,
        effects=dict(map(_effect, effects)),
        order_numbers=order_numbers,
    )


def _effect(text: str) -> tuple[str, str]:
    word, _, effect = text.rpartition("=")
    if not word or effect not in ("sale", "void", "return"):
        raise click.UsageError(f"--effect {text}: write WORD=sale, WORD=void or WORD=return.")
    return word.strip().lower(), effect
