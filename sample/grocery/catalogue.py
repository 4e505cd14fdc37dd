"""The product master of the grocery panel."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sample.csv_columns import write_csv
from sample.grocery.commodities import COMMODITIES, COMPANIONS, FUEL_PRODUCTS, FUEL_SUB_COMMODITY
from sample.streams import stream
from sample.word_lists import words

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

_STREAM = 101
COUPON_PRODUCTS = 4
"""Till entries without a description, for coupons redeemed without a product."""
NEVER_SOLD = 14
PRIVATE_LABEL_MANUFACTURER = 69
COMPANION_PROBABILITY = 0.4
_COMPANION_RANKS = 5
_SIZES = np.array([" ", *words("sample.grocery", "package_sizes")])


@dataclass(frozen=True)
class Catalogue:
    """The products, one entry per product in each array.

    Products of commodity c are first[c] … first[c] + count[c] − 1, the best seller first; after all
    commodities come fuel products, till entries for coupons and products that are never sold.
    price: shelf price of week 1 in cents. companion: index of the product bought with it, or −1.
    """

    product_id: Ints
    commodity: Ints
    first: Ints
    count: Ints
    price: Ints
    is_private: npt.NDArray[np.bool_]
    by_weight: npt.NDArray[np.bool_]
    companion: Ints
    fuel: Ints
    coupon_entry: Ints
    columns: dict[str, npt.NDArray[Any]]

    @property
    def sellable(self) -> int:
        """Number of products on the shelves: indices below it are sold by rank."""
        return int(self.first[-1] + self.count[-1])


def build_catalogue(products: int, seed: int) -> Catalogue:
    """Return a catalogue of this many products."""
    rng = stream(seed, _STREAM)
    count = _products_per_commodity(products - len(FUEL_PRODUCTS) - COUPON_PRODUCTS - NEVER_SOLD)
    first = np.concatenate([[0], np.cumsum(count)[:-1]])
    sellable = int(count.sum())
    commodity = np.full(products, -1, dtype=np.int64)
    commodity[:sellable] = np.repeat(np.arange(len(COMMODITIES)), count)
    fuel = np.arange(sellable, sellable + len(FUEL_PRODUCTS))
    coupon_entry = np.arange(fuel[-1] + 1, fuel[-1] + 1 + COUPON_PRODUCTS)
    # Products that are never sold belong to ordinary commodities.
    idle = np.arange(coupon_entry[-1] + 1, products)
    commodity[idle] = rng.integers(0, len(COMMODITIES), len(idle))

    is_private = rng.random(products) < 0.24
    is_private[fuel] = True
    is_private[coupon_entry] = False
    typical = np.array([c.price for c in COMMODITIES] + [0])[commodity]
    price = _price_points(typical * np.exp(rng.normal(0, 0.4, products)), is_private)
    by_weight = np.array([c.by_weight for c in COMMODITIES] + [False])[commodity]

    return Catalogue(
        product_id=_product_ids(products, rng),
        commodity=commodity,
        first=first,
        count=count,
        price=price,
        is_private=is_private,
        by_weight=by_weight,
        companion=_companions(first, count, products, rng),
        fuel=fuel,
        coupon_entry=coupon_entry,
        columns=_descriptions(commodity, is_private, fuel, coupon_entry, rng),
    )


def write_products(path: Path, catalogue: Catalogue, missing: list[int]) -> int:
    """Write the product master, in the order of its ids; return its number of rows.

    missing: positions of products to leave out.
    """
    order = np.argsort(catalogue.product_id)
    order = order[~np.isin(order, missing)]
    columns = {"product_id": catalogue.product_id, **catalogue.columns}
    return write_csv(path, {name: pa.array(values[order]) for name, values in columns.items()})


def write_companions(path: Path, catalogue: Catalogue) -> None:
    """Write the true affinities: how likely product b is added to a basket because of a."""
    leads = np.flatnonzero(catalogue.companion >= 0)
    write_csv(
        path,
        {
            "product_id_a": catalogue.product_id[leads],
            "product_id_b": catalogue.product_id[catalogue.companion[leads]],
            "probability": np.full(len(leads), COMPANION_PROBABILITY),
        },
    )


def _products_per_commodity(products: int) -> Ints:
    appetite = np.array([c.weight for c in COMMODITIES]) ** 0.6
    appetite *= np.where([c.department in ("DRUG GM", "COSMETICS") for c in COMMODITIES], 2.5, 1.0)
    count = np.maximum(_COMPANION_RANKS + 3, np.floor(products * appetite / appetite.sum()))
    count[int(np.argmax(count))] += products - count.sum()
    result: Ints = count.astype(np.int64)
    return result


def _product_ids(products: int, rng: np.random.Generator) -> Ints:
    """Return unique ids with gaps; they must not reveal popularity."""
    return rng.permutation(25_000 + np.cumsum(rng.integers(1, 390, products)))


def _price_points(price: Floats, is_private: npt.NDArray[np.bool_]) -> Ints:
    """Round to prices that end in 9, private labels a fifth cheaper."""
    cheaper = np.where(is_private, 0.8, 1.0) * price
    return np.maximum(19, np.round(cheaper / 10) * 10 - 1).astype(np.int64)


def _companions(first: Ints, count: Ints, products: int, rng: np.random.Generator) -> Ints:
    index = {c.name: i for i, c in enumerate(COMMODITIES)}
    companion = np.full(products, -1, dtype=np.int64)
    for lead, follower in COMPANIONS:
        a, b = index[lead], index[follower]
        # Not the best seller of b: a rule must show against the follower's own popularity.
        ranks = rng.permutation(_COMPANION_RANKS) + 3
        companion[first[a] : first[a] + _COMPANION_RANKS] = first[b] + ranks
    return companion


def _descriptions(
    commodity: Ints,
    is_private: npt.NDArray[np.bool_],
    fuel: Ints,
    coupon_entry: Ints,
    rng: np.random.Generator,
) -> dict[str, npt.NDArray[Any]]:
    products = len(commodity)
    departments = np.array([c.department for c in COMMODITIES] + [" "], dtype=object)
    names = np.array([c.name for c in COMMODITIES] + [" "], dtype=object)
    styles = [[f"{c.name} - {style}" for style in c.styles] for c in COMMODITIES] + [[" "]]
    widest = max(map(len, styles))
    grid = np.array([[row[i % len(row)] for i in range(widest)] for row in styles], dtype=object)

    department, name = departments[commodity], names[commodity]
    sub = grid[commodity, (rng.random(products) ** 1.5 * widest).astype(np.int64)]
    size = _SIZES[np.where(rng.random(products) < 0.33, 0, rng.integers(0, len(_SIZES), products))]
    size = size.astype(object)
    makers = max(20, products // 14)
    manufacturer = 100 + np.floor((makers + 1.0) ** rng.random(products)).astype(np.int64)
    manufacturer[is_private] = PRIVATE_LABEL_MANUFACTURER
    for product, (fuel_department, fuel_commodity) in zip(fuel, FUEL_PRODUCTS, strict=True):
        department[product], name[product] = fuel_department, fuel_commodity
        sub[product] = FUEL_SUB_COMMODITY
    manufacturer[coupon_entry] = 1
    size[fuel] = size[coupon_entry] = " "
    return {
        "manufacturer": manufacturer,
        "department": department,
        "brand": np.where(is_private, "Private", "National").astype(object),
        "commodity_desc": name,
        "sub_commodity_desc": sub,
        "curr_size_of_product": size,
    }
