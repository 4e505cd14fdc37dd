"""Commands for the database itself: start, stop, connect, roles, delete."""

import sys

import click

from warehouse.commands.messages import say, tell, warn
from warehouse.errors import WarehouseError
from warehouse.settings import Settings


@click.command()
@click.pass_obj
def up(settings: Settings) -> None:
    """Start the database and prepare it for loading.

    It is safe to run this at any time: existing data is left alone. The first run creates the
    database, the passwords, the token key, the roles and the raw tables. It also writes the
    passwords to ~/.pgpass, where `dbt build` and psql find them.

    A warehouse of an earlier version is migrated. If you moved its home or this project, this
    project takes it over.
    """
    from warehouse.server import bringup

    started = bringup.bring_up(settings, warn)
    if settings.is_embedded:
        state = "started" if started else "is already running"
        say(f"PostgreSQL {state} on 127.0.0.1:{settings.port}, home {settings.home}")
    else:
        say(f"Connected to target {settings.target}; raw tables are in place.")


@click.command()
@click.pass_obj
def down(settings: Settings) -> None:
    """Stop the database. Its data stays; `warehouse up` starts it again."""
    from warehouse.server import embedded, ownership

    _require_embedded(settings, "stop")
    ownership.require_brought_up(settings)
    say("PostgreSQL stopped." if embedded.stop(settings) else "PostgreSQL was not running.")


@click.command()
@click.option(
    "--role",
    help="Role to connect as. Default: reporter; on a server of your own, the user in PGUSER.",
)
@click.option(
    "--with-password", is_flag=True, help="Include the password, for the form of a BI tool."
)
@click.pass_obj
def url(settings: Settings, role: str | None, with_password: bool) -> None:
    """Print the connection URL of a role.

    psql, pg_dump and all other tools that use libpq find the password in ~/.pgpass, where
    `warehouse up` writes one for each role. Use a URL with a password only in a form that asks
    for one: on a command line every user of the machine can read it.

    \b
    Examples:
      warehouse url --with-password       for a BI tool: read-only, no names
      pg_dump "$(warehouse url --role eraser)" > warehouse.sql
    """
    from ingest.engine.redshift_address import RedshiftAddress
    from warehouse.server import database, ownership, redshift

    if settings.is_redshift:
        say(redshift.url(RedshiftAddress.from_environment()))
        return
    if settings.is_embedded:
        ownership.require_free(settings)
    chosen = _chosen_role(settings, role)
    say(database.url(settings, chosen, with_password))
    if settings.is_embedded and not _is_running(settings):
        warn("The database is not running. Start it with `warehouse up`.")


@click.command(context_settings={"ignore_unknown_options": True})
@click.option(
    "--role",
    help="Role to connect as. Default: reporter; on a server of your own, the user in PGUSER.",
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.pass_obj
def psql(settings: Settings, role: str | None, arguments: tuple[str, ...]) -> None:
    """Open psql on the warehouse. ARGUMENTS are passed to psql unchanged.

    The reporter reads marts, aggregates, core and reference. The loader owns the raw tables and
    the ledger (ops), the transformer owns everything that is built, and pii_reader reads schema
    restricted.

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
        tell("You are connected as reporter, who reads marts, core and reference (see --role).")
    psql.run_psql(settings, chosen, arguments)


@click.command()
@click.option(
    "--hand-over", is_flag=True, help="Also make transformer the owner of what others built."
)
@click.pass_obj
def roles(settings: Settings, hand_over: bool) -> None:
    """Create missing database roles, and show what each role is for.

    `warehouse up` does this, too. On a server of your own the roles get no password; set one with
    psql's \\password before anybody logs in.

    The loader owns the raw tables. The role that builds a table owns it, and only the owner can
    rebuild it. If another role built so far, --hand-over lets the transformer build from now on.
    """
    from ingest.engine.redshift_address import RedshiftAddress
    from ingest.engine.redshift_session import open_session
    from ingest.lock import exclusive
    from warehouse.server import bringup, database, redshift
    from warehouse.server import roles as roles_

    if settings.is_redshift:
        with open_session(RedshiftAddress.from_environment()) as session:
            redshift.create_roles(session, warn)
        for role in roles_.ROLES:
            if role.is_reader:
                say(f"{role.name:<12} {role.purpose}")
        return
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
        say(f"Handed over to transformer: {count:,} tables and views.")


@click.command()
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@click.pass_obj
def clean(settings: Settings, yes: bool) -> None:
    """Stop the database and delete its home. All data, passwords and keys are lost."""
    from warehouse.server import bringup, ownership

    _require_embedded(settings, "delete")
    if not settings.home.exists():
        say(f"{settings.home} does not exist; nothing to delete.")
        return
    ownership.require_brought_up(settings)
    if not yes:
        click.confirm(f"Delete {settings.home} and all data in it?", abort=True)
    bringup.delete_home(settings)
    say(f"Deleted {settings.home}.")


def _chosen_role(settings: Settings, role: str | None) -> str:
    from warehouse.server.roles import EMBEDDED_ROLE_NAMES, REPORTER, ROLE_NAMES
    from warehouse.server.secret_files import OWNER

    chosen = role or (REPORTER if settings.is_embedded else OWNER)
    known = EMBEDDED_ROLE_NAMES if settings.is_embedded else ROLE_NAMES
    if chosen not in (OWNER, *known):
        raise click.BadParameter(f"no role {chosen!r}; there are {', '.join(known)}.")
    if settings.is_embedded and chosen == OWNER:
        warn(
            "warehouse is a superuser: a view that another role created can run code as this role "
            "and as the server itself. Use it to administer, not to read data."
        )
    return chosen


def _is_running(settings: Settings) -> bool:
    from warehouse.server import embedded

    return embedded.running(settings) is not None


def _require_embedded(settings: Settings, verb: str) -> None:
    if not settings.is_embedded:
        raise WarehouseError(
            f"Target {settings.target} is a server of your own: this command cannot {verb} it."
        )
