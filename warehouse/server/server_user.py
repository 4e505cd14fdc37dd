"""The operating-system user that runs the embedded server: this user or, as root, another."""

import os
import pwd
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from warehouse.errors import WarehouseError
from warehouse.safe_files import user_name

NAME = "pgserver"


@dataclass(frozen=True)
class ServerUser:
    """A user by number; `is_other` when processes must change to it."""

    user_id: int
    group_id: int
    is_other: bool

    def run(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        """Runs a command as this user, its output kept."""
        environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}
        if not self.is_other:
            return subprocess.run(
                command, capture_output=True, text=True, env=environment, umask=0o077, check=False
            )
        return subprocess.run(
            command,
            capture_output=True,
            text=True,
            env=environment,
            cwd="/",
            umask=0o077,
            user=self.user_id,
            group=self.group_id,
            extra_groups=[],
            check=False,
        )

    def can_enter(self, folder: Path) -> bool:
        """Whether this user gets into the folder through all of its parents."""
        return self.run(["/bin/sh", "-c", 'cd "$1"', "sh", str(folder)]).returncode == 0

    def can_execute(self, program: Path) -> bool:
        """Whether this user can run the program."""
        return self.run(["/bin/sh", "-c", 'test -x "$1"', "sh", str(program)]).returncode == 0

    def interrupt(self, process_id: int) -> bool:
        """Sends SIGINT with this user's rights, which reach no other user's process."""
        command = ["/bin/sh", "-c", 'kill -INT "$1"', "sh", str(process_id)]
        return self.run(command).returncode == 0

    @property
    def owner(self) -> tuple[int, int]:
        """User and group by number."""
        return self.user_id, self.group_id


def server_user(data_dir: Path) -> ServerUser:
    """The user that runs the server: the owner of the data, or of the folder for the data.

    PostgreSQL refuses to run as root, so root's data belongs to the user `pgserver`, which is
    created if missing. Raises WarehouseError if the data belongs to another user or if no user can
    be created.
    """
    owner = _owner(data_dir)
    if os.geteuid() != 0:
        if owner is not None and owner != os.geteuid():
            raise WarehouseError(
                f"{data_dir} belongs to user {user_name(owner)}. Run as that user (or as root), "
                "or set WAREHOUSE_HOME to a folder of your own."
            )
        return ServerUser(os.geteuid(), os.getegid(), is_other=False)
    place = data_dir if owner is not None else data_dir.parent
    if os.path.lexists(place) and (found := place.lstat()).st_uid != 0:
        return ServerUser(found.st_uid, found.st_gid, is_other=True)
    entry = _find() or _create()
    user = ServerUser(entry.pw_uid, entry.pw_gid, is_other=True)
    try:
        user.run(["/bin/sh", "-c", ":"])
    except OSError as error:
        raise WarehouseError(
            f"root cannot run programs as user {NAME} here ({error.strerror}). "
            "Run as an ordinary user instead."
        ) from None
    return user


def _owner(path: Path) -> int | None:
    try:
        return path.lstat().st_uid
    except FileNotFoundError:
        return None
    except PermissionError:
        raise WarehouseError(
            f"This user cannot reach {path}. Run as its owner, "
            "or set WAREHOUSE_HOME to a folder of your own."
        ) from None


def _find() -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(NAME)
    except KeyError:
        return None


def _create() -> pwd.struct_passwd:
    if sys.platform == "darwin":
        raise WarehouseError(
            "PostgreSQL does not run as root. Run as an ordinary user, without sudo."
        )
    commands = [
        ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", NAME],
        ["adduser", "-S", "-D", "-H", "-s", "/sbin/nologin", NAME],
    ]
    for command in commands:
        if shutil.which(command[0]):
            subprocess.run(command, capture_output=True, check=False)
            entry = _find()
            if entry:
                return entry
    raise WarehouseError(
        f"PostgreSQL does not run as root, and a user {NAME} for it could not be created. "
        f"Create one (`useradd --system {NAME}`), or run as an ordinary user."
    )
