"""The `warehouse` command."""

import re
import shlex
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from warehouse.errors import WarehouseError
from warehouse.settings import Settings

if TYPE_CHECKING:
    from warehouse.scaffold import Wishes

EPILOG = """\b
A first round:
  warehouse up                              start the database
  warehouse sample --out /tmp/sample        make files to play with
  warehouse load cafe /tmp/sample/cafe      take them in
  warehouse build                           facts, dimensions, marts, tests
  warehouse psql                            look at the result

Settings come from the environment: WAREHOUSE_HOME (state, default .warehouse),
WAREHOUSE_PORT (default 54329), WAREHOUSE_SCHEMA_PREFIX, WAREHOUSE_TARGET
(local, postgres or redshift) and WAREHOUSE_TOKEN_KEY (64 hex digits).

Exit codes: 0 done, 1 refused or failed, 2 wrong usage."""


class _Paragraphs(click.Group):
    """Shows the commands in the order of work rather than of the alphabet."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of the commands, first things first."""
        return list(self.commands)


@click.group(
    cls=_Paragraphs, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(package_name="retail-warehouse", prog_name="warehouse")
@click.pass_context
def cli(context: click.Context) -> None:
    """Retail sales files in; facts, dimensions and marts out."""
    if "--help" not in sys.argv and "-h" not in sys.argv:
        context.obj = Settings.from_environment()


@cli.command()
@click.pass_obj
def up(settings: Settings) -> None:
    """Start the database and prepare it for loading.

    Safe to run again at any time: what exists is left alone. On the first run it makes the
    database, the passwords, the key for tokens, the raw tables and the roles. The password also
    goes into ~/.pgpass, so that `dbt build` and psql find it.
    """
    from warehouse import bringup

    started = bringup.bring_up(settings, _warn)
    if settings.is_embedded:
        state = "started" if started else "runs already"
        click.echo(f"PostgreSQL {state} on 127.0.0.1:{settings.port}, home {settings.home}")
    else:
        click.echo(f"Target {settings.target} answers; raw tables are in place.")


@cli.command()
@click.pass_obj
def down(settings: Settings) -> None:
    """Stop the database. Data stay; `warehouse up` brings it back."""
    from warehouse import server

    _require_embedded(settings, "stop")
    click.echo("PostgreSQL stopped." if server.stop(settings) else "PostgreSQL was not running.")


@cli.command()
@click.pass_obj
def status(settings: Settings) -> None:
    """Say whether the database runs, how big it is, and what was last loaded and built.

    Exit code 0 when it runs, 1 when it does not.
    """
    from warehouse import status as status_

    report = status_.read_status(settings)
    click.echo(status_.render(report))
    sys.exit(0 if report.is_running else 1)


@cli.command()
@click.option("--role", default="warehouse", show_default="the owner", help="Connect as this role.")
@click.pass_obj
def url(settings: Settings, role: str) -> None:
    """Print the connection URL, password included.

    \b
    Examples:
      psql "$(warehouse url)"
      warehouse url --role reporter     for a BI tool: read only, nothing personal
    """
    from warehouse import database
    from warehouse.roles import ROLE_NAMES
    from warehouse.secret_files import OWNER

    known = (OWNER, *ROLE_NAMES)
    if role not in known:
        raise click.BadParameter(f"no role {role!r}; there are {', '.join(known)}.")
    click.echo(database.url(settings, role))
    if settings.is_embedded and not _is_running(settings):
        _warn("The database is not running. Start it with `warehouse up`.")


@cli.command(context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.pass_obj
def psql(settings: Settings, arguments: tuple[str, ...]) -> None:
    """Open psql on the warehouse; ARGUMENTS go to psql as they are.

    \b
    Examples:
      warehouse psql
      warehouse psql -c "select * from marts.customer_rfm limit 5"
      warehouse psql --csv -f question.sql
    """
    from warehouse import database, terminal

    database.ensure_running(settings)
    terminal.run_psql(settings, arguments)


@cli.command()
@click.option("--hand-over", is_flag=True, help="Also give the transformer what others built.")
@click.pass_obj
def roles(settings: Settings, hand_over: bool) -> None:
    """Create the database roles that are missing, and say what each is for.

    `warehouse up` does this too. On a server of your own the roles get no password; set one with
    psql's \\password before somebody logs in.

    The loader owns the raw tables. Whoever builds owns what is built, and only the owner can
    build it again: to have the transformer build from now on, hand over once.
    """
    from ingest.lock import exclusive
    from warehouse import bringup, database
    from warehouse import roles as roles_

    database.ensure_running(settings)
    bringup.create_roles(settings)
    for role in roles_.ROLES:
        click.echo(f"{role.name:<12} {role.purpose}")
    if hand_over:
        with (
            database.connect(settings) as connection,
            exclusive(connection, "roles", prefix=settings.prefix, notify=_tell),
        ):
            count = roles_.hand_over(connection, settings.prefix)
        click.echo(f"{count:,} tables and views belong to transformer now.")


@cli.command()
@click.option(
    "--out", required=True, type=click.Path(file_okay=False, path_type=Path), help="Where to write."
)
@click.option(
    "--scale",
    default="1",
    show_default=True,
    help="Size: 1 is small, 10 (or full) the full grocery panel, 100 (or full10) ten times that.",
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    help="Same seed, same files. Left out: the seed of the sample that `make build` loads.",
)
@click.option("--defects", is_flag=True, help="Put in named faults, with the answers beside them.")
def sample(out: Path, scale: str, seed: int | None, defects: bool) -> None:
    """Make sales files to try the warehouse with, one folder per source.

    \b
    Example:
      warehouse sample --out /tmp/sample --seed 7
      warehouse load grocery /tmp/sample/grocery
    """
    from warehouse.sample import SEED, parse_scale, write_sample

    report = write_sample(out, parse_scale(scale), SEED if seed is None else seed, defects)
    for source in report.sources.values():
        folder = report.folders[source.source]
        click.echo(f"{source.source}: {source.rows:,} rows in {len(source.files)} files, {folder}")


@cli.command()
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
    "--max-reject-share",
    type=click.FloatRange(0, 1),
    default=0.01,
    show_default=True,
    help="Refuse a file when more than this share of its rows is bad.",
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
    **options: Any,
) -> None:
    """Take files into the raw tables of SOURCE.

    PATH is a file, a folder or a pattern. CSV (plain or .gz) and Parquet. Each file belongs to
    the table its name starts with. A file is taken whole or not at all, and the same content
    never twice.

    \b
    Examples:
      warehouse load cafe exports/
      warehouse load grocery transaction_data.csv.gz --check
      warehouse load grocery product.csv --as-of 2024-03-01
    """
    if options["corrects"] and options["adds"]:
        raise click.UsageError("Say --corrects or --adds, not both.")
    from rich.console import Console

    from ingest import loader, report
    from warehouse import database
    from warehouse.secret_files import ensure_token_key

    database.ensure_running(settings)
    with report.bar() as advance:
        result = loader.load(
            database.conninfo(settings),
            settings.project_dir,
            source,
            paths,
            as_of=as_of.date() if as_of else None,
            token_key=ensure_token_key(settings),
            prefix=settings.prefix,
            progress=advance,
            notify=_tell,
            **options,
        )
    Console().print(report.render(result))
    sys.exit(result.exit_code)


@cli.command()
@click.argument("load_id", type=click.IntRange(min=1), metavar="LOAD_ID")
@click.pass_obj
def unload(settings: Settings, load_id: int) -> None:
    """Take one load out again; facts and marts follow at the next build.

    \b
    Find its number:
      warehouse psql -c "select load_id, table_name, file_name from ops.load_files where is_live"
    """
    from ingest import loader
    from warehouse import database

    database.ensure_running(settings)
    conninfo = database.conninfo(settings)
    taken = loader.unload(conninfo, load_id, prefix=settings.prefix, notify=_tell)
    click.echo(
        f"Load {load_id} is out: {taken.file}, {taken.rows:,} rows of "
        f"{taken.source}.{taken.table}. `warehouse build` takes it out of facts and marts."
    )


@cli.command()
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
    from warehouse import database, privacy

    database.ensure_running(settings)
    sys.exit(privacy.purge(settings, dry_run, _tell))


@cli.command()
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
    from warehouse import database, privacy

    database.ensure_running(settings)
    if not yes:
        click.confirm(f"Erase this customer of {source}? It cannot be undone.", abort=True)
    sys.exit(privacy.forget(settings, source, customer, _tell))


@cli.command()
@click.option("--full-refresh", is_flag=True, help="Rebuild incremental tables from the start.")
@click.option("--vars", "variables", default="{}", help="dbt variables, as YAML.")
@click.option("--select", multiple=True, help="Build only these models (dbt's selection syntax).")
@click.option("--force", is_flag=True, help="Build although nothing changed.")
@click.pass_obj
def build(
    settings: Settings, full_refresh: bool, variables: str, select: tuple[str, ...], force: bool
) -> None:
    """Build and test everything behind the raw tables, then show a first look.

    Ends within seconds when neither files, models nor variables changed since the last build
    that passed. Product affinity and recommendations are rebuilt once a week.

    \b
    Examples:
      warehouse build
      warehouse build --vars '{as_of_date: 2021-08-31}'
      warehouse build --select +customer_rfm
    """
    from warehouse import pipeline

    request = pipeline.Request(
        full_refresh=full_refresh,
        variables=pipeline.parse_variables(variables),
        select=select,
        force=force,
    )
    sys.exit(pipeline.build(settings, request))


@cli.command()
@click.argument("names", nargs=-1, metavar="[SOURCE|RISK]...")
@click.option("--seed", type=click.IntRange(min=0), help="Draw by chance from this seed instead.")
@click.option("--force", is_flag=True, help="Train although the data are the same.")
@click.pass_obj
def train(settings: Settings, names: tuple[str, ...], seed: int | None, force: bool) -> None:
    """Train the risk models whose data changed; `warehouse build` does this, too.

    A model that is not better than the plain rates on rows it has not seen is refused: the one of
    before stays, and the exit code is 0. Names limit it to sources or risks.

    \b
    Examples:
      warehouse train
      warehouse train churn grocery --force
    """
    _work_on_models(settings, "train", names, score=False, seed=seed, force=force)


@cli.command()
@click.argument("names", nargs=-1, metavar="[SOURCE|RISK]...")
@click.option("--force", is_flag=True, help="Score although model and customers are the same.")
@click.pass_obj
def score(settings: Settings, names: tuple[str, ...], force: bool) -> None:
    """Score customers with the current risk models; `warehouse build` does this, too.

    The scores of the newest run are in marts.customer_risk after the next build.
    """
    _work_on_models(settings, "score", names, train=False, force=force)


@cli.command()
@click.argument("names", nargs=-1, metavar="[SOURCE|RISK]...")
@click.option("--rollback", is_flag=True, help="Make the model of before current again.")
@click.option("--to", "version", metavar="VERSION", help="With --rollback: this version.")
@click.pass_obj
def models(settings: Settings, names: tuple[str, ...], rollback: bool, version: str | None) -> None:
    """List the risk models, or bring an earlier one back.

    \b
    Examples:
      warehouse models
      warehouse models churn grocery --rollback
      warehouse models warranty --rollback --to 20240301T070000Z-5f2c8a901b7d
    """
    if version and not rollback:
        raise click.UsageError("--to is said with --rollback.")
    from warehouse import bringup, database, model_list, risk

    database.ensure_running(settings)
    bringup.ensure_tables(settings)
    workshop = risk.open_workshop(settings)
    tasks = risk.chosen_tasks(workshop, names)
    if rollback:
        if len(tasks) != 1:
            raise click.UsageError("Name one model, as in `warehouse models churn grocery`.")
        entry = workshop.roll_back(tasks[0], version)
        click.echo(
            f"The model for {tasks[0].title} is {entry.version} again. "
            "`warehouse build` brings its scores back into the marts."
        )
        return
    model_list.print_models(workshop, tasks)


@cli.command()
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where to write; by default the folder site in the home.",
)
@click.pass_obj
def docs(settings: Settings, out: Path | None) -> None:
    """Write the documentation as one offline site.

    Open index.html in any browser; it needs no server and no network.
    """
    from warehouse.docs import build_site

    out = out or settings.home / "site"
    click.echo(f"Open {build_site(settings.project_dir, out, settings)}")


