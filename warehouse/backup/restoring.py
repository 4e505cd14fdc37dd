"""`warehouse restore`: makes a warehouse from a backup, whole or not at all."""

import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import BinaryIO

import psycopg
from psycopg import sql

from ingest.counts import counted
from ingest.erasure.returned_persons import returned_persons
from ingest.foreign_text import first_few, shown_names
from ingest.lock import exclusive
from ingest.tables.definition_files import read_definitions
from ingest.tokens.token_keys import parse_token_key
from warehouse import invocation
from warehouse.backup import registry_parts, warehouse_schemas
from warehouse.backup.backup_file import BUILT, DATABASE, TOKEN_KEY, BackupReader, open_backup
from warehouse.backup.backup_manifest import BackupManifest
from warehouse.backup.dumping import BUILT_FILES
from warehouse.backup.progress import Steps, steps
from warehouse.backup.running_restore import listed_contents, running_restore
from warehouse.build.moved_relations import keep_build_state
from warehouse.errors import TryAgainLater, WarehouseError
from warehouse.safe_files import require_own, write_private
from warehouse.server import bringup, database, layout, unfinished_restore
from warehouse.server.replaced_schemas import drop_replaced
from warehouse.server.roles import ERASER
from warehouse.server.secret_files import OWNER, read_token_key, write_token_key
from warehouse.settings import Settings

Tell = Callable[[str], None]

STDIN = "-"
RUN_AGAIN = "Run the same command again."
_MOST_KEY_BYTES = 128
_DROP_SECONDS = 30.0


@dataclass(frozen=True)
class Given:
    """A backup that was read from beginning to end, and its name in messages."""

    name: str
    backup: BackupReader

    @property
    def manifest(self) -> BackupManifest:
        """What the backup says about itself."""
        return self.backup.manifest

    @property
    def moment(self) -> str:
        """When it was made, in local time."""
        return f"{datetime.fromisoformat(self.manifest.created_at).astimezone():%Y-%m-%d %H:%M}"


@contextmanager
def checked_backup(settings: Settings, source: str) -> Iterator[Given]:
    """Opens the file (stdin for `-`) and checks all that can be known of it without a database.

    Raises WarehouseError for a file that is damaged or does not fit.
    """
    name = "The backup on stdin" if source == STDIN else source
    with _opened(settings, source) as stream:
        with steps() as shown_steps, _told_of(name):
            backup = open_backup(stream)
            _require_fitting(settings, backup.manifest)
            total = sum(part.size for part in backup.manifest.parts)
            shown_steps.begin("Checking the file", total, is_bytes=True)
            backup.check(shown_steps.advance)
            _require_key(settings, backup)
        yield Given(name, backup)


def holds_data(settings: Settings, tell: Tell) -> bool:
    """Whether a restore would replace something. Brings the warehouse up. Raises WarehouseError.

    What an interrupted restore left does not count.
    """
    bringup.bring_up(settings, tell, for_restore=True)
    if unfinished_restore.is_marked(settings):
        return False
    with closing(database.connect(settings, _role(settings))) as connection:
        return _holds_data(connection, settings.prefix)


def restore(settings: Settings, given: Given, replaces: bool, tell: Tell) -> str:
    """Makes the warehouse of the backup; returns what was restored.

    `replaces`: also over a warehouse that holds data. The warehouse must be up. Raises
    WarehouseError; until the last step, what was there before stays as it was.
    """
    with (
        closing(database.connect(settings, _role(settings))) as connection,
        exclusive(connection, "restore", prefix=settings.prefix, notify=tell),
        steps() as shown_steps,
    ):
        warehouse_schemas.lift_time_limits(connection)
        # Somebody may have loaded files while the question was open.
        is_interrupted = unfinished_restore.is_marked(settings)
        if not replaces and not is_interrupted and _holds_data(connection, settings.prefix):
            raise WarehouseError("The warehouse holds data by now. Replace it with --replace.")
        with _told_of(given.name):
            plan = _plan(settings, given, connection)
        _restore_database(settings, given, plan, connection, shown_steps)
        shown_steps.begin("Finishing")
        try:
            _finish(settings, given, connection, tell)
        except BaseException:
            tell(f"The database is restored, but not all that is beside it. {RUN_AGAIN}")
            raise
    rows = counted(sum(given.manifest.tables.values()), "row")
    return (
        f"Restored the backup of {given.moment}: {counted(len(given.manifest.tables), 'table')} "
        f"with {rows}, counted again."
    )


@contextmanager
def _told_of(name: str) -> Iterator[None]:
    try:
        yield
    except WarehouseError as error:
        reason = str(error).removesuffix(".")
        message = f"{name} was not restored, and nothing was changed. {reason}."
        raise type(error)(message) from None


