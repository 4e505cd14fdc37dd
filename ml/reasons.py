"""The strongest reasons for each score, each of a different kind, in plain words."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ml.calibration import Floats
from ml.wording import LOWERS, RAISES, Words

REASONS = 3
Flags = npt.NDArray[np.bool_]
# Smaller parts of the log-odds are not mentioned.
_LEAST = 0.02


class Reasons:
    """Chooses the reasons for each row from the wordings of a model's features.

    `words` are the wordings of the features (p,), `reference` (p,) their medians.
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
        """The three strongest reasons of rows (n, p), strongest first; null if there are fewer.

        A kind's strength is how far its features together move the log-odds from the median
        customer's. The feature that moves it most in that direction is the reason shown. If that
        reason is implausible, the next feature is shown; if there is none, the kind is left out.
        """
        rows = np.arange(len(values))
        missing = np.ascontiguousarray(np.isnan(values).T)
        is_high = np.ascontiguousarray(values.T) > self._reference[:, None]
        pulls = np.ascontiguousarray(parts.T)
        shape = (len(self._members), len(values))
        totals, chosen = np.zeros(shape), np.zeros(shape, np.intp)
        for number, members in enumerate(self._members):
            belongs = self._belongs(number, missing[members])
            total = np.where(belongs, pulls[members], 0.0).sum(axis=0)
            towards = np.sign(total) * pulls[members]
            expected = self._expected[members, None] * np.where(is_high[members], 1, -1)
            is_odd = ~missing[members] & (expected * np.sign(total) < 0)
            is_eligible = belongs & ~is_odd & (towards > 0)
            totals[number] = np.where(is_eligible.any(axis=0), total, 0.0)
            chosen[number] = members[_pick(is_eligible, towards, belongs & missing[members])]
        strength = np.abs(totals)
        found = []
        for _ in range(REASONS):
            kind = strength.argmax(axis=0)
            feature = chosen[kind, rows]
            said = np.where(missing[feature, rows], 2, is_high[feature, rows])
            codes = (feature * 6 + said * 2 + (totals[kind, rows] < 0)).astype(np.int32)
            found.append(self._book.take(pa.array(codes, mask=strength[kind, rows] < _LEAST)))
            strength[kind, rows] = -1
        return found

    def _belongs(self, kind: int, missing: Flags) -> Flags:
        """(members, n): which features count for a kind in a row, given missing values."""
        members = self._members[kind][:, None]
        belongs: Flags = (
            np.where(missing, self._missing_kinds[members], self._kinds[members]) == kind
        )
        return belongs


def _pick(is_eligible: Flags, towards: Floats, is_missing: Flags) -> npt.NDArray[np.intp]:
    """(n,): which of a kind's features (members, n) is shown in each row."""
    picked: npt.NDArray[np.intp] = np.where(is_eligible, towards, -np.inf).argmax(axis=0)
    # Missing values of a kind all mean one fact, which its first feature describes best.
    is_picked_missing = is_missing[picked, np.arange(len(picked))]
    return np.where(is_picked_missing, is_missing.argmax(axis=0), picked)
