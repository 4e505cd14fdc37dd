"""Platt scaling: adjusts log-odds so that probabilities match observed rates."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
LOWEST, HIGHEST = 0.001, 0.999
_STEPS = 100


@dataclass(frozen=True)
class Calibration:
    """probability = 1 / (1 + exp(-(slope * logit + intercept))), clipped."""

    slope: float = 1.0
    intercept: float = 0.0

    def probabilities(self, logits: Floats) -> Floats:
        """Probabilities of log-odds, within [0.001, 0.999]: nothing is certain."""
        bent = np.clip(self.slope * logits + self.intercept, -30, 30)
        return np.clip(1 / (1 + np.exp(-bent)), LOWEST, HIGHEST)


def fit(logits: Floats, labels: npt.NDArray[np.bool_]) -> Calibration:
    """The calibration with the highest likelihood, by Newton steps.

    `logits` (n,) are of rows the model was not fitted on. Targets are Platt's (n1 + 1) / (n1 + 2)
    and 1 / (n0 + 2), so that perfect separation stays finite; a negative slope (of an inverted
    model) becomes 0. Source: Platt 1999; Lin, Lin and Weng 2007.
    """
    positive = int(labels.sum())
    negative = len(labels) - positive
    targets = np.where(labels, (positive + 1) / (positive + 2), 1 / (negative + 2))
    spread = float(np.std(logits))
    if spread == 0:
        return _constant(float(targets.mean()))
    centre = float(np.mean(logits))
    design = np.column_stack(((logits - centre) / spread, np.ones(len(logits))))
    weights = np.array([0.0, float(np.log((positive + 1) / (negative + 1)))])
    loss = _loss(design @ weights, targets)
    for _ in range(_STEPS):
        expected = 1 / (1 + np.exp(-np.clip(design @ weights, -30, 30)))
        gradient = design.T @ (expected - targets)
        curvature = expected * (1 - expected)
        hessian = design.T @ (design * curvature[:, None]) + 1e-9 * np.eye(2)
        step = np.linalg.solve(hessian, gradient)
        size = 1.0
        while size > 1e-6 and _loss(design @ (weights - size * step), targets) > loss:
            size /= 2
        weights = weights - size * step
        reached = _loss(design @ weights, targets)
        if loss - reached < 1e-10 * max(loss, 1.0):
            break
        loss = reached
    if weights[0] <= 0:
        return _constant(float(targets.mean()))
    slope = float(weights[0] / spread)
    return Calibration(slope, float(weights[1] - slope * centre))


def at_rate_of(bent: Calibration, logits: Floats, labels: npt.NDArray[np.bool_]) -> Calibration:
    """The same slope, moved so that the mean probability of these rows (n,) is their rate.

    The rate counts as if half a row more had been seen of each kind.
    """
    rate = (int(labels.sum()) + 0.5) / (len(labels) + 1)
    low, high = -30.0, 30.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        mean = (1 / (1 + np.exp(-np.clip(bent.slope * logits + middle, -30, 30)))).mean()
        low, high = (middle, high) if mean < rate else (low, middle)
    return Calibration(bent.slope, (low + high) / 2)


def _constant(rate: float) -> Calibration:
    return Calibration(0.0, float(np.log(rate / (1 - rate))))


def _loss(logits: Floats, targets: Floats) -> float:
    return float(np.sum(np.logaddexp(0, logits) - targets * logits))
