"""The electronics shop's files: whole cents, which table, dates, cards, the labelled data set."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from tests.ingest.conftest import Shop

ORDERS = "id,status,date,quantity,total_amt,id_customer,id_product\n"
ORDER = "O1,placed,2024-05-01,2,2999,C1,P1\n"
WARRANTIES = "id,expiration_date,price,percentage,id_order,date_order\n"
WARRANTY = "W1,2025-05-01,599,20,O1,2024-05-01\n"
STOCK = "location,quantity,id_product\n"
OBSERVATIONS = "age,kids_count,pets_count,siblings_count,income,has_risk\n"


def many(line: str, number: str) -> str:
    """A hundred good lines, so that one bad one is rejected and not the file refused."""
    return "".join(line.replace(number, f"{number}{place}", 1) for place in range(100))


def test_orders_are_controlled_in_dollars(shop: Shop) -> None:
    """29.99 and 10.00, less 5.00 that came back with its sign and 2.50 that came back without."""
    lines = (
        ORDER
        + "O2,filled,2024-05-01 09:30:00,1,1000,C1,P2\n"
        + "O3,filled,2024-05-02,-1,-500,C1,P2\nO4,filled,2024-05-02,-1,250,C2,P2\n"
    )
    result = shop.load_one("electronics", "order.csv", ORDERS + lines)
    assert (result.status, result.table) == ("loaded", "order"), result.message
    assert shop.query(
        "select business_date::text, currency_code, row_count, control_amount"
        " from ops.load_totals order by 1"
    ) == [
        ("2024-05-01", "USD", 2, Decimal("39.99")),
        ("2024-05-02", "USD", 2, Decimal("-7.50")),
    ]
    assert shop.value('select sum(total_amt) from raw_electronics."order"') == 3749


def test_the_longest_name_claims_a_file(shop: Shop) -> None:
    shop.write("inventory_2024-05-01.csv", STOCK + "Austin,-4,P1\n")
    shop.write(
        "inventory_backorder_2024-05-01.csv",
        "location_inventory,id_product_inventory,id_backorder\nAustin,P1,B1\n",
    )
    shop.write("orders_of_may.csv", ORDERS + ORDER)
    shop.write("product.csv", "id,type,price\nP1,block,1299\n")
    shop.write("prospect.csv", "name,email\nSample,one@example.com\n")
    report = shop.load("electronics")
    assert {result.file: result.table for result in report.files} == {
        "inventory_2024-05-01.csv": "inventory",
        "inventory_backorder_2024-05-01.csv": "inventory_backorder",
        "orders_of_may.csv": "order",
        "product.csv": "product",
        "prospect.csv": "prospect",
    }
    # Negative stock is what the shop says, not a fault.
    assert shop.value("select quantity from raw_electronics.inventory") == -4


@pytest.mark.parametrize(
    ("column", "given", "instead", "reason"),
    [
        ("date", "2024-05-01", "1900-01-01", "date outside 1990-01-01"),
        ("date", "2024-05-01", "2100-01-01", "date outside 1990-01-01"),
        ("date", "2024-05-01", "01/05/2024", "written as ISO 8601"),
        ("total_amt", "2999", "29.99", "more than 0 decimals"),
        ("total_amt", "2999", "", "empty, but required"),
        ("quantity", ",2,", ",1.5,", "not a whole number"),
    ],
)
def test_an_order_that_cannot_be_is_rejected(
    shop: Shop, column: str, given: str, instead: str, reason: str
) -> None:
    bad = ORDER.replace(given, instead)
    result = shop.load_one("electronics", "order.csv", ORDERS + many(ORDER, "O1") + bad)
    assert result.status == "loaded", result.message
    (reject,) = result.rejects
    assert (reject.line, reject.column) == (102, column)
    assert reason in reject.reason


@pytest.mark.parametrize(
    ("column", "given", "instead"),
    [
        ("date_order", "2024-05-01", "1900-01-01"),
        ("date_order", "2024-05-01", "2100-01-01"),
        ("expiration_date", "2025-05-01", "1900-01-01"),
        ("expiration_date", "2025-05-01", "2100-01-01"),
    ],
)
def test_a_warranty_lies_within_the_calendar(
    shop: Shop, column: str, given: str, instead: str
) -> None:
    bad = WARRANTY.replace(given, instead)
    text = WARRANTIES + many(WARRANTY, "W1") + bad
    result = shop.load_one("electronics", "warranty.csv", text)
    assert result.status == "loaded", result.message
    (reject,) = result.rejects
    assert (reject.line, reject.column) == (102, column)
    assert "date outside 1990-01-01 to" in reject.reason


def test_of_a_card_only_a_token_is_kept(shop: Shop) -> None:
    text = (
        "number,expiration_date,security_code,first_name,last_name,zip_code,id_customer\n"
        "9943378510806957,2027-12,731,Sample,Mustard,90210,C1\n"
    )
    assert shop.load_one("electronics", "credit_card.csv", text).status == "loaded"
    columns = shop.query("select * from raw_electronics.credit_card")
    assert len(columns[0]) == 4 and len(columns[0][0]) == 64
    everything = shop.everything()
    for hidden in ("9943378510806957", "2027-12", "731", "Mustard", "90210"):
        assert hidden not in everything


def test_a_stock_list_takes_the_place_of_the_one_before(shop: Shop) -> None:
    for pieces in (5, 7, 5):
        shop.load_one("electronics", "inventory.csv", STOCK + f"Austin,{pieces},P1\n")
    assert shop.query("select quantity from raw_electronics.inventory") == [(5,)]


@pytest.mark.parametrize("line", ["30,1,0,1,50000,maybe", "30,1,0,1,,1", "30,-1,0,1,50000,1"])
def test_an_observation_must_be_whole(shop: Shop, line: str) -> None:
    result = shop.load_one("electronics", "risk_observations.csv", OBSERVATIONS + line + "\n")
    assert result.status == "refused"


def test_the_real_data_sets_take_each_other_s_place(shop: Shop, real_data: Path) -> None:
    """1,000 observations, half of them risky; 928 others; and the first ones again."""
    risks = "select count(*), sum(has_risk::int) from raw_electronics.risk_observations"
    actual, random = (
        real_data / "electronics" / f"risk_{word}.csv" for word in ("actual", "random")
    )
    assert shop.load("electronics", actual).files[0].status == "unclaimed"
    found = []
    for path in (actual, actual, random, actual):
        (result,) = shop.load("electronics", path, table="risk_observations").files
        found.append((result.status, result.rows_loaded, *shop.query(risks)[0]))
    with random.open() as file:
        risky = sum(line.rstrip().endswith(",1") for line in file)
    assert found == [
        ("loaded", 1000, 1000, 500),
        ("known", 0, 1000, 500),
        ("loaded", 928, 928, risky),
        ("loaded", 1000, 1000, 500),
    ]
    edges = (
        "select min(income) filter (where not has_risk), max(income) filter (where has_risk)"
        " from raw_electronics.risk_observations"
    )
    assert shop.query(edges) == [(100_426, 99_713)]
