"""Errors that a user can act on."""


class WarehouseError(Exception):
    """What is wrong, where, and what to do, in one line. Never carries row content."""
