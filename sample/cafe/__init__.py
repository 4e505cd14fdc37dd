"""Till exports of three cafés: one file per branch and day, as the real tills write them."""

from pathlib import Path

from sample.cafe.cafe_files import write_days
from sample.source_report import Folders, SourceReport, folders_of
from sample.streams import SEED

__all__ = ["write", "write_scaled"]

DAYS_AT_SCALE_1 = 28
MOST_DAYS = 364


def write(
    out: Path, *, days: int = DAYS_AT_SCALE_1, seed: int = SEED, truth: Path | None = None
) -> SourceReport:
    """Write the cafés' files for this many days to the folder `out`, which is created.

    truth: folder for facts that no file contains; not written if None.
    Returns the files and their expected results, with file names relative to `out`.
    Raises ValueError for less than one day, OSError if a file cannot be written.
    """
    if days < 1:
        raise ValueError("The cafés need at least one day.")
    folders = Folders(root=out, files=out, late=out, truth=truth or out)
    return write_days(folders, days, seed, has_truth=truth is not None)


def write_scaled(root: Path, scale: float, seed: int, defects: bool) -> SourceReport:
    """Write the cafés of a sample: `scale` × 28 days, at least a week and at most 52."""
    days = min(MOST_DAYS, max(7, round(DAYS_AT_SCALE_1 * scale)))
    return write_days(folders_of(root, "cafe"), days, seed, has_defects=defects)
