"""The tables of an online shop for electronic building blocks: orders, stock, people, risks."""

from pathlib import Path

from sample.electronics.electronics_files import write_files
from sample.source_report import SourceReport, folders_of

__all__ = ["write_scaled"]

CUSTOMERS_AT_SCALE_1 = 600
OBSERVATIONS_AT_SCALE_1 = 1000


def write_scaled(root: Path, scale: float, seed: int, defects: bool) -> SourceReport:
    """Write the electronics files of a sample.

    They hold `scale` × 600 customers, 60 to 60,000, with about three orders each over 18 months,
    and `scale` × 1,000 labelled observations, 400 to 20,000.
    """
    customers = min(60_000, max(60, round(CUSTOMERS_AT_SCALE_1 * scale)))
    observations = min(20_000, max(400, round(OBSERVATIONS_AT_SCALE_1 * scale)))
    return write_files(
        folders_of(root, "electronics"), customers, observations, seed, has_defects=defects
    )
