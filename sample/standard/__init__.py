"""Standard files of an outdoor shop with three stores, a web shop and a kiosk across the border."""

from pathlib import Path

from sample.source_report import SourceReport, folders_of
from sample.standard.standard_files import write_files

__all__ = ["write_scaled"]

ORDERS_A_DAY_AT_SCALE_1 = 25
MOST_ORDERS_A_DAY = 250


def write_scaled(root: Path, scale: float, seed: int, defects: bool) -> SourceReport:
    """Write the standard files of a sample: 91 days of `scale` × 25 orders, 5 to 250 per day."""
    a_day = min(MOST_ORDERS_A_DAY, max(5, round(ORDERS_A_DAY_AT_SCALE_1 * scale)))
    return write_files(folders_of(root, "standard"), a_day, seed, has_defects=defects)
