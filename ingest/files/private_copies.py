"""Copies of files in S3, one at a time, in a folder of this process that goes with it."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ingest.files.bucket_files import Bucket, StoredFile

_PREFIX = "copies_of_"


class PrivateCopies:
    """A folder for copies; without one given, the system's for temporary files.

    What a killed process left in the same folder is deleted first.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._buckets: dict[str, Bucket] = {}

    def bucket(self, name: str) -> Bucket:
        """The bucket. Raises BucketError."""
        if name not in self._buckets:
            self._buckets[name] = Bucket(name)
        return self._buckets[name]

    @contextmanager
    def copy_of(self, file: StoredFile) -> Iterator[Path]:
        """A copy under the file's own name, deleted at the end. Raises what Bucket.fetch does."""
        if self._folder is not None:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._remove_leftovers(self._folder)
        prefix = f"{_PREFIX}{os.getpid()}_"
        with tempfile.TemporaryDirectory(prefix=prefix, dir=self._folder) as folder:
            path = Path(folder) / file.name
            self.bucket(file.bucket).fetch(file, path)
            yield path

    def _remove_leftovers(self, folder: Path) -> None:
        for left in folder.glob(f"{_PREFIX}*"):
            process = left.name.removeprefix(_PREFIX).partition("_")[0]
            if process.isdecimal() and not _is_running(int(process)):
                shutil.rmtree(left, ignore_errors=True)


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
