"""What can go wrong for the user: messages of one line that say what, where and what to do."""

from __future__ import annotations


class LoaderError(Exception):
    """Base of all errors the loader raises on purpose; its text is meant for the user."""


class UsageError(LoaderError, ValueError):
    """The call itself is wrong: an unknown source or table, contradicting options."""


class DefinitionError(LoaderError):
    """A source YAML does not define its raw tables properly."""


class SchemaMismatch(LoaderError):
    """A live raw table differs from its definition; the message holds the statement to run."""


class LockHeld(LoaderError):
    """Another load or build holds the lock and the caller did not want to wait any longer."""


class DatabaseFailure(LoaderError):
    """The database cannot be reached or refused the work."""


class Refusal(LoaderError):
    """A file is refused whole; nothing of it was written."""


class AlreadyKnown(Exception):
    """The content of a file is in the warehouse already; `load_id` says as which load."""

    def __init__(self, load_id: int, message: str) -> None:
        super().__init__(message)
        self.load_id = load_id
        self.message = message
