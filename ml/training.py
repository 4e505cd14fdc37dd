"""Trains the candidates, averages them, tests the average on held-out rows, and accepts or refuses
it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
from sklearn.pipeline import Pipeline
from threadpoolctl import threadpool_limits

from ml import calibration, measures, purchase_pattern
from ml.additive import log_odds
from ml.calibration import HIGHEST, LOWEST, Calibration, Floats
from ml.candidates import CANDIDATES
from ml.importance import Importance, permutation_importance
from ml.measures import Measure, losses
from ml.model import THRESHOLD, Model, bin_counts, bin_edges
from ml.training_set import FOLDS, Rows, TrainingSet
from ml.weighting import average, weights

FEWEST_ROWS = 100
FEWEST_OF_A_CLASS = 20


@dataclass(frozen=True)
class Figure:
    """A measure of a predictor on a part of the data, for all rows or for a group."""

    data_part: str
    predictor: str
    metric: str
    measure: Measure
    group_name: str = "all"
    group_value: str = "all"


@dataclass(frozen=True)
class HeldOut:
    """The held-out rows: labels (n,) and the model's probabilities (n,)."""

    labels: npt.NDArray[np.bool_]
    probabilities: Floats


@dataclass
class Training:
    """The result of a training: a model that may be promoted, or the reason why not."""

    seed: int
    data_hash: str
    meaning: str
    rows: int
    positives: int
    held_out_rows: int | None = None
    model: Model | None = None
    refusal: str | None = None
    notes: list[str] = field(default_factory=list)
    is_separable: bool = False
    figures: list[Figure] = field(default_factory=list)
    importance: list[Importance] = field(default_factory=list)
    held_out: HeldOut | None = None

    @property
    def reason(self) -> str | None:
        """Why it was refused, and other remarks."""
        return " ".join(filter(None, [self.refusal, *self.notes])) or None

    def measure(self, data_part: str, predictor: str, metric: str) -> Measure:
        """A measure for all rows of a part. Raises KeyError if there is none."""
        for figure in self.figures:
            key = (figure.data_part, figure.predictor, figure.metric, figure.group_name)
            if key == (data_part, predictor, metric, "all"):
                return figure.measure
        raise KeyError(f"{data_part} {predictor} {metric}")

    def figure(self, data_part: str, predictor: str, metric: str) -> float:
        """The value of a measure for all rows of a part. Raises KeyError if there is none."""
        return self.measure(data_part, predictor, metric).value


def train(
    data: TrainingSet,
    source_system: str,
    risk_type: str,
    seed: int,
    labels: Mapping[str, str] | None = None,
) -> Training:
    """Train and test. Insufficient data does not raise an error: the refusal gives the reason.

    `labels` are the features in plain words. One thread and fixed seeds: the same data gives the
    same model.
    """
    training = Training(
        seed, data.content_hash(), data.meaning(), len(data), int(data.labels.sum())
    )
    training.refusal = _all_constant(data) or _unfit(data)
    if training.refusal:
        return training
    train_rows, test_rows = data.hold_out(seed)
    past, held_out = data.take(train_rows), data.take(test_rows)
    training.rows, training.positives = len(past), int(past.labels.sum())
    training.held_out_rows = len(held_out)
    if data.days is not None and not len(past):
        training.refusal = "Too few training days: no day is a whole horizon before the last one."
    training.refusal = (
        training.refusal
        or _unfit(past, "training rows")
        or _unfit(held_out, "held-out rows", FEWEST_OF_A_CLASS)
        or _all_constant(past)
    )
    if training.refusal:
        return training
    varied = _varied(past.values)
    if not varied.all():
        left_out = [n for n, keep in zip(data.features, varied, strict=True) if not keep]
        training.notes.append(f"Left out because constant: {', '.join(left_out)}.")
        past, held_out = past.with_features(varied), held_out.with_features(varied)
    with threadpool_limits(1):
        _train(training, past, held_out, (source_system, risk_type), labels or {})
    return training


