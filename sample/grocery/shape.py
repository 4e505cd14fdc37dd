"""How large a grocery panel is."""

from dataclasses import dataclass

FULL_HOUSEHOLDS = 2_500
FULL_PRODUCTS = 92_353
FULL_STORES = 582
FULL_DAYS = 711
LINES_PER_HOUSEHOLD_DAY = 1.46
"""Average over panel and days, as in the full panel: 2.6 million lines."""

HOUSEHOLDS_AT_SCALE_1 = 250


@dataclass(frozen=True)
class Shape:
    """Sizes of a panel: households, days, products in the master, stores, promotion rows."""

    households: int
    days: int
    products: int
    stores: int
    causal_rows: int


def shape_of(
    households: int = HOUSEHOLDS_AT_SCALE_1,
    days: int = FULL_DAYS,
    products: int | None = None,
    stores: int | None = None,
    causal_rows: int | None = None,
) -> Shape:
    """Return the shape of a panel of this many households.

    A smaller panel has fewer products and stores, as a sample of a panel would; a larger one has
    no more than the full panel. By default, there are a fifth as many promotion rows as lines (the
    full panel's own file has 36.8 million rows).
    Raises ValueError for sizes that no panel can have.
    """
    if households < 1 or days < 1:
        raise ValueError("A grocery panel needs at least 1 household and 1 day.")
    share = households / FULL_HOUSEHOLDS
    if products is None:
        products = min(FULL_PRODUCTS, max(2_000, round(FULL_PRODUCTS * share**0.6)))
    if stores is None:
        stores = min(FULL_STORES, max(4, round(FULL_STORES * share**0.5)))
    if causal_rows is None:
        causal_rows = round(households * days * LINES_PER_HOUSEHOLD_DAY / 5)
    if products < 1_000 or stores < 1 or causal_rows < 0:
        raise ValueError("A grocery panel needs at least 1,000 products and 1 store.")
    return Shape(households, days, products, stores, causal_rows)
