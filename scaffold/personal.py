"""Which columns look personal. Better one too many: what is dropped can be let in later."""

from ingest.personal.personal_cells import personal_cells
from ingest.personal.personal_headers import is_code, personal_header
from ingest.personal.personal_values import personal_value


def looks_personal(header: str, cells: list[str], is_about_people: bool = False) -> str | None:
    """What personal thing a column seems to hold, by its cells or else by its header, or None.

    `header` is as the file has it, or in snake case; `is_about_people` says that its table has one
    row per person, where a bare `name` is a person's.
    """
    return personal_cells(header, cells) or personal_header(header, is_about_people)


def holds_something_personal(header: str, cells: list[str]) -> str | None:
    """What personal thing any cell is, as in a column of remarks, or None. The loader would reject
    such a row, unless the column is personal."""
    code = is_code(header)
    return next(filter(None, (personal_value(cell, code) for cell in dict.fromkeys(cells))), None)