def _train(
    training: Training,
    past: TrainingSet,
    held_out: TrainingSet,
    named: tuple[str, str],
    labels: Mapping[str, str],
) -> None:
    pattern = _pattern(past)
    tested = _cross_validate(past, training.seed, has_pattern=pattern is not None)
    if tested is None:
        training.refusal = "Too few training days for cross-validation by time."
        return
    seen = tested.rows
    shares = weights(tested.logits, seen.labels)
    together = average(tested.logits, shares)
    model_expected = _calibrated_elsewhere(together, seen, training.seed)
    expected = {**tested.expected, "model": model_expected}
    _record_figures(training, "cross_validation", seen, expected)

    if pattern is not None:
        past, held_out = past.with_pattern(pattern), held_out.with_pattern(pattern)
    fitted = {
        name: make(training.seed).fit(past.values, past.labels) for name, make in CANDIDATES.items()
    }
    bent = _calibrated(together, seen)
    described, judged_rows = past, held_out
    if shares.keys() == {purchase_pattern.NAME}:
        # What has no part in the scores needs no watching for drift.
        kept = np.isin(past.features, (purchase_pattern.RECENCY, purchase_pattern.NAME))
        described, judged_rows = past.with_features(kept), held_out.with_features(kept)
    model = _describe(described, fitted, shares, pattern, bent, named, labels)
    alone = {name: log_odds(pipeline, held_out.values) for name, pipeline in fitted.items()}
    if pattern is not None:
        alone[purchase_pattern.NAME] = held_out.values[:, -1]
    judged = {
        "model": model.probabilities(model.parts(judged_rows.values)),
        "baseline": _clip(past.baseline(held_out)),
        "constant": _clip(np.full(len(held_out), past.labels.mean())),
        **{
            name: _calibrated(tested.logits[name], seen).probabilities(logits)
            for name, logits in alone.items()
            if not np.isnan(tested.logits[name]).any()
        },
    }
    _record_figures(training, "holdout", held_out, judged)
    training.model = model
    training.held_out = HeldOut(held_out.labels, judged["model"])
    training.importance = permutation_importance(model, judged_rows, training.seed)
    training.refusal = _verdict(training)
    training.is_separable = all(
        training.figure(part, "model", "auc") == 1.0 for part in ("cross_validation", "holdout")
    )
    if training.is_separable:
        training.notes.append(
            "The rows separate perfectly, which real risks do not: check whether a feature leaks "
            "the label."
        )


@dataclass(frozen=True)
class _Tested:
    """Rows tested in cross-validation, with each predictor's log-odds and probabilities."""

    rows: TrainingSet
    logits: dict[str, Floats]
    expected: dict[str, Floats]


def _cross_validate(past: TrainingSet, seed: int, has_pattern: bool) -> _Tested | None:
    """Test every candidate and both baselines on rows they were not fitted on."""
    candidates = (*CANDIDATES, purchase_pattern.NAME) if has_pattern else tuple(CANDIDATES)
    parts: dict[str, list[Floats]] = {name: [] for name in (*candidates, "baseline", "constant")}
    tested: list[Rows] = []
    for fit_rows, test_rows in past.folds(seed):
        fitted, test = past.take(fit_rows), past.take(test_rows)
        if fitted.labels.all() or not fitted.labels.any():
            continue
        tested.append(test_rows)
        if has_pattern:
            pattern = fitted.purchase_pattern()
            fitted, test = fitted.with_pattern(pattern), test.with_pattern(pattern)
            parts[purchase_pattern.NAME].append(test.values[:, -1])
        # What is constant, or always missing, in a part of the rows stops boosting.
        varied = _varied(fitted.values)
        fitted, test = fitted.with_features(varied), test.with_features(varied)
        for name, make in CANDIDATES.items():
            pipeline = make(seed).fit(fitted.values, fitted.labels)
            parts[name].append(log_odds(pipeline, test.values))
        parts["baseline"].append(fitted.baseline(test))
        parts["constant"].append(np.full(len(test), fitted.labels.mean()))
    if not tested:
        return None
    rows = past.take(np.concatenate(tested))
    if rows.labels.all() or not rows.labels.any():
        return None
    found = {name: np.concatenate(values) for name, values in parts.items()}
    expected = {name: _clip(found[name]) for name in ("baseline", "constant")}
    for name in candidates:
        if not np.isnan(found[name]).any():
            expected[name] = _calibrated_elsewhere(found[name], rows, seed)
    return _Tested(rows, {name: found[name] for name in candidates}, expected)


def _pattern(past: TrainingSet) -> Floats | None:
    """Parameters of the purchase pattern, if it tells rows apart."""
    found = past.purchase_pattern()
    if found is None or not _varied(past.with_pattern(found).values)[-1]:
        return None
    return found


def _calibrated(logits: Floats, rows: TrainingSet) -> Calibration:
    """Platt's slope of all rows, at the rate of the newest day: rates move with the seasons."""
    bent = calibration.fit(logits, rows.labels)
    if rows.days is None:
        return bent
    newest = rows.days == rows.days.max()
    return calibration.at_rate_of(bent, logits[newest], rows.labels[newest])


def _calibrated_elsewhere(logits: Floats, rows: TrainingSet, seed: int) -> Floats:
    """Probabilities for log-odds; each row's calibration is fitted on rows of other clusters."""
    labels, clusters = rows.labels, rows.clusters()
    part = np.random.default_rng(seed).integers(0, FOLDS, int(clusters.max()) + 1)[clusters]
    found = np.empty(len(labels))
    for number in range(FOLDS):
        here = part == number
        found[here] = calibration.fit(logits[~here], labels[~here]).probabilities(logits[here])
    return found


