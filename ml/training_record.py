"""A training as plain data: for the tables of schema ml, the archive and the model card."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ml.measures import calibration_table
from ml.model_records import Record
from ml.tasks import Feature

if TYPE_CHECKING:
    from ml.training import Training

# The modules and SQL models that a risk model depends on, besides its data.
_RECIPE = (
    "bg_nbd", "calibration", "candidates", "churn", "measures", "model", "purchase_pattern",
    "training", "training_set", "warranty", "weighting",
)  # fmt: skip
_DEFINITIONS = (
    "marts/customers/customer_features.sql",
    "aggregates/customers/churn_labels.sql",
    "aggregates/customers/churn_baseline.sql",
    "aggregates/customers/feature_dates.sql",
)
_MODELS = Path(__file__).parents[1] / "models"


@cache
def recipe() -> str:
    """Hash of how models are made: of the code, the definitions of features and labels, and the
    library. A changed recipe makes training due.
    """
    digest = hashlib.sha256(version("scikit-learn").encode())
    for name in _RECIPE:
        digest.update(Path(__file__).with_name(f"{name}.py").read_bytes())
    for name in _DEFINITIONS:
        digest.update((_MODELS / name).read_bytes())
    return digest.hexdigest()[:12]


def training_record(
    training: Training, features: Sequence[Feature], data_version: str | None = None
) -> Record:
    """The rows of model_runs (without times and status), model_metrics and feature_importance,
    and the points of the model card's plots under `plots`.
    """
    model = training.model
    personal = {feature.name for feature in features if feature.is_personal}
    parameters: dict[str, Any] = {
        "recipe": recipe(),
        "meaning": training.meaning,
        "seed": training.seed,
        "rows": training.rows + (training.held_out_rows or 0),
        "data_version": data_version,
    }
    if model:
        parameters |= {
            "features": list(model.features),
            "weights": model.weights,
            "threshold": model.threshold,
            "calibration": [model.calibration.slope, model.calibration.intercept],
        }
    return {
        "run": {
            "run_type": "training",
            "reason": training.reason,
            "algorithm": model.algorithm if model else None,
            "is_separable": training.is_separable,
            "horizon_days": model.horizon_days if model else None,
            "data_hash": training.data_hash,
            "row_count": training.rows,
            "positive_count": training.positives,
            "holdout_row_count": training.held_out_rows,
            "random_seed": training.seed,
            "parameters": json.dumps(parameters),
        },
        "model_metrics": [
            {
                "data_part": figure.data_part,
                "predictor": figure.predictor,
                "group_name": figure.group_name,
                "group_value": figure.group_value,
                "metric": figure.metric,
                "metric_value": figure.measure.value,
                "interval_low": figure.measure.low,
                "interval_high": figure.measure.high,
                "row_count": figure.measure.rows,
            }
            for figure in training.figures
        ],
        "feature_importance": [
            {
                "feature_name": item.feature,
                "importance": item.rise,
                "importance_deviation": item.deviation,
                "importance_rank": rank,
                "is_personal": item.feature in personal,
            }
            for rank, item in enumerate(training.importance, 1)
        ],
        "plots": _plots(training),
    }


def _plots(training: Training) -> dict[str, Any]:
    """Points of the plots, all for held-out rows: calibration, gain, scores."""
    if training.held_out is None:
        return {}
    labels, probabilities = training.held_out.labels, training.held_out.probabilities
    order = np.argsort(-probabilities, kind="stable")
    reached = np.concatenate(([0.0], np.cumsum(labels[order]) / max(int(labels.sum()), 1)))
    picks = np.linspace(0, len(labels), min(len(labels), 50) + 1).astype(int)
    edges = np.linspace(0, 1, 21)
    return {
        "calibration": calibration_table(labels, probabilities),
        "gain": [(float(i / len(labels)), float(reached[i])) for i in picks],
        "scores_with_risk": np.histogram(probabilities[labels], edges)[0].tolist(),
        "scores_without": np.histogram(probabilities[~labels], edges)[0].tolist(),
    }
