"""Everything `warehouse up` sees to, and what `warehouse clean` takes away again."""

import shutil
from collections.abc import Callable
from contextlib import suppress

import psycopg

import ml.schema
from ingest import definition_files, schema
from warehouse import database, layout, pgpass, server
from warehouse.errors import WarehouseError
from warehouse.roles import ROLE_NAMES, ensure_roles
from warehouse.secret_files import OWNER, ensure_password, ensure_token_key, read_password
from warehouse.settings import Settings


def bring_up(settings: Settings, warn: Callable[[str], None]) -> bool:
    """Server, database, raw tables, roles and the line in ~/.pgpass; safe to repeat.

    `warn` takes what could not be done but does not stand in the way. Returns whether the
    server had to be started. Raises WarehouseError.
    """
    started = database.ensure_running(settings)
    if not settings.is_embedded:
        layout.prepare(settings)
        ensure_token_key(settings)
    ensure_tables(settings)
    try:
        create_roles(settings)
    except WarehouseError as error:
        warn(f"{error} Until then build with --vars '{{grants_enabled: false}}'.")
    if settings.is_embedded:
        _remember_password(settings, warn)
    return started


def ensure_tables(settings: Settings) -> None:
    """Creates every raw table and every table of the loader and the risk models that is missing.

    Raises WarehouseError.
    """
    with database.connect(settings) as connection:
        schema.ensure(
            connection, definition_files.read_definitions(settings.project_dir), settings.prefix
        )
        ml.schema.ensure(connection, settings.prefix)


def create_roles(settings: Settings) -> None:
    """Creates the roles; on the embedded server with passwords kept in the home.

    Raises WarehouseError when the connection's user may not create roles.
    """
    passwords = None
    if settings.is_embedded:
        passwords = {name: ensure_password(settings, name) for name in ROLE_NAMES}
    try:
        with database.connect(settings) as connection:
            ensure_roles(connection, settings.prefix, passwords)
    except psycopg.errors.InsufficientPrivilege:
        raise WarehouseError(
            "This database user may not create roles or grant rights to them. "
            f"Have an administrator create {', '.join(ROLE_NAMES)}."
        ) from None


def delete_home(settings: Settings) -> None:
    """Stops the server and deletes the home with all data in it. Raises WarehouseError."""
    if not settings.home.exists():
        return
    link = settings.given_home
    if link and link.is_symlink() and link.resolve() == settings.home:
        raise WarehouseError(
            f"{link} is a link to {settings.home}. To delete that, set "
            f"WAREHOUSE_HOME={settings.home}; then remove the link."
        )
    if not (settings.secrets_dir.is_dir() or (settings.home / ".lock").is_file()):
        raise WarehouseError(
            f"{settings.home} does not look like a home made by `warehouse up`. "
            "Delete it by hand if you are sure."
        )
    server.stop(settings)
    with suppress(OSError, RuntimeError, WarehouseError):  # a line left in ~/.pgpass does no harm
        pgpass.forget(settings.port, OWNER, read_password(settings))
    data_dir = layout.data_dir(settings)
    for folder in (data_dir, settings.home):
        try:
            if not folder.is_symlink():  # a link in the home goes with the home
                shutil.rmtree(folder)
        except FileNotFoundError:
            continue
        except OSError as error:
            raise WarehouseError(f"{error.filename} was not deleted: {error.strerror}.") from None


def _remember_password(settings: Settings, warn: Callable[[str], None]) -> None:
    try:
        pgpass.remember(settings.port, OWNER, read_password(settings))
    except (OSError, RuntimeError, WarehouseError) as error:  # RuntimeError: no home folder
        password_file = settings.secrets_dir / f"{OWNER}.password"
        warn(
            f"~/.pgpass could not be written ({error}), so plain `dbt build` has no password. "
            f"Export it first: export WAREHOUSE_PASSWORD=$(cat {password_file})"
        )
