"""One more day after a panel's last, with corrections of earlier baskets: a daily delivery."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow.csv as pa_csv

from sample.answers import Totals
from sample.csv_columns import CsvFile
from sample.grocery.baskets import Shelf, fill, plan_trips, tastes
from sample.grocery.calendar import is_closed
from sample.grocery.panel import Panel
from sample.grocery.simulation import join_parts
from sample.grocery.transactions import AMOUNTS, COLUMNS, Rows, join_rows, rows_of, write_rows
from sample.source_report import SampleError
from sample.streams import fixed_uniform, stream

Ints = npt.NDArray[np.int64]

_STREAM = 108
_BLOCK_BYTES = 4 << 20


@dataclass(frozen=True)
class NewDay:
    """A daily delivery and what it does to the sums of the history.

    rows: lines in the file: new_lines of the new day, and resent_lines of earlier baskets that are
    sent again whole because one of their lines was corrected. change: what must be added to the
    sums over the history's lines once this file is also loaded.
    """

    path: Path
    day: int
    rows: int
    new_lines: int
    corrected_baskets: int
    resent_lines: int
    change: Totals


def write_new_day(
    panel: Panel, history: Path, out: Path, *, share: float = 0.001, corrected: float = 0.01
) -> NewDay:
    """Write the day after the panel's last one to the folder `out`, which is created.

    history: folder with the panel's transaction_data files; read once, block by block.
    share: lines of the file as a share of the history's lines. corrected: share of the file's
    lines that correct a line of an earlier basket; the basket is sent again whole.
    Raises SampleError if the folder holds no transactions or is too small for such a share.
    """
    files = sorted(history.glob("transaction_data*.csv"))
    lines = sum(_count_rows(path) for path in files)
    wanted = round(lines * share)
    baskets = max(1, round(wanted * corrected)) if corrected else 0
    if wanted < 10:
        raise SampleError(f"{history} holds {lines:,} transaction lines: too few for a new day.")
    day = panel.shape.days + 1
    while is_closed(day):
        day += 1

    before = _some_baskets(files, baskets, panel.seed) if baskets else None
    parts = []
    change = Totals()
    if before is not None:
        after = _correct(before, panel.seed)
        parts.append(after)
        change.add(after.totals())
        change.subtract(before.totals())
    resent = len(parts[0]) if parts else 0
    new = _new_lines(panel, day, wanted - resent)
    parts.insert(0, new)
    change.add(new.totals())

    out.mkdir(parents=True, exist_ok=True)
    path = out / f"transaction_data_day_{day:04d}-{day:04d}.csv"
    with CsvFile(path, COLUMNS) as file:
        write_rows(file, join_rows(parts))
    return NewDay(path, day, file.rows, len(new), baskets, resent, change)


def _count_rows(path: Path) -> int:
    with path.open("rb") as file:
        breaks = sum(block.count(b"\n") for block in iter(lambda: file.read(_BLOCK_BYTES), b""))
    return breaks - 1


def _blocks(files: list[Path]) -> Iterator[Rows]:
    for path in files:
        for batch in pa_csv.open_csv(
            path, pa_csv.ReadOptions(use_threads=False, block_size=_BLOCK_BYTES)
        ):
            columns = {}
            for name in COLUMNS:
                values = batch.column(name).to_numpy(zero_copy_only=False)
                values = np.round(values * 100) if name in AMOUNTS else values
                columns[name] = values.astype(np.int64)
            yield Rows(columns)


def _some_baskets(files: list[Path], count: int, seed: int) -> Rows:
    """Return the lines of this many baskets, spread evenly over the history.

    The baskets with the smallest hashes are chosen. The limit only ever falls, so a basket that is
    chosen in the end has kept its lines from every block.
    """
    kept: Rows | None = None
    for block in _blocks(files):
        rows = block if kept is None else join_rows([kept, block])
        hashes = fixed_uniform(seed, _STREAM, rows.columns["basket_id"])
        different = np.unique(hashes)
        kept = rows.take(hashes <= different[min(count, len(different)) - 1])
    assert kept is not None
    order = np.lexsort((kept.columns["product_id"], kept.columns["basket_id"]))
    return kept.take(order)


def _correct(rows: Rows, seed: int) -> Rows:
    """Return the baskets with one corrected line each: one more piece at the same price."""
    columns = {name: values.copy() for name, values in rows.columns.items()}
    basket, first = np.unique(columns["basket_id"], return_index=True)
    size = np.diff(np.append(first, len(rows)))
    line = first + (fixed_uniform(seed, _STREAM + 1, basket) * size).astype(np.int64)
    quantity = columns["quantity"][line]
    net = columns["sales_value"][line]
    each = np.where(quantity > 0, net // np.maximum(quantity, 1), 100)
    columns["quantity"][line] += 1
    columns["sales_value"][line] += np.maximum(each, 1)
    return Rows(columns)


def _new_lines(panel: Panel, day: int, wanted: int) -> Rows:
    """Return whole baskets of the day, as many as fit into this number of lines."""
    rng = stream(panel.seed, _STREAM, day)
    who = panel.households
    stays = np.flatnonzero((who.lapse_day > day) & ~who.is_one_day)
    weight = 1.0 / who.gap_days[stays]
    visits = 10 + wanted // 5
    coming = rng.choice(stays, visits, p=weight / weight.sum())
    trips = plan_trips(rng, panel, day, np.sort(coming))
    shelf = Shelf(panel.catalogue, stream(panel.seed, _STREAM, day, 1))
    lines = fill(rng, panel, day, trips, tastes(day), shelf)
    rows = rows_of(panel, join_parts(day, [(trips, lines)]))
    last = np.append(np.flatnonzero(np.diff(rows.columns["basket_id"])), len(rows) - 1)
    fits = last[last < wanted]
    return rows.take(np.arange(fits[-1] + 1 if len(fits) else 0))
