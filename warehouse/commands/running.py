"""Commands for the database itself: start, stop, look in, roles, delete."""

import sys

import click

from warehouse.commands.messages import say, tell, warn
from warehouse.errors import WarehouseError
from warehouse.settings import Settings


@click.command()
@click.pass_obj
def up(settings: Settings) -> None:
    """Start the database and prepare it for loading.

    Safe to run again at any time: what exists is left alone. On the first run it makes the
    database, the passwords, the key for tokens, the roles and the raw tables. The passwords also
    go into ~/.pgpass, so that `dbt build` and psql find them.

    A warehouse that an earlier version made is carried over, and one whose home or project was
    moved is this project's from now on.
    """
    from warehouse.server import bringup

    started = bringup.bring_up(settings, warn)
    if settings.is_embedded:
        state = "started" if started else "runs already"
        say(f"PostgreSQL {state} on 127.0.0.1:{settings.port}, home {settings.home}")
    else:
        say(f"Target {settings.target} answers; raw tables are in place.")


@click.command()
@click.pass_obj
def down(settings: Settings) -> None:
    """Stop the database. Data stay; `warehouse up` brings it back."""
    from warehouse.server import embedded, ownership

    _require_embedded(settings, "stop")
    ownership.require_brought_up(settings)
    say("PostgreSQL stopped." if embedded.stop(settings) else "PostgreSQL was not running.")


@click.command()
@click.pass_obj
def status(settings: Settings) -> None:
    """Say whether the database runs, how big it is, and what was last loaded and built.

    Exit code 0 when it runs, 1 when it does not.
    """
    from warehouse import status as status_
    from warehouse.server import ownership

    if settings.is_embedded:
        ownership.require_free(settings)
    report = status_.read_status(settings)
    say(status_.render(report))
    sys.exit(0 if report.is_running else 1)


@click.command()
@click.option(
    "--role",
    help="Connect as this role: reporter unless you say another; on a server of your own the "
    "user of PGUSER.",
)
@click.option("--with-password", is_flag=True, help="Also the password, for a BI tool's form.")
@click.pass_obj
def url(settings: Settings, role: str | None, with_password: bool) -> None:
    """Print the connection URL of a role.

    psql, pg_dump and whatever else uses libpq find the password in ~/.pgpass, where `warehouse up`
    puts one for each role. A URL with a password is for a form that asks for one: on a command
    line every user of the machine could read it.

    \b
    Examples:
      warehouse url --with-password                     for a BI tool: read only, no names
      pg_dump "$(warehouse url --role eraser)" > warehouse.sql
    """
    from warehouse.server import database, ownership

    if settings.is_embedded:
        ownership.require_free(settings)
    chosen = _chosen_role(settings, role)
    say(database.url(settings, chosen, with_password))
    if settings.is_embedded and not _is_running(settings):
        warn("The database is not running. Start it with `warehouse up`.")


@click.command(context_settings={"ignore_unknown_options": True})
@click.option(
    "--role",
    help="Connect as this role: reporter unless you say another; on a server of your own the "
    "user of PGUSER.",
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.pass_obj
def psql(settings: Settings, role: str | None, arguments: tuple[str, ...]) -> None:
    """Open psql on the warehouse; ARGUMENTS go to psql as they are.

    The reporter reads marts, core and reference. Raw tables and the ledger (ops) are the loader's,
    everything built is the transformer's, restricted is read by pii_reader.

    \b
    Examples:
      warehouse psql
      warehouse psql -c "select * from marts.customer_rfm limit 5"
      warehouse psql --role loader -c "select * from ops.load_files"
      warehouse psql --csv -f question.sql
    """
    from warehouse.server import bringup, psql

    bringup.ensure_ready(settings, warn)
    chosen = _chosen_role(settings, role)
    if settings.is_embedded and not role and not arguments and sys.stdin.isatty():
        tell("You are reporter, who reads marts, core and reference; --role names another.")
    psql.run_psql(settings, chosen, arguments)


@click.command()
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
    from warehouse.server import bringup, database
    from warehouse.server import roles as roles_

    bringup.ensure_ready(settings, warn)
    bringup.create_roles(settings)
    for role in roles_.ROLES:
        say(f"{role.name:<12} {role.purpose}")
    if hand_over:
        with (
            database.connect(settings) as connection,
            exclusive(connection, "roles", prefix=settings.prefix, notify=tell),
        ):
            count = roles_.hand_over(connection, settings.prefix)
        say(f"{count:,} tables and views belong to transformer now.")


@click.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def clean(settings: Settings, yes: bool) -> None:
    """Stop the database and delete the home with all data, passwords and keys in it."""
    from warehouse.server import bringup, ownership

    _require_embedded(settings, "delete")
    if not settings.home.exists():
        say(f"{settings.home} does not exist; nothing to delete.")
        return
    ownership.require_brought_up(settings)
    if not yes:
        click.confirm(f"Delete {settings.home} and all data in it?", abort=True)
    bringup.delete_home(settings)
    say(f"{settings.home} is deleted.")


def _chosen_role(settings: Settings, role: str | None) -> str:
    from warehouse.server.roles import EMBEDDED_ROLE_NAMES, REPORTER, ROLE_NAMES
    from warehouse.server.secret_files import OWNER

    chosen = role or (REPORTER if settings.is_embedded else OWNER)
    known = EMBEDDED_ROLE_NAMES if settings.is_embedded else ROLE_NAMES
    if chosen not in (OWNER, *known):
        raise click.BadParameter(f"no role {chosen!r}; there are {', '.join(known)}.")
    if settings.is_embedded and chosen == OWNER:
        warn(
            "warehouse is a superuser: a view that another role made can run code as this role, "
            "and as the server. Use it to administer, and read nothing with it."
        )
    return chosen


def _is_running(settings: Settings) -> bool:
    from warehouse.server import embedded

    return embedded.running(settings) is not None


def _require_embedded(settings: Settings, verb: str) -> None:
    if not settings.is_embedded:
        raise WarehouseError(
            f"Target {settings.target} is a server of its own; there is nothing here to {verb}."
        )
