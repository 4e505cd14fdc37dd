"""Decides when a file has arrived whole."""

import errno
import fcntl
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ingest.files.file_bytes import sha256_of_beginning
from ingest.foreign_text import shown
from ingest.loader_errors import Refusal
from warehouse.watching.arrivals import Arrival, Seen

_HASH_LINE = re.compile(r"([0-9a-fA-F]{64})(?: [ *](.+))?")
_LIST_BYTES = 16 << 20


@dataclass(frozen=True)
class Verdict:
    """Whether a file is whole.

    Otherwise `is_moving` says that waiting may be all it takes, `is_fault` that somebody has to do
    something, and `reason` what to tell people; empty while it is ordinary to wait.
    """

    is_whole: bool
    is_moving: bool = False
    reason: str = ""
    is_fault: bool = False


WHOLE = Verdict(True)


class Wholeness:
    """Remembers since when files have not changed, and the hashes of those that lists name.

    rest: how long in seconds size and time of a file must not have changed. marked_only: only
    files with a marker or in a list of hashes count as whole.
    """

    def __init__(self, rest: float, marked_only: bool = False) -> None:
        self._rest = rest
        self._marked_only = marked_only
        self._since: dict[str, tuple[int, str, float]] = {}
        self._hashes: dict[str, tuple[int, str, str]] = {}
        self._lists: dict[str, tuple[tuple[int, int], dict[str, str]]] = {}

    def judge(self, seen: Seen, now: float) -> dict[str, Verdict]:
        """The verdict on each arrival in folders, by address; `now` in seconds, never set back.

        What changed in size or time since the last look starts to rest anew.
        """
        listed = self._listed(seen)
        addresses = {arrival.address for arrival in seen.arrivals}
        self._since = {key: value for key, value in self._since.items() if key in addresses}
        self._hashes = {key: value for key, value in self._hashes.items() if key in addresses}
        return {
            arrival.address: self._judge(arrival, seen.markers, listed, now)
            for arrival in seen.arrivals
        }

    def _judge(
        self,
        arrival: Arrival,
        markers: Mapping[str, int],
        listed: Mapping[str, tuple[str, str]],
        now: float,
    ) -> Verdict:
        before = self._since.get(arrival.address)
        is_same = before is not None and before[:2] == (arrival.size, arrival.stamp)
        since = before[2] if before and is_same else now
        self._since[arrival.address] = (arrival.size, arrival.stamp, since)
        is_at_rest = now - since >= self._rest
        # A marker of the delivery before says nothing of this one.
        if markers.get(arrival.address, -1) >= int(arrival.stamp):
            return _readable(Path(arrival.address))
        if arrival.address in listed:
            expected, name = listed[arrival.address]
            if not is_same and before is not None:
                return Verdict(False, is_moving=True)
            if self._hash(arrival) == expected:
                return WHOLE
            if not is_at_rest:
                return Verdict(False, is_moving=True)
            reason = f"its content does not have the hash that {shown(name)} gives"
            return Verdict(False, reason=reason, is_fault=True)
        if self._marked_only:
            reason = "it has no marker and no list names it" if is_at_rest else ""
            return Verdict(False, reason=reason)
        if not is_at_rest:
            return Verdict(False, is_moving=True)
        return _readable(Path(arrival.address), is_closed=True)

    def _hash(self, arrival: Arrival) -> str:
        known = self._hashes.get(arrival.address)
        if known is None or known[:2] != (arrival.size, arrival.stamp):
            try:
                digest = sha256_of_beginning(Path(arrival.address), arrival.size)
            except Refusal:
                digest = None
            known = self._hashes[arrival.address] = (arrival.size, arrival.stamp, digest or "")
        return known[2]

    def _listed(self, seen: Seen) -> dict[str, tuple[str, str]]:
        """The expected hash of each listed file and the name of its list, by address."""
        found: dict[str, tuple[str, str]] = {}
        lists = {}
        for path in seen.lists:
            try:
                status = path.stat()
                stamp = (status.st_size, status.st_mtime_ns)
                known = self._lists.get(str(path))
                hashes = known[1] if known and known[0] == stamp else _read_list(path)
            except OSError:
                continue
            lists[str(path)] = (stamp, hashes)
            found |= {address: (digest, path.name) for address, digest in hashes.items()}
        self._lists = lists
        return found


def _read_list(path: Path) -> dict[str, str]:
    """A list as `sha256sum` writes it: hash and name per line, or in NAME.sha256 the hash alone."""
    with path.open(encoding="utf-8", errors="surrogateescape") as file:
        text = file.read(_LIST_BYTES)
    hashes = {}
    for line in text.splitlines():
        match = _HASH_LINE.fullmatch(line.rstrip())
        if match:
            name = match[2] or path.name.removesuffix(".sha256")
            hashes[os.path.normpath(path.parent / name)] = match[1].lower()
    return hashes


def _readable(path: Path, *, is_closed: bool = False) -> Verdict:
    """Whole, unless it cannot be read or, with `is_closed`, a program has it open for writing.

    Linux shows the latter by refusing a lease, on local file systems and to the file's owner or
    root; elsewhere rest must do.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        return Verdict(False)
    except OSError as error:
        return Verdict(False, reason=f"it cannot be read: {error.strerror}", is_fault=True)
    try:
        if is_closed and hasattr(fcntl, "F_SETLEASE"):
            fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
            fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except OSError as error:
        if error.errno in (errno.EAGAIN, errno.EWOULDBLOCK):
            return Verdict(False, reason="a program still has it open for writing")
    finally:
        os.close(descriptor)
    return WHOLE
