"""Customers who buy as the models of lifetime value assume, with parameters that are known."""

import numpy as np

from ml.bg_nbd import Histories
from ml.lifetime import Customers, Later

# Published for the 2,357 customers of CDNOW, in weeks (Fader, Hardie and Lee 2005).
CDNOW = (0.243, 4.414, 0.793, 2.426)
# And for what they spent (Fader and Hardie 2013).
SPENDING = (6.25, 3.74, 15.44)


def histories(customers: int, seed: int, age: tuple[float, float] = (27.0, 38.86)) -> Histories:
    """CDNOW's customers over again: known for 27 to 39 weeks."""
    known = np.random.default_rng(1000 + seed).uniform(*age, customers)
    return shop(known, seed, CDNOW)[0].histories


def shop(
    ages: np.ndarray,
    seed: int,
    buying: tuple[float, ...],
    ahead: int = 0,
    spending: tuple[float, ...] = SPENDING,
) -> tuple[Customers, Customers, Later]:
    """Customers as of the end, as of `ahead` earlier, and what they did in between.

    `ages` (n,) say how long each had been known when the days to come began.
    """
    draw = np.random.default_rng(seed)
    r, alpha, a, b = buying
    p, q, gamma = spending
    n = len(ages)
    rate, leaves = draw.gamma(r, 1 / alpha, n), draw.beta(a, b, n)
    scale = draw.gamma(q, 1 / gamma, n)
    time, is_alive = np.zeros(n), np.ones(n, bool)
    # Repeat purchases, time of the last, amount: before, and in all.
    early, whole = np.zeros((3, n)), np.zeros((3, n))
    while is_alive.any():
        time = time + np.where(is_alive, draw.exponential(1 / np.maximum(rate, 1e-300)), np.inf)
        buys = is_alive & (time <= ages + ahead)
        amounts = draw.gamma(p, 1 / scale)
        for part, here in ((early, buys & (time <= ages)), (whole, buys)):
            part[0, here] += 1
            part[1, here] = time[here]
            part[2, here] += amounts[here]
        is_alive = buys & (draw.random(n) >= leaves)
    return (
        _customers(whole, ages + ahead),
        _customers(early, ages),
        Later(ahead, whole[0] - early[0], whole[2] - early[2]),
    )


def _customers(found: np.ndarray, ages: np.ndarray) -> Customers:
    purchases, last, amounts = found
    means = np.divide(amounts, purchases, out=np.zeros(len(ages)), where=purchases > 0)
    return Customers(Histories(purchases, last, ages), means)