def _record_figures(
    training: Training, data_part: str, rows: TrainingSet, expected: dict[str, Floats]
) -> None:
    """Record the measures of each predictor, and the model's gain over the baselines."""
    clusters = rows.clusters()
    for name, probabilities in expected.items():
        found = measures.measure(rows.labels, probabilities, training.seed, clusters)
        for metric, measure in found.items():
            training.figures.append(Figure(data_part, name, metric, measure))
    mine = expected["model"]
    for plain in ("baseline", "constant"):
        gains = losses(rows.labels, expected[plain]) - losses(rows.labels, mine)
        gain = measures.mean_gain(gains, clusters)
        training.figures.append(Figure(data_part, "model", f"gain_over_{plain}", gain))
    training.figures.extend(group_figures(data_part, rows, mine))


def group_figures(data_part: str, rows: TrainingSet, probabilities: Floats) -> Iterator[Figure]:
    """Whom the model affects: its rates for each value of each grouping of the rows (n,)."""
    for name, group in rows.groups.items():
        for value in np.unique(group):
            here = group == value
            found = measures.group_measures(rows.labels[here], probabilities[here], THRESHOLD)
            for metric, measure in found.items():
                yield Figure(data_part, "model", metric, measure, name, str(value))


def _verdict(training: Training) -> str | None:
    """Why the model may not be promoted, or None if it may.

    Both on held-out rows and in cross-validation, its log loss must beat both baselines by more
    than chance can explain.
    """
    for data_part, where in (
        ("holdout", "on held-out rows"),
        ("cross_validation", "in cross-validation"),
    ):
        for plain, called in (("constant", "the overall rate"), ("baseline", "the baseline rate")):
            gain = training.measure(data_part, "model", f"gain_over_{plain}")
            assert gain.low is not None and gain.high is not None
            if gain.low <= 0:
                return (
                    f"No signal: {where}, its log loss beats {called} by {gain.value:.4f} "
                    f"(95 % interval {gain.low:.4f} to {gain.high:.4f}), which may be chance."
                )
    return None


def _describe(
    past: TrainingSet,
    fitted: Mapping[str, Pipeline],
    shares: Mapping[str, float],
    pattern: Floats | None,
    bent: Calibration,
    named: tuple[str, str],
    labels: Mapping[str, str],
) -> Model:
    known = {**labels, purchase_pattern.NAME: purchase_pattern.LABEL}
    columns = past.values.T
    edges = np.array([bin_edges(column) for column in columns])
    counts = np.array([bin_counts(c, e) for c, e in zip(columns, edges, strict=True)])
    model = Model(
        source_system=named[0],
        risk_type=named[1],
        algorithm="average" if len(shares) > 1 else next(iter(shares)),
        features=past.features,
        labels=tuple(known.get(name, name.replace("_", " ")) for name in past.features),
        pipelines={name: pipeline for name, pipeline in fitted.items() if name in shares},
        weights=dict(shares),
        calibration=bent,
        minimum=np.nanmin(past.values, axis=0),
        maximum=np.nanmax(past.values, axis=0),
        reference=np.nanmedian(past.values, axis=0),
        edges=edges,
        counts=counts,
        score_edges=np.empty(0),
        score_counts=np.empty(0),
        horizon_days=past.horizon_days,
        pattern=pattern,
    )
    scores = model.probabilities(model.parts(past.values))
    score_edges = bin_edges(scores)
    return replace(model, score_edges=score_edges, score_counts=bin_counts(scores, score_edges))


def _unfit(data: TrainingSet, called: str = "rows", fewest: int = FEWEST_ROWS) -> str | None:
    """Why the rows are not enough for training or testing."""
    positives, negatives = data.counts()
    rows = positives + negatives
    if rows < len(data):
        called = f"distinct {called}"
    fewest_of_a_class = min(FEWEST_OF_A_CLASS, fewest) // (1 if fewest == FEWEST_ROWS else 4)
    if rows < fewest:
        return f"Too few {called}: {rows:,}; at least {fewest:,} are needed."
    if not positives or not negatives:
        kind = "have" if positives else "lack"
        return f"All {called} {kind} the risk, so there is nothing to distinguish."
    if min(positives, negatives) < fewest_of_a_class:
        return (
            f"Too few {called} of one class: {positives:,} of {rows:,} have the risk; "
            f"at least {fewest_of_a_class:,} of each class are needed."
        )
    return None


def _all_constant(data: TrainingSet) -> str | None:
    """Why constant features refuse a training, if there are enough rows to say so."""
    if len(data) < FEWEST_ROWS or _varied(data.values).any():
        return None
    return "All features are constant, so there is nothing to learn from them."


def _varied(values: Floats) -> npt.NDArray[np.bool_]:
    """Which features (p,) have at least two values."""
    known = ~np.isnan(values)
    low = np.where(known, values, np.inf).min(axis=0)
    high = np.where(known, values, -np.inf).max(axis=0)
    varied: npt.NDArray[np.bool_] = high > low
    return varied


def _clip(probabilities: Floats) -> Floats:
    return np.clip(probabilities, LOWEST, HIGHEST)
