"""Errors for the user: one-line messages that say what is wrong, where, and what to do."""

from __future__ import annotations


class LoaderError(Exception):
    """Base of all errors the loader raises on purpose; the text is for the user.

    `may_pass`: nothing is wrong with the call or the file, and the same call may succeed later.
    """

    may_pass = False


class UsageError(LoaderError, ValueError):
    """The call itself is wrong: an unknown source or table, contradictory options."""


class DefinitionError(LoaderError):
    """A source YAML does not define its raw tables properly."""


class SchemaMismatch(LoaderError):
    """A live raw table differs from its definition; the message contains the statement to run."""


class LockHeld(LoaderError):
    """Another load or build holds the lock, and the caller's time limit has passed."""

    may_pass = True


class DatabaseFailure(LoaderError):
    """The database cannot be reached or refused the work."""

    def __init__(self, message: str, *, may_pass: bool = False) -> None:
        super().__init__(message)
        self.may_pass = may_pass


class Refusal(LoaderError):
    """A whole file is refused; nothing was written from it."""


class AlreadyKnown(Exception):
    """The content of a file is already in the warehouse, as load `load_id`."""

    def __init__(self, load_id: int, message: str) -> None:
        super().__init__(message)
        self.load_id = load_id
        self.message = message
