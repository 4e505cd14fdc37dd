"""Starts and stops the embedded PostgreSQL server."""

import fcntl
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from warehouse.errors import WarehouseError
from warehouse.safe_files import open_folder, open_own, read_small, write_private
from warehouse.server import layout, supervisor
from warehouse.server.configuration import write_configuration
from warehouse.server.postmaster import (
    Postmaster,
    describe_listener,
    find_postmaster,
    port_is_free,
    remove_stale_pid_file,
)
from warehouse.server.secret_files import OWNER, ensure_password
from warehouse.server.server_user import ServerUser, server_user
from warehouse.settings import Settings

LOG_LIMIT_BYTES = 20 * 1024 * 1024
START_SECONDS = 60.0
RECOVERY_SECONDS = 900.0
STOP_SECONDS = 120.0


@contextmanager
def exclusive_home(settings: Settings) -> Iterator[None]:
    """Allows one start, stop or deletion of a home at a time; others wait."""
    descriptor = open_own(settings.home / ".lock", os.O_RDWR)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def running(settings: Settings) -> Postmaster | None:
    """The live server of this home, or None."""
    return find_postmaster(layout.data_dir(settings))


def start(settings: Settings) -> bool:
    """Starts the server; creates its data first if there is none.

    Returns whether it had to be started, False if it was already running. Raises WarehouseError if
    the port is taken, the home cannot be used or the server does not start.
    """
    layout.prepare(settings)
    data_dir = layout.data_dir(settings)
    with exclusive_home(settings):
        if find_postmaster(data_dir) or _is_supervised(settings):
            postmaster = _wait_until_ready(settings, data_dir, None)
            if told := told_of_port(settings, postmaster):
                raise WarehouseError(told)
            return False
        require_free_port(settings)
        user = server_user(data_dir)
        if not (data_dir / "PG_VERSION").exists():
            _create(settings, data_dir, user)
        _require_version(data_dir)
        write_configuration(data_dir, settings.port, user)
        remove_stale_pid_file(data_dir)
        _wait_until_ready(settings, data_dir, _launch(settings, data_dir, user))
        return True


def stop(settings: Settings) -> bool:
    """Stops the server; committed data stays. Returns False if it was not running."""
    if not settings.home.exists():
        return False
    data_dir = layout.data_dir(settings)
    with exclusive_home(settings):
        if not find_postmaster(data_dir) and not _is_supervised(settings):
            return False
        postmaster = _wait_until_ready(settings, data_dir, None)
        if not server_user(data_dir).interrupt(postmaster.pid) and find_postmaster(data_dir):
            raise WarehouseError(
                f"The server of {settings.home} runs as another user. Stop it as that user."
            )
        deadline = time.monotonic() + STOP_SECONDS
        while find_postmaster(data_dir) or _is_supervised(settings):
            if time.monotonic() > deadline:
                raise WarehouseError(
                    f"The server (process {postmaster.pid}) did not stop within "
                    f"{STOP_SECONDS:.0f} seconds. See {settings.log_file}."
                )
            time.sleep(0.05)
        return True


def told_of_port(settings: Settings, postmaster: Postmaster) -> str | None:
    """What to do if the server runs on another port than in the settings; otherwise None."""
    if postmaster.port == settings.port:
        return None
    runs = f"The server of {settings.home} runs on port {postmaster.port}"
    if postmaster.port == settings.former_port:
        return f"{runs}, the port of earlier versions. `warehouse up` moves it to {settings.port}."
    return (
        f"{runs}, but WAREHOUSE_PORT is {settings.port}. Set WAREHOUSE_PORT={postmaster.port}, "
        "or run `warehouse down` first to move it."
    )


def require_free_port(settings: Settings) -> None:
    """Raises WarehouseError, naming who listens there, when the port is taken."""
    if not port_is_free(settings.port):
        raise WarehouseError(
            f"Port {settings.port} is taken by {describe_listener(settings.port)}. "
            "Set WAREHOUSE_PORT to a free port, or stop the program that uses this one."
        )


