"""What is in stock where, and what is on order."""

from typing import NamedTuple

from sample.electronics.shop import PRODUCTS
from sample.streams import stream

LOCATIONS = ("Austin", "Newark", "Portland")
MANUFACTURERS = ("Bay Components", "Lakeside Circuits", "North Ridge Electric")
LOW = 10
"""Up to this many pieces, stock is low."""
_OPEN = ("placed", "shipped")
_STREAM = 431


class Stock(NamedTuple):
    """Pieces of a product at a location."""

    location: str
    quantity: int
    product_id: str


class Backorder(NamedTuple):
    """Goods ordered for one stock; cost in whole cents."""

    backorder_id: str
    manufacturer: str
    quantity: int
    cost: int
    status: str
    location: str
    product_id: str

    @property
    def is_open(self) -> bool:
        """Whether the goods are still outstanding."""
        return self.status in _OPEN


def stock_and_backorders(seed: int) -> tuple[list[Stock], list[Backorder]]:
    """Stock of every product at every location; most low ones are in backorder."""
    rng = stream(seed, _STREAM)
    stock: list[Stock] = []
    backorders: list[Backorder] = []
    for product in PRODUCTS:
        for location in LOCATIONS:
            is_low = rng.random() < 0.15
            quantity = int(rng.integers(0, LOW + 1) if is_low else rng.integers(LOW + 1, 400))
            stock.append(Stock(location, quantity, product.product_id))
            if rng.random() < (0.7 if is_low else 0.1):
                pieces = int(rng.integers(20, 200))
                backorders.append(
                    Backorder(
                        str(9_001 + len(backorders)),
                        MANUFACTURERS[int(rng.integers(len(MANUFACTURERS)))],
                        pieces,
                        pieces * product.price // 2,
                        str(rng.choice([*_OPEN, "received"], p=[0.5, 0.2, 0.3])),
                        location,
                        product.product_id,
                    )
                )
    return stock, backorders
