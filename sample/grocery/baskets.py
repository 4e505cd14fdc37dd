"""The contents of one day's baskets."""

from dataclasses import dataclass, fields
from typing import Self

import numpy as np
import numpy.typing as npt

from sample.grocery.calendar import demand, week_of, weekday_weight
from sample.grocery.catalogue import COMPANION_PROBABILITY, Catalogue
from sample.grocery.commodities import COMMODITIES, FLAG_SHARE, MISSIONS
from sample.grocery.panel import Panel
from sample.streams import fixed_uniform

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

_HOURS = np.array(
    [7, 3, 2, 2, 1, 1, 3, 7, 13, 25, 43, 63, 73, 77, 78, 81, 95, 104, 100, 80, 63, 42, 25, 11],
    dtype=float,
)
_HOUR_EDGES = np.cumsum(_HOURS) / _HOURS.sum()
_QUANTITY_EDGES = np.cumsum([0.795, 0.144, 0.027, 0.015, 0.006, 0.005, 0.004, 0.004])
_QUANTITIES = np.array([1, 2, 3, 4, 5, 6, 8, 10])
_DEPTHS = np.array([0.08, 0.15, 0.2, 0.25, 0.3, 0.33, 0.4, 0.5, 0.5])
_COUPON_VALUES = np.array([100, 50, 75, 55, 100, 40, 35, 25, 200, 150, 50, 100])
_ZERO_SHARE = 0.0026
_FREE_SHARE = 0.003
_SURCHARGE_SHARE = 2e-5
_COUPON_SHARE = 0.019
_LOOSE_COUPON_SHARE = 0.03
_BROWSING_SHARE = 0.05
_CAMPAIGN_LINE_SHARE = 0.5
_FLAGS = np.array([c.flag for c in COMMODITIES] + [0])
# Households that buy special goods buy more of them.
_WEIGHTS = np.array([c.weight / FLAG_SHARE.get(c.flag, 1.0) for c in COMMODITIES])
_FOCUS = [np.array([c.name in names for c in COMMODITIES]) for _, names in MISSIONS.values()]


@dataclass(frozen=True)
class Trips:
    """One entry per basket: household and store (positions), HHMM, number of lines wanted.

    mission: row of `tastes`. campaign: position of the campaign that caused the trip, or −1.
    """

    household: Ints
    store: Ints
    time: Ints
    size: Ints
    mission: Ints
    is_fuel: npt.NDArray[np.bool_]
    campaign: Ints


@dataclass(frozen=True)
class Lines:
    """One entry per order line. Amounts in cents, discounts ≤ 0 as the files have them.

    trip, product, campaign: positions; campaign is −1 for purchases without one. entry: the coupon
    entry that was redeemed, or −1.
    """

    trip: Ints
    product: Ints
    quantity: Ints
    sales: Ints
    retail_disc: Ints
    coupon_disc: Ints
    match_disc: Ints
    campaign: Ints
    entry: Ints

    def take(self, rows: npt.NDArray[np.generic]) -> Self:
        """Return the lines at these positions, or those where the mask is true."""
        return type(self)(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})


class Shelf:
    """All products sold off the shelf, shuffled and repeated in a cycle."""

    def __init__(self, catalogue: Catalogue, rng: np.random.Generator) -> None:
        """Shuffle the products."""
        self._order = rng.permutation(catalogue.sellable)
        self._place = 0

    def take(self, count: int) -> Ints:
        """Return the next products."""
        places = (self._place + np.arange(count)) % len(self._order)
        self._place = (self._place + count) % len(self._order)
        taken: Ints = self._order[places]
        return taken


def tastes(day: int) -> Floats:
    """Return the cumulative shares of commodities for each mission, on that day.

    Row 0 is the trip without a purpose, the last row the same without what only some households
    buy; between them are the missions. Row m is shifted by m, so that all rows together rise
    and one search serves all.
    """
    season = np.array([demand(c.peak, c.swing, day) for c in COMMODITIES])
    general = _WEIGHTS * season
    general /= general.sum()
    rows = [general]
    for is_about in _FOCUS:
        focus = np.where(is_about, general, 0.0)
        rows.append(0.35 * general + 0.65 * focus / focus.sum())
    plain = np.where(_FLAGS[:-1] == 0, general, 0.0)
    rows.append(plain / plain.sum())
    edges = np.cumsum(np.array(rows), axis=1)
    edges /= edges[:, -1:]
    return edges + np.arange(len(rows))[:, None]


