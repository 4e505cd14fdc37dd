"""Files in S3: which there are, and private copies of them for the loader, which reads files."""

import hashlib
import shutil
from collections.abc import Collection
from pathlib import Path

from ingest.files.bucket_files import Bucket, StoredFile, read_address
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
        self._name, key = read_address(place.address)
        self._prefix = f"{key.rstrip('/')}/" if key else ""
        self._seen: dict[str, StoredFile] = {}

    def look(self, sources: Collection[str], seen: Seen) -> None:
        """Adds the objects to `seen`. Raises BucketError when the bucket cannot be listed."""
        found = list(self._open().below(self._prefix))
        self._seen = {stored.key.removeprefix(self._prefix): stored for stored in found}
        for below, stored in self._seen.items():
            *folders, name = below.split("/")
            source = self._place.source or (folders[0] if folders else "")
            if not name or is_unfinished(name) or is_mark(name):
                continue
            address = f"{self._place.address}/{below}"
            # No name in a bucket may lead out of the folder of copies.
            if source not in sources or any(part in ("", ".", "..") for part in folders):
                seen.strays.append(address)
            else:
                seen.arrivals.append(Arrival(source, address, below, stored.size, stored.version))

    def fetch(self, arrival: Arrival) -> Path:
        """A copy on this machine, under the object's own name, as it was when it was seen. Raises
        LoaderError, OSError."""
        path = self._copies / arrival.name
        make_folder(self._copies, 0o700, "")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        self._open().fetch(self._seen[arrival.name], path)
        return path

    def discard(self) -> None:
        """Deletes the copies."""
        shutil.rmtree(self._copies, ignore_errors=True)

    def _open(self) -> Bucket:
        if self._bucket is None:
            self._bucket = Bucket(self._name)
        return self._bucket
