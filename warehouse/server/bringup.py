"""Everything that `warehouse up` prepares and `warehouse clean` deletes."""

import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import psycopg

import ml.model_tables
from ingest.lock import exclusive
from ingest.owners import refuse_foreign_owners
from ingest.tables import definition_files, raw_schemas
from warehouse import safe_files
from warehouse.errors import WarehouseError
from warehouse.server import (
    database,
    embedded,
    layout,
    ownership,
    pgpass,
    redshift,
    unfinished_restore,
)
from warehouse.server.replaced_schemas import drop_replaced
from warehouse.server.roles import (
    EMBEDDED_ROLE_NAMES,
    ERASER,
    LOADER,
    ROLE_NAMES,
    TRANSFORMER,
    built_schemas,
    ensure_roles,
    grant_books,
    grant_judgement,
    hand_over,
    is_handed_over,
)
from warehouse.server.secret_files import OWNER, ensure_password, ensure_token_key, read_password
from warehouse.server.view_lock import has_lock, make_lock
from warehouse.settings import Settings


def bring_up(settings: Settings, warn: Callable[[str], None], *, for_restore: bool = False) -> bool:
    """Prepares server, database, roles, raw tables and the lines in ~/.pgpass; safe to repeat.

    `warn` gets problems that do not stop the command. Returns whether the server had to be started.
    Raises WarehouseError, also if a restore did not end, unless this is `for_restore`.
    """
    if not for_restore:
        unfinished_restore.require_whole(settings)
    if settings.is_redshift:
        redshift.bring_up(settings, warn)
        return False
    if settings.is_embedded:
        ownership.require_free(settings)
        _leave_former_port(settings, warn)
    started = database.ensure_running(settings)
    if settings.is_embedded:
        create_roles(settings)
        _hand_over(settings, warn)
        ensure_tables(settings)
        ownership.record(settings)
        _close_folders_of_dbt(settings)
        _remember_passwords(settings, warn)
        _drop_replaced(settings)
        return started
    layout.prepare(settings)
    ensure_token_key(settings)
    ensure_tables(settings)
    try:
        create_roles(settings)
    except WarehouseError as error:
        warn(f"{error} Until then build with --vars '{{grants_enabled: false}}'.")
    _drop_replaced(settings)
    return started


def ensure_ready(settings: Settings, warn: Callable[[str], None]) -> None:
    """First step of every command: makes sure that this project's server runs and has all that
    builds need; otherwise brings it up. On Redshift the work itself shows whether it can be
    reached. Raises WarehouseError.
    """
    unfinished_restore.require_whole(settings)
    if settings.is_redshift:
        return
    if not settings.is_embedded:
        database.ensure_running(settings)
        return
    ownership.require_free(settings)
    if embedded.start(settings):
        bring_up(settings, warn)
        return
    ownership.require_own(settings)
    with database.connect(settings, TRANSFORMER) as connection:
        is_complete = has_lock(connection, settings.prefix)
    if not is_complete:  # somebody dropped it, or an earlier version brought the server up
        bring_up(settings, warn)


def ensure_tables(settings: Settings) -> None:
    """Creates every raw table and every table of the loader and the risk models that is missing.

    Raises WarehouseError, LoaderError.
    """
    if settings.is_redshift:
        redshift.ensure_tables(settings)
        return
    with database.connect(settings, LOADER) as connection:
        raw_schemas.ensure(
            connection, definition_files.read_definitions(settings.project_dir), settings.prefix
        )
        if settings.is_embedded:
            grant_books(connection, settings.prefix)
        else:
            make_lock(connection, settings.prefix)
    with database.connect(settings, TRANSFORMER) as connection:
        if settings.is_embedded:
            refuse_foreign_owners(connection, built_schemas(settings.prefix), TRANSFORMER)
        ml.model_tables.ensure(connection, settings.prefix)
        if settings.is_embedded:
            grant_judgement(connection, settings.prefix)


