"""Keeps a PostgreSQL server alive: starts it again when something kills it.

Run as a program of its own, on the standard library alone:
    supervisor.py LOCK_FILE USER_ID GROUP_ID POSTGRES DATA_DIR
It ends when the server is shut down or cannot start. The lock file is held while it runs.
"""

import fcntl
import os
import subprocess
import sys
import time

PATIENCE_SECONDS = 30.0


def main(arguments: list[str]) -> int:
    """Runs the server until it ends by itself; returns its exit code."""
    lock_file, user_id, group_id, postgres, data_dir = arguments
    lock = os.open(lock_file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return 0
    killed_at: float | None = None
    while True:
        code = _run(postgres, data_dir, int(user_id), int(group_id))
        if code < 0:
            killed_at = time.monotonic()
        elif killed_at is None or time.monotonic() - killed_at > PATIENCE_SECONDS or code == 0:
            return code
        # The dead server's children hold its shared memory for a moment; a start fails meanwhile.
        time.sleep(0.3)


def _run(postgres: str, data_dir: str, user_id: int, group_id: int) -> int:
    command = [postgres, "-D", data_dir]
    if os.geteuid() != 0:
        return subprocess.call(command, cwd="/", umask=0o077)
    return subprocess.call(
        command, cwd="/", umask=0o077, user=user_id, group=group_id, extra_groups=[]
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