def plan_trips(
    rng: np.random.Generator, panel: Panel, day: int, household: Ints, campaign: Ints | None = None
) -> Trips:
    """Return the baskets of the households that come that day: one each, two for some.

    campaign: what caused the visit, per household; such a visit has one basket.
    """
    who = panel.households
    caused = campaign is not None
    of = np.full(len(household), -1) if campaign is None else campaign
    is_fuel = np.zeros(len(household), dtype=bool)
    if not caused:
        again = household[rng.random(len(household)) < 0.05]
        fuel = household[(rng.random(len(household)) < 0.25) & who.buys_fuel[household]]
        is_fuel = np.repeat([False, False, True], [len(household), len(again), len(fuel)])
        household = np.concatenate([household, again, fuel])
        of = np.full(len(household), -1)
    n = len(household)

    where = rng.random(n)
    elsewhere = (rng.random(n) ** 2 * panel.shape.stores).astype(np.int64)
    store = np.where(
        where < 0.86,
        who.home_store[household],
        np.where(where < 0.96, who.second_store[household], elsewhere),
    )
    hour = np.searchsorted(_HOUR_EDGES, rng.random(n), side="right")
    after_work = rng.integers(16, 21, n)
    is_busy = weekday_weight(np.array([day]))[0] > 1
    hour = np.where((rng.random(n) < who.evening[household] * 0.5) & ~is_busy, after_work, hour)
    time = hour * 100 + rng.integers(0, 60, n)

    kind = rng.random(n) + (0.06 if is_busy else -0.03)
    mean = np.select([kind < 0.45, kind < 0.8], [2.3, 9.4], 26.2) * who.size_factor[household]
    size = 1 + rng.poisson(mean * rng.gamma(4.0, 0.25, n))
    size = np.where(is_fuel, 1, np.minimum(size, 140))
    edges = np.cumsum([share for share, _ in MISSIONS.values()])
    mission = 1 + np.searchsorted(edges, rng.random(n), side="right")
    mission = np.where(mission > len(MISSIONS), 0, mission)
    return Trips(household, store, time, size, mission, is_fuel, of)


def fill(
    rng: np.random.Generator, panel: Panel, day: int, trips: Trips, edges: Floats, shelf: Shelf
) -> Lines:
    """Return the lines of the trips, ordered by trip and product id; each product once a trip.

    One line in twenty takes the next product on the shelf, for no reason: that keeps the long tail
    of products selling.
    """
    trip = np.repeat(np.arange(len(trips.size)), trips.size)
    household = trips.household[trip]
    product = _choose(rng, panel, household, trips.mission[trip], edges)
    is_browsed = (rng.random(len(trip)) < _BROWSING_SHARE) & ~trips.is_fuel[trip]
    product[is_browsed] = shelf.take(int(is_browsed.sum()))
    fuel = panel.catalogue.fuel
    pumps = fuel[np.minimum((rng.random(len(trip)) ** 6 * len(fuel)).astype(int), len(fuel) - 1)]
    product = np.where(trips.is_fuel[trip], pumps, product)
    entry = _campaign_entries(rng, panel, trips.campaign[trip])
    product = np.where(entry >= 0, panel.campaigns.entry_product[entry], product)

    follower = panel.catalogue.companion[product]
    pulled = np.flatnonzero((follower >= 0) & (rng.random(len(trip)) < COMPANION_PROBABILITY))
    loose = np.flatnonzero((rng.random(len(trips.size)) < _LOOSE_COUPON_SHARE) & ~trips.is_fuel)
    till = panel.catalogue.coupon_entry
    booked = till[(rng.random(len(loose)) ** 2 * len(till)).astype(np.int64)]
    trip = np.concatenate([trip, trip[pulled], loose])
    product = np.concatenate([product, follower[pulled], booked])
    entry = np.concatenate([entry, np.full(len(pulled) + len(loose), -1)])

    key = trip << 32 | panel.catalogue.product_id[product]
    _, kept = np.unique(key, return_index=True)
    trip, product, entry = trip[kept], product[kept], entry[kept]
    redeems = panel.households.redeems[trips.household[trip]]
    entry = np.where(rng.random(len(entry)) < redeems, entry, -1)
    return _price(rng, panel, day, trip, product, entry, trips.campaign[trip])


def _choose(
    rng: np.random.Generator, panel: Panel, household: Ints, mission: Ints, edges: Floats
) -> Ints:
    """Commodity by mission, then product by rank: Zipf's law, or one of three favourites."""
    flat, width = edges.ravel(), edges.shape[1]
    commodity = np.searchsorted(flat, mission + rng.random(len(mission)), side="right")
    commodity = np.minimum(commodity - mission * width, width - 1)
    needs = _FLAGS[commodity]
    is_odd = np.flatnonzero((needs & ~panel.households.flags[household]) != 0)
    plain = len(edges) - 1
    redrawn = np.searchsorted(flat, plain + rng.random(len(is_odd)), side="right") - plain * width
    commodity[is_odd] = np.minimum(redrawn, width - 1)

    slot = (rng.random(len(household)) ** 1.7 * 3).astype(np.int64)
    favourite = fixed_uniform(panel.seed, household, commodity, slot)
    is_habit = rng.random(len(household)) < panel.households.habit[household]
    draw = np.where(is_habit, favourite, rng.random(len(household)))
    count = panel.catalogue.count[commodity]
    rank = ((count + 1.0) ** draw).astype(np.int64) - 1
    product: Ints = panel.catalogue.first[commodity] + np.minimum(rank, count - 1)
    return product


