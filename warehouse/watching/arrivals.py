"""Files in a folder, and the markers beside them which say that they are whole."""

import os
import re
import stat
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from warehouse.watching.places import Place

# Names under which programs write a file before they rename it, in any case: browsers, WinSCP,
# FileZilla, rsync, editors, spreadsheets.
_UNFINISHED = re.compile(
    r"\..*|~\$.*|.*~|.*\.(part|partial|filepart|tmp|temp|crdownload|download|swp|inprogress)",
    re.IGNORECASE | re.DOTALL,
)
_UNFINISHED_FOLDERS = re.compile(r"\..*|_temporary")
# What Spark writes beside its data; the loader skips the same.
_BESIDE_DATA = re.compile(r"_[^.]*")
MARKER = ".done"
LISTS = (".sha256", "sha256sums", "sha256sums.txt")


@dataclass(frozen=True)
class Arrival:
    """A file somewhere.

    address: its absolute path, or s3://…; name: its path below the place, for messages; stamp:
    what changes with its content, beside `size` in bytes.
    """

    source: str
    address: str
    name: str
    size: int
    stamp: str


@dataclass
class Seen:
    """What one look at the places found.

    markers: the time in ns of the `.done` file beside an address; lists: files with hashes;
    strays: files in no source's folder; links: names that are links, which are not followed;
    missing: places that cannot be read, with the reason.
    """

    arrivals: list[Arrival] = field(default_factory=list)
    markers: dict[str, int] = field(default_factory=dict)
    lists: list[Path] = field(default_factory=list)
    strays: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    missing: dict[str, str] = field(default_factory=dict)


def is_unfinished(name: str) -> bool:
    """Whether a file of this name is still being written, as its name says, or is no data."""
    return _UNFINISHED.fullmatch(name) is not None or _BESIDE_DATA.fullmatch(name) is not None


def is_mark(name: str) -> bool:
    """Whether the file only says something of others: a marker or a list of hashes."""
    return name.endswith(MARKER) or name.casefold().endswith(LISTS)


def look(place: Place, sources: Collection[str], seen: Seen) -> None:
    """Adds to `seen` what is in the folder now, and in the folders below it."""
    top = Path(place.address)
    try:
        if place.source:
            _walk(place.source, top, top, seen)
            return
        with os.scandir(top) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        seen.missing[place.address] = error.strerror or "cannot be read"
        return
    for entry in found:
        if is_unfinished(entry.name):
            continue
        if entry.is_symlink():
            seen.links.append(entry.path)
        elif entry.is_dir() and entry.name in sources:
            try:
                _walk(entry.name, top, Path(entry.path), seen)
            except OSError as error:
                seen.missing[entry.path] = error.strerror or "cannot be read"
        elif not is_mark(entry.name):
            seen.strays.append(entry.path)


def _walk(source: str, top: Path, folder: Path, seen: Seen) -> None:
    for entry, status in _entries(folder):
        if stat.S_ISLNK(status.st_mode):
            if not is_unfinished(entry.name):
                seen.links.append(entry.path)
        elif stat.S_ISDIR(status.st_mode):
            if not _UNFINISHED_FOLDERS.fullmatch(entry.name):
                _walk(source, top, Path(entry.path), seen)
        elif not stat.S_ISREG(status.st_mode) or is_unfinished(entry.name):
            continue
        elif entry.name.endswith(MARKER):
            seen.markers[entry.path.removesuffix(MARKER)] = status.st_mtime_ns
        elif is_mark(entry.name):
            seen.lists.append(Path(entry.path))
        else:
            name = str(Path(entry.path).relative_to(top))
            seen.arrivals.append(
                Arrival(source, entry.path, name, status.st_size, str(status.st_mtime_ns))
            )


def _entries(folder: Path) -> Iterator[tuple[os.DirEntry[str], os.stat_result]]:
    with os.scandir(folder) as entries:
        found = sorted(entries, key=lambda entry: entry.name)
    for entry in found:
        try:
            yield entry, entry.stat(follow_symlinks=False)
        except FileNotFoundError:  # renamed or deleted since
            continue
