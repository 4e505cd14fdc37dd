"""`warehouse backup`: writes one state of the warehouse to a file while readers go on."""

import errno
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import BinaryIO

import psycopg

from ingest.counts import counted
from ingest.foreign_text import shown, shown_names
from ingest.lock import exclusive
from ingest.tokens.token_keys import check_key, parse_token_key
from warehouse.backup import registry_parts, warehouse_schemas
from warehouse.backup.backup_file import (
    BUILT,
    CHUNK_BYTES,
    DATABASE,
    TOKEN_KEY,
    BackupWriter,
    writing,
)
from warehouse.backup.backup_manifest import FORMAT, BackupManifest
from warehouse.backup.progress import Steps, steps
from warehouse.build import fingerprint
from warehouse.errors import TryAgainLater, WarehouseError
from warehouse.safe_files import new_private, require_own
from warehouse.server import bringup, database
from warehouse.server.client_programs import client_environment, client_program
from warehouse.server.roles import ERASER
from warehouse.server.secret_files import OWNER, read_token_key
from warehouse.settings import Settings

Tell = Callable[[str], None]

STDOUT = "-"
# What keeps the next build of another version from building everything, in the home.
BUILT_FILES = ("manifest.json", "leftovers.json")
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_LOCK_MILLISECONDS = 120_000
# In pg_dump's reasons that may be gone the next time.
_PASSING = ("connection", "timeout", "recovery mode", "No space left")


def back_up(settings: Settings, target: str, force: bool, tell: Tell) -> str:
    """Writes the backup to the file `target`, or to stdout for `-`; returns what was written.

    Raises WarehouseError; nothing is left of a file that could not be finished.
    """
    path = None if target == STDOUT else _usable(settings, Path(target), force)
    bringup.ensure_ready(settings, tell)
    bringup.ensure_tables(settings)
    role = ERASER if settings.is_embedded else OWNER
    with (
        closing(database.connect(settings, role)) as connection,
        exclusive(connection, "backup", prefix=settings.prefix, notify=tell),
        _file(path) as stream,
    ):
        manifest, size = _write(settings, connection, role, stream, tell)
    where = "stdout" if path is None else str(path)
    rows = counted(sum(manifest.tables.values()), "row")
    key = " and the token key" if manifest.part(TOKEN_KEY) else ""
    return (
        f"{where}: {counted(len(manifest.tables), 'table')}, {rows}, {size / 1e6:,.1f} MB. "
        f"It holds personal data{key}: keep it as safe as the warehouse."
    )


def _usable(settings: Settings, path: Path, force: bool) -> Path:
    """The path, its folder without links. Raises WarehouseError for one that may not be written."""
    path = path.expanduser().absolute()
    require_own(path, "Name a file in a folder that only root can write to.")
    if not path.parent.is_dir():
        raise WarehouseError(f"The folder {path.parent} does not exist.")
    path = path.parent.resolve() / path.name
    if path.is_relative_to(settings.home):
        raise WarehouseError(
            f"{path} is in the warehouse's home, which `warehouse clean` deletes. Name a file "
            "elsewhere, best on another disk."
        )
    if path.is_dir():
        raise WarehouseError(f"{path} is a folder. Name a file in it.")
    if os.path.lexists(path) and not force:
        raise WarehouseError(f"{path} exists. Name another file, or replace it with --force.")
    return path


@contextmanager
def _file(path: Path | None) -> Iterator[BinaryIO]:
    where = path or "stdout"
    try:
        if path is None:
            yield sys.stdout.buffer
            sys.stdout.buffer.flush()
        else:
            with new_private(path) as stream:
                yield stream
    except BrokenPipeError:
        raise
    except OSError as error:
        if error.errno in _FULL:
            raise TryAgainLater(
                f"There is no room for {where}. Nothing of the backup is left."
            ) from None
        raise WarehouseError(f"{where} could not be written: {error.strerror}.") from None


def _write(
    settings: Settings, connection: psycopg.Connection, role: str, stream: BinaryIO, tell: Tell
) -> tuple[BackupManifest, int]:
    with ExitStack() as stack:
        # Only its owner may name a snapshot on the embedded server. It reads nothing.
        keeper = stack.enter_context(closing(database.connect(settings)))
        for session in (keeper, connection):
            warehouse_schemas.lift_time_limits(session)
        keeper.execute("set transaction isolation level repeatable read, read only")
        row = keeper.execute("select pg_catalog.pg_export_snapshot()").fetchone()
        assert row is not None
        stack.enter_context(connection.transaction())
        connection.execute("set transaction isolation level repeatable read, read only")
        connection.execute(f"set transaction snapshot '{row[0]}'".encode())
        shown_steps = stack.enter_context(steps())
        manifest = _describe(settings, connection, shown_steps, tell)
        writer = stack.enter_context(writing(stream, datetime.fromisoformat(manifest.created_at)))
        shown_steps.begin("Writing the database", is_bytes=True)
        writer.add(DATABASE, _dump(settings, role, manifest, row[0]), shown_steps.advance)
        _add_files(settings, writer, manifest)
        manifest = replace(manifest, parts=tuple(writer.parts))
        writer.finish(manifest.as_json())
    return manifest, sum(part.size for part in writer.parts)


