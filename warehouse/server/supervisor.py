"""Keeps a PostgreSQL server alive, starts it again when something kills it, and bounds its log.

Run as a program of its own, on the standard library alone, with the log as standard error:
    supervisor.py LOCK_FILE USER_ID GROUP_ID LOG_FILE LOG_LIMIT_BYTES POSTGRES DATA_DIR
It ends when the server is shut down or cannot start. The lock file is held while it runs.
"""

import fcntl
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

PATIENCE_SECONDS = 30.0
LOOK_SECONDS = 1.0


def main(arguments: list[str]) -> int:
    """Runs the server until it ends by itself; returns its exit code."""
    lock_file, user_id, group_id, log_file, log_limit, postgres, data_dir = arguments
    lock = os.open(lock_file, os.O_RDWR | os.O_NOFOLLOW)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return 0
    log = (Path(log_file), int(log_limit))
    shorten(*log)  # before the start, whose last words stay
    threading.Thread(target=_keep_short, args=log, daemon=True).start()
    killed_at: float | None = None
    while True:
        code = _run(postgres, data_dir, int(user_id), int(group_id))
        if code < 0:
            killed_at = time.monotonic()
        elif killed_at is None or time.monotonic() - killed_at > PATIENCE_SECONDS or code == 0:
            return code
        # The dead server's children hold its shared memory for a moment; a start fails meanwhile.
        time.sleep(0.3)


def _keep_short(log_file: Path, limit: int) -> None:
    while True:
        time.sleep(LOOK_SECONDS)
        shorten(log_file, limit)


def shorten(log_file: Path, limit: int) -> None:
    """Empties a log of more than `limit` bytes; its last `limit` bytes are kept in a second file.

    The server keeps the file open and appends, so it continues at the new end. Lines written during
    the copy are lost; everything is lost if the disk has no room for the copy.
    """
    try:
        log = os.open(log_file, os.O_RDWR | os.O_NOFOLLOW)
    except OSError:
        return
    try:
        size = os.fstat(log).st_size
        if size > limit:
            _keep_end(log, size, limit, log_file.with_name(f"{log_file.name}.1"))
            os.ftruncate(log, 0)
    finally:
        os.close(log)


def _keep_end(log: int, size: int, limit: int, kept: Path) -> None:
    part = kept.with_name(f"{kept.name}.part")
    try:
        part.unlink(missing_ok=True)
        copy = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(copy, "wb") as file:
            for place in range(size - limit, size, 1 << 20):
                file.write(os.pread(log, min(1 << 20, size - place), place))
        part.replace(kept)
    except OSError:
        part.unlink(missing_ok=True)


def _run(postgres: str, data_dir: str, user_id: int, group_id: int) -> int:
    command = [postgres, "-D", data_dir]
    if os.geteuid() != 0:
        return subprocess.call(command, cwd="/", umask=0o077)
    return subprocess.call(
        command, cwd="/", umask=0o077, user=user_id, group=group_id, extra_groups=[]
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
