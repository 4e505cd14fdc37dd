"""How the command is typed here, for next steps that can be copied."""

import shutil


def command() -> str:
    """`warehouse` where it is on the path, and else where the installation puts it."""
    return "warehouse" if shutil.which("warehouse") else ".venv/bin/warehouse"