def _describe(
    settings: Settings, connection: psycopg.Connection, shown_steps: Steps, tell: Tell
) -> BackupManifest:
    prefix = settings.prefix
    schemas = warehouse_schemas.own_schemas(connection, prefix)
    owners = warehouse_schemas.owners(connection, schemas)
    if settings.is_embedded:
        _require_own_relations(connection, owners)
    if others := warehouse_schemas.other_schemas(connection, prefix):
        named = shown_names(name for name, _ in others)
        tell(f"Not in the backup, since neither loader nor transformer owns it: schema {named}.")
    relations = []
    found = warehouse_schemas.read_relations(connection, schemas)
    shown_steps.begin("Counting rows", len(found))
    for relation in found:
        rows = relation.rows
        if rows is not None:
            rows = warehouse_schemas.count_rows(connection, relation.schema, relation.name)
        relations.append(replace(relation, rows=rows))
        shown_steps.advance(1)
    key = parse_token_key(read_token_key(settings))
    if warehouse_schemas.has_tokens(connection, prefix):
        if key is None:
            raise WarehouseError(
                "The token key of this warehouse is not here. Set WAREHOUSE_TOKEN_KEY, or back up "
                "where the home has the key."
            )
        check_key(connection, key, prefix, remember=False)
    is_elsewhere = registry_parts.is_elsewhere(settings)
    if is_elsewhere:
        tell(f"The risk models stay where they are, in {settings.models}.")
    return BackupManifest(
        format=FORMAT,
        project_version=version("retail-warehouse"),
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        server_version=connection.info.server_version,
        prefix=prefix,
        schemas=tuple(schemas),
        owners=tuple(owners),
        readers=tuple(warehouse_schemas.readers(connection, schemas)),
        relations=tuple(relations),
        built_hash=fingerprint.built_hash(connection, prefix),
        key_fingerprint=key.fingerprint if key else None,
        registry=settings.models if is_elsewhere else None,
        models=registry_parts.versions_in_use(settings),
    )


def _require_own_relations(connection: psycopg.Connection, owners: dict[str, str]) -> None:
    """A restore makes only what belongs to the roles that work."""
    for role, example in owners.items():
        row = connection.execute("select pg_has_role(%s, 'usage')", [role]).fetchone()
        if not row or not row[0]:
            raise WarehouseError(
                f"{example} belongs to role {shown(role)}, so no restore could make it again. "
                f"Run `warehouse up`, which gives what was built to transformer, or drop it."
            )


def _dump(
    settings: Settings, role: str, manifest: BackupManifest, snapshot: str
) -> Iterator[bytes]:
    """What pg_dump writes. Raises WarehouseError with its reason."""
    program = client_program(settings, "pg_dump", manifest.major_version)
    command = [
        str(program),
        "--format=custom",
        "--compress=1",
        "--no-password",
        "--no-tablespaces",
        "--strict-names",
        f"--lock-wait-timeout={_LOCK_MILLISECONDS}",
        f"--snapshot={snapshot}",
        *(f'--schema="{name}"' for name in manifest.schemas),
    ]
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            command,
            env=client_environment(settings, role),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
        )
        assert process.stdout is not None
        try:
            while chunk := process.stdout.read(CHUNK_BYTES):
                yield chunk
        except BaseException:
            process.kill()
            raise
        finally:
            process.stdout.close()
            code = process.wait()
        if code:
            errors.seek(0)
            lines = errors.read().decode(errors="replace").splitlines()
            reason = next((line for line in lines if "error:" in line), f"exit code {code}")
            may_pass = any(word in reason for word in _PASSING)
            raised = TryAgainLater if may_pass else WarehouseError
            raise raised(f"The database could not be dumped: {shown(reason)}")


def _add_files(settings: Settings, writer: BackupWriter, manifest: BackupManifest) -> None:
    """The token key, unless the environment holds it; the risk models; what was built last."""
    key = read_token_key(settings)
    if key and not settings.given_token_key:
        writer.add(TOKEN_KEY, iter([key.encode() + b"\n"]))
    if manifest.registry is None:
        for name, content in registry_parts.registry_files(settings):
            writer.add(name, iter([content]))
    for name in BUILT_FILES:
        path = settings.home / "target" / "built" / name
        if path.is_file():
            writer.add(BUILT + name, iter([path.read_bytes()]))