def _create(settings: Settings, data_dir: Path, user: ServerUser) -> None:
    workshop = data_dir.with_name(data_dir.name + ".new")
    shutil.rmtree(workshop, ignore_errors=True)
    workshop.mkdir(mode=0o700)
    password_file = workshop / "password"
    owner = user.owner if user.is_other else None
    write_private(password_file, ensure_password(settings, OWNER) + "\n", owner)
    if owner:
        with open_folder(workshop) as folder:
            os.fchown(folder, *owner)
    result = user.run(
        [
            str(layout.server_programs(user) / "initdb"),
            f"--pgdata={workshop / 'data'}",
            f"--username={OWNER}",
            f"--pwfile={password_file}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            # Sorts by code point on every platform, and knows upper and lower case in all scripts.
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
        ]
    )
    if result.returncode != 0:
        shutil.rmtree(workshop, ignore_errors=True)
        lines = result.stderr.strip().splitlines() or ["no reason given"]
        reason = next((line for line in lines if "error" in line or "FATAL" in line), lines[-1])
        raise WarehouseError(f"The database could not be created in {data_dir}: {reason}")
    # Only a complete database gets its final name, so a killed start is simply done again.
    (workshop / "data").rename(data_dir)
    with open_folder(data_dir):  # what the server's user made is a folder, and no link
        shutil.rmtree(workshop)


def _launch(settings: Settings, data_dir: Path, user: ServerUser) -> subprocess.Popen[bytes]:
    lock_file = settings.home / "supervisor.lock"
    os.close(open_own(lock_file, os.O_RDWR))
    descriptor = open_own(settings.log_file, os.O_WRONLY | os.O_APPEND)
    try:
        return subprocess.Popen(
            [
                sys.executable,
                "-I",
                "-S",
                supervisor.__file__,
                str(lock_file),
                str(user.user_id),
                str(user.group_id),
                str(settings.log_file),
                str(LOG_LIMIT_BYTES),
                str(layout.server_programs(user) / "postgres"),
                str(data_dir),
            ],
            stdin=subprocess.DEVNULL,
            stdout=descriptor,
            stderr=descriptor,
            cwd="/",
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"},
            start_new_session=True,
        )
    finally:
        os.close(descriptor)


def _wait_until_ready(
    settings: Settings, data_dir: Path, launched: subprocess.Popen[bytes] | None
) -> Postmaster:
    began = time.monotonic()
    while True:
        postmaster = find_postmaster(data_dir)
        if postmaster and postmaster.is_ready:
            return postmaster
        has_ended = launched is not None and launched.poll() is not None
        waited = time.monotonic() - began
        # With a live process recovery is under way, which takes as long as it takes.
        if has_ended or waited > (RECOVERY_SECONDS if postmaster else START_SECONDS):
            raise WarehouseError(
                f"The database server did not start: {_last_words(settings.log_file)} "
                f"Full log: {settings.log_file}"
            )
        time.sleep(0.03)


def _require_version(data_dir: Path) -> None:
    version = read_small(data_dir / "PG_VERSION").strip()
    if version != str(layout.MAJOR_VERSION):
        told = version if re.fullmatch(r"[0-9.]{1,9}", version) else "of an unknown version"
        raise WarehouseError(
            f"{data_dir} was created by PostgreSQL {told}; this is {layout.MAJOR_VERSION}. "
            "Set WAREHOUSE_HOME to a new folder and load the files again."
        )


def _is_supervised(settings: Settings) -> bool:
    try:
        descriptor = os.open(settings.home / "supervisor.lock", os.O_RDWR | os.O_NOFOLLOW)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        return False
    finally:
        os.close(descriptor)


def _last_words(log_file: Path) -> str:
    try:
        lines = log_file.read_text(errors="replace").splitlines()
    except OSError:
        return "its log cannot be read."
    fatal = [line for line in lines if "FATAL" in line or "PANIC" in line] or lines
    return (fatal[-1] if fatal else "it left no message") + "."