@cli.command()
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
    from warehouse.scaffold import plan_scaffold, write_scaffold

    plan = plan_scaffold(settings.project_dir, source, paths, _wishes(**options))
    for row in [*plan.described(), "", *(f"- {sentence}" for sentence in plan.advice)]:
        click.echo(row)
    if check:
        click.echo("Nothing was written.")
        return
    write_scaffold(settings.project_dir, plan)
    click.echo(f"{len(plan.files)} files written; core and marts stay as they are. Next:")
    files = " ".join(shlex.quote(str(path)) for path in paths)
    click.echo(f"  warehouse load {source} {files} --check\n  warehouse load {source} {files}")
    click.echo("  warehouse build")


@cli.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def clean(settings: Settings, yes: bool) -> None:
    """Stop the database and delete the home with all data, passwords and keys in it."""
    from warehouse import bringup

    _require_embedded(settings, "delete")
    if not settings.home.exists():
        click.echo(f"{settings.home} does not exist; nothing to delete.")
        return
    if not yes:
        click.confirm(f"Delete {settings.home} and all data in it?", abort=True)
    bringup.delete_home(settings)
    click.echo(f"{settings.home} is deleted.")


def main() -> None:
    """Runs the command; every known error becomes one line and an exit code."""
    from ingest.errors import UsageError
    from warehouse.known_errors import explain

    try:
        cli.main(standalone_mode=False)
    except click.Abort:
        click.echo("Stopped.", err=True)
        sys.exit(1)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except KeyboardInterrupt:
        click.echo("\nStopped.", err=True)
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
    except Exception as error:
        message = explain(error)
        if message is None:
            raise
        click.echo(f"{click.style('error:', fg='red', bold=True)} {message}", err=True)
        sys.exit(2 if isinstance(error, UsageError) else 1)


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


def _work_on_models(
    settings: Settings, command: str, names: tuple[str, ...], **options: Any
) -> None:
    from contextlib import closing

    from rich.console import Console

    from ingest.lock import exclusive
    from warehouse import bringup, database, risk

    console = Console()
    database.ensure_running(settings)
    bringup.ensure_tables(settings)
    with (
        closing(database.connect(settings)) as connection,
        exclusive(connection, command, prefix=settings.prefix, notify=_tell),
    ):
        reports = risk.train_and_score(settings, console, only=names, **options)
    risk.print_warnings(reports, console)
    if not reports:
        click.echo("There is no risk to judge yet: `warehouse build` makes the marts it needs.")


def _warn(message: str) -> None:
    click.echo(f"{click.style('warning:', fg='yellow', bold=True)} {message}", err=True)


def _tell(message: str) -> None:
    click.echo(message, err=True)


def _is_running(settings: Settings) -> bool:
    from warehouse import server

    return server.running(settings) is not None


def _require_embedded(settings: Settings, verb: str) -> None:
    if not settings.is_embedded:
        raise WarehouseError(
            f"Target {settings.target} is a server of its own; there is nothing here to {verb}."
        )
