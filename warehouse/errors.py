"""Errors that a user can act on."""


class WarehouseError(Exception):
    """What is wrong, where, and what to do, in one line. Never carries row content."""


class TryAgainLater(WarehouseError):
    """What may pass by itself: a lock that is held, a connection that is lost, a full disk."""
