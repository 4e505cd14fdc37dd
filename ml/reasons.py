"""The strongest reasons for each score, of different kinds, in plain words."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ml.calibration import Floats
from ml.wording import LOWERS, RAISES, Words

REASONS = 3
Flags = npt.NDArray[np.bool_]
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
        self._expected = np.array([one.expected for one in words])
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
        customer's. The one that pulls most in that direction speaks for it, unless what it would
        say is the opposite of what anybody expects: then the next, and if there is none, the kind
        is left out.
        """
        rows = np.arange(len(values))
        missing = np.ascontiguousarray(np.isnan(values).T)
        is_high = np.ascontiguousarray(values.T) > self._reference[:, None]
        pulls = np.ascontiguousarray(parts.T)
        shape = (len(self._members), len(values))
        totals, speakers = np.zeros(shape), np.zeros(shape, np.intp)
        for number, members in enumerate(self._members):
            belongs = self._belongs(number, missing[members])
            total = np.where(belongs, pulls[members], 0.0).sum(axis=0)
            towards = np.sign(total) * pulls[members]
            expected = self._expected[members, None] * np.where(is_high[members], 1, -1)
            is_odd = ~missing[members] & (expected * np.sign(total) < 0)
            speaks = belongs & ~is_odd & (towards > 0)
            totals[number] = np.where(speaks.any(axis=0), total, 0.0)
            speakers[number] = members[_loudest(speaks, towards, belongs & missing[members])]
        strength = np.abs(totals)
        found = []
        for _ in range(REASONS):
            kind = strength.argmax(axis=0)
            feature = speakers[kind, rows]
            said = np.where(missing[feature, rows], 2, is_high[feature, rows])
            codes = (feature * 6 + said * 2 + (totals[kind, rows] < 0)).astype(np.int32)
            found.append(self._book.take(pa.array(codes, mask=strength[kind, rows] < _LEAST)))
            strength[kind, rows] = -1
        return found

    def _belongs(self, kind: int, missing: Flags) -> Flags:
        """(members, n): which of a kind's features speak of it in a row, by whether they miss."""
        members = self._members[kind][:, None]
        belongs: Flags = (
            np.where(missing, self._missing_kinds[members], self._kinds[members]) == kind
        )
        return belongs


def _loudest(speaks: Flags, towards: Floats, is_missing: Flags) -> npt.NDArray[np.intp]:
    """(n,): which of a kind's features (members, n) speaks for it in each row."""
    loudest: npt.NDArray[np.intp] = np.where(speaks, towards, -np.inf).argmax(axis=0)
    # Missing values of a kind tell one fact, which the first of its features says best.
    told_by_missing = is_missing[loudest, np.arange(len(loudest))]
    return np.where(told_by_missing, is_missing.argmax(axis=0), loudest)
