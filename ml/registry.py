"""Models and external data sets: an archive that only grows, and a pointer to what is current.

    <name>/archive/<version>/<file>    never changed once written, put back when it was
    <name>/current.json                the version in use, replaced at once

A name is models/<source>/<risk type> or data/<source>/<data set>; a version is a UTC time and the
first digits of the content's SHA-256.
"""

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime

from ml.errors import ModelError
from ml.storage import Storage, open_storage

_VERSION = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{12}")


@dataclass(frozen=True)
class Entry:
    """One version in the archive: `sha256` is that of its main file."""

    version: str
    file: str
    sha256: str

    @property
    def stored_at(self) -> datetime:
        """When it was archived."""
        return datetime.strptime(self.version[:16], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


class Registry:
    """The versions of models and data sets under an address (folder or s3://)."""

    def __init__(self, address: str):
        self._storage: Storage = open_storage(address)
        self.address = self._storage.address

    def current(self, name: str) -> Entry | None:
        """The version in use. Raises ModelError when the pointer is unreadable."""
        content = self._storage.read(f"{name}/current.json")
        return None if content is None else self._entry(content, f"{name}/current.json")

    def versions(self, name: str) -> list[Entry]:
        """All archived versions, oldest first; those whose writing was cut short are left out."""
        marks = [n for n in self._storage.names(f"{name}/archive") if n.endswith("/entry.json")]
        return [self._entry(self._storage.read(mark) or b"", mark) for mark in marks]

    def archive(
        self, name: str, file: str, content: bytes, beside: dict[str, bytes] | None = None
    ) -> Entry:
        """Stores the content, with the files `beside` it, as a version; returns its entry.

        Content that is archived already keeps its version; where its file is lost or was changed
        since, it is put back. Nothing becomes current.
        """
        sha256 = hashlib.sha256(content).hexdigest()
        for known in self.versions(name):
            if known.sha256 == sha256:
                if not self.is_whole(name, known):
                    self._write(name, known, content, beside)
                return known
        version = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{sha256[:12]}"
        entry = Entry(version, file, sha256)
        self._write(name, entry, content, beside)
        # Written last: without it the version does not count.
        self._storage.write(f"{name}/archive/{version}/entry.json", _encode(entry))
        return entry

    def make_current(self, name: str, entry: Entry) -> None:
        """Points to an archived version, at once."""
        self._storage.write(f"{name}/current.json", _encode(entry))

    def is_whole(self, name: str, entry: Entry) -> bool:
        """Whether the version's main file is there and what was archived."""
        content = self._storage.read(f"{name}/archive/{entry.version}/{entry.file}")
        return content is not None and hashlib.sha256(content).hexdigest() == entry.sha256

    def read(self, name: str, entry: Entry) -> bytes:
        """The version's main file. Raises ModelError when it is gone or not what was archived."""
        where = f"{self.address}/{name}/archive/{entry.version}/{entry.file}"
        content = self._storage.read(f"{name}/archive/{entry.version}/{entry.file}")
        if content is None:
            raise ModelError(
                f"{where} is missing. Restore it, roll back to another version, or train again."
            )
        if hashlib.sha256(content).hexdigest() != entry.sha256:
            raise ModelError(
                f"{where} is not what was archived: its SHA-256 differs, so somebody changed it. "
                "It is not used. Restore it, roll back to another version, or train again."
            )
        return content

    def read_beside(self, name: str, entry: Entry, file: str) -> bytes | None:
        """A file that was archived beside the main one, None when there is none."""
        return self._storage.read(f"{name}/archive/{entry.version}/{file}")

    def names(self, below: str) -> list[str]:
        """Names that have a current version, below models or data."""
        found = self._storage.names(below)
        return [
            name.removesuffix("/current.json") for name in found if name.endswith("/current.json")
        ]

    def _write(
        self, name: str, entry: Entry, content: bytes, beside: dict[str, bytes] | None
    ) -> None:
        folder = f"{name}/archive/{entry.version}"
        for other, data in (beside or {}).items():
            self._storage.write(f"{folder}/{other}", data)
        self._storage.write(f"{folder}/{entry.file}", content)

    def _entry(self, content: bytes, where: str) -> Entry:
        try:
            given = json.loads(content)
            entry = Entry(str(given["version"]), str(given["file"]), str(given["sha256"]))
        except (ValueError, KeyError, TypeError):
            raise ModelError(f"{self.address}/{where} cannot be read. Restore it.") from None
        if not _VERSION.fullmatch(entry.version) or "/" in entry.file:
            raise ModelError(f"{self.address}/{where} names no version. Restore it.")
        return entry


def _encode(entry: Entry) -> bytes:
    return (json.dumps(entry.__dict__, indent=1) + "\n").encode()
