"""Sales and accounts of a shoe company with four branches, as exported by its ERP."""

from pathlib import Path

from sample.footwear.footwear_files import write_files
from sample.source_report import SourceReport, folders_of

__all__ = ["write_scaled"]

SALES_A_DAY_AT_SCALE_1 = 15
MOST_SALES_A_DAY = 150


def write_scaled(root: Path, scale: float, seed: int, defects: bool) -> SourceReport:
    """Write the footwear files of a sample: 15 months of `scale` × 15 sales a day, 4 to 150."""
    a_day = min(MOST_SALES_A_DAY, max(4, round(SALES_A_DAY_AT_SCALE_1 * scale)))
    return write_files(folders_of(root, "footwear"), a_day, seed, has_defects=defects)
