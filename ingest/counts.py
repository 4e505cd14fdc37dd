"""Counts in sentences."""


def counted(number: int, one: str, many: str | None = None) -> str:
    """A number with its noun, and its verb if given: `1 row`, `1,200 rows`.

    Example: counted(count, "line is left out", "lines are left out")
    """
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"
