"""The strongest reasons for each score, of different kinds, in plain words."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ml.calibration import Floats
from ml.wording import LOWERS, RAISES, Words

REASONS = 3
# Parts of the log-odds too small to be worth a word.
_LEAST = 0.02


class Reasons:
    """What may be said of a model's features, and what is said of a row.

    `words` are those of the features (p,), `reference` (p,) their middle values.
    """

    def __init__(self, words: Sequence[Words], reference: Floats):
        names = sorted({kind for one in words for kind in (one.kind, one.missing_kind)})
        self._reference = reference
        self._kinds = np.array([names.index(one.kind) for one in words])
        self._missing_kinds = np.array([names.index(one.missing_kind) for one in words])
        self._members = [
            np.flatnonzero((self._kinds == number) | (self._missing_kinds == number))
            for number in range(len(names))
        ]
        self._book = pa.array(
            f"{said} ({effect})"
            for one in words
            for said in one.said
            for effect in (RAISES, LOWERS)
        )

    def strongest(self, values: Floats, parts: Floats) -> list[pa.Array]:
        """The three strongest reasons of rows (n, p), strongest first; null where there are fewer.

        A kind's strength is how far its features together move the log-odds from the median
        customer's. The one that pulls most in that direction speaks for it.
        """
        rows = np.arange(len(values))
        missing = np.ascontiguousarray(np.isnan(values).T)
        pulls = np.ascontiguousarray(parts.T)
        totals = np.stack(
            [
                np.where(self._belongs(number, missing[members]), pulls[members], 0.0).sum(axis=0)
                for number, members in enumerate(self._members)
            ]
        )
        strength = np.abs(totals)
        found = []
        for _ in range(REASONS):
            kind = strength.argmax(axis=0)
            lowers = totals[kind, rows] < 0
            feature = np.zeros(len(values), np.intp)
            for number, members in enumerate(self._members):
                here = np.flatnonzero(kind == number)
                towards = np.where(lowers[here], -1.0, 1.0) * pulls[np.ix_(members, here)]
                feature[here] = self._speakers(number, missing[np.ix_(members, here)], towards)
            value = values[rows, feature]
            said = np.where(np.isnan(value), 2, value > self._reference[feature])
            codes = (feature * 6 + said * 2 + lowers).astype(np.int32)
            found.append(self._book.take(pa.array(codes, mask=strength[kind, rows] < _LEAST)))
            strength[kind, rows] = -1
        return found

    def _belongs(self, kind: int, missing: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        """(members, n): which of a kind's features speak of it in a row, by whether they miss."""
        members = self._members[kind][:, None]
        belongs: npt.NDArray[np.bool_] = (
            np.where(missing, self._missing_kinds[members], self._kinds[members]) == kind
        )
        return belongs

    def _speakers(
        self, kind: int, missing: npt.NDArray[np.bool_], towards: Floats
    ) -> npt.NDArray[np.intp]:
        """(n,): the feature that speaks for the kind in each row."""
        belongs = self._belongs(kind, missing)
        loudest = np.where(belongs, towards, -np.inf).argmax(axis=0)
        # Missing values of a kind tell one fact, which the first of its features says best.
        first_missing = (belongs & missing).argmax(axis=0)
        is_missing = missing[loudest, np.arange(len(loudest))]
        speakers: npt.NDArray[np.intp] = self._members[kind][
            np.where(is_missing, first_missing, loudest)
        ]
        return speakers
