"""What postmaster.pid and the process table show about a PostgreSQL server.

The server's user may write anything to the file, so it is trusted only if a process of that user
confirms it.
"""

import re
import socket
from dataclasses import dataclass
from pathlib import Path

import psutil

from warehouse.errors import WarehouseError
from warehouse.safe_files import read_small


@dataclass(frozen=True)
class Postmaster:
    """A live server process: its id, its TCP port, and whether it takes connections."""

    pid: int
    port: int
    is_ready: bool


def find_postmaster(data_dir: Path) -> Postmaster | None:
    """The live server over these data, or None. A stale postmaster.pid counts as none."""
    lines = _pid_file(data_dir)
    pid = _process_id(lines)
    if pid is None or len(lines) < 4 or not re.fullmatch(r"[0-9]{1,5}", lines[3]):
        return None
    if not _is_server(pid, data_dir):
        return None
    is_ready = len(lines) >= 8 and lines[7].strip() == "ready"
    return Postmaster(pid=pid, port=int(lines[3]), is_ready=is_ready)


def remove_stale_pid_file(data_dir: Path) -> None:
    """Removes a postmaster.pid whose number now belongs to a zombie or to another program.

    PostgreSQL takes such a number for a live server and would refuse to start. While any process
    still works in the data folder nothing is removed: the file guards the data against two servers.
    """
    pid = _process_id(_pid_file(data_dir))
    if pid is None or not psutil.pid_exists(pid):
        return
    if not _is_server(pid, data_dir) and not _works_in(data_dir):
        (data_dir / "postmaster.pid").unlink(missing_ok=True)


def port_is_free(port: int) -> bool:
    """Whether a server could listen on 127.0.0.1 and the port."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def describe_listener(port: int) -> str:
    """Who listens on the port, in words; 'another program' if that is unknown."""
    for process in psutil.process_iter(["name", "cmdline"]):
        try:
            connections = process.net_connections(kind="tcp4")
        except (psutil.Error, OSError):
            continue
        listens = any(c.status == psutil.CONN_LISTEN and c.laddr.port == port for c in connections)
        if listens:
            command = process.info["cmdline"] or []
            if "-D" in command[:-1] and "postgres" in (process.info["name"] or ""):
                return f"the PostgreSQL server of {command[command.index('-D') + 1]}"
            return f"{process.info['name']} (process {process.pid})"
    return "another program"


def _pid_file(data_dir: Path) -> list[str]:
    try:
        return read_small(data_dir / "postmaster.pid").splitlines()
    except FileNotFoundError:
        return []
    except PermissionError:
        raise WarehouseError(
            f"{data_dir} belongs to another user. Run as that user, "
            "or set WAREHOUSE_HOME to a folder of your own."
        ) from None


def _process_id(lines: list[str]) -> int | None:
    return int(lines[0]) if lines and re.fullmatch(r"[1-9][0-9]{0,8}", lines[0]) else None


def _is_server(pid: int, data_dir: Path) -> bool:
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        if process.uids().real != data_dir.lstat().st_uid:
            return False
        command = process.cmdline()
        return bool(command) and command[0].endswith("postgres") and str(data_dir) in command
    except (psutil.NoSuchProcess, FileNotFoundError):  # or the data, just deleted
        return False
    except psutil.AccessDenied:
        return True


def _works_in(data_dir: Path) -> bool:
    for process in psutil.process_iter():
        try:
            if process.status() != psutil.STATUS_ZOMBIE and process.cwd() == str(data_dir):
                return True
        except (psutil.Error, OSError):
            continue
    return False
