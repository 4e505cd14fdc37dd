"""The exact contribution of each feature to the log-odds, for both kinds of model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ml.calibration import Floats

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

CLASSIFIER = "classifier"


def log_odds(pipeline: Pipeline, values: Floats) -> Floats:
    """Uncalibrated log-odds (n,) of rows (n, features)."""
    logits: Floats = pipeline.decision_function(values)
    return logits


@dataclass(frozen=True)
class _Steps:
    """A feature's part as a step function: part i applies up to edge i, the last one if missing."""

    edges: Floats
    parts: Floats

    def look_up(self, values: Floats) -> Floats:
        """The parts (n,) of a feature's values (n,)."""
        found = np.searchsorted(self.edges, values, side="left")
        found[np.isnan(values)] = len(self.parts) - 1
        return self.parts[found]


class Additive:
    """A fitted pipeline as a sum: log-odds = log-odds of the reference + one part per feature.

    This is exact for logistic regression, and for boosting if each tree uses one feature. Parts
    are relative to `reference` (p,), the medians of the training rows.
    """

    def __init__(self, pipeline: Pipeline, reference: Floats):
        self._pipeline = pipeline
        self._reference = reference
        self.base = float(log_odds(pipeline, reference[None, :])[0])
        classifier = pipeline[CLASSIFIER]
        self._steps: list[_Steps] | None = None
        if hasattr(classifier, "coef_"):
            self._weights = np.asarray(classifier.coef_[0], dtype=np.float64)
            self._origin = pipeline[:-1].transform(reference[None, :])[0]
        else:
            self._steps = self._trace()

    def parts(self, values: Floats) -> Floats:
        """(n, p) parts of the log-odds of rows (n, p)."""
        if self._steps is None:
            moved: Floats = (self._pipeline[:-1].transform(values) - self._origin) * self._weights
            return moved
        columns = [step.look_up(values[:, i]) for i, step in enumerate(self._steps)]
        return np.column_stack(columns)

    def _trace(self) -> list[_Steps]:
        """Evaluate the pipeline on the reference with one feature moved to each of its steps."""
        edges = [_thresholds(self._pipeline, i) for i in range(len(self._reference))]
        probes = []
        for feature, own in enumerate(edges):
            moved = np.tile(self._reference, (len(own) + 2, 1))
            moved[:, feature] = [*own, own[-1] + 1 if len(own) else 0.0, np.nan]
            probes.append(moved)
        changes = log_odds(self._pipeline, np.concatenate(probes)) - self.base
        ends = np.cumsum([len(moved) for moved in probes])
        return [_Steps(o, p) for o, p in zip(edges, np.split(changes, ends[:-1]), strict=True)]


def _thresholds(pipeline: Pipeline, feature: int) -> Floats:
    """Where the trees split the feature, ascending; values up to a threshold go left."""
    found: set[float] = set()
    for trees in pipeline[CLASSIFIER]._predictors:
        for tree in trees:
            nodes: npt.NDArray[np.void] = tree.nodes
            splits = nodes[(nodes["is_leaf"] == 0) & (nodes["feature_idx"] == feature)]
            found.update(float(value) for value in splits["num_threshold"] if np.isfinite(value))
    return np.array(sorted(found))
