"""What the shop sells: commodities, what is bought together, and when.

Commodity names are spelt as in the real panel, so that the section crosswalk maps them. Weights and
prices are round figures of the magnitude of a real grocery panel.
"""

from typing import NamedTuple

from sample.word_lists import parts, rows

BABY, CAT, DOG, SMOKER, DRINKER = 1, 2, 4, 8, 16

FLAG_SHARE = {BABY: 0.12, CAT: 0.25, DOG: 0.3, SMOKER: 0.2, DRINKER: 0.4}
"""Share of households that buy special goods, by kind."""


class Commodity(NamedTuple):
    """weight: share of order lines in per mille. price: typical price in cents.

    by_weight: weighed at the till, so no two packs cost the same. peak: day of the year at which
    demand peaks, 0 for none. swing: how much higher than average the peak is. flag: only
    households of this kind buy it. styles: names of its sub-commodities.
    """

    department: str
    name: str
    weight: float
    price: int
    styles: tuple[str, ...]
    by_weight: bool
    peak: int
    swing: float
    flag: int


_FLAGS = {"": 0, "baby": BABY, "cat": CAT, "dog": DOG, "smoker": SMOKER, "drinker": DRINKER}
_STYLES = ("MAINSTREAM", "PREMIUM", "VALUE", "SPECIALTY")


def _commodity(row: dict[str, str]) -> Commodity:
    return Commodity(
        department=row["department"],
        name=row["name"],
        weight=float(row["weight"]),
        price=int(row["price"]),
        styles=parts(row["styles"]) or _STYLES,
        by_weight=row["by_weight"] == "yes",
        peak=int(row["peak"] or 0),
        swing=float(row["swing"] or 0),
        flag=_FLAGS[row["only_for"]],
    )


COMMODITIES = tuple(_commodity(row) for row in rows("sample.grocery", "commodities"))

FUEL_SUB_COMMODITY = "GASOLINE-REG UNLEADED"
FUEL_PRODUCTS = (
    ("KIOSK-GAS", "COUPON/MISC ITEMS"),
    ("MISC SALES TRAN", "COUPON/MISC ITEMS"),
    ("KIOSK-GAS", "FUEL"),
)
"""Department and commodity of the fuel products, most sold first; one is filed under FUEL."""

MISSIONS = {
    row["mission"]: (float(row["share"]), parts(row["commodities"]))
    for row in rows("sample.grocery", "missions")
}
"""Purpose of a trip: its share of trips, and the commodities it is about."""

COMPANIONS = tuple((row["lead"], row["follower"]) for row in rows("sample.grocery", "companions"))
"""Pairs of commodities: some products of the first are bought with a product of the second."""