@contextmanager
def _opened(settings: Settings, source: str) -> Iterator[BinaryIO]:
    """The file, or a copy of what comes on stdin, which has no name and so is never left behind."""
    if source != STDIN:
        path = Path(source)
        if not path.is_file():
            raise WarehouseError(f"There is no file {source}.")
        with path.open("rb") as file:
            yield file
        return
    layout.prepare(settings)
    with tempfile.TemporaryFile(dir=settings.home) as copy:
        shutil.copyfileobj(sys.stdin.buffer, copy, 1 << 20)
        yield copy


def _require_fitting(settings: Settings, manifest: BackupManifest) -> None:
    """Raises WarehouseError for a backup of another prefix, or of newer versions."""
    if manifest.prefix != settings.prefix:
        raise WarehouseError(
            f"Its warehouse has the schema prefix {manifest.prefix!r}, not {settings.prefix!r}. "
            f"Set WAREHOUSE_SCHEMA_PREFIX={manifest.prefix}"
        )
    own = version("retail-warehouse")
    if _numbers(manifest.project_version) > _numbers(own):
        raise WarehouseError(
            f"It was made by version {manifest.project_version} of the project; this is {own}. "
            "Update the checkout"
        )
    if settings.is_embedded:
        _require_server(manifest, layout.MAJOR_VERSION)


def _require_server(manifest: BackupManifest, major_version: int) -> None:
    if manifest.major_version > major_version:
        raise WarehouseError(
            f"It was made on PostgreSQL {manifest.major_version}, and this is {major_version}, "
            "which is older"
        )


