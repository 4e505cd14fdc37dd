"""Files and folders that nobody else can redirect: no link is followed, no mode is set by path."""

import os
import pwd
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from warehouse.errors import WarehouseError

_MOST_LINKS = 40
_PRIVATE = 0o077


def _current_umask() -> int:
    umask = os.umask(_PRIVATE)
    os.umask(umask)
    return umask


_GIVEN_UMASK = _current_umask()


def keep_new_files_private() -> None:
    """Makes all new files and folders of this process readable for its user only."""
    os.umask(_GIVEN_UMASK | _PRIVATE)


@contextmanager
def shared_outside(home: Path, out: Path) -> Iterator[None]:
    """Files written to `out` get modes by the user's umask, unless `out` is in the home."""
    if out.resolve().is_relative_to(home):
        yield
        return
    before = os.umask(_GIVEN_UMASK)
    try:
        yield
    finally:
        os.umask(before)


def require_own(path: Path, instead: str) -> None:
    """As root, refuses a path that another user could redirect; otherwise does nothing.

    Every folder on the path, and on the path of each link's target, must belong to root and be
    writable only by root; a parent folder may also be sticky, such as /tmp. Missing folders are
    fine. `instead` says what to do. Raises WarehouseError.
    """
    if os.geteuid() == 0 and (reason := _others_hand(path)):
        raise WarehouseError(f"Root does not write to {path}, because {reason}. {instead}")


def _others_hand(path: Path) -> str | None:
    """How a user other than root could change what is at the path; None if nobody can."""
    path = path.absolute()
    place, to_go, links = Path(path.anchor), list(reversed(path.parts[1:])), 0
    while True:
        status = place.lstat()
        if status.st_uid != 0:
            return f"{place} belongs to user {user_name(status.st_uid)}"
        is_open = bool(status.st_mode & (stat.S_IWGRP | stat.S_IWOTH))
        if is_open and not (to_go and status.st_mode & stat.S_ISVTX):
            return f"others may write to {place}"
        if not to_go or not stat.S_ISDIR(status.st_mode):
            return None
        name = to_go.pop()
        below = place.parent if name == ".." else place / name
        try:
            status = below.lstat()
        except FileNotFoundError:
            return None
        if not stat.S_ISLNK(status.st_mode):
            place = below
            continue
        links += 1
        if status.st_uid != 0 or links > _MOST_LINKS:
            return f"{below} is a link of user {user_name(status.st_uid)}"
        target = below.readlink()
        if target.is_absolute():
            place = Path(target.anchor)
        to_go += reversed([part for part in target.parts if part != target.anchor])


def make_folder(path: Path, mode: int, instead: str) -> None:
    """Makes the folder with this mode, and missing parents with 0755, regardless of the umask.

    An existing folder gets the mode, too. Raises WarehouseError as `require_own` does, and if a
    link or a file has the name; OSError.
    """
    require_own(path, instead)
    missing = [place for place in (path, *path.parents) if not os.path.lexists(place)]
    for place in reversed(missing):
        with suppress(
            FileExistsError
        ):  # another process was quicker: checked like any existing folder
            place.mkdir(0o700)
        require_own(place, instead)
        if place != path:
            with open_folder(place) as folder:
                os.fchmod(folder, 0o755)
    with open_folder(path) as folder:
        os.fchmod(folder, mode)


@contextmanager
def open_folder(path: Path) -> Iterator[int]:
    """A descriptor of the folder itself. Raises WarehouseError for a link or a file; OSError."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        if path.is_symlink():
            raise WarehouseError(
                f"{path} is a link. Put the folder itself there, "
                "or set WAREHOUSE_HOME to a home that is elsewhere as a whole."
            ) from None
        raise
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def write_private(path: Path, content: str, owner: tuple[int, int] | None = None) -> None:
    """Writes the whole file or nothing, with mode 0600; replaces a link of that name.

    owner: user and group of the file. The folder must exist. Raises WarehouseError if the folder
    is a link; OSError.
    """
    write_whole(path, content, 0o600, owner)


def write_whole(path: Path, content: str, mode: int, owner: tuple[int, int] | None = None) -> None:
    """Writes the whole file or nothing, as `write_private` does, with this mode, regardless of the
    umask. Whoever reads the file meanwhile reads the earlier one.
    """
    with open_folder(path.parent) as folder:
        part = f".{path.name}.{os.getpid()}"
        with suppress(FileNotFoundError):
            os.unlink(part, dir_fd=folder)
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600, dir_fd=folder)
        try:
            with os.fdopen(descriptor, "w") as file:
                file.write(content)
                file.flush()
                os.fsync(descriptor)
                if owner:
                    os.fchown(descriptor, *owner)
                os.fchmod(descriptor, mode)
            os.replace(part, path.name, src_dir_fd=folder, dst_dir_fd=folder)
        except BaseException:
            with suppress(FileNotFoundError):
                os.unlink(part, dir_fd=folder)
            raise


@contextmanager
def new_private(path: Path) -> Iterator[BinaryIO]:
    """A file to write with mode 0600, which gets its name at the end of the block, on disk as a
    whole. If the block fails, nothing is left; if it is killed, the next one of this path removes
    what is left. A file or link of that name is replaced.

    Raises WarehouseError if the folder is a link; OSError.
    """
    with open_folder(path.parent) as folder:
        part = f".{path.name}.part"
        with suppress(FileNotFoundError):
            os.unlink(part, dir_fd=folder)
        descriptor = os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600, dir_fd=folder)
        try:
            with os.fdopen(descriptor, "w+b") as file:
                yield file
                file.flush()
                os.fsync(descriptor)
            os.replace(part, path.name, src_dir_fd=folder, dst_dir_fd=folder)
            with suppress(OSError):  # not every file system can do that
                os.fsync(folder)
        except BaseException:
            with suppress(OSError):
                os.unlink(part, dir_fd=folder)
            raise


def open_own(path: Path, flags: int) -> int:
    """A descriptor of a file that only this user owns and can read; a missing file is created.

    Raises WarehouseError for anything else of that name: a link, a folder, another user's file,
    a file with a second name. OSError.
    """
    try:
        descriptor = os.open(path, flags | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK, 0o600)
        status = os.fstat(descriptor)
        is_own = status.st_uid == os.geteuid() and status.st_nlink == 1
        if is_own and stat.S_ISREG(status.st_mode):
            os.fchmod(descriptor, 0o600)
            return descriptor
        os.close(descriptor)
    except PermissionError:
        raise
    except OSError:
        if not os.path.lexists(path) or stat.S_ISREG(path.lstat().st_mode):
            raise
    raise WarehouseError(
        f"{path} is not a plain file that this user owns. Delete it and try again."
    )


def read_small(path: Path, most_bytes: int = 4096) -> str:
    """The beginning of a small text file that may come from another user.

    Raises WarehouseError for a link, a folder or a pipe; OSError.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        if path.is_symlink():
            raise WarehouseError(
                f"{path} is a link, and links are not followed. Delete it."
            ) from None
        raise
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise WarehouseError(f"{path} is not a plain file. Delete it.")
        return os.read(descriptor, most_bytes).decode(errors="replace")
    finally:
        os.close(descriptor)


def user_name(user_id: int) -> str:
    """The user's name, or the number of a user without a name."""
    try:
        return pwd.getpwuid(user_id).pw_name
    except KeyError:
        return str(user_id)