def create_roles(settings: Settings) -> None:
    """Creates the roles; on the embedded server with passwords kept in the home.

    Raises WarehouseError when the connection's user may not create roles.
    """
    passwords = None
    if settings.is_embedded:
        passwords = {name: ensure_password(settings, name) for name in EMBEDDED_ROLE_NAMES}
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
    ownership.require_brought_up(settings)
    link = settings.given_home
    if link and link.is_symlink() and link.resolve() == settings.home:
        raise WarehouseError(
            f"{link} is a link to {settings.home}. To delete the home, set "
            f"WAREHOUSE_HOME={settings.home} and run this command again; then remove the link."
        )
    if not (settings.secrets_dir.is_dir() or (settings.home / ".lock").is_file()):
        raise WarehouseError(
            f"{settings.home} does not look like a home made by `warehouse up`. "
            "Delete it by hand if you are sure."
        )
    embedded.stop(settings)
    for role in (OWNER, *EMBEDDED_ROLE_NAMES):
        # A leftover line in ~/.pgpass is harmless.
        with suppress(OSError, RuntimeError, WarehouseError):
            _forget_password(settings, role)
    data_dir = layout.data_dir(settings)
    for folder in (data_dir, settings.home):
        try:
            if not folder.is_symlink():  # a link in the home goes with the home
                shutil.rmtree(folder)
        except FileNotFoundError:
            continue
        except OSError as error:
            raise WarehouseError(
                f"{error.filename} could not be deleted: {error.strerror}."
            ) from None


def _leave_former_port(settings: Settings, warn: Callable[[str], None]) -> None:
    """Stops a server on earlier versions' default port, once its loads and builds are done.

    The next start is on today's. Raises WarehouseError, with the server still running, when that
    port is taken.
    """
    postmaster = embedded.running(settings)
    if postmaster is None or postmaster.port != settings.former_port:
        return
    ownership.require_brought_up(settings)
    embedded.require_free_port(settings)
    with (
        database.connect(replace(settings, port=postmaster.port)) as connection,
        exclusive(connection, "up", prefix=settings.prefix, notify=warn),
    ):
        embedded.stop(settings)


def _drop_replaced(settings: Settings) -> None:
    """Drops what a restore replaced and could not drop because somebody was reading it."""
    with database.connect(settings, ERASER) as connection:
        drop_replaced(connection, settings.prefix)


def _close_folders_of_dbt(settings: Settings) -> None:
    """Closes the folders that a manual dbt run writes to: errors there may quote a refused row."""
    for name in ("logs", "target"):
        with suppress(OSError, WarehouseError):  # another user's checkout is theirs to close
            safe_files.make_folder(settings.project_dir / name, 0o700, "")


def _hand_over(settings: Settings, warn: Callable[[str], None]) -> None:
    """Hands over to the transformer what the owner built in earlier versions."""
    with database.connect(settings) as connection:
        if not is_handed_over(connection, settings.prefix):
            with exclusive(connection, "up", prefix=settings.prefix, notify=warn):
                hand_over(connection, settings.prefix)


def _remember_passwords(settings: Settings, warn: Callable[[str], None]) -> None:
    """Writes each role's password but the owner's, so that dbt never runs as a superuser."""
    try:
        # Earlier versions wrote the owner's.
        _forget_password(settings, OWNER)
        for role in EMBEDDED_ROLE_NAMES:
            password = read_password(settings, role)
            if settings.former_port:
                pgpass.forget(settings.former_port, role, password)
            pgpass.remember(settings.port, role, password)
    except (OSError, RuntimeError, WarehouseError) as error:  # RuntimeError: no home folder
        password_file = settings.secrets_dir / f"{TRANSFORMER}.password"
        warn(
            f"~/.pgpass could not be written ({error}), so plain `dbt build` has no password. "
            f"Export it first: export {database.PASSWORD_VARIABLE}=$(cat {password_file})"
        )


def _forget_password(settings: Settings, role: str) -> None:
    for port in (settings.port, settings.former_port):
        if port:
            pgpass.forget(port, role, read_password(settings, role))
