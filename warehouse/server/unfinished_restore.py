"""The mark in the home while a restore replaces the warehouse: until it is gone, nothing works on
it, because the database may be the new one and the token key still the old one.
"""

from contextlib import suppress
from pathlib import Path

from warehouse.errors import TryAgainLater
from warehouse.safe_files import write_private
from warehouse.settings import Settings


def mark(settings: Settings) -> None:
    """Says that from now on the warehouse may be half replaced."""
    write_private(_file(settings), "A restore is at work here, or did not end.\n")


def unmark(settings: Settings) -> None:
    """Says that the warehouse is whole."""
    with suppress(FileNotFoundError):
        _file(settings).unlink()


def is_marked(settings: Settings) -> bool:
    """Whether a restore is at its last steps, or was killed there."""
    return _file(settings).exists()


def require_whole(settings: Settings) -> None:
    """Raises TryAgainLater if a restore did not end."""
    if is_marked(settings):
        raise TryAgainLater(
            f"A restore into {settings.home} has not ended. If none is running, it was "
            "interrupted: run `warehouse restore` again, with the same file."
        )


def _file(settings: Settings) -> Path:
    return settings.home / "restoring"
