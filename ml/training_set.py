"""Labelled rows to train on, and how they are split."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ml import purchase_pattern
from ml.calibration import Floats

if TYPE_CHECKING:
    from sklearn.model_selection import StratifiedKFold, StratifiedShuffleSplit

Rows = npt.NDArray[np.intp]
HELD_OUT_SHARE = 0.2
FOLDS = 5
# Weight of the overall rate in a segment's rate, as a number of rows.
_PRIOR_ROWS = 20.0


@dataclass(frozen=True)
class TrainingSet:
    """Rows (n) by features (p), with what is known about each row.

    `segments` (n,) are the groups of the baseline, which is the rate of a segment;
    `segment_rates` are those rates, if SQL calculated them from what was known on the row's day.
    `days` (n,) are the as-of dates (datetime64[D]) of point-in-time rows, None if rows have no
    time; a row's label is known `horizon_days` after its day. `groups` are the groupings for error
    rates. `customers` (n,) identify the customers of the rows; if None, rows with equal features
    count as copies of one. `history` (n, 2) are the columns purchase_pattern.HISTORY of rows with
    days.
    """

    features: tuple[str, ...]
    values: Floats
    labels: npt.NDArray[np.bool_]
    segments: npt.NDArray[np.str_]
    segment_rates: Floats | None = None
    days: npt.NDArray[np.datetime64] | None = None
    horizon_days: int | None = None
    groups: dict[str, npt.NDArray[np.str_]] = field(default_factory=dict)
    customers: npt.NDArray[np.str_] | None = None
    history: Floats | None = None

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, rows: Rows) -> TrainingSet:
        """These rows only."""
        return replace(
            self,
            values=self.values[rows],
            labels=self.labels[rows],
            segments=self.segments[rows],
            segment_rates=None if self.segment_rates is None else self.segment_rates[rows],
            days=None if self.days is None else self.days[rows],
            groups={name: group[rows] for name, group in self.groups.items()},
            customers=None if self.customers is None else self.customers[rows],
            history=None if self.history is None else self.history[rows],
        )

    def with_features(self, kept: npt.NDArray[np.bool_]) -> TrainingSet:
        """The same rows with only the features of the mask (p,)."""
        names = tuple(n for n, keep in zip(self.features, kept, strict=True) if keep)
        return replace(self, features=names, values=np.ascontiguousarray(self.values[:, kept]))

    def purchase_pattern(self) -> Floats | None:
        """Parameters fitted on the newest day's rows; None if rows have no days, or they fail."""
        if (
            self.history is None
            or self.days is None
            or purchase_pattern.RECENCY not in self.features
        ):
            return None
        newest = self.days == self.days.max()
        return purchase_pattern.fit(self._recency()[newest], self.history[newest])

    def with_pattern(self, parameters: Floats | None) -> TrainingSet:
        """The same rows with the purchase pattern as one more feature; nan without parameters."""
        assert self.history is not None and self.horizon_days is not None
        added = purchase_pattern.log_odds(
            parameters, self._recency(), self.history, self.horizon_days
        )
        return replace(
            self,
            features=(*self.features, purchase_pattern.NAME),
            values=np.column_stack((self.values, added)),
        )

    def _recency(self) -> Floats:
        return self.values[:, self.features.index(purchase_pattern.RECENCY)]

    def content_hash(self) -> str:
        """SHA-256 of everything that a model could depend on."""
        digest = hashlib.sha256(repr((self.features, self.horizon_days)).encode())
        digest.update(np.ascontiguousarray(self.values).tobytes())
        digest.update(np.ascontiguousarray(self.labels).tobytes())
        digest.update("\x1f".join(self.segments.tolist()).encode())
        if self.segment_rates is not None:
            digest.update(np.ascontiguousarray(self.segment_rates).tobytes())
        if self.days is not None:
            digest.update(self.days.astype("datetime64[D]").astype(np.int64).tobytes())
        if self.customers is not None:
            digest.update("\x1f".join(self.customers.tolist()).encode())
        if self.history is not None:
            digest.update(np.ascontiguousarray(self.history).tobytes())
        return digest.hexdigest()

    def meaning(self) -> str:
        """Hash of what the rows mean, not of their values: the features and the horizon."""
        named = repr((self.features, self.horizon_days))
        return hashlib.sha256(named.encode()).hexdigest()[:12]

    def clusters(self) -> Rows:
        """Cluster number (n,) of each row, from 0 in order of first appearance.

        Rows of one cluster (of one customer, or copies) repeat the same information: they stay
        together in splits, and intervals count them as one draw.
        """
        if self.customers is None:
            # As bytes, so that missing values are equal; 0.0 is added because -0.0 has other bytes.
            known = np.where(np.isnan(self.values), np.nan, self.values + 0.0)
            rows: npt.NDArray[Any] = known.view(f"V{known.itemsize * known.shape[1]}").reshape(-1)
        else:
            rows = self.customers
        _, first, found = np.unique(rows, return_index=True, return_inverse=True)
        return np.argsort(np.argsort(first))[found]

    def counts(self) -> tuple[int, int]:
        """Number of rows with the risk and without it. Copies count once."""
        if self.days is not None:
            positives = int(self.labels.sum())
            return positives, len(self) - positives
        different = np.unique(2 * self.clusters() + self.labels)
        positives = int((different % 2).sum())
        return positives, len(different) - positives

    def hold_out(self, seed: int) -> tuple[Rows, Rows]:
        """Rows for training and rows for testing: the last day, or a fifth of the clusters.

        If rows have days, only rows whose label was known on the last day are used for training.
        """
        if self.days is None:
            from sklearn.model_selection import StratifiedShuffleSplit

            splitter = StratifiedShuffleSplit(1, test_size=HELD_OUT_SHARE, random_state=seed)
            return next(self._split(splitter))
        last = self.days.max()
        return self._known_on(last), np.flatnonzero(self.days == last)

    def folds(self, seed: int) -> Iterator[tuple[Rows, Rows]]:
        """Rows for fitting and rows for testing: earlier days and a later day, or folds."""
        if self.days is None:
            from sklearn.model_selection import StratifiedKFold

            splitter = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
            yield from self._split(splitter)
            return
        for day in np.unique(self.days)[1:]:
            known = self._known_on(day)
            if len(known):
                yield known, np.flatnonzero(self.days == day)

    def baseline(self, rows: TrainingSet) -> Floats:
        """The baseline estimate for each of `rows`: SQL's own, or its segment's rate in this set.

        Segment rates are shrunk towards the overall rate with the weight of 20 rows, so that a
        small segment is not taken as certain.
        """
        if rows.segment_rates is not None:
            return rows.segment_rates
        names, codes = np.unique(self.segments, return_inverse=True)
        overall = float(self.labels.mean())
        counts = np.bincount(codes, minlength=len(names))
        positives = np.bincount(codes, self.labels, minlength=len(names))
        rates = (positives + _PRIOR_ROWS * overall) / (counts + _PRIOR_ROWS)
        found = np.searchsorted(names, rows.segments)
        found = np.minimum(found, len(names) - 1)
        return np.where(names[found] == rows.segments, rates[found], overall)

    def _split(
        self, splitter: StratifiedKFold | StratifiedShuffleSplit
    ) -> Iterator[tuple[Rows, Rows]]:
        """Rows of the clusters on either side, stratified by above-average risk."""
        clusters = self.clusters()
        rates = np.bincount(clusters, self.labels) / np.bincount(clusters)
        risky = rates > rates.mean()
        if min(risky.sum(), (~risky).sum()) < FOLDS:
            risky[:] = False
        for _, tested in splitter.split(risky, risky):
            is_tested = np.isin(clusters, tested)
            yield np.flatnonzero(~is_tested), np.flatnonzero(is_tested)

    def _known_on(self, day: np.datetime64) -> Rows:
        assert self.days is not None
        return np.flatnonzero(self.days + np.timedelta64(self.horizon_days or 0, "D") <= day)
