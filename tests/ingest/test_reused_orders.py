"""Numbers of orders that start anew: the next receipts are no correction of the last ones."""

import pytest

from tests.ingest.conftest import Shop

_HEADER = "order_id,ordered_at,customer_id,product_id,quantity,unit_price\n"


def _receipts(day: int, customers: str = "", count: int = 6) -> str:
    rows = [f"{n},2024-03-{day:02},{customers},mug,{n},2.00\n" for n in range(1, count + 1)]
    return _HEADER + "".join(rows)


def test_other_orders_under_the_same_numbers_are_refused(shop: Shop) -> None:
    newest = {"order_again": "newest"}
    assert shop.load_one("standard", "order_lines_1.csv", _receipts(1), **newest).rows_loaded == 6
    refused = shop.load_one("standard", "order_lines_2.csv", _receipts(2), **newest)
    assert refused.status == "refused"
    said = "6 of 6 orders that are also in earlier files, such as 1, have another day there"
    assert refused.message.startswith(f"{said} (from 2024-03-01; here from 2024-03-02)")
    assert "--order-numbers restart" in refused.message
    corrected = shop.load_one(
        "standard", "order_lines_2.csv", _receipts(2), corrects=True, **newest
    )
    assert corrected.status == "loaded"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        # The same orders again, and a few that only share their numbers.
        (_receipts(1), _receipts(1, count=7)),
        (_receipts(1, count=4), _receipts(2, count=4)),
        # Customers in common: the shop says that the orders are of another day after all.
        (_receipts(1, "C1"), _receipts(2, "C1")),
    ],
)
def test_orders_that_come_again_are_taken(shop: Shop, first: str, second: str) -> None:
    for name, text in (("order_lines_1.csv", first), ("order_lines_2.csv", second)):
        found = shop.load_one("standard", name, text, order_again="newest")
        assert found.status == "loaded", found.message
