"""The one line in libpq's password file that lets `dbt build` and psql in without a password."""

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from warehouse.safe_files import require_own, write_private


def password_file() -> Path:
    """The password file of libpq: PGPASSFILE, otherwise ~/.pgpass; a symbolic link is followed.

    Raises WarehouseError for root if another user controls the file or a link to it.
    """
    given = os.environ.get("PGPASSFILE")
    path = Path(given or "~/.pgpass").expanduser()
    require_own(path, "Name a password file of root's own in PGPASSFILE.")
    return path.resolve()


def remember(port: int, user: str, password: str) -> Path:
    """Writes or updates the line for 127.0.0.1 and the port; other lines are unchanged.

    Returns the file's path. Raises OSError if it cannot be written, WarehouseError as above.
    """
    path = password_file()
    entry = f"{_address(port, user)}:{password}"
    with _locked(path.parent):
        lines = _read_lines(path)
        ours = [index for index, line in enumerate(lines) if _is_ours(line, port, user)]
        # libpq takes the first line that matches, so ours must precede every wildcard.
        kept = [line for line in lines if not _is_ours(line, port, user)]
        place = ours[0] if ours and not _shadowed(lines[: ours[0]], port) else 0
        kept.insert(place, entry)
        if kept != lines or path.stat().st_mode & 0o077:
            write_private(path, "".join(line + "\n" for line in kept))
    return path


def forget(port: int, user: str, password: str) -> None:
    """Removes the line again, if it still holds this password. Raises OSError."""
    path = password_file()
    entry = f"{_address(port, user)}:{password}"
    if not path.exists():
        return
    with _locked(path.parent):
        lines = _read_lines(path)
        kept = [line for line in lines if line != entry]
        if kept != lines and kept:
            write_private(path, "".join(line + "\n" for line in kept))
        elif kept != lines:
            path.unlink()


def _address(port: int, user: str) -> str:
    return f"127.0.0.1:{port}:*:{user}"


def _is_ours(line: str, port: int, user: str) -> bool:
    return line.startswith(_address(port, user) + ":")


def _shadowed(earlier_lines: list[str], port: int) -> bool:
    return any(re.match(rf"(\*|127\.0\.0\.1):(\*|{port}):", line) for line in earlier_lines)


def _read_lines(path: Path) -> list[str]:
    try:
        return path.read_text().splitlines()
    except FileNotFoundError:
        return []


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    # Locking the folder leaves no lock file behind.
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
