"""A grocery panel, in the files of dunnhumby's "The Complete Journey".

2,500 households over 711 days give the full shape: 2.6 million lines in 276 thousand baskets.
"""

from pathlib import Path

from sample.grocery.grocery_files import write_panel
from sample.grocery.next_day import NewDay, write_new_day
from sample.grocery.panel import build_panel
from sample.grocery.shape import FULL_DAYS, HOUSEHOLDS_AT_SCALE_1, shape_of
from sample.source_report import Folders, SourceReport, folders_of
from sample.streams import SEED

__all__ = ["NewDay", "new_day", "write", "write_scaled"]


def write(
    out: Path,
    *,
    households: int = HOUSEHOLDS_AT_SCALE_1,
    days: int = FULL_DAYS,
    seed: int = SEED,
    products: int | None = None,
    stores: int | None = None,
    causal_rows: int | None = None,
    days_per_file: int | None = None,
    truth: Path | None = None,
) -> SourceReport:
    """Write a panel without faults to the folder `out`, which is created.

    households, days, products, stores, causal_rows: sizes; None means derived from the households.
    days_per_file: transactions and redemptions are split into files of this many days
    (`transaction_data_day_0001-0007.csv`) instead of one. truth: folder for facts that no file
    contains; not written if None.
    Returns the files and their expected results, with file names relative to `out`.
    Raises ValueError for sizes that no panel can have, OSError if a file cannot be written.
    """
    shape = shape_of(households, days, products, stores, causal_rows)
    folders = Folders(root=out, files=out, late=out, truth=truth or out)
    return write_panel(
        build_panel(shape, seed), folders, days_per_file=days_per_file, has_truth=truth is not None
    )


def write_scaled(root: Path, scale: float, seed: int, defects: bool) -> SourceReport:
    """Write the panel of a sample: `scale` × 250 households, so 10 is the full shape.

    Raises SampleError if it is too small for the faults that `defects` asks for.
    """
    shape = shape_of(max(1, round(HOUSEHOLDS_AT_SCALE_1 * scale)))
    panel = build_panel(shape, seed)
    return write_panel(panel, folders_of(root, "grocery"), has_defects=defects)


def new_day(
    history: Path,
    out: Path,
    *,
    households: int = HOUSEHOLDS_AT_SCALE_1,
    days: int = FULL_DAYS,
    seed: int = SEED,
    products: int | None = None,
    stores: int | None = None,
    share: float = 0.001,
    corrected: float = 0.01,
) -> NewDay:
    """Write one more day after a panel that `write` wrote with the same sizes and seed.

    history: folder with the panel's transaction_data files. out: folder for the new file, created.
    share: lines of the file as a share of the history's lines. corrected: share of the file's
    lines that correct a line of an earlier basket, which is then sent again whole.
    Raises SampleError if the history is missing or too small.
    """
    panel = build_panel(shape_of(households, days, products, stores), seed)
    return write_new_day(panel, history, out, share=share, corrected=corrected)
