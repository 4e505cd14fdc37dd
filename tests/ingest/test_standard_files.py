"""Files of the standard source: headers in any order, columns left out, several currencies."""

from __future__ import annotations

import gzip
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.ingest.conftest import Shop

SHORTEST = "order_id,ordered_at,product_id,quantity,unit_price\n"
FULL = (
    "currency_code,line_type,unit_cost,discount_amount,unit_price,quantity,store_id,product_id,"
    "customer_id,ordered_at,line_number,order_id,order_status,payment_method\n"
)


def totals(shop: Shop) -> list[tuple[str, str | None, int, Decimal]]:
    return [
        (str(day), currency, rows, amount)
        for day, currency, rows, amount in shop.query(
            "select business_date, currency_code, row_count, control_amount from ops.load_totals"
            " order by 1, 2"
        )
    ]


def test_five_columns_are_enough(shop: Shop) -> None:
    result = shop.load_one("standard", "order_lines.csv", SHORTEST + "A1,2024-03-01,p1,2,1.2345\n")
    assert (result.status, result.rows_loaded) == ("loaded", 1)
    (row,) = shop.query(
        "select order_id, ordered_at::text, quantity, unit_price, line_number, currency_code,"
        " customer_id, line_type from raw_standard.order_lines"
    )
    assert row == (
        "A1", "2024-03-01 00:00:00", Decimal(2), Decimal("1.2345"), None, None, None, None,
    )  # fmt: skip
    # 2 × 1.2345
    assert totals(shop) == [("2024-03-01", None, 1, Decimal("2.4690"))]


def test_a_required_column_is_missed_by_name(shop: Shop) -> None:
    text = "order_id,ordered_at,product_id,quantity\nA1,2024-03-01,p1,2\n"
    result = shop.load_one("standard", "order_lines.csv", text)
    assert result.status == "refused"
    assert "missing column 'unit_price'" in result.message
    assert "line_number" not in result.message


def test_control_totals_are_signed_net_amounts_per_day_and_currency(shop: Shop) -> None:
    lines = [
        # currency, type, cost, discount, price, quantity, store, product, customer, when, …
        "EUR,,1,0.75,2.50,3,s1,p1,c1,2024-03-01T09:00:00,1,A1,paid,card",
        # A return given with a positive quantity: −(20 − 1) = −19.
        "EUR,return,4,1,10,2,s1,p1,c1,2024-03-01 09:00,2,A1,paid,card",
        # A return by its sign; the discount lessens what is given back: −20 + 1 = −19.
        "GBP,,4,1,10,-2,s1,p1,,2024-03-01T23:59:59.5,1,A2,,",
        ",,,-2,10,1,s1,p1,,2024-03-02,1,A3,,",
        # 0.0005 × 0.1 = 0.00005, which rounds away from zero: 0.0001.
        "EUR,,,,0.1,0.0005,s1,p1,,2024-03-02,1,A4,,",
        "EUR,,,,-0.1,0.0005,s1,p1,,2024-03-03,1,A5,,",
    ]
    result = shop.load_one("standard", "Order_Lines-2024.csv", FULL + "\n".join(lines) + "\n")
    assert result.status == "loaded", result.message
    assert totals(shop) == [
        ("2024-03-01", "EUR", 2, Decimal("-12.2500")),
        ("2024-03-01", "GBP", 1, Decimal("-19.0000")),
        ("2024-03-02", "EUR", 1, Decimal("0.0001")),
        ("2024-03-02", None, 1, Decimal("12.0000")),
        ("2024-03-03", "EUR", 1, Decimal("-0.0001")),
    ]


def test_the_largest_lines_are_summed_exactly(shop: Shop) -> None:
    lines = "A1,2024-03-01,p1,1000,99999999\nA2,2024-03-01,p1,-999,99999999\n"
    result = shop.load_one("standard", "order_lines.csv", SHORTEST + lines)
    assert result.status == "loaded"
    assert totals(shop) == [("2024-03-01", None, 2, Decimal(99_999_999))]


@pytest.mark.parametrize(
    ("when", "clock"),
    [
        ("2024-03-01T10:30:00+11:00", "2024-03-01 10:30:00"),
        ("2024-03-01 10:30-0330", "2024-03-01 10:30:00"),
        ("2024-03-01 10:30:00 -0500", "2024-03-01 10:30:00"),
        ("2024-03-01T10:30:00.250000+01:00", "2024-03-01 10:30:00.25"),
        ("2024-02-29", "2024-02-29 00:00:00"),
    ],
)
def test_the_shop_s_own_clock_is_kept(shop: Shop, when: str, clock: str) -> None:
    shop.load_one("standard", "order_lines.csv", SHORTEST + f"A1,{when},p1,1,1\n")
    assert shop.value("select ordered_at::text from raw_standard.order_lines") == clock


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ("A1,2024-03-01T10:30:00Z,p1,1,1", "a time in UTC (Z), not on the shop's clock"),
        ("A1,2024-03-01T10:30+00:00,p1,1,1", "a time in UTC (+00:00), not on the shop's"),
        ("A1,01/03/2024,p1,1,1", "not a date and time written as ISO 8601"),
        ("A1,2024-03-01T24:00:00,p1,1,1", "no such date or time"),
        ("A1,2023-02-29,p1,1,1", "no such date or time"),
        ("A1,1900-01-01,p1,1,1", "date outside"),
        ("A1,2100-01-01,p1,1,1", "date outside"),
        ("A1,2024-03-01,p1,1,1.23456", "more than 4 decimals"),
        ("A1,2024-03-01,p1,1000000,1", "number out of range"),
        ("A1,2024-03-01,p1,NaN,1", "not a finite number"),
        ("A1,2024-03-01,,1,1", "empty, but required"),
        (",2024-03-01,p1,1,1", "empty, but required"),
    ],
)
def test_a_bad_cell_is_rejected_with_its_reason(shop: Shop, cells: str, reason: str) -> None:
    good = "".join(f"G{n},2024-03-01,p1,1,1\n" for n in range(100))
    result = shop.load_one("standard", "order_lines.csv", SHORTEST + good + cells + "\n")
    assert (result.status, result.rows_loaded) == ("loaded", 100)
    (reject,) = result.rejects
    assert reject.line == 102
    assert reason in reject.reason


