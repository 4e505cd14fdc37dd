"""Where files arrive: folders and buckets, and the source that each belongs to."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from ingest.foreign_text import shown
from ingest.loader_errors import UsageError

_SOURCE_AND_PLACE = re.compile(r"([a-z_][a-z0-9_]*)=(.+)", re.DOTALL)
_BUCKET = "s3://"


@dataclass(frozen=True)
class Place:
    """A folder (an absolute path) or a bucket (`s3://bucket/prefix`) where files arrive.

    `source` is what all its files belong to; None: it has one folder per source.
    """

    address: str
    source: str | None = None

    @property
    def is_bucket(self) -> bool:
        """Whether it is in S3."""
        return self.address.startswith(_BUCKET)

    def argument(self) -> str:
        """The place as an argument of `warehouse watch`, from any working directory."""
        return f"{self.source}={self.address}" if self.source else self.address


def read_places(given: Sequence[str], sources: Collection[str]) -> list[Place]:
    """The places that are given as `FOLDER`, `SOURCE=FOLDER` or `s3://bucket/prefix`.

    A folder that is not there is accepted: it may be mounted later. Raises UsageError for an
    unknown source, for a file and for a bucket without a name.
    """
    return [_read_place(text, sources) for text in given]


def _read_place(text: str, sources: Collection[str]) -> Place:
    match = _SOURCE_AND_PLACE.fullmatch(text)
    source, place = (match[1], match[2]) if match else (None, text)
    if source is not None and source not in sources:
        known = ", ".join(sorted(sources))
        raise UsageError(
            f"there is no source '{source}' for {shown(place)}; known: {known}. "
            f"For a folder of that name, write ./{shown(text)}"
        )
    if place.startswith("s3:"):
        if not re.fullmatch(r"s3://[^/]+(/.*)?", place):
            raise UsageError(f"{shown(place)} is not a bucket address; use s3://bucket/prefix")
        return Place(place.rstrip("/"), source)
    path = Path(place).expanduser()
    if path.exists() and not path.is_dir():
        raise UsageError(f"{shown(place)} is a file; name the folder where files arrive")
    return Place(str(path.absolute()), source)
