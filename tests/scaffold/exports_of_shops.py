"""The exports in tests/scaffold/exports, and the question that each leaves open, if it does."""

from pathlib import Path

from warehouse.scaffold import Wishes

EXPORTS = Path(__file__).with_name("exports")
_SMALL = EXPORTS / "small"
_EUR = Wishes(currency="EUR")

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
    "parquet_ids": ((EXPORTS / "parquet_ids",), _EUR),
    "priced": (
        (_SMALL / "sales_without_price.csv", _SMALL / "products_with_price.csv"), Wishes(),
    ),
    **{
        name: ((_SMALL / f"{name}.csv",), _EUR)
        for name in (
            "oneword", "units", "both", "both2", "blankname", "spread", "paidstate", "colon",
            "month", "monthlong", "preamble", "sep", "trail", "repeated_header", "ragged",
            "longid", "jinja",
        )
    },
}  # fmt: skip
