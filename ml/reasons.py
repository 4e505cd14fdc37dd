"""The strongest reasons for each score, in plain words."""

import numpy as np
import pyarrow as pa

from ml.calibration import Floats
from ml.model import Model
from ml.wording import LOWERS, RAISES, phrases

REASONS = 3
# Parts of the log-odds too small to be worth a word.
_LEAST = 0.02


def phrase_book(model: Model) -> pa.Array:
    """Every reason there can be: per feature low, high and missing, raising or lowering."""
    return pa.array(
        [
            f"{said} ({effect})"
            for label in model.labels
            for said in phrases(label)
            for effect in (RAISES, LOWERS)
        ]
    )


def strongest(model: Model, book: pa.Array, values: Floats, parts: Floats) -> list[pa.Array]:
    """The three strongest reasons of rows (n, p), strongest first; null where there are fewer.

    A reason's strength is how far its feature moves the log-odds from the median customer's.
    """
    rows = np.arange(len(values))
    strength = np.abs(parts)
    found = []
    for _ in range(REASONS):
        feature = strength.argmax(axis=1)
        value, part = values[rows, feature], parts[rows, feature]
        said = np.where(np.isnan(value), 2, value > model.reference[feature])
        codes = (feature * 6 + said * 2 + (part < 0)).astype(np.int32)
        weak = strength[rows, feature] < _LEAST
        found.append(book.take(pa.array(codes, mask=weak)))
        strength[rows, feature] = -1
    return found
