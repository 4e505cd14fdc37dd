"""The cafés' customers: invented names, impossible card numbers, and true visiting rhythms."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sample.word_lists import words

Ints = npt.NDArray[np.int64]

# Combined, they are nobody's name.
_FIRST = words("sample.cafe", "first_names")
_LAST_HEAD = words("sample.cafe", "last_heads")
_LAST_TAIL = words("sample.cafe", "last_tails")
_NAMES = len(_FIRST) * len(_LAST_HEAD) * len(_LAST_TAIL)

NEVER = 10**9
LAPSE_SHARE = 0.2


@dataclass(frozen=True)
class Regulars:
    """The regular customers of one branch, one entry each. Days count from 0.

    gap_days: mean days between visits. lapse_day: the day from which they never come again, NEVER
    if they stay. favourite: positions of the two products they buy most.
    """

    name: list[str]
    card: list[str]
    gap_days: npt.NDArray[np.float64]
    next_day: Ints
    lapse_day: Ints
    favourite: Ints


def build_regulars(
    rng: np.random.Generator, count: int, days: int, weight: npt.NDArray[np.float64]
) -> Regulars:
    """Return regulars; weight: how likely each product is a favourite."""
    gap = np.clip(4.0 * np.exp(rng.normal(0, 0.6, count)), 1.0, 20.0)
    lapses = rng.random(count) < LAPSE_SHARE
    lapse = 3 + (rng.random(count) * max(1, days - 3)).astype(np.int64)
    return Regulars(
        name=names(rng, count),
        card=cards(rng, count),
        gap_days=gap,
        next_day=(rng.random(count) * gap).astype(np.int64),
        lapse_day=np.where(lapses & (lapse < days), lapse, NEVER),
        favourite=rng.choice(len(weight), (count, 2), p=weight),
    )


def names(rng: np.random.Generator, count: int) -> list[str]:
    """Return names; a name repeats only after all have been used once."""
    start = int(rng.integers(0, _NAMES))
    result = []
    for number in range(count):
        # A step that shares no factor with the number of names visits each of them.
        place = (start + number * 10_007) % _NAMES
        first, last = divmod(place, len(_LAST_HEAD) * len(_LAST_TAIL))
        head, tail = divmod(last, len(_LAST_TAIL))
        result.append(f"{_FIRST[first]} {_LAST_HEAD[head]}{_LAST_TAIL[tail]}")
    return result


def cards(rng: np.random.Generator, count: int) -> list[str]:
    """Return card numbers of 16 digits that fail the Luhn check, so that none can be real."""
    digits = rng.integers(0, 10, (count, 16))
    digits[:, 0] = 9
    doubled = digits[:, 0:15:2] * 2
    doubled = np.where(doubled > 9, doubled - 9, doubled)
    check = (-(doubled.sum(axis=1) + digits[:, 1:15:2].sum(axis=1))) % 10
    digits[:, 15] = (check + rng.integers(1, 10, count)) % 10
    return ["".join(map(str, row)) for row in digits.tolist()]
