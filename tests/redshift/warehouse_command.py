"""The `warehouse` command, in a process of its own."""

import subprocess
import sys


def warehouse(environment: dict[str, str], *arguments: str) -> tuple[int, str, str]:
    """The command's exit code, and what it printed to stdout and stderr."""
    command = [sys.executable, "-m", "warehouse.cli", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout, done.stderr
