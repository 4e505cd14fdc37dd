"""How much each candidate counts in the average of their log-odds."""

from collections.abc import Mapping
from itertools import product

import numpy as np
import numpy.typing as npt

from ml import calibration
from ml.calibration import Floats
from ml.measures import losses

_PARTS = 4


def weights(logits: Mapping[str, Floats], labels: npt.NDArray[np.bool_]) -> dict[str, float]:
    """Weights by candidate, in quarters that add up to 1, those of 0 left out.

    `logits` (n,) are of rows that the candidates were not fitted on. Taken is the average with the
    lowest log loss once it is calibrated; of equal ones the more even one, since an average of
    several errs less on rows to come. A candidate with a missing value has no weight.
    """
    usable = [name for name, values in logits.items() if not np.isnan(values).any()]
    best: tuple[float, float, dict[str, float]] | None = None
    for parts in product(range(_PARTS + 1), repeat=len(usable)):
        if sum(parts) != _PARTS:
            continue
        tried = {name: part / _PARTS for name, part in zip(usable, parts, strict=True) if part}
        mixed = average(logits, tried)
        loss = losses(labels, calibration.fit(mixed, labels).probabilities(mixed)).mean()
        unevenness = sum(weight**2 for weight in tried.values())
        key = (round(float(loss), 4), unevenness)
        if best is None or key < best[:2]:
            best = (*key, tried)
    assert best is not None
    return best[2]


def average(logits: Mapping[str, Floats], given: Mapping[str, float]) -> Floats:
    """Log-odds (n,): the weighted sum of candidates'."""
    total: Floats = np.sum([weight * logits[name] for name, weight in given.items()], axis=0)
    return total
