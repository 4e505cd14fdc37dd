"""The file of a backup: a zip archive of parts that are stored as they are, the manifest last.

Nothing is unpacked by name: who reads a part gives it its place. `unzip` reads the file, too.
"""

import hashlib
import re
import stat
import struct
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import BinaryIO

from ingest.foreign_text import shown
from warehouse.backup.backup_manifest import BackupManifest, Part, read_manifest_of_backup
from warehouse.errors import WarehouseError

MANIFEST = "manifest.json"
DATABASE = "database.dump"
TOKEN_KEY = "token_key"  # noqa: S105 (its name)
BUILT = "built/"
REGISTRY = "registry/"
CHUNK_BYTES = 1 << 20
_NAME = re.compile(
    rf"{MANIFEST}|{DATABASE}|{TOKEN_KEY}|{BUILT}(manifest|leftovers)\.json"
    rf"|{REGISTRY}(models|data)(/[a-z0-9_]+){{2}}/"
    r"(current\.json|archive/[A-Za-z0-9-]+/[a-z0-9_]+\.[a-z]+)",
    re.ASCII,
)
_MOST_MANIFEST_BYTES = 64 << 20
_MOST_PARTS = 100_000
# What zipfile raises for archives that are damaged or were made to harm.
_DAMAGED = (
    zipfile.BadZipFile, EOFError, ValueError, RuntimeError, OverflowError, struct.error,
)  # fmt: skip

Progress = Callable[[int], None]


class BackupWriter:
    """Writes parts one after the other, to anything that takes bytes."""

    def __init__(self, archive: zipfile.ZipFile, moment: datetime) -> None:
        self._archive = archive
        self._moment = moment
        self.parts: list[Part] = []

    def add(self, name: str, chunks: Iterator[bytes], progress: Progress | None = None) -> None:
        """Writes a part; `progress` is told of each number of bytes."""
        info = zipfile.ZipInfo(name, self._moment.timetuple()[:6])
        info.external_attr = (stat.S_IFREG | 0o600) << 16
        digest, size = hashlib.sha256(), 0
        with self._archive.open(info, "w", force_zip64=True) as part:
            for chunk in chunks:
                part.write(chunk)
                digest.update(chunk)
                size += len(chunk)
                if progress:
                    progress(len(chunk))
        self.parts.append(Part(name, size, digest.hexdigest()))

    def finish(self, content: bytes) -> None:
        """Writes the manifest, which makes the file a whole one."""
        self.add(MANIFEST, iter([content]))


@contextmanager
def writing(stream: BinaryIO, moment: datetime) -> Iterator[BackupWriter]:
    """A writer to the stream; what was written is of use only after `finish`."""
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
        yield BackupWriter(archive, moment)


class BackupReader:
    """The parts of a file whose form has been checked; see `open_backup`."""

    def __init__(self, archive: zipfile.ZipFile, manifest: BackupManifest) -> None:
        self._archive = archive
        self.manifest = manifest

    def chunks(self, part: Part, progress: Progress | None = None) -> Iterator[bytes]:
        """The content of a part. Raises WarehouseError, behind the last chunk at the latest, if it
        is not what the manifest says.
        """
        digest, size = hashlib.sha256(), 0
        try:
            with self._archive.open(part.name) as content:
                while chunk := content.read(CHUNK_BYTES):
                    size += len(chunk)
                    digest.update(chunk)
                    if progress:
                        progress(len(chunk))
                    yield chunk
        except _DAMAGED:
            raise WarehouseError(f"Its part {part.name} is damaged") from None
        if (size, digest.hexdigest()) != (part.size, part.sha256):
            raise WarehouseError(f"Its part {part.name} is damaged")

    def content(self, part: Part) -> bytes:
        """The whole content of a small part."""
        return b"".join(self.chunks(part))

    def check(self, progress: Progress | None = None) -> None:
        """Reads all parts. Raises WarehouseError if one is not what the manifest says."""
        for part in self.manifest.parts:
            for _ in self.chunks(part, progress):
                pass


def open_backup(stream: BinaryIO) -> BackupReader:
    """Opens a backup and checks its form: names, sizes, manifest; not yet the content of parts.

    The stream must be seekable. Raises WarehouseError that says what is wrong with the file.
    """
    size = stream.seek(0, 2)
    try:
        archive = zipfile.ZipFile(stream)
        members = archive.infolist()
    except _DAMAGED:
        raise WarehouseError("It is not a backup, or its end is missing") from None
    if len(members) > _MOST_PARTS:
        raise WarehouseError(f"It has {len(members):,} parts")
    for member in members:
        if reason := _refused(member):
            raise WarehouseError(f"Its part '{shown(member.filename)}' {reason}")
    names = [member.filename for member in members]
    if len(set(names)) < len(names):
        raise WarehouseError("It has two parts of one name")
    # Parts are stored as they are, so together they are smaller than the file unless they overlap.
    if sum(member.file_size for member in members) > size:
        raise WarehouseError("Its parts claim to be larger than the file")
    if MANIFEST not in names or DATABASE not in names:
        raise WarehouseError(f"It has no part {DATABASE if MANIFEST in names else MANIFEST}")
    if archive.getinfo(MANIFEST).file_size > _MOST_MANIFEST_BYTES:
        raise WarehouseError("Its manifest is too large")
    try:
        manifest = read_manifest_of_backup(archive.read(MANIFEST))
    except _DAMAGED:
        raise WarehouseError("Its manifest is damaged") from None
    claimed = {part.name: part.size for part in manifest.parts}
    found = {m.filename: m.file_size for m in members if m.filename != MANIFEST}
    if claimed != found or len(manifest.parts) != len(claimed):
        raise WarehouseError("Its parts are not those that its manifest lists")
    return BackupReader(archive, manifest)


def is_part(name: str) -> bool:
    """Whether a backup may have a part of this name."""
    return bool(_NAME.fullmatch(name))


def _refused(member: zipfile.ZipInfo) -> str | None:
    """Why a member of the archive is none of a backup; None for one that may be."""
    kind = stat.S_IFMT(member.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        return "is not a plain file"
    if not is_part(member.orig_filename) or member.filename != member.orig_filename:
        return "is none of a backup"
    is_stored = member.compress_type == zipfile.ZIP_STORED and not member.flag_bits & 1
    if not is_stored or member.compress_size != member.file_size:
        return "is compressed or encrypted"
    return None
