"""An online shop for members: hourly applications, members, items, transactions in two parts."""

from pathlib import Path

from sample.ecommerce.ecommerce_files import write_files
from sample.source_report import SourceReport, folders_of

__all__ = ["write_scaled"]

TRANSACTIONS_A_DAY_AT_SCALE_1 = 12
MOST_TRANSACTIONS_A_DAY = 120


def write_scaled(root: Path, scale: float, seed: int, defects: bool) -> SourceReport:
    """Write the ecommerce files of a sample.

    They hold 91 days of `scale` × 12 transactions per day (4 to 120), and 6 hours of applications,
    five times as many as transactions per day.
    """
    a_day = min(MOST_TRANSACTIONS_A_DAY, max(4, round(TRANSACTIONS_A_DAY_AT_SCALE_1 * scale)))
    return write_files(folders_of(root, "ecommerce"), a_day, seed, has_defects=defects)
