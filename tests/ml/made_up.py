"""Training rows drawn from a rule that is known."""

import numpy as np

from ml.training_set import TrainingSet


def drawn(rows: int = 600, strength: float = 2.0, seed: int = 1) -> TrainingSet:
    """Risk rises with `pull` and falls with `push`; `idle` has no part; a tenth of pull is missing.

    At strength 0 there is no signal.
    """
    draw = np.random.default_rng(seed)
    values = draw.normal(size=(rows, 3))
    chances = 1 / (1 + np.exp(-strength * (values[:, 0] - values[:, 1])))
    labels = draw.random(rows) < chances
    values[draw.random(rows) < 0.1, 0] = np.nan
    return TrainingSet(("pull", "push", "idle"), values, labels, np.full(rows, "all"))


def by_day(rows_per_day: int = 300, days: int = 3, strength: float = 2.0) -> TrainingSet:
    """The same as of several days, thirty apart, each with its own label thirty days later."""
    data = drawn(rows_per_day * days, strength)
    first = np.datetime64("2024-01-01")
    at = np.repeat(first + 30 * np.arange(days).astype("timedelta64[D]"), rows_per_day)
    return TrainingSet(
        data.features, data.values, data.labels, data.segments, days=at, horizon_days=30
    )
