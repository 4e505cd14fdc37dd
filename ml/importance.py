"""How much a model depends on each feature."""

from dataclasses import dataclass

import numpy as np

from ml.measures import losses
from ml.model import Model
from ml.training_set import TrainingSet

SHUFFLES = 10


@dataclass(frozen=True)
class Importance:
    """A feature, the mean increase in log loss when it is shuffled, and the standard deviation."""

    feature: str
    rise: float
    deviation: float


def permutation_importance(model: Model, rows: TrainingSet, seed: int) -> list[Importance]:
    """All features, the most important first; ties by name.

    Because the model is a sum of parts, shuffling a feature means shuffling its part.
    """
    generator = np.random.default_rng(seed)
    parts = model.parts(rows.values)
    usual = losses(rows.labels, model.probabilities(parts)).mean()
    found = []
    for index, name in enumerate(model.features):
        rises = []
        for _ in range(SHUFFLES):
            shuffled = parts.copy()
            shuffled[:, index] = generator.permutation(shuffled[:, index])
            rises.append(losses(rows.labels, model.probabilities(shuffled)).mean() - usual)
        found.append(Importance(name, float(np.mean(rises)), float(np.std(rises))))
    return sorted(found, key=lambda item: (-item.rise, item.feature))
