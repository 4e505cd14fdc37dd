"""The households of the panel: their rhythm, their tastes, and when they really leave."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sample.csv_columns import write_csv
from sample.grocery.calendar import date_of
from sample.grocery.commodities import FLAG_SHARE
from sample.streams import stream

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

_STREAM = 102
NEVER = 2**40
"""A day that never comes: the lapse day of a household that stays."""
LAPSE_SHARE = 0.2
ONE_DAY_SHARE = 0.006
DEMOGRAPHIC_SHARE = 801 / 2500
FUEL_SHARE = 0.45
VISITS_PER_HOUSEHOLD_DAY = 0.132


@dataclass(frozen=True)
class Households:
    """One entry per household in each array; household_key is the position + 1.

    first_day: day of the first visit. lapse_day: the day from which it never buys again; NEVER if
    it stays. gap_days: mean days between visits; regularity: shape of the gamma distribution of
    the gaps (1 is random, higher is regular). size_factor: basket size relative to the average.
    habit: share of purchases that are one of its favourite products. flags: kind of household
    (bits of commodities.py). evening: probability of shopping after work.
    """

    first_day: Ints
    lapse_day: Ints
    gap_days: Floats
    regularity: Floats
    size_factor: Floats
    habit: Floats
    flags: Ints
    evening: Floats
    buys_fuel: npt.NDArray[np.bool_]
    is_one_day: npt.NDArray[np.bool_]
    redeems: Floats
    home_store: Ints
    second_store: Ints

    def __len__(self) -> int:
        """Return the number of households."""
        return len(self.first_day)


def build_households(households: int, days: int, stores: int, seed: int) -> Households:
    """Return this many households for a panel of this many days and stores."""
    rng = stream(seed, _STREAM)
    n = households
    is_one_day = np.zeros(n, dtype=bool)
    is_one_day[rng.permutation(n)[: round(n * ONE_DAY_SHARE) or (1 if n >= 20 else 0)]] = True

    # Most join in the first weeks, some later: the panel ramps up as real ones do.
    ramp = max(1, days // 8)
    first_day = np.where(
        rng.random(n) < 0.9,
        1 + (rng.beta(0.8, 1.8, n) * ramp).astype(np.int64),
        rng.integers(1, max(2, days // 3), n),
    )
    first_day = np.minimum(first_day, days)
    stay = max(3, days // 10)
    lapse_day = np.where(
        rng.random(n) < LAPSE_SHARE,
        first_day + stay + (rng.random(n) * np.maximum(1, days - first_day - stay)).astype(int),
        NEVER,
    )
    lapse_day[is_one_day] = first_day[is_one_day] + 1
    lapse_day[lapse_day > days] = NEVER

    flags = np.zeros(n, dtype=np.int64)
    for flag, share in FLAG_SHARE.items():
        flags |= np.where(rng.random(n) < share, flag, 0)
    gap_days = np.clip(7.0 * np.exp(rng.normal(0, 0.65, n)), 1.3, 60.0)
    size_factor = np.exp(rng.normal(0, 0.4, n))
    # In proportion to its size, the panel buys as much as the full one, whoever is in it.
    visits = np.where(is_one_day, 0, np.minimum(lapse_day, days + 1) - first_day) / gap_days
    if visits.any():
        gap_days *= visits.sum() / (n * days * VISITS_PER_HOUSEHOLD_DAY)
        size_factor /= (size_factor * visits).sum() / visits.sum()
    return Households(
        first_day=first_day,
        lapse_day=lapse_day,
        gap_days=gap_days,
        regularity=rng.uniform(1.0, 4.0, n),
        size_factor=size_factor,
        habit=rng.uniform(0.3, 0.8, n),
        flags=flags,
        evening=rng.uniform(0.1, 0.8, n),
        buys_fuel=rng.random(n) < FUEL_SHARE,
        is_one_day=is_one_day,
        redeems=np.where(rng.random(n) < 0.25, rng.uniform(0.05, 0.3, n), 0.0),
        home_store=_store_of(rng.random(n), stores),
        second_store=_store_of(rng.random(n), stores),
    )


def _store_of(uniform: Floats, stores: int) -> Ints:
    """Rank of a store; the first third of the stores has most of the customers."""
    return np.minimum(stores - 1, (stores / 3 * -np.log1p(-uniform) / 1.2).astype(np.int64))


_AGE = (("19-24", 46), ("25-34", 142), ("35-44", 194), ("45-54", 288), ("55-64", 59), ("65+", 72))
_INCOME = (
    ("Under 15K", 61), ("15-24K", 74), ("25-34K", 77), ("35-49K", 172), ("50-74K", 192),
    ("75-99K", 96), ("100-124K", 34), ("125-149K", 38), ("150-174K", 30), ("175-199K", 11),
    ("200-249K", 5), ("250K+", 11),
)  # fmt: skip
_HOMEOWNER = (
    ("Homeowner", 504), ("Unknown", 233), ("Renter", 42), ("Probable Renter", 11),
    ("Probable Owner", 11),
)  # fmt: skip
_MARITAL = (("U", 344), ("A", 340), ("B", 117))
_PEOPLE = (
    (("2 Adults No Kids", "2", "None/Unknown"), 255),
    (("2 Adults Kids", "3", "1"), 88),
    (("2 Adults Kids", "4", "2"), 46),
    (("2 Adults Kids", "5+", "3+"), 53),
    (("Single Female", "1", "None/Unknown"), 111),
    (("Single Female", "2", "None/Unknown"), 33),
    (("Single Male", "1", "None/Unknown"), 83),
    (("Single Male", "2", "None/Unknown"), 12),
    (("1 Adult Kids", "2", "1"), 14),
    (("1 Adult Kids", "3", "2"), 16),
    (("1 Adult Kids", "4", "3+"), 7),
    (("1 Adult Kids", "5+", "3+"), 10),
    (("Unknown", "1", "None/Unknown"), 61),
    (("Unknown", "3", "1"), 12),
)


def write_demographics(path: Path, households: Households, seed: int) -> int:
    """Write what is known about a third of the households; return the number of rows.

    Larger households are the ones with larger baskets.
    """
    rng = stream(seed, _STREAM, 1)
    n = len(households)
    known = np.sort(rng.permutation(n)[: max(1, round(n * DEMOGRAPHIC_SHARE))])
    people_weight = np.array([weight for _, weight in _PEOPLE], dtype=float)
    by_size = np.argsort([person[1] for person, _ in _PEOPLE], kind="stable")
    rank = np.argsort(np.argsort(households.size_factor[known])) / max(1, len(known))
    noisy = np.clip(0.6 * rank + 0.4 * rng.random(len(known)), 0, 1 - 1e-9)
    edges = np.cumsum(people_weight[by_size]) / people_weight.sum()
    picked = by_size[np.searchsorted(edges, noisy, side="right")]
    people = [_PEOPLE[i][0] for i in picked]
    columns: dict[str, Any] = {
        "household_key": known + 1,
        "age_desc": _draw(_AGE, len(known), rng),
        "marital_status_code": _draw(_MARITAL, len(known), rng),
        "income_desc": _draw(_INCOME, len(known), rng),
        "homeowner_desc": _draw(_HOMEOWNER, len(known), rng),
        "hh_comp_desc": pa.array([p[0] for p in people]),
        "household_size_desc": pa.array([p[1] for p in people]),
        "kid_category_desc": pa.array([p[2] for p in people]),
    }
    return write_csv(path, columns)


def _draw(options: tuple[tuple[str, int], ...], n: int, rng: np.random.Generator) -> pa.Array:
    weight = np.array([w for _, w in options], dtype=float)
    picked = rng.choice(len(options), n, p=weight / weight.sum())
    return pa.array([options[i][0] for i in picked])


def write_truth(path: Path, households: Households, last_day: Ints, baskets: Ints) -> None:
    """Write the truth about each household, whatever its purchases look like.

    lapse_day is the day from which it never buys again, empty if it stays; last_purchase_day is
    empty if it never bought. Days are days of the panel, dates the same days in the calendar.
    """
    lapsed = households.lapse_day != NEVER
    bought = last_day > 0
    write_csv(
        path,
        {
            "household_key": np.arange(1, len(households) + 1),
            "first_day": households.first_day,
            "mean_gap_days": np.round(households.gap_days, 3),
            "regularity": np.round(households.regularity, 3),
            "is_one_day": households.is_one_day.astype(np.int64),
            "has_lapsed": lapsed.astype(np.int64),
            "lapse_day": pa.array(households.lapse_day, mask=~lapsed),
            "lapse_date": pa.array(
                [
                    date_of(int(day)).isoformat() if is_over else None
                    for day, is_over in zip(households.lapse_day, lapsed, strict=True)
                ]
            ),
            "last_purchase_day": pa.array(last_day, mask=~bought),
            "baskets": baskets,
        },
    )
