"""A trained model with everything that scoring needs, as one artifact."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ml import artifact, purchase_pattern
from ml.additive import Additive
from ml.calibration import Calibration, Floats
from ml.model_errors import ModelError

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

FORMAT = 2
# Models of one pipeline, without weights and a purchase pattern.
_BEFORE = 1
# From this probability on, a customer is called risky; from MEDIUM_FROM on, worth a look.
THRESHOLD = 0.5
MEDIUM_FROM = 0.2
BINS = 10


@dataclass(frozen=True)
class Model:
    """Pipelines fitted once, their calibration, and statistics of their training rows.

    The log-odds are the sum of the `pipelines`' own, each times its weight, and of the purchase
    pattern's times `weights["purchase_pattern"]`. `pattern` are the parameters of that feature,
    which is then the last one and is not read but calculated. `labels` are the features in plain
    words. `minimum`, `maximum` and `reference` (medians) are (p,), nan for a feature that was
    always missing. `edges` are each feature's inner decile edges and `counts` (BINS + 1,) the rows
    per bin, with missing values last; `score_edges` and `score_counts` are the same for the scores.
    `trained_under` is the version of scikit-learn that the model was trained with, if it is not the
    one in use.
    """

    source_system: str
    risk_type: str
    algorithm: str
    features: tuple[str, ...]
    labels: tuple[str, ...]
    pipelines: dict[str, Pipeline]
    weights: dict[str, float]
    calibration: Calibration
    minimum: Floats
    maximum: Floats
    reference: Floats
    edges: Floats
    counts: Floats
    score_edges: Floats
    score_counts: Floats
    horizon_days: int | None = None
    pattern: Floats | None = None
    threshold: float = field(default=THRESHOLD)
    trained_under: str | None = field(default=None, compare=False)

    @property
    def columns(self) -> tuple[str, ...]:
        """What to read of a customer: the features, and what the pattern is calculated from."""
        if self.pattern is None:
            return self.features
        return (*self.features[:-1], *purchase_pattern.HISTORY)

    def complete(self, read: Floats) -> Floats:
        """The features (n, p) of rows of `columns`."""
        if self.pattern is None:
            return read
        assert self.horizon_days is not None
        known = len(self.features) - 1
        recency = read[:, self.features.index(purchase_pattern.RECENCY)]
        pattern = purchase_pattern.log_odds(
            self.pattern, recency, read[:, known:], self.horizon_days
        )
        return np.column_stack((read[:, :known], pattern))

    @cached_property
    def additives(self) -> list[tuple[float, Additive]]:
        """Each pipeline as a sum of parts, with its weight."""
        return [
            (self.weights[name], Additive(pipeline, self.reference))
            for name, pipeline in self.pipelines.items()
        ]

    @cached_property
    def base(self) -> float:
        """Log-odds, before calibration, of a customer with all features at the medians."""
        own = self.weights.get(purchase_pattern.NAME, 0.0)
        alone = own * float(self.reference[-1]) if own else 0.0
        return alone + sum(weight * additive.base for weight, additive in self.additives)

    def parts(self, values: Floats) -> Floats:
        """(n, p): what each feature adds to a row's calibrated log-odds, relative to the median."""
        parts = np.zeros(values.shape)
        for weight, additive in self.additives:
            parts += weight * additive.parts(values)
        own = self.weights.get(purchase_pattern.NAME, 0.0)
        if own:
            parts[:, -1] += own * (values[:, -1] - self.reference[-1])
        calibrated: Floats = self.calibration.slope * parts
        return calibrated

    def probabilities(self, parts: Floats) -> Floats:
        """Probabilities (n,) of rows with these parts."""
        base = self.calibration.slope * self.base + self.calibration.intercept
        return Calibration().probabilities(parts.sum(axis=1) + base)

    def outside(self, values: Floats) -> npt.NDArray[np.bool_]:
        """(n, p): which values are outside the training range. Missing values count as inside."""
        low, high = self.minimum[None, :], self.maximum[None, :]
        return (values < low) | (values > high)

    def tiers(self, probabilities: Floats) -> npt.NDArray[np.str_]:
        """low, medium or high: high means risky, medium is worth a look."""
        bounds = (probabilities >= self.threshold, probabilities >= MEDIUM_FROM)
        return np.select(bounds, ("high", "medium"), "low")

    def to_bytes(self) -> bytes:
        """The artifact: equal bytes for equal models."""
        content: dict[str, Any] = {"format": FORMAT, **self.__dict__}
        for calculated in ("additives", "base", "trained_under"):
            content.pop(calculated, None)
        content["features"] = list(self.features)
        content["labels"] = list(self.labels)
        content["calibration"] = [self.calibration.slope, self.calibration.intercept]
        return artifact.encode(content)

    @classmethod
    def from_bytes(cls, data: bytes) -> Model:
        """The model in an artifact. Raises ModelError if it cannot be read."""
        content, trained_under = artifact.decode(data)
        known = content.pop("format", None)
        if known not in (FORMAT, _BEFORE):
            raise ModelError("The model has another format; train it again.")
        try:
            if known == _BEFORE:
                content["pipelines"] = {content["algorithm"]: content.pop("pipeline")}
                content["weights"] = {content["algorithm"]: 1.0}
            content["features"] = tuple(content["features"])
            content["labels"] = tuple(content["labels"])
            content["calibration"] = Calibration(*content["calibration"])
            return cls(**content, trained_under=trained_under)
        except (KeyError, TypeError):
            raise ModelError(
                "The model cannot be read: its content is not that of a model. Train it again."
            ) from None


def content_hash(data: bytes) -> str:
    """SHA-256 of an artifact."""
    return hashlib.sha256(data).hexdigest()


def bin_edges(values: Floats) -> Floats:
    """Inner decile edges (BINS - 1,) of the known values; nan if there are none."""
    known = values[~np.isnan(values)]
    if not len(known):
        return np.full(BINS - 1, np.nan)
    return np.quantile(known, np.arange(1, BINS) / BINS)


def bin_counts(values: Floats, edges: Floats) -> Floats:
    """Rows per bin (BINS + 1,), the last for missing values. A value on an edge is below it."""
    known = values[~np.isnan(values)]
    counts = np.zeros(BINS + 1)
    if not np.isnan(edges).any():
        counts[:BINS] = np.bincount(np.searchsorted(edges, known), minlength=BINS)
    counts[BINS] = len(values) - len(known)
    return counts
