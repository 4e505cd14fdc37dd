"""Models and external data sets: an archive that only grows, and a pointer to the current version.

    <name>/archive/<version>/<file>    never changed once written; restored if it was changed
    <name>/current.json                the version in use, replaced atomically

A name is models/<source>/<risk type> or data/<source>/<data set>; a version is a UTC time and the
first digits of the content's SHA-256.
"""

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from ml.model_errors import ModelError
from ml.storage import Storage, open_storage

RECORD_FILE = "training.json"

_NAME = re.compile(r"(models|data)/[a-z0-9_]+/[a-z0-9_]+", re.ASCII)
_SECOND = "%Y%m%dT%H%M%SZ"
_VERSION = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{12}", re.ASCII)
_FILE = re.compile(r"[a-z0-9_]+\.(skops|csv)", re.ASCII)
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)
_MOST_ENTRY_BYTES = 1 << 12
_MOST_RECORD_BYTES = 64 << 20
_METRIC = {"data_part", "predictor", "group_name", "group_value", "metric", "metric_value"}
_IMPORTANCE = {"feature_name", "importance", "importance_rank"}


@dataclass(frozen=True)
class Entry:
    """One version in the archive; `sha256` is the hash of its main file."""

    version: str
    file: str
    sha256: str

    @property
    def stored_at(self) -> datetime:
        """When it was archived."""
        return datetime.strptime(self.version[:16], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


class Registry:
    """The versions of models and data sets at an address (folder or s3://)."""

    def __init__(self, address: str):
        self._storage: Storage = open_storage(address)
        self.address = self._storage.address

    def current(self, name: str) -> Entry | None:
        """The version in use. Raises ModelError if the pointer cannot be read."""
        return self._entry(f"{name}/current.json")

    def versions(self, name: str) -> list[Entry]:
        """All archived versions, oldest first, without incomplete ones."""
        marks = [n for n in self._storage.names(f"{name}/archive") if n.endswith("/entry.json")]
        entries = [(mark, self._entry(mark)) for mark in marks]
        for mark, entry in entries:
            if entry is None or mark != f"{name}/archive/{entry.version}/entry.json":
                raise ModelError(f"{self.address}/{mark} is for another version. Restore it.")
        return [entry for _, entry in entries if entry is not None]

    def archive(
        self, name: str, file: str, content: bytes, beside: dict[str, bytes] | None = None
    ) -> Entry:
        """Store the content, with the files `beside` it, as a version; return its entry.

        Content that is already archived keeps its version; if its file is missing or was changed,
        it is restored. Nothing becomes current.
        """
        sha256 = hashlib.sha256(content).hexdigest()
        archived = self.versions(name)
        for known in archived:
            if known.sha256 == sha256:
                if not self.is_whole(name, known):
                    self._write(name, known, content, beside)
                return known
        version = f"{_next_second(archived)}-{sha256[:12]}"
        entry = Entry(version, file, sha256)
        self._write(name, entry, content, beside)
        # Written last: without it, the version does not count.
        self._storage.write(f"{name}/archive/{version}/entry.json", _encode(entry))
        return entry

    def make_current(self, name: str, entry: Entry) -> None:
        """Make an archived version current, atomically. Raises ModelError."""
        self._storage.write(f"{name}/current.json", _encode(entry))

    def is_whole(self, name: str, entry: Entry) -> bool:
        """Whether the version's main file exists and is unchanged."""
        content = self._storage.read(f"{name}/archive/{entry.version}/{entry.file}")
        return content is not None and hashlib.sha256(content).hexdigest() == entry.sha256

    def read(self, name: str, entry: Entry) -> bytes:
        """The version's main file. Raises ModelError if it is missing or was changed."""
        where = f"{self.address}/{name}/archive/{entry.version}/{entry.file}"
        content = self._storage.read(f"{name}/archive/{entry.version}/{entry.file}")
        if content is None:
            raise ModelError(
                f"{where} is missing. Restore it, roll back to another version, or train again."
            )
        if hashlib.sha256(content).hexdigest() != entry.sha256:
            raise ModelError(
                f"{where} was changed after it was archived: its SHA-256 differs. "
                "It is not used. Restore it, roll back to another version, or train again."
            )
        return content

    def read_record(self, name: str, entry: Entry) -> dict[str, Any] | None:
        """The training archived beside a model, as made by `training_record`.

        None if there is none. Raises ModelError if the file is not such a record.
        """
        where = f"{name}/archive/{entry.version}/{RECORD_FILE}"
        content = self._storage.read(where, _MOST_RECORD_BYTES)
        if content is None:
            return None
        try:
            record: dict[str, Any] = json.loads(content)
            is_record = isinstance(json.loads(record["run"]["parameters"]), dict)
            for part, keys in (("model_metrics", _METRIC), ("feature_importance", _IMPORTANCE)):
                is_record &= all(keys <= row.keys() for row in record[part])
            if is_record and isinstance(record["plots"], dict):
                return record
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            pass
        raise ModelError(f"{self.address}/{where} cannot be read. Restore it.")

    def names(self, below: str) -> list[str]:
        """Names that have a current version, below models or data; others are ignored."""
        found = (
            file.removesuffix("/current.json")
            for file in self._storage.names(below)
            if file.endswith("/current.json")
        )
        return [name for name in found if _NAME.fullmatch(name)]

    def _write(
        self, name: str, entry: Entry, content: bytes, beside: dict[str, bytes] | None
    ) -> None:
        folder = f"{name}/archive/{entry.version}"
        for other, data in (beside or {}).items():
            self._storage.write(f"{folder}/{other}", data)
        self._storage.write(f"{folder}/{entry.file}", content)

    def _entry(self, where: str) -> Entry | None:
        content = self._storage.read(where, _MOST_ENTRY_BYTES)
        if content is None:
            return None
        try:
            given = json.loads(content)
            entry = Entry(str(given["version"]), str(given["file"]), str(given["sha256"]))
        except (ValueError, KeyError, TypeError, RecursionError):
            raise ModelError(f"{self.address}/{where} cannot be read. Restore it.") from None
        if not _is_version(entry):
            raise ModelError(f"{self.address}/{where} does not name a version. Restore it.")
        return entry


def _is_version(entry: Entry) -> bool:
    given = ((_VERSION, entry.version), (_FILE, entry.file), (_SHA256, entry.sha256))
    if not all(form.fullmatch(text) for form, text in given):
        return False
    try:
        return bool(entry.stored_at) and entry.version.endswith(entry.sha256[:12])
    except ValueError:  # no such day
        return False


def _next_second(archived: list[Entry]) -> str:
    """Now, or the second after the newest version: versions sort in the order of archiving."""
    now = datetime.now(UTC).replace(microsecond=0)
    if archived:
        newest = datetime.strptime(archived[-1].version.split("-")[0], _SECOND)
        now = max(now, newest.replace(tzinfo=UTC) + timedelta(seconds=1))
    return now.strftime(_SECOND)


def _encode(entry: Entry) -> bytes:
    return (json.dumps(entry.__dict__, indent=1) + "\n").encode()
