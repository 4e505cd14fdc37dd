"""Commands that make sample files, load files and take loads out again."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ingest.counts import counted
from warehouse.commands.messages import say, tell, warn
from warehouse.settings import Settings

if TYPE_CHECKING:
    from ingest.loads.load_report import LoadReport


@click.command()
@click.option(
    "--out",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder to write to.",
)
@click.option(
    "--scale",
    default="1",
    show_default=True,
    help="1 is a tenth of the full grocery panel; 10 (or full) is the full panel, 2.6 million "
    "lines; 100 (or full10) is ten times the full panel. In `make bench`, 1 is the full panel.",
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    help="The same seed gives the same files. Default: the seed of the sample that `make build` "
    "loads.",
)
@click.option(
    "--defects", is_flag=True, help="Inject labelled errors and write the expected results."
)
@click.pass_obj
def sample(settings: Settings, out: Path, scale: str, seed: int | None, defects: bool) -> None:
    """Make sample sales files, one folder per source.

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
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=str), metavar="PATH...")
@click.option("--table", help="Load all files into this table, whatever their names.")
@click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="Business date of master data (YYYY-MM-DD). Default: today.",
)
@click.option("--check", is_flag=True, help="Check the files; load nothing.")
@click.option(
    "--corrects",
    is_flag=True,
    help="A file with a known name and new content replaces the loaded one. A file that only grew "
    "does so unasked.",
)
@click.option(
    "--adds", is_flag=True, help="A file with a known name and new content adds to the loaded one."
)
@click.option(
    "--order-again",
    type=click.Choice(["newest"]),
    help="For files that overlap: take each order entirely from the newest file that has it. The "
    "newest is the one with the latest date in its name, or else the latest order in it.",
)
@click.option(
    "--time-zone",
    metavar="ZONE",
    help="The shop's time zone, such as Europe/Berlin. Times with an offset or in UTC are "
    "converted to it.",
)
@click.option(
    "--keep-customer-ids",
    is_flag=True,
    help="Store customer ids unchanged even if they are e-mail addresses, telephone numbers, card "
    "numbers or names. By default these become keyed tokens. Use the option for all files of a "
    "source or for none, or a customer gets two ids.",
)
@click.option(
    "--max-reject-share",
    type=click.FloatRange(0, 1),
    default=0.01,
    show_default=True,
    help="Refuse a file if more than this share of its rows is bad; 0.01 is 1 %. A single bad row "
    "among good ones is always allowed, unless the share is 0.",
)
@click.option(
    "--max-reject-rows",
    type=click.IntRange(min=0),
    default=1000,
    show_default=True,
    help="Refuse a file if more than this many of its rows are bad.",
)
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="Print one JSON object per file and line instead of the table, for programs.",
)
@click.pass_obj
def load(
    settings: Settings,
    /,
    source: str,
    paths: tuple[str, ...],
    as_of: datetime | None,
    as_json: bool,
    **given: Any,
) -> None:
    """Load files into the raw tables of SOURCE.

    PATH is a file, a folder or a pattern, or a file or folder in S3 (s3://bucket/prefix;
    credentials and region come from AWS's own settings). Files are CSV (plain or .gz) or Parquet.
    A file goes into the table whose name its own name starts with. A file is loaded whole or not at
    all, and the same content is never loaded twice. The exit code is 1 if a file was refused or if
    no file belongs to SOURCE, and 3 if only the database or S3 kept files out: try again later.

    \b
    Examples:
      warehouse load cafe exports/
      warehouse load grocery transaction_data.csv.gz --check
      warehouse load grocery product.csv --as-of 2024-03-01
      warehouse load grocery s3://shop/exports/2024/
      warehouse load standard exports/ --order-again newest --time-zone Europe/Berlin
    """
    if given["corrects"] and given["adds"]:
        raise click.UsageError("Pass --corrects or --adds, not both.")
    from ingest.console import Terminal
    from ingest.loads import load_report
    from warehouse.alerts.alerting import Load, watched_load

    is_check = given["check"]
    watched = nullcontext(Load()) if is_check else watched_load(settings, source, warn=warn)
    with watched as load:
        load.report = result = _load(settings, source, paths, as_of, given)
    if as_json:
        say(load_report.as_json(result))
    else:
        Terminal().print(load_report.render(result))
    sys.exit(result.exit_code)


def _load(
    settings: Settings,
    source: str,
    paths: tuple[str, ...],
    as_of: datetime | None,
    given: dict[str, Any],
) -> LoadReport:
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
        copies=settings.home / "copies",
        **given,
    )
    with load_report.bar() as advance:
        return loader.load(
            database.address(settings, LOADER),
            settings.project_dir,
            source,
            paths,
            options,
            progress=advance,
            notify=tell,
        )


@click.command()
@click.argument("load_id", type=click.IntRange(min=1), metavar="LOAD_ID")
@click.pass_obj
def unload(settings: Settings, load_id: int) -> None:
    """Remove one load. Facts and marts follow at the next build.

    \b
    To find its number:
      warehouse psql --role loader -c "select load_id, file_name from ops.load_files where is_live"
    """
    from ingest.foreign_text import shown
    from ingest.loads import loader
    from warehouse.server import bringup, database
    from warehouse.server.roles import LOADER

    bringup.ensure_ready(settings, warn)
    database.require_access(settings, LOADER)
    address = database.address(settings, LOADER)
    taken = loader.unload(address, load_id, prefix=settings.prefix, notify=tell)
    say(
        f"Load {load_id} removed: {shown(taken.file)}, {counted(taken.rows, 'row')} of "
        f"{taken.source}.{taken.table}. `warehouse build` removes it from facts and marts."
    )
