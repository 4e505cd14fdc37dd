"""Problems with risk models that a user can act on."""


class ModelError(Exception):
    """A problem worth one line: what is wrong, where, and what to do. Never carries row content."""
