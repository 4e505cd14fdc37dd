"""The name of the command, for next steps that can be copied."""

import shutil


def command() -> str:
    """`warehouse` if it is on the path, otherwise the path where the installation puts it."""
    return "warehouse" if shutil.which("warehouse") else ".venv/bin/warehouse"
