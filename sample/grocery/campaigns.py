"""Campaigns: the households mailed, their coupons, and the true effect of each."""

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sample.csv_columns import cents_column, write_csv
from sample.grocery.catalogue import Catalogue
from sample.grocery.commodities import COMMODITIES
from sample.grocery.households import Households
from sample.grocery.shape import FULL_DAYS, FULL_PRODUCTS
from sample.streams import stream

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

_STREAM = 103
DUPLICATE_SHARE = 0.043
REUSED_SHARE = 0.1
_VALUES = np.array([100, 50, 75, 55, 200, 40, 35, 25, 150])


class _Kind(NamedTuple):
    """The properties of campaigns of one type; mailed is the range of the share of households."""

    description: str
    starts: tuple[float, ...]
    days: tuple[int, int]
    mailed: tuple[float, float]
    lift: float
    coupons: int
    products_per_coupon: int


_KINDS = (
    _Kind("TypeA", (0.315, 0.454, 0.58, 0.709, 0.825), (40, 55), (0.2, 0.45), 0.15, 200, 110),
    _Kind(
        "TypeB",
        tuple(float(x) for x in np.linspace(0.365, 0.927, 19)),
        (32, 40),
        (0.01, 0.11),
        0.25,
        17,
        32,
    ),
    _Kind("TypeC", (0.333, 0.5, 0.553, 0.747, 0.769, 0.865), (50, 120), (0.01, 0.1), 0.10, 16, 50),
)


@dataclass(frozen=True)
class Campaigns:
    """Campaigns in the order of their start, numbered from 1 (array position + 1).

    lift: true share by which a mailed household buys more while the campaign runs.
    household, campaign: one entry per mailing. Coupon entries are pairs of coupon and product;
    those of campaign c are entry_first[c] … + entry_count[c] − 1, the best sellers first.
    """

    description: list[str]
    start_day: Ints
    end_day: Ints
    lift: Floats
    household: Ints
    campaign: Ints
    entry_first: Ints
    entry_count: Ints
    entry_upc: Ints
    entry_product: Ints
    entry_value: Ints

    def __len__(self) -> int:
        """Return the number of campaigns."""
        return len(self.description)


def build_campaigns(
    catalogue: Catalogue, households: Households, days: int, seed: int
) -> Campaigns:
    """Return thirty campaigns for the panel; a shorter panel has shorter ones."""
    rng = stream(seed, _STREAM)
    pace = min(1.0, days / FULL_DAYS)
    planned = sorted(
        (1 + int(fraction * days), kind) for kind in _KINDS for fraction in kind.starts
    )
    start = np.array([day for day, _ in planned])
    kinds = [kind for _, kind in planned]
    length = np.array([round(int(rng.integers(*kind.days)) * pace) for kind in kinds])
    lift = np.array([kind.lift * rng.uniform(0.8, 1.2) for kind in kinds])

    mailed_household, mailed_campaign = [], []
    # Heavy buyers are mailed more often: naive comparisons with the others mislead, as in reality.
    appeal = -0.7 * np.log(households.gap_days) + np.log(households.size_factor)
    for number, kind in enumerate(kinds):
        known = np.flatnonzero(households.first_day < start[number])
        share = float(np.exp(rng.uniform(*np.log(kind.mailed))))
        wanted = min(len(known), max(2, round(share * len(households))))
        score = appeal[known] + rng.gumbel(size=len(known))
        chosen = np.sort(known[np.argsort(-score)[:wanted]])
        mailed_household.append(chosen)
        mailed_campaign.append(np.full(len(chosen), number))

    coupons = [_coupons(kind, catalogue, rng) for kind in kinds]
    _reuse(coupons, kinds, rng)
    upc, product = zip(*coupons, strict=True)
    count = np.array([len(entries) for entries in upc])
    entry_upc = np.concatenate(upc)
    return Campaigns(
        description=[kind.description for kind in kinds],
        start_day=start,
        end_day=start + np.maximum(2, length),
        lift=lift,
        household=np.concatenate(mailed_household),
        campaign=np.concatenate(mailed_campaign),
        entry_first=np.concatenate([[0], np.cumsum(count)[:-1]]),
        entry_count=count,
        entry_upc=entry_upc,
        entry_product=np.concatenate(product),
        entry_value=_VALUES[entry_upc % len(_VALUES)],
    )


