"""The names and goods that a sample is made of, stored as data beside the modules that use them."""

import csv
from importlib.resources import files


def words(package: str, name: str) -> tuple[str, ...]:
    """The lines of a list in the package's folder `words`, in order."""
    return tuple(_text(package, f"{name}.txt").splitlines())


def rows(package: str, name: str) -> list[dict[str, str]]:
    """The rows of a table in the package's folder `words`, by the columns of its header."""
    return list(csv.DictReader(_text(package, f"{name}.csv").splitlines()))


def parts(cell: str) -> tuple[str, ...]:
    """The words in a cell; none if it is empty."""
    return tuple(cell.split("|")) if cell else ()


def _text(package: str, name: str) -> str:
    return files(package).joinpath("words", name).read_text(encoding="utf-8")
