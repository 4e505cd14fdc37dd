"""What the cafés sell, and for how much."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt


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


_CUPS = (("Regular", 0), ("Large", 30))
_ONE = (("", 0),)
_PLAIN = ("",)

MENU = (
    Item("Latte", 215, _CUPS, _PLAIN, 16, 0.6),
    Item("Flat white", 225, _CUPS, _PLAIN, 13, 0.6),
    Item("Filter coffee", 150, _CUPS, _PLAIN, 9, 0.7),
    Item("Cappuccino", 220, _CUPS, _PLAIN, 10, 0.6),
    Item("Flavoured latte", 255, _CUPS, ("Vanilla", "Caramel", "Hazelnut"), 9, 0.5),
    Item("Flavoured iced latte", 275, _CUPS, ("Vanilla", "Caramel", "Hazelnut"), 5, 0.35),
    Item("Chai latte", 230, _CUPS, _PLAIN, 6, 0.45),
    Item("Hot chocolate", 170, _CUPS, _PLAIN, 5, 0.4),
    Item("Iced americano", 215, _CUPS, _PLAIN, 3, 0.3),
    Item("Speciality tea", 140, _CUPS, ("English breakfast", "Earl Grey", "Peppermint"), 7, 0.45),
    Item("Croissant", 195, _ONE, ("Butter", "Almond"), 9, 0.9),
    Item("Toasted teacake", 210, _ONE, _PLAIN, 3, 0.6),
    Item("Carrot cake", 285, _ONE, _PLAIN, 4, 0.15),
    Item("Cheese toastie", 395, _ONE, _PLAIN, 5, 0.2),
)

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
    """Return each product's price in pence at a branch that charges so much more."""
    return [
        MENU[product.item].price + dict(MENU[product.item].sizes)[product.size] + surcharge
        for product in PRODUCTS
    ]