@pytest.mark.parametrize(
    ("column", "word"), [("line_type", "refund"), ("currency_code", "eur"), ("line_type", "Sale")]
)
def test_words_are_those_of_the_definition(shop: Shop, column: str, word: str) -> None:
    text = SHORTEST.strip() + f",{column}\nA1,2024-03-01,p1,1,1,{word}\n"
    assert shop.load_one("standard", "order_lines.csv", text).status == "refused"


def test_ids_stay_as_they_are(shop: Shop) -> None:
    shop.load_one(
        "standard", "order_lines.csv", SHORTEST + "007,2024-03-01,NULL,1,1\n1e5,2024-03-01,NA,1,1\n"
    )
    assert shop.query("select order_id, product_id from raw_standard.order_lines order by 1") == [
        ("007", "NULL"),
        ("1e5", "NA"),
    ]


def test_packed_and_columnar_files_say_the_same(shop: Shop) -> None:
    text = SHORTEST + "A1,2024-03-01T09:00:00,p1,2,1.25\n"
    shop.write("order_lines_one.csv.gz", gzip.compress(text.encode()))
    table = pa.table({
        "order_id": ["A2"], "ordered_at": ["2024-03-01T09:00:00"], "product_id": ["p1"],
        "quantity": [2], "unit_price": [1.25],
    })  # fmt: skip
    pq.write_table(table, shop.folder / "order_lines_two.parquet")
    assert {result.status for result in shop.load("standard").files} == {"loaded"}
    assert shop.query(
        "select ordered_at::text, quantity, unit_price, count(*) from raw_standard.order_lines"
        " group by 1, 2, 3"
    ) == [("2024-03-01 09:00:00", Decimal(2), Decimal("1.25"), 2)]


def test_an_order_again_needs_line_numbers_or_a_word(shop: Shop) -> None:
    numbered = SHORTEST.strip() + ",line_number\n"
    shop.load_one("standard", "order_lines_1.csv", numbered + "A1,2024-03-01,p1,1,1,1\n")
    again = shop.load_one("standard", "order_lines_2.csv", numbered + "A1,2024-03-01,p2,1,1,2\n")
    assert again.status == "loaded"
    bare = SHORTEST + "A1,2024-03-01,p3,1,1\n"
    refused = shop.load_one("standard", "order_lines_3.csv", bare)
    assert refused.status == "refused"
    assert "(A1)" in refused.message
    assert shop.load_one("standard", "order_lines_3.csv", bare, adds=True).status == "loaded"
    assert shop.value("select count(*) from raw_standard.order_lines") == 3


def test_an_address_becomes_a_token(shop: Shop) -> None:
    text = "segment,email,customer_id\ngold,ann.lee@example.org,c1\n,,c2\n"
    assert shop.load_one("standard", "customers.csv", text).status == "loaded"
    rows = shop.query("select customer_id, email from raw_standard.customers order by 1")
    assert rows[1] == ("c2", None)
    assert len(rows[0][1]) == 64
    assert "ann.lee" not in shop.everything()


def test_customers_may_come_without_addresses(shop: Shop) -> None:
    text = "region,customer_id\nnorth,c1\n"
    assert shop.load_one("standard", "customers.csv", text).status == "loaded"
    rows = shop.query("select customer_id, region, email from raw_standard.customers")
    assert rows == [("c1", "north", None)]


def test_a_store_is_a_shop_or_online(shop: Shop) -> None:
    text = "store_id,channel,country_code\ns1,store,AU\ns2,online,\n"
    assert shop.load_one("standard", "stores.csv", text).status == "loaded"
    wrong = shop.load_one("standard", "stores_new.csv", "store_id,channel\ns1,web\n")
    assert "not one of store, online" in wrong.message
    assert shop.value("select count(*) from raw_standard.stores") == 2


def test_few_columns_of_many_show_their_delimiter(shop: Shop) -> None:
    """Five of fourteen columns, separated by semicolons."""
    text = SHORTEST + "A1,2024-03-01,p1,2,1.5\n"
    result = shop.load_one("standard", "order_lines.csv", text.replace(",", ";"))
    assert result.message.startswith("wrong delimiter: cells are separated by semicolons, not by")
