"""What is found in exports of shops before anything is written: figures, questions, refusals."""

import re
from decimal import Decimal
from functools import cache

import pytest

from scaffold import Scaffold, Wishes, plan_scaffold
from tests.conftest import PROJECT_DIR
from tests.scaffold.exports_of_shops import SHOPS

# Source: rows, orders, customers, days and revenue, by tests/scaffold/exports/EXPECTED.md.
FIGURES = {
    "shopify": (5, 4, 2, "2024-03-01 2024-04-11", {"AUD": "74.00", "USD": "16.00"}),
    "woo_lines": (3, 2, 2, "2024-03-01 2024-03-03", {"EUR": "41.00"}),
    "woo_orders": (3, 2, 2, "2024-03-01 2024-03-03", {"EUR": "41.00"}),
    "amazon": (2, 2, None, "2024-03-02 2024-03-05", {"EUR": "54.80"}),
    "etsy": (3, 2, 2, "2024-02-14 2024-03-01", {"USD": "60.00"}),
    "square": (4, 3, 1, "2024-05-01 2024-05-03", {"USD": "9.50"}),
    "german": (3, 2, 1, "2024-03-01 2024-03-02", {"EUR": "2420.10"}),
    "brazilian": (1, 1, 1, "2024-03-01 2024-03-01", {"BRL": "7.00"}),
    "japanese": (2, 1, 1, "2024-03-01 2024-03-01", {"JPY": "3440.00"}),
    "rolling": (4, 3, 2, "2024-05-01 2024-05-03", {"USD": "40.00"}),
    "parquet_ids": (3, 3, 1, "2024-03-01 2024-03-01", {"EUR": "6.00"}),
    "oneword": (998, 998, 40, "2024-01-01 2024-12-28", {"EUR": "14970.00"}),
    "units": (2, 2, None, "2024-03-01 2024-03-02", {"EUR": "15.00"}),
    "both": (2, 2, None, "2024-03-01 2024-03-02", {"EUR": "23.00"}),
    "both2": (2, 2, 2, "2024-03-01 2024-03-02", {"EUR": "23.00"}),
    "blankname": (2, 2, 2, "2024-03-01 2024-03-02", {"EUR": "30.00"}),
    "spread": (3, 2, 2, "2024-03-01 2024-03-02", {"EUR": "18.00"}),
    "paidstate": (2, 2, 2, "2024-03-01 2024-03-02", {"EUR": "5.00"}),
    "colon": (2, 2, None, "2024-04-03 2024-04-13", {"EUR": "10.00"}),
    "month": (2, 2, None, "2024-03-01 2024-04-15", {"EUR": "10.00"}),
    "monthlong": (2, 2, None, "2026-05-01 2026-09-24", {"EUR": "10.00"}),
    "preamble": (1, 1, None, "2024-03-01 2024-03-01", {"EUR": "5.00"}),
    "sep": (1, 1, None, "2024-03-01 2024-03-01", {"EUR": "5.00"}),
    "trail": (1, 1, None, "2024-03-01 2024-03-01", {"EUR": "5.00"}),
    "repeated_header": (2, 2, None, "2024-04-07 2024-04-30", {"EUR": "27.00"}),
    "ragged": (1, 1, None, "2024-03-01 2024-03-01", {"EUR": "5.00"}),
    "longid": (2, 2, 1, "2024-03-01 2024-03-01", {"EUR": "10.00"}),
    "jinja": (2, 2, 1, "2024-03-01 2024-03-02", {"EUR": "10.00"}),
    "credits": (5, 5, 2, "2024-03-01 2024-03-06", {"EUR": "40.00"}),
    # 20 sold and 10 given back; a line called off, a quote and a voided line count nothing.
    "kinds": (5, 4, 3, "2024-05-01 2024-05-04", {"EUR": "10.00"}),
    # 30 less 10 and less 10; 12.50 of 25 less 1 is given back, 2 × 3 remain; all of 4 is.
    "returned": (4, 3, 3, "2024-05-01 2024-05-03", {"EUR": "28.00"}),
    # In cents: net of 19.00, 20.00 less 5.00, 8.00, and nothing of 5.00.
    "refunded": (4, 3, 3, "2024-05-01 2024-05-03", {"EUR": "42.00"}),
    "daily": (7, 6, None, "2024-05-01 2024-05-02", {"EUR": "127.00"}),
    "offer": (3, 2, 2, "2024-03-02 2024-03-03", {"EUR": "1169.36"}),
    "sale": (2, 2, 2, "2024-03-02 2024-03-03", {"EUR": "37.50"}),
    "apart": (6, 6, 5, "2018-01-05 2018-01-20", {"BRL": "67.50"}),
    "subtotals": (6, 4, None, "2024-03-01 2024-03-02", {"EUR": "27.00"}),
}


