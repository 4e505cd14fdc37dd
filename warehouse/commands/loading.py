"""Commands that make files and take files in and out."""

import sys
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from ingest.counts import counted
from warehouse.commands.messages import say, tell, warn
from warehouse.settings import Settings


@click.command()
@click.option(
    "--out", required=True, type=click.Path(file_okay=False, path_type=Path), help="Where to write."
)
@click.option(
    "--scale",
    default="1",
    show_default=True,
    help="1 is a tenth of the full grocery panel, 10 (or full) the panel itself with 2.6 million "
    "lines, 100 (or full10) ten times it. In `make bench`, 1 is the full panel.",
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    help="Same seed, same files. Left out: the seed of the sample that `make build` loads.",
)
@click.option("--defects", is_flag=True, help="Put in named faults, with the answers beside them.")
@click.pass_obj
def sample(settings: Settings, out: Path, scale: str, seed: int | None, defects: bool) -> None:
    """Make sales files to try the warehouse with, one folder per source.

    \b
    Example:
      warehouse sample --out /tmp/sample --seed 7
      warehouse load grocery /tmp/sample/grocery
    """
    from sample import SEED, parse_scale, write_sample
    from warehouse import safe_files

    safe_files.require_own(out, "Name a folder that only root can write to.")
    with safe_files.shared_outside(settings.home, out):
        load_report = write_sample(out, parse_scale(scale), SEED if seed is None else seed, defects)
    for source in load_report.sources.values():
        folder = load_report.folders[source.source]
        files = counted(len(source.files), "file")
        say(f"{source.source}: {source.rows:,} rows in {files}, {folder}")


@click.command()
@click.argument("source")
@click.argument(
    "paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="PATH..."
)
@click.option("--table", help="Load every file into this table, whatever its name.")
@click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="Business date of master data (YYYY-MM-DD); today when left out.",
)
@click.option("--check", is_flag=True, help="Judge the files and write nothing.")
@click.option("--corrects", is_flag=True, help="A known file name with other content replaces it.")
@click.option("--adds", is_flag=True, help="A known file name with other content adds to it.")
@click.option(
    "--order-again",
    type=click.Choice(["newest"]),
    help="Files overlap: of those with the same order, the newest (by the day in its name, else by "
    "the newest order in it) has the whole of it.",
)
@click.option(
    "--time-zone",
    metavar="ZONE",
    help="The shop's time zone, as in Europe/Berlin: times with an offset or in UTC are converted "
    "to it.",
)
@click.option(
    "--keep-customer-ids",
    is_flag=True,
    help="Store customer ids as given that are an e-mail address, a telephone or card number or a "
    "name. Without it these become keyed tokens. Say it for all files of a source or for none: a "
    "customer has one id only where all files are loaded alike.",
)
@click.option(
    "--max-reject-share",
    type=click.FloatRange(0, 1),
    default=0.01,
    show_default=True,
    help="Refuse a file when more than this share of its rows is bad: 0.01 is 1 %. One bad row "
    "beside good ones always passes, unless this is 0.",
)
@click.option(
    "--max-reject-rows",
    type=click.IntRange(min=0),
    default=1000,
    show_default=True,
    help="Refuse a file when more than this many of its rows are bad.",
)
@click.pass_obj
def load(
    settings: Settings,
    /,
    source: str,
    paths: tuple[Path, ...],
    as_of: datetime | None,
    **given: Any,
) -> None:
    """Take files into the raw tables of SOURCE.

    PATH is a file, a folder or a pattern. CSV (plain or .gz) and Parquet. Each file belongs to
    the table its name starts with. A file is taken whole or not at all, and the same content
    never twice. The exit code is 1 when a file was refused, or when none belongs to SOURCE.

    \b
    Examples:
      warehouse load cafe exports/
      warehouse load grocery transaction_data.csv.gz --check
      warehouse load grocery product.csv --as-of 2024-03-01
      warehouse load standard exports/ --order-again newest --time-zone Europe/Berlin
    """
    if given["corrects"] and given["adds"]:
        raise click.UsageError("Say --corrects or --adds, not both.")
    from ingest.console import Terminal
    from ingest.loads import load_report, loader
    from ingest.loads.load_options import Options
    from warehouse.server import bringup, database
    from warehouse.server.roles import LOADER
    from warehouse.server.secret_files import ensure_token_key

    bringup.ensure_ready(settings, warn)
    database.require_access(settings, LOADER)
    options = Options(
        as_of=as_of.date() if as_of else date.today(),
        token_key=ensure_token_key(settings),
        prefix=settings.prefix,
        **given,
    )
    with load_report.bar() as advance:
        result = loader.load(
            database.conninfo(settings, LOADER),
            settings.project_dir,
            source,
            paths,
            options,
            progress=advance,
            notify=tell,
        )
    Terminal().print(load_report.render(result))
    sys.exit(result.exit_code)


@click.command()
@click.argument("load_id", type=click.IntRange(min=1), metavar="LOAD_ID")
@click.pass_obj
def unload(settings: Settings, load_id: int) -> None:
    """Take one load out again; facts and marts follow at the next build.

    \b
    Find its number:
      warehouse psql --role loader -c "select load_id, file_name from ops.load_files where is_live"
    """
    from ingest.foreign_text import shown
    from ingest.loads import loader
    from warehouse.server import bringup, database
    from warehouse.server.roles import LOADER

    bringup.ensure_ready(settings, warn)
    database.require_access(settings, LOADER)
    conninfo = database.conninfo(settings, LOADER)
    taken = loader.unload(conninfo, load_id, prefix=settings.prefix, notify=tell)
    say(
        f"Load {load_id} is out: {shown(taken.file)}, {counted(taken.rows, 'row')} of "
        f"{taken.source}.{taken.table}. `warehouse build` takes it out of facts and marts."
    )
