"""Which days are in which file."""

from dataclasses import dataclass
from math import ceil

from sample.grocery.shape import LINES_PER_HOUSEHOLD_DAY, Shape
from sample.source_report import SampleError

LINES_WITH_BAD_ROWS = 3_200
"""Lines of the file with bad rows: enough that these are well below one in a hundred."""


@dataclass(frozen=True)
class Part:
    """A run of days in a separate file. fault: what is wrong with it, or None."""

    first_day: int
    last_day: int
    name: str = ""
    fault: str | None = None


def clean_parts(shape: Shape, days_per_file: int | None) -> list[Part]:
    """Return the files of a panel without faults: one, or one for every few days."""
    if days_per_file is None:
        return [Part(1, shape.days)]
    firsts = range(1, shape.days + 1, days_per_file)
    lasts = [min(first + days_per_file - 1, shape.days) for first in firsts]
    return [Part(a, b, f"_day_{a:04d}-{b:04d}") for a, b in zip(firsts, lasts, strict=True)]


def faulty_parts(shape: Shape) -> list[Part]:
    """Return the main file and, after it, one file for each fault.

    Raises SampleError for a panel that is too small to have all faults.
    """
    per_day = shape.households * LINES_PER_HOUSEHOLD_DAY
    short, long = ceil(300 / per_day), ceil(LINES_WITH_BAD_ROWS / per_day)
    lengths = {
        "bad_rows": long,
        "renamed_column": short,
        "too_many_bad_rows": short,
        "scientific_ids": short,
        "duplicate_file": short,
    }
    first = shape.days - sum(lengths.values()) + 1
    if first < shape.days // 2:
        raise SampleError(
            f"A grocery panel of {shape.households} households and {shape.days} days is too small "
            "for all faults; use a scale of at least 0.1."
        )
    parts = [Part(1, first - 1)]
    for fault, days in lengths.items():
        parts.append(Part(first, first + days - 1, f"_{fault}", fault))
        first += days
    return parts
