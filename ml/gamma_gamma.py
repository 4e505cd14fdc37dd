"""What a customer spends on a day of purchases: the Gamma-Gamma model of Fader and Hardie (2013).

A customer's purchases are gamma-distributed with shape p around a scale of their own, which is
inverse-gamma over customers with shape q and scale gamma. How much somebody spends does not depend
on how often they buy.
"""

import numpy as np

from ml.calibration import Floats
from ml.fitted import Fitted, maximise

NAMES = ("p", "q", "gamma")
_STARTS = ((1.0, 2.0, 1.0), (5.0, 4.0, 0.5), (0.5, 1.5, 3.0))


def fit(purchases: Floats, means: Floats) -> Fitted:
    """p, q and gamma (in the currency) of customers (n,) with purchases and their mean amount.

    Both must be positive. Raises ModelError if the likelihood has no maximum.
    """
    from scipy.special import gammaln, psi

    rows, weights = np.unique(np.column_stack((purchases, means)), axis=0, return_counts=True)
    x = rows[:, 0]
    # Amounts in units of their mean, so that gamma is of the order of the others.
    unit = float(np.average(rows[:, 1], weights=weights))
    z = rows[:, 1] / unit
    counts = weights.astype(np.float64)

    def objective(logs: Floats) -> tuple[float, Floats]:
        p, q, gamma = np.exp(logs)
        total = gamma + x * z
        likelihood = (
            gammaln(p * x + q) - gammaln(p * x) - gammaln(q)
            + q * np.log(gamma) + (p * x - 1) * np.log(z) + p * x * np.log(x)
            - (p * x + q) * np.log(total)
        )  # fmt: skip
        by_p = x * (psi(p * x + q) - psi(p * x) + np.log(z) + np.log(x) - np.log(total))
        by_q = psi(p * x + q) - psi(q) + np.log(gamma) - np.log(total)
        by_gamma = q / gamma - (p * x + q) / total
        gradient = np.array([counts @ by for by in (by_p, by_q, by_gamma)])
        return -float(counts @ likelihood), -gradient * np.exp(logs)

    found = maximise(NAMES, objective, _STARTS)
    return found.in_units("gamma", unit)


def expected_amount(parameters: Floats, purchases: Floats, means: Floats) -> Floats:
    """(n,): the mean amount of a customer's purchases to come. Without a purchase (0, any mean)
    that of all customers; infinite if q is at most 1 and nothing is known.
    """
    p, q, gamma = parameters
    shape = p * purchases + q - 1
    known = np.where(purchases > 0, purchases * means, 0.0)
    expected: Floats = np.where(shape > 0, p * (gamma + known) / np.maximum(shape, 1e-12), np.inf)
    return expected
