"""The command itself: its name for next steps that can be copied, and how a program starts it."""

import shutil
import sys
from pathlib import Path


def command() -> str:
    """`warehouse` if it is on the path, otherwise the path where the installation puts it."""
    return "warehouse" if shutil.which("warehouse") else ".venv/bin/warehouse"


def program() -> list[str]:
    """The beginning of a command line that runs this installation's `warehouse` from any folder."""
    script = Path(sys.executable).with_name("warehouse")
    return [str(script)] if script.is_file() else [sys.executable, "-P", "-m", "warehouse.cli"]