@cache
def planned(name: str, has_answers: bool = True) -> Scaffold:
    """The plan of an export, with its question answered or not."""
    paths, wishes = SHOPS[name]
    return plan_scaffold(PROJECT_DIR, "shop_of_test", paths, wishes if has_answers else Wishes())


@pytest.mark.parametrize("name", FIGURES)
def test_figures_are_right_before_anything_is_written(name: str) -> None:
    plan = planned(name)
    assert plan.questions == []
    found = plan.figures
    assert found is not None and found.revenue is not None
    days = f"{found.first_day} {found.last_day}"
    revenue = {currency: Decimal(amount) for currency, amount in FIGURES[name][4].items()}
    counts = (found.row_count, found.order_count, found.customer_count)
    assert (*counts, days, found.revenue) == (*FIGURES[name][:4], revenue)


@pytest.mark.parametrize(
    ("name", "question"),
    [
        ("amazon", r"What is the shop's time zone\? purchase-date is in UTC.*--time-zone"),
        ("woo_lines", "In which currency are the amounts.*--currency"),
        ("brazilian", "In which currency are the amounts.*--currency"),
    ],
)
def test_what_no_file_can_know_is_asked_once(name: str, question: str) -> None:
    (asked,) = planned(name, has_answers=False).questions
    assert re.search(question, asked)


@pytest.mark.parametrize(
    "name", ["shopify", "woo_orders", "etsy", "square", "german", "rolling", "priced"]
)
def test_nothing_else_is_asked(name: str) -> None:
    assert SHOPS[name][1] == Wishes()
    assert planned(name).questions == []


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("shopify", "recognised: Shopify orders"),
        ("shopify", "Subtotal is the sum of an order's lines less Discount Amount"),
        ("shopify", "Financial Status voided: no revenue"),
        ("square", "SKU is empty in 1 row; there Item identifies the product"),
        ("amazon", "item-price is what the whole line costs, not a piece"),
        ("german", "bestellungen.csv is in cp1252"),
        ("japanese", "uriage.csv is in cp932"),
        ("brazilian", "dates are ambiguous; read day first. --month-first changes it"),
        ("both", "net is qty × price less discount pct, which is in per cent"),
        ("both2", "line total is what was paid; what is missing from qty × price is the disc"),
        ("oneword", "Qty: 1 cell such as `n/a` does not fit; that row is rejected"),
        ("repeated_header", "the header is repeated 1 time;"),
        ("rolling", "1 order is in several files; 2 rows do not count again."),
        ("preamble", "2 lines above the header are left out"),
        ("ragged", "rows with another number of cells are rejected (line 3)"),
    ],
)
def test_what_was_found_is_said(name: str, sentence: str) -> None:
    assert sentence in "\n".join(planned(name).look)


def test_nothing_personal_of_a_shopify_export_is_kept() -> None:
    plan = planned("shopify")
    kept = {c.header for c in plan.design.lines.columns if c.pii != "drop"}
    assert not {h for h in kept if h.startswith(("Billing ", "Shipping ")) and
                h.split()[1] in ("Name", "Street", "Address1", "Address2", "Phone")}  # fmt: skip
    assert {c.header for c in plan.design.lines.columns if c.pii == "token"} == {"Email"}
    text = "\n".join([*plan.look, *plan.files.values()])
    assert "kim@example.com" not in text and "Kim Sample" not in text and "4 Mill Rd" not in text
