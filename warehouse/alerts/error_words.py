"""What an error says that leaves the house: no path of this machine, no text that quotes a row."""

import psycopg

from ingest.foreign_text import shown
from ingest.loader_errors import LockHeld, UsageError
from warehouse.known_errors import explain
from warehouse.settings import Settings

_LONGEST = 300


def concerns_others(error: Exception) -> bool:
    """Whether people must be told of an error that ended a command: not of a wrong call, which is
    told to who made it, and not that something else was running.
    """
    return not isinstance(error, UsageError | LockHeld)


def error_words(error: Exception, settings: Settings) -> str:
    """The error in one line: its own first line if it was written for people, else its kind."""
    if isinstance(error, OSError) and not isinstance(error, psycopg.Error):
        return f"The operating system refused: {error.strerror or type(error).__name__}."
    told = explain(error)
    if told is None:
        return f"It ended with {type(error).__name__}, which is a bug of the program."
    first_line = (told.strip().splitlines() or [type(error).__name__])[0]
    for path, name in ((settings.home, "the home"), (settings.project_dir, "the project")):
        first_line = first_line.replace(str(path), name)
    return shown(first_line, _LONGEST)
