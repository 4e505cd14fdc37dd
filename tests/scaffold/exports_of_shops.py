"""The exports in tests/scaffold/exports, and the question that each leaves open, if it does."""

import datetime as dt
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet as pq

from scaffold import Wishes

EXPORTS = Path(__file__).with_name("exports")
_SMALL = EXPORTS / "small"
_EUR = Wishes(currency="EUR")
_FOLDER = TemporaryDirectory(prefix="exports-")


def _ids_with_gaps() -> Path:
    """Two files of one shop: in the first, ids are numbers with a gap, so Parquet has floats."""
    folder = Path(_FOLDER.name) / "parquet_ids"
    folder.mkdir()
    day = dt.datetime(2024, 3, 1)
    for name, orders, customers, products, kind in (
        ("float", ["F1", "F2"], [17850.0, None], [22423.0, 1e15], pa.float64()),
        ("int", ["I1"], [17850], [22423], pa.int64()),
    ):
        table = {
            "order_id": orders,
            "ordered_at": [day] * len(orders),
            "customer_id": pa.array(customers, kind),
            "product_id": pa.array(products, kind),
            "quantity": [1] * len(orders),
            "unit_price": [2.0] * len(orders),
        }
        pq.write_table(pa.table(table), folder / f"order_lines_{name}.parquet")
    return folder


SHOPS: dict[str, tuple[tuple[Path, ...], Wishes]] = {
    "shopify": ((EXPORTS / "shopify",), Wishes()),
    "woo_lines": ((EXPORTS / "woocommerce" / "orders_lines.csv",), _EUR),
    "woo_orders": (
        (EXPORTS / "woocommerce" / "order_export_one_row_per_order.csv",), Wishes(),
    ),
    "amazon": ((EXPORTS / "amazon",), Wishes(time_zone="Europe/Berlin")),
    "etsy": ((EXPORTS / "etsy",), Wishes()),
    "square": ((EXPORTS / "square",), Wishes()),
    "german": ((EXPORTS / "german",), Wishes()),
    "brazilian": ((EXPORTS / "brazilian",), Wishes(currency="BRL")),
    "japanese": ((EXPORTS / "japanese",), Wishes(currency="JPY")),
    "rolling": ((EXPORTS / "rolling",), Wishes()),
    "parquet_ids": ((_ids_with_gaps(),), _EUR),
    "apart": ((EXPORTS / "apart",), Wishes(currency="BRL")),
    "priced": (
        (_SMALL / "sales_without_price.csv", _SMALL / "products_with_price.csv"), Wishes(),
    ),
    **{
        name: ((_SMALL / f"{name}.csv",), _EUR)
        for name in (
            "oneword", "units", "both", "both2", "blankname", "spread", "paidstate", "colon",
            "month", "monthlong", "preamble", "sep", "trail", "repeated_header", "ragged",
            "longid", "jinja", "subtotals", "credits", "kinds",
            "returned", "refunded", "daily", "offer", "sale",
        )
    },
}  # fmt: skip