def _coupons(kind: _Kind, catalogue: Catalogue, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Return coupon numbers and products of one campaign, entry by entry."""
    part = (catalogue.sellable / FULL_PRODUCTS) ** 0.5
    coupons = max(3, round(kind.coupons * part))
    weight = np.array([c.weight for c in COMMODITIES])
    commodity = rng.choice(len(COMMODITIES), coupons, p=weight / weight.sum())
    is_store_coupon = kind.description == "TypeA"
    upc, product = [], []
    for of in commodity:
        number = 10_000_000_000 if is_store_coupon else 51_000_000_000
        number += int(rng.integers(0, 9_000_000_000 if not is_store_coupon else 9_000_000))
        breadth = kind.products_per_coupon * part * np.exp(rng.normal(0, 0.8) - 0.3)
        draws = rng.random(max(2, int(breadth)))
        ranks = np.unique(((catalogue.count[of] + 1) ** draws).astype(np.int64) - 1)
        ranks = np.minimum(ranks, catalogue.count[of] - 1)
        products = np.unique(catalogue.first[of] + ranks)
        upc.append(np.full(len(products), number))
        product.append(products)
    return np.concatenate(upc), np.concatenate(product)


def _reuse(coupons: list[tuple[Ints, Ints]], kinds: list[_Kind], rng: np.random.Generator) -> None:
    """Repeat some coupons, for the same products, in a later campaign of the same type."""
    for number in range(1, len(coupons)):
        if rng.random() > 10 * REUSED_SHARE:
            continue
        earlier = [i for i in range(number) if kinds[i] is kinds[number]]
        if not earlier:
            continue
        upc, product = coupons[int(rng.choice(earlier))]
        again = rng.choice(np.unique(upc), max(1, int(REUSED_SHARE * len(np.unique(upc)))))
        picked = np.isin(upc, again) & ~np.isin(upc, coupons[number][0])
        coupons[number] = (
            np.concatenate([coupons[number][0], upc[picked]]),
            np.concatenate([coupons[number][1], product[picked]]),
        )


def write_campaigns(
    folder: Path, campaigns: Campaigns, catalogue: Catalogue, seed: int
) -> dict[str, int]:
    """Write campaign_desc, campaign_table and coupon; return the rows of each.

    The coupon file repeats some of its rows exactly, as the real panel's does.
    """
    number = np.arange(1, len(campaigns) + 1)
    description = np.array(campaigns.description, dtype=object)
    rows = {}
    rows["campaign_desc"] = write_csv(
        folder / "campaign_desc.csv",
        {
            "description": pa.array(description),
            "campaign": number,
            "start_day": campaigns.start_day,
            "end_day": campaigns.end_day,
        },
    )
    rows["campaign_table"] = write_csv(
        folder / "campaign_table.csv",
        {
            "description": pa.array(description[campaigns.campaign]),
            "household_key": campaigns.household + 1,
            "campaign": campaigns.campaign + 1,
        },
    )
    rng = stream(seed, _STREAM, 1)
    entries = len(campaigns.entry_upc)
    repeated = rng.permutation(entries)[: int(DUPLICATE_SHARE * entries)]
    order = rng.permutation(np.concatenate([np.arange(entries), repeated]))
    of_campaign = np.repeat(number, campaigns.entry_count)
    rows["coupon"] = write_csv(
        folder / "coupon.csv",
        {
            "coupon_upc": campaigns.entry_upc[order],
            "product_id": catalogue.product_id[campaigns.entry_product[order]],
            "campaign": of_campaign[order],
        },
    )
    return rows


def write_effects(path: Path, campaigns: Campaigns, mailed_sales: Ints, added_sales: Ints) -> None:
    """Write the true effect of each campaign.

    true_lift: the share the generator adds on average. mailed_sales: what mailed households bought
    while it ran and would have bought without it; added_sales: what they bought because of it
    (both net, in dollars). realised_lift is their quotient.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        realised = np.round(added_sales / mailed_sales, 4)
    write_csv(
        path,
        {
            "campaign": np.arange(1, len(campaigns) + 1),
            "description": pa.array(campaigns.description),
            "start_day": campaigns.start_day,
            "end_day": campaigns.end_day,
            "households_mailed": np.bincount(campaigns.campaign, minlength=len(campaigns)),
            "true_lift": np.round(campaigns.lift, 4),
            "mailed_sales": cents_column(mailed_sales),
            "added_sales": cents_column(added_sales),
            "realised_lift": pa.array(realised, mask=mailed_sales == 0),
        },
    )