def _campaign_entries(rng: np.random.Generator, panel: Panel, campaign: Ints) -> Ints:
    """Half of a campaign's lines are products it has coupons for; −1 for all other lines."""
    drawn = rng.random((2, len(campaign)))
    has = (campaign >= 0) & (drawn[0] < _CAMPAIGN_LINE_SHARE)
    count = panel.campaigns.entry_count[campaign]
    entry = panel.campaigns.entry_first[campaign] + (drawn[1] * count).astype(np.int64)
    return np.where(has, entry, -1)


def _price(
    rng: np.random.Generator,
    panel: Panel,
    day: int,
    trip: Ints,
    product: Ints,
    entry: Ints,
    campaign: Ints,
) -> Lines:
    goods, n, week = panel.catalogue, len(product), week_of(day)
    by_weight = goods.by_weight[product]
    drawn = rng.random((6, n))
    many = _QUANTITIES[np.minimum(np.searchsorted(_QUANTITY_EDGES, drawn[0]), 7)]
    quantity = np.where(by_weight, 1, many)
    weight = np.where(by_weight, np.exp(rng.normal(0, 0.3, n)), 1.0)
    shelf = np.maximum(5, np.round(goods.price[product] * weight * (1 + 0.0004 * week)))
    gross = shelf.astype(np.int64) * quantity

    off = np.round(gross * promotion_depth(panel, product, week)).astype(np.int64)
    off = np.where((off > 0) & (drawn[1] < _FREE_SHARE), gross, off)
    surcharge = np.where(drawn[2] < _SURCHARGE_SHARE, 1 + (drawn[3] * 399).astype(np.int64), 0)
    retail_disc = np.where(surcharge > 0, surcharge, -off)

    is_redeemed = entry >= 0
    has_coupon = is_redeemed | ((drawn[4] < _COUPON_SHARE) & ~goods.is_private[product])
    value = _COUPON_VALUES[(drawn[5] * len(_COUPON_VALUES)).astype(np.int64)]
    value = np.where(is_redeemed, panel.campaigns.entry_value[entry], value)
    has_coupon &= (value <= gross + retail_disc) | is_redeemed
    coupon = np.where(has_coupon, value, 0)
    # Small coupons are doubled, up to a dollar in all.
    match = np.where((coupon > 0) & (coupon <= 75), np.minimum(coupon, 100 - coupon), 0)
    match = np.clip(np.where(rng.random(n) < 0.8, match, 0), 0, gross + retail_disc)

    is_nothing = rng.random(n) < _ZERO_SHARE
    is_fuel = (product >= goods.fuel[0]) & (product <= goods.fuel[-1])
    is_till = (product >= goods.coupon_entry[0]) & (product <= goods.coupon_entry[-1])
    is_nothing |= is_till
    gallons, fuel_gross = _fuel(rng, day, n)
    quantity = np.where(is_fuel, gallons, quantity)
    gross = np.where(is_fuel, fuel_gross, gross)
    retail_disc = np.where(is_fuel, -np.round(fuel_gross * 0.02).astype(np.int64), retail_disc)
    coupon = np.where(is_fuel, 0, coupon)
    coupon = np.where(is_till, np.where(drawn[1] < 0.65, 50 + (drawn[5] * 6).astype(int) * 50, 0),
                      np.where(is_nothing & ~is_redeemed, 0, coupon))  # fmt: skip
    match = np.where(is_fuel | is_nothing, 0, match)
    quantity = np.where(is_nothing, 0, quantity)
    gross = np.where(is_nothing, 0, gross)
    retail_disc = np.where(is_nothing, 0, retail_disc)
    return Lines(
        trip=trip,
        product=product,
        quantity=quantity,
        sales=gross + retail_disc - match,
        retail_disc=retail_disc,
        coupon_disc=-coupon,
        match_disc=-match,
        campaign=campaign,
        entry=entry,
    )


def promotion_depth(panel: Panel, product: Ints, week: int) -> Floats:
    """Return each product's price reduction that week as a share; 0 means the usual price.

    Best sellers are reduced more often.
    """
    first = panel.catalogue.first[panel.catalogue.commodity[product]]
    often = np.clip(0.72 - 0.07 * np.log(product - first + 1.0), 0.3, 0.7)
    drawn = fixed_uniform(panel.seed, 11, product, week)
    depth = _DEPTHS[(fixed_uniform(panel.seed, 12, product, week) * len(_DEPTHS)).astype(np.int64)]
    return np.where(drawn < often, depth, 0.0)


def _fuel(rng: np.random.Generator, day: int, n: int) -> tuple[Ints, Ints]:
    """Thousandths of a gallon, and cents: people often fill up for a round amount of money."""
    per_gallon = 1.85 + 0.45 * day / 711
    cents = np.where(
        rng.random(n) < 0.4, 500 * rng.integers(1, 8, n), rng.normal(2600, 800, n).clip(400)
    ).astype(np.int64)
    return (cents / per_gallon * 10).astype(np.int64), cents
