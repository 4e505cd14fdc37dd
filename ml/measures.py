"""How good probabilities are: measures with bootstrap intervals, and paired comparison."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Booleans = npt.NDArray[np.bool_]
Clusters = npt.NDArray[np.intp]
RESAMPLES = 300
# With enough rows, a population stability index above this means a different population. For n and
# m rows of the same population, it is about chi squared, with one degree of freedom less than bins,
# times 1 / n + 1 / m. 18.3 is the 95th percentile for ten degrees of freedom.
DRIFTED = 0.25
_BY_CHANCE = 18.3
_BINS = 10
_SMALLEST_SHARE = 1e-4


@dataclass(frozen=True)
class Measure:
    """A figure, the ends of its 95 % interval if there is one, and its number of rows."""

    value: float
    low: float | None
    high: float | None
    rows: int


def losses(labels: Booleans, probabilities: Floats) -> Floats:
    """Log loss of each row, in nats."""
    return -np.log(np.where(labels, probabilities, 1 - probabilities))


def measure(
    labels: Booleans, probabilities: Floats, seed: int, clusters: Clusters | None = None
) -> dict[str, Measure]:
    """All measures of probabilities (n,) against labels (n,).

    auc, average_precision, log_loss, brier, calibration_error (expected, ten bins of equal count),
    top_decile_lift, accuracy (at one half), positive_rate, mean_probability. Rows with equal
    probabilities share their rank. Measures that are undefined with one class are left out.
    Intervals: 2.5th and 97.5th percentile over resampled clusters (n, numbered from 0; one per row
    if none are given); calibration_error has none.
    """
    order = np.argsort(probabilities, kind="stable")
    ordered, hits = probabilities[order], labels[order].astype(float)
    starts = np.flatnonzero(np.concatenate(([True], np.diff(ordered) > 0)))
    generator = np.random.default_rng(seed)
    rows = len(labels)
    of = order if clusters is None else clusters[order]
    count = int(of.max()) + 1
    whole = _figures(ordered, hits, starts, np.ones(rows))
    drawn: dict[str, list[float]] = {name: [] for name in whole}
    for _ in range(RESAMPLES):
        drawn_times = np.bincount(generator.integers(0, count, count), minlength=count)
        weights = drawn_times[of].astype(float)
        for name, value in _figures(ordered, hits, starts, weights).items():
            drawn.setdefault(name, []).append(value)
    # Resampling adds noise, which can only raise this one: its interval would be above the figure.
    drawn["calibration_error"] = []
    return {
        name: Measure(value, *_ends(np.array(drawn[name])), rows) for name, value in whole.items()
    }


def mean_gain(gains: Floats, clusters: Clusters | None = None) -> Measure:
    """Mean of paired differences in log loss (n,) with its 95 % interval (normal).

    The error is that of the sums over clusters (n, numbered from 0; one per row if none are given),
    so that copies of rows do not reduce it.
    """
    rows = len(gains)
    mean = float(gains.mean())
    sums = gains - mean if clusters is None else np.bincount(clusters, gains - mean)
    count = len(sums)
    error = math.sqrt(count / (count - 1) * float(sums @ sums)) / rows if count > 1 else math.inf
    margin = 1.96 * error
    return Measure(mean, mean - margin, mean + margin, rows)


def group_measures(labels: Booleans, probabilities: Floats, threshold: float) -> dict[str, Measure]:
    """Rates of one group of rows, without intervals.

    positive_rate, mean_probability, false_positive_rate (rows without the risk that are called
    risky) and false_negative_rate (rows with it that are called safe); the last two only if there
    are such rows.
    """
    says_yes = probabilities >= threshold
    found = {
        "positive_rate": Measure(float(labels.mean()), None, None, len(labels)),
        "mean_probability": Measure(float(probabilities.mean()), None, None, len(labels)),
    }
    safe, risky = ~labels, labels
    if safe.any():
        share = float(says_yes[safe].mean())
        found["false_positive_rate"] = Measure(share, None, None, int(safe.sum()))
    if risky.any():
        share = float((~says_yes)[risky].mean())
        found["false_negative_rate"] = Measure(share, None, None, int(risky.sum()))
    return found


def calibration_table(labels: Booleans, probabilities: Floats) -> list[tuple[float, float, int]]:
    """(mean probability, share of positives, rows) in ten bins of equal count."""
    order = np.argsort(probabilities, kind="stable")
    parts = np.array_split(order, min(_BINS, len(order)))
    return [
        (float(probabilities[part].mean()), float(labels[part].mean()), len(part)) for part in parts
    ]


def stability_index(before: Floats, now: Floats) -> float:
    """Population stability index of counts per bin: sum of (q - p) ln(q / p).

    Shares below 0.0001 count as 0.0001, so that an empty bin stays finite.
    """
    p = np.maximum(before / max(before.sum(), 1), _SMALLEST_SHARE)
    q = np.maximum(now / max(now.sum(), 1), _SMALLEST_SHARE)
    return max(0.0, float(np.sum((q - p) * np.log(q / p))))


def has_drifted(index: float, before: int, now: int) -> bool:
    """Whether a stability index, for these numbers of rows, shows a different population."""
    if not before or not now:
        return False
    return index > max(DRIFTED, _BY_CHANCE * (1 / before + 1 / now))


def _figures(
    ordered: Floats, hits: Floats, starts: npt.NDArray[np.intp], weights: Floats
) -> dict[str, float]:
    """The measures of rows in ascending order of probability, each counted `weights` times."""
    total = weights.sum()
    positives = weights * hits
    rate = positives.sum() / total
    loss = -np.log(np.where(hits > 0, ordered, 1 - ordered))
    found = {
        "log_loss": float(weights @ loss / total),
        "brier": float(weights @ (ordered - hits) ** 2 / total),
        "calibration_error": _calibration_error(ordered, starts, positives, weights),
        "accuracy": float(weights @ ((ordered >= 0.5) == (hits > 0)) / total),
        "positive_rate": float(rate),
        "mean_probability": float(weights @ ordered / total),
    }
    if 0 < rate < 1:
        tied_all = np.add.reduceat(weights, starts)
        tied_positive = np.add.reduceat(positives, starts)
        tied_negative = tied_all - tied_positive
        below = np.cumsum(tied_negative) - tied_negative
        pairs = tied_positive.sum() * tied_negative.sum()
        found["auc"] = float(tied_positive @ (below + tied_negative / 2) / pairs)
        above_positive = np.cumsum(tied_positive[::-1])[::-1]
        above_all = np.cumsum(tied_all[::-1])[::-1]
        precision = above_positive / np.maximum(above_all, 1e-12)
        found["average_precision"] = float(tied_positive @ precision / tied_positive.sum())
        tenth = total / _BINS
        taken = np.clip(tenth - (above_all - tied_all), 0, tied_all)
        in_top = float(taken @ (tied_positive / np.maximum(tied_all, 1e-12)))
        found["top_decile_lift"] = float(in_top / tenth / rate)
    return found


def _calibration_error(
    ordered: Floats, starts: npt.NDArray[np.intp], positives: Floats, weights: Floats
) -> float:
    """Tied rows are all in the bin of their middle."""
    total = weights.sum()
    tied = np.add.reduceat(weights, starts)
    middle = np.cumsum(tied) - tied / 2
    bins = np.minimum(middle * _BINS // total, _BINS - 1).astype(int)
    expected = np.bincount(bins, ordered[starts] * tied, _BINS)
    seen = np.bincount(bins, np.add.reduceat(positives, starts), _BINS)
    return float(np.abs(expected - seen).sum() / total)


def _ends(values: Floats) -> tuple[float | None, float | None]:
    if len(values) == 0:
        return None, None
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)
