"""causal_data: which product was displayed or mailed in which store and week."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sample.csv_columns import CsvFile
from sample.grocery.baskets import promotion_depth
from sample.grocery.calendar import week_of
from sample.grocery.panel import Panel
from sample.streams import stream

Ints = npt.NDArray[np.int64]

_STREAM = 107
_DISPLAYS = np.array(list("012345679A"))
_DISPLAY_SHARE = np.array([57, 1.2, 4.5, 4.1, 1.8, 9.5, 4.2, 2.7, 14.3, 0.7])
_MAILERS = np.array(list("0ACDFHJLPXZ"))
_MAILER_SHARE = np.array([33.6, 43.7, 0.8, 12.5, 2.8, 4.2, 1.0, 0.9, 0.01, 0.44, 0.05])
_TWICE_SHARE = 0.0004
_BATCH = 500_000


def write_promotions(path: Path, panel: Panel) -> int:
    """Write about `causal_rows` rows, week by week; return how many.

    The products reduced in a week are also promoted. A product may be promoted in a store in two
    ways in one week, so display and mailer belong to the grain. No row is an exact duplicate.
    """
    weeks = week_of(panel.shape.days)
    with CsvFile(path, ["product_id", "store_id", "week_no", "display", "mailer"]) as file:
        for week in range(1, weeks + 1):
            left = panel.shape.causal_rows // weeks
            part = 0
            # Batches share no products, so that none repeats a pair of an earlier one.
            parts = max(1, -(-left // _BATCH))
            for part in range(parts):
                _write_batch(file, panel, week, left // parts, part, parts)
        return file.rows


def _write_batch(
    file: CsvFile, panel: Panel, week: int, wanted: int, part: int, parts: int
) -> None:
    rng = stream(panel.seed, _STREAM, week, part)
    goods = panel.catalogue
    product = np.arange(part, goods.sellable, parts)
    product = product[promotion_depth(panel, product, week) > 0]
    if not len(product) or not wanted:
        return
    # Best sellers are promoted in more stores.
    rank = product - goods.first[goods.commodity[product]]
    weight = np.cumsum(1.0 / (rank + 10.0))
    drawn = int(wanted * 1.3) + 8
    chosen = product[np.searchsorted(weight, rng.random(drawn) * weight[-1])]
    store = rng.integers(0, panel.shape.stores, drawn)
    pairs = np.unique(chosen * panel.shape.stores + store)
    pairs = np.sort(rng.permutation(pairs)[:wanted])
    display = rng.choice(len(_DISPLAYS), len(pairs), p=_DISPLAY_SHARE / _DISPLAY_SHARE.sum())
    mailer = rng.choice(len(_MAILERS), len(pairs), p=_MAILER_SHARE / _MAILER_SHARE.sum())
    # Without display and mailer there is no promotion: it is then on the front page.
    mailer = np.where((display == 0) & (mailer == 0), 1, mailer)
    twice = np.flatnonzero(rng.random(len(pairs)) < _TWICE_SHARE)
    pairs = np.concatenate([pairs, pairs[twice]])
    display = np.concatenate([display, (display[twice] + 1) % len(_DISPLAYS)])
    mailer = np.concatenate([mailer, np.maximum(1, mailer[twice])])
    order = np.argsort(pairs, kind="stable")
    pairs = pairs[order]
    file.write(
        {
            "product_id": goods.product_id[pairs // panel.shape.stores],
            "store_id": panel.store_id[pairs % panel.shape.stores],
            "week_no": np.full(len(pairs), week),
            "display": pa.array(_DISPLAYS[display[order]].astype(object)),
            "mailer": pa.array(_MAILERS[mailer[order]].astype(object)),
        }
    )