def _numbers(given: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d{1,9}", given)]


def _require_key(settings: Settings, backup: BackupReader) -> None:
    """Raises WarehouseError unless the token key of the backup is at hand."""
    fingerprint = backup.manifest.key_fingerprint
    key = _key(backup)
    if key is not None:
        parsed = parse_token_key(key) if re.fullmatch("[0-9a-f]{64}", key) else None
        if parsed is None or parsed.fingerprint != fingerprint:
            raise WarehouseError("Its token key is not the key of its tokens")
    if fingerprint is None or (key is not None and not settings.given_token_key):
        return
    own = parse_token_key(read_token_key(settings))
    if own is not None and own.fingerprint == fingerprint:
        return
    if settings.given_token_key:
        raise WarehouseError("WAREHOUSE_TOKEN_KEY is another key than that of its tokens")
    raise WarehouseError(
        "It has no token key, because the key was given as WAREHOUSE_TOKEN_KEY. Set that first"
    )


def _key(backup: BackupReader) -> str | None:
    part = backup.manifest.part(TOKEN_KEY)
    if part is None:
        return None
    if part.size > _MOST_KEY_BYTES:
        raise WarehouseError(f"Its part {TOKEN_KEY} is too large")
    return backup.content(part).decode("ascii", errors="replace").strip()


@dataclass(frozen=True)
class _Plan:
    """The server's version, the schemas that are replaced, pg_restore's list of what it makes, and
    whether what it makes gets its owners.
    """

    major_version: int
    existing: list[str]
    contents: list[str]
    keeps_owners: bool


def _plan(settings: Settings, given: Given, connection: psycopg.Connection) -> _Plan:
    """Raises WarehouseError for what prevents a restore."""
    manifest, prefix = given.manifest, settings.prefix
    major_version = connection.info.server_version // 10_000
    _require_server(manifest, major_version)
    _require_roles(connection, manifest.readers)
    if left := drop_replaced(connection, prefix, _DROP_SECONDS):
        raise TryAgainLater(
            f"Somebody still reads what the restore before replaced: {shown_names(left)}. End "
            "these sessions first"
        )
    own = warehouse_schemas.own_schemas(connection, prefix)
    known = warehouse_schemas.existing_schemas(connection, manifest.schemas)
    existing = sorted({*own, *known})
    if views := warehouse_schemas.outside_views(connection, existing):
        raise WarehouseError(
            f"{first_few(views, 3)} in other schemas read what would be replaced. Keep their "
            "definitions and drop them first"
        )
    keeps_owners = _may_act_as(connection, manifest.owners)
    connection.commit()
    contents = listed_contents(settings, given.backup, major_version)
    return _Plan(major_version, existing, contents, keeps_owners)


def _restore_database(
    settings: Settings,
    given: Given,
    plan: _Plan,
    connection: psycopg.Connection,
    shown_steps: Steps,
) -> None:
    """Makes and commits the schemas of the backup. Raises WarehouseError."""
    part = given.manifest.part(DATABASE)
    assert part is not None
    role = _role(settings)
    with running_restore(settings, role, given.backup, plan.major_version) as work:
        with _told_of(given.name):
            shown_steps.begin("Restoring the database", part.size, is_bytes=True)
            work.make(plan.existing, plan.contents, plan.keeps_owners, shown_steps.advance)
            connection.execute("select 1")  # the lock is still ours
            connection.commit()
        unfinished_restore.mark(settings)
        try:
            with _told_of(given.name):
                work.commit(plan.existing)
        except TryAgainLater:
            raise TryAgainLater(
                f"The connection was lost at the last step, and {given.name} may be restored or "
                f"not. {RUN_AGAIN}"
            ) from None
        except WarehouseError:
            unfinished_restore.unmark(settings)
            raise


def _finish(settings: Settings, given: Given, connection: psycopg.Connection, tell: Tell) -> None:
    """Brings everything beside the database to the backup's state; may be repeated."""
    manifest, prefix = given.manifest, settings.prefix
    key = _key(given.backup)
    if key is not None and not settings.given_token_key:
        write_token_key(settings, key)
    _restore_models(settings, given)
    _restore_built_files(settings, given.backup)
    try:
        bringup.create_roles(settings)
    except WarehouseError as error:
        tell(str(error))
    bringup.ensure_tables(settings)
    keep_build_state(connection, prefix, manifest.built_hash)
    connection.commit()
    if left := drop_replaced(connection, prefix, _DROP_SECONDS):
        tell(
            f"Somebody still reads what was replaced: {shown_names(left)}. It takes room until the "
            f"next `{invocation.command()} up` drops it."
        )
    unfinished_restore.unmark(settings)
    schemas = warehouse_schemas.own_schemas(connection, prefix)
    for table in warehouse_schemas.read_relations(connection, schemas):
        if table.rows is not None:
            name = sql.Identifier(table.schema, table.name)
            connection.execute(sql.SQL("analyze {}").format(name))
    connection.commit()
    _tell_of_models(settings, manifest, tell)
    _tell_of_returned(settings, connection, tell)


def _role(settings: Settings) -> str:
    return ERASER if settings.is_embedded else OWNER


def _holds_data(connection: psycopg.Connection, prefix: str) -> bool:
    schemas = warehouse_schemas.own_schemas(connection, prefix)
    relations = warehouse_schemas.read_relations(connection, schemas)
    found = warehouse_schemas.has_rows(connection, relations)
    connection.rollback()
    return found


def _require_roles(connection: psycopg.Connection, names: Iterable[str]) -> None:
    """Raises WarehouseError if a role that has rights in the backup does not exist here."""
    known = {name for (name,) in connection.execute("select rolname::text from pg_roles")}
    if missing := [name for name in names if name not in known]:
        create = "; ".join(_create_role(name) for name in missing)
        raise WarehouseError(
            f"It gives rights to roles that are not here. As an administrator, run first: {create}"
        )


def _create_role(name: str) -> str:
    return sql.SQL("create role {}").format(sql.Identifier(name)).as_string()


def _may_act_as(connection: psycopg.Connection, names: Iterable[str]) -> bool:
    """Whether all roles exist and this one may make things theirs; if not, they become its own."""
    row = connection.execute(
        "select bool_and(rolname is not null and pg_has_role(rolname, 'usage'))"
        " from unnest(%s::text[]) as names (name) left join pg_roles on rolname = name",
        [list(names)],
    ).fetchone()
    return bool(row and row[0])


def _restore_models(settings: Settings, given: Given) -> None:
    if given.manifest.registry is None:
        if not registry_parts.is_elsewhere(settings):
            require_own(Path(settings.models), "Set WAREHOUSE_MODELS to a folder of root's own.")
        registry_parts.restore_registry(settings, given.backup)


def _tell_of_models(settings: Settings, manifest: BackupManifest, tell: Tell) -> None:
    """The models that the backup does not hold, where the registry uses other versions of them."""
    if manifest.registry is None:
        return
    if others := registry_parts.other_versions(settings, manifest):
        tell(
            f"The risk models are not in the backup: they are in {manifest.registry}. It used "
            f"{first_few(others, 3)}; {settings.models} uses other versions. "
            f"`{invocation.command()} models --rollback` brings one back."
        )


def _restore_built_files(settings: Settings, backup: BackupReader) -> None:
    """Records for the next build, perhaps of another version, what this one was built from."""
    folder = settings.home / "target" / "built"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in BUILT_FILES:
        part = backup.manifest.part(BUILT + name)
        if part is None:
            (folder / name).unlink(missing_ok=True)
        else:
            write_private(folder / name, backup.content(part).decode(errors="replace"))


def _tell_of_returned(settings: Settings, connection: psycopg.Connection, tell: Tell) -> None:
    """People who were forgotten after the backup was made, and are there again."""
    key = parse_token_key(read_token_key(settings))
    if key is None:
        return
    found = returned_persons(
        connection, read_definitions(settings.project_dir), key, settings.prefix
    )
    connection.rollback()
    if found:
        people = counted(len(found), "forgotten person is", "forgotten persons are")
        tell(
            f"{people} back, since the backup is older than that. Run `{invocation.command()} "
            "forget --again` before anybody works with the data."
        )
