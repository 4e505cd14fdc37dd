"""Errors of risk models that a user can act on."""


class ModelError(Exception):
    """A one-line error: what is wrong, where, and what to do. Never contains data of rows."""
