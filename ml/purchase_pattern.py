"""What the BG/NBD model alone makes of when a customer bought: a feature that models calculate.

Its parameters are fitted on the training rows, without their labels.
"""

import numpy as np

from ml import bg_nbd
from ml.bg_nbd import Histories
from ml.calibration import Floats
from ml.model_errors import ModelError
from ml.wording import Words

NAME = "purchase_pattern"
LABEL = "silence against when and how often the customer bought"
# What it is calculated from: a feature, and two columns that grow with the calendar and are none.
RECENCY = "recency_days"
HISTORY = ("purchase_days", "tenure_days")
WORDS = Words(
    "recent",
    "recent",
    "raises",
    "the pattern of purchases suggests another one soon",
    "silent for longer than fits the pattern of purchases",
    "no purchase so far",
)


def fit(recency: Floats, history: Floats) -> Floats | None:
    """The four parameters for rows (n,) of RECENCY and (n, 2) of HISTORY; None if they cannot be
    told.
    """
    if np.isnan(recency).any() or np.isnan(history).any():
        return None
    try:
        return bg_nbd.fit(_histories(recency, history)).values
    except ModelError:
        return None


def log_odds(parameters: Floats | None, recency: Floats, history: Floats, days: int) -> Floats:
    """(n,): of buying nothing in the next `days`; nan without parameters."""
    if parameters is None:
        return np.full(len(history), np.nan)
    r, alpha = parameters[:2]
    known = _histories(recency, history)
    waits = (r + known.repeats) * np.log1p(days / (alpha + known.age))
    buys = bg_nbd.probability_alive(parameters, known) * -np.expm1(-waits)
    buys = np.clip(buys, 1e-9, 1 - 1e-9)
    odds: Floats = np.log1p(-buys) - np.log(buys)
    return odds


def _histories(recency: Floats, history: Floats) -> Histories:
    purchase_days, tenure = history.T
    return Histories(purchase_days - 1, tenure - recency, tenure)
