"""Files in S3: which there are, and private copies of them for the loader, which reads files."""

import hashlib
import shutil
from collections.abc import Collection
from pathlib import Path

from ml.storage import Bucket, Stored, open_storage
from warehouse.safe_files import make_folder
from warehouse.watching.arrivals import Arrival, Seen, is_mark, is_unfinished
from warehouse.watching.places import Place


class BucketFiles:
    """The objects of a bucket. S3 shows an object only once it is whole."""

    def __init__(self, place: Place, copies: Path) -> None:
        """copies: a private folder, in which the copies are until they are loaded."""
        self._place = place
        digest = hashlib.sha256(place.address.encode()).hexdigest()[:16]
        self._copies = copies / digest
        self._bucket: Bucket | None = None

    def look(self, sources: Collection[str], seen: Seen) -> None:
        """Adds the objects to `seen`. Raises ModelError when the bucket cannot be listed."""
        for stored in self._open().stored():
            *folders, name = stored.name.split("/")
            source = self._place.source or (folders[0] if folders else "")
            if not name or is_unfinished(name) or is_mark(name):
                continue
            address = f"{self._place.address}/{stored.name}"
            # No name in a bucket may lead out of the folder of copies.
            if source not in sources or any(part in ("", ".", "..") for part in folders):
                seen.strays.append(address)
            else:
                seen.arrivals.append(_arrival(source, address, stored))

    def fetch(self, arrival: Arrival) -> Path:
        """A copy on this machine, under the object's own name. Raises ModelError, OSError."""
        path = self._copies / arrival.name
        make_folder(self._copies, 0o700, "")
        path.parent.mkdir(parents=True, exist_ok=True)
        self._open().fetch(arrival.name, path)
        return path

    def discard(self) -> None:
        """Deletes the copies."""
        shutil.rmtree(self._copies, ignore_errors=True)

    def _open(self) -> Bucket:
        if self._bucket is None:
            storage = open_storage(self._place.address)
            assert isinstance(storage, Bucket)
            self._bucket = storage
        return self._bucket


def _arrival(source: str, address: str, stored: Stored) -> Arrival:
    return Arrival(source, address, stored.name, stored.size, stored.version)
