"""What the cafés sell, and at what price."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sample.word_lists import parts, rows


class Item(NamedTuple):
    """One line of the menu. price: pence, in the first size; sizes: label → surcharge in pence.

    weight: how often it is bought. morning: how much of that before noon, 0.5 for any time.
    """

    name: str
    price: int
    sizes: tuple[tuple[str, int], ...]
    flavours: tuple[str, ...]
    weight: float
    morning: float


def _item(row: dict[str, str]) -> Item:
    cups = (("Regular", 0), ("Large", int(row["large"]))) if row["large"] else (("", 0),)
    return Item(
        name=row["name"],
        price=int(row["price"]),
        sizes=cups,
        flavours=parts(row["flavours"]) or ("",),
        weight=float(row["weight"]),
        morning=float(row["morning"]),
    )


MENU = tuple(_item(row) for row in rows("sample.cafe", "menu"))

PAIRS = (("Flat white", "Croissant", 0.22), ("Speciality tea", "Toasted teacake", 0.15),
         ("Hot chocolate", "Carrot cake", 0.2))  # fmt: skip
"""Who buys the first often takes the second along: names and probability."""


class Product(NamedTuple):
    """A product of the menu: the item in one size and flavour; both may be empty."""

    item: int
    size: str
    flavour: str

    @property
    def label(self) -> str:
        """The product as a ticket spells it, without its price."""
        sized = f"{self.size} {MENU[self.item].name}" if self.size else MENU[self.item].name
        return f"{sized} - {self.flavour}" if self.flavour else sized


PRODUCTS = tuple(
    Product(number, size, flavour)
    for number, item in enumerate(MENU)
    for size, _ in item.sizes
    for flavour in item.flavours
)


def weights(is_morning: bool) -> npt.NDArray[np.float64]:
    """Return how likely each product is, before noon or after; they add up to 1.

    Within an item the first size and the first flavour sell best.
    """
    shares = []
    for product in PRODUCTS:
        item = MENU[product.item]
        of_day = item.morning if is_morning else 1 - item.morning
        place = 1 + [size for size, _ in item.sizes].index(product.size)
        place += item.flavours.index(product.flavour)
        shares.append(item.weight * of_day / place)
    result: npt.NDArray[np.float64] = np.array(shares) / sum(shares)
    return result


def prices(surcharge: int) -> list[int]:
    """Return each product's price in pence at a branch with this surcharge."""
    return [
        MENU[product.item].price + dict(MENU[product.item].sizes)[product.size] + surcharge
        for product in PRODUCTS
    ]
