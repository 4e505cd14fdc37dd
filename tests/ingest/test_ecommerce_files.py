"""The online shop's files: tokens of people and applications, prices that may be missing, dates."""

from __future__ import annotations

import hashlib
import hmac
from decimal import Decimal

import pytest

from tests.ingest.conftest import TOKEN_KEY, Shop

APPLICATIONS = "name,email,date_of_birth,mobile_no\n"
APPLICATION = "Ann O'Sample,ann@example.com,17-05-1987,81234567\n"
HEADERS = (
    "transaction_id,membership_id,transaction_at,total_items_price,total_items_weight_kg,status\n"
)
HEADER = "T1,Sample_6845c,2022-03-01 09:30:00,30.00,0.75,placed\n"


def token(text: str) -> str:
    """RFC 2104 HMAC with SHA-256, by the standard library."""
    return hmac.new(bytes.fromhex(TOKEN_KEY), text.encode(), hashlib.sha256).hexdigest()


def test_an_application_has_a_token_of_its_content_alone(shop: Shop) -> None:
    later = APPLICATION.replace("\n", ",2022-01-01 12:00:00\n")
    shop.load_one("ecommerce", "applications_09.csv", APPLICATIONS + APPLICATION + ",,,\n")
    shop.load_one(
        "ecommerce", "Applications_12.csv", APPLICATIONS.strip() + ",applied_at\n" + later
    )
    found = shop.query(
        "select application_token, applied_at::text from raw_ecommerce.applications"
        " order by load_id, file_line"
    )
    same = token('["Ann O\'Sample", "ann@example.com", "17-05-1987", "81234567"]')
    assert found == [
        (same, None),
        (token("[null, null, null, null]"), None),
        (same, "2022-01-01 12:00:00"),
    ]


def test_a_header_in_the_middle_is_no_application(shop: Shop) -> None:
    many = "".join(APPLICATION.replace("Ann", f"Ann{number}") for number in range(100))
    result = shop.load_one("ecommerce", "applications.csv", (APPLICATIONS + many) * 2)
    (reject,) = result.rejects
    assert (reject.line, reject.reason, reject.value) == (102, "repeated header", None)
    assert shop.value("select count(*) from raw_ecommerce.applications") == 200


def test_files_do_not_bring_tokens(shop: Shop) -> None:
    content = "application_token," + APPLICATIONS + "x," + APPLICATION
    result = shop.load_one("ecommerce", "applications.csv", content)
    assert result.status == "refused"
    assert "unknown column 'application_token'" in result.message


def test_no_applicant_keeps_an_hour_out(shop: Shop) -> None:
    rows = [
        f"{'n' * 10_000},{'e' * 10_000},{'1' * 10_000},{'8' * 10_000}\n",
        '"Robert\'); drop table applications;--",😀,31/31/1990,\\N\n',
        '"Two\nlines","""quoted""",yesterday,NULL\n',
        ",,,\n",
    ]
    result = shop.load_one("ecommerce", "applications.csv", APPLICATIONS + "".join(rows))
    assert (result.status, result.rows_loaded, result.rows_rejected) == ("loaded", 4, 0)
    found = shop.query("select name, mobile_no from raw_ecommerce.applications order by file_line")
    assert found[1:] == [
        ("Robert'); drop table applications;--", "\\N"),
        ("Two\nlines", "NULL"),
        (None, None),
    ]


def test_a_membership_id_is_stored_as_its_token(shop: Shop) -> None:
    members = (
        "membership_id,first_name,last_name,email,date_of_birth,mobile_no,joined_at\n"
        "Sample_6845c,Ann,Sample,ann@example.com,1987-05-17,81234567,2021-05-01\n"
    )
    shop.load_one("ecommerce", "members.csv", members)
    shop.load_one("ecommerce", "transactions.csv", HEADERS + HEADER)
    for table in ("members", "transactions"):
        found = shop.value(f"select membership_id from raw_ecommerce.{table}")
        assert found == token("Sample_6845c")
    assert "Sample_6845c" not in shop.everything()


def test_headers_are_controlled_by_their_totals_and_items_by_their_rows(shop: Shop) -> None:
    back = HEADER.replace("T1", "T2").replace("30.00", "-4.50").replace("03-01", "03-02")
    shop.load_one("ecommerce", "transactions_1.csv", HEADERS + HEADER + back)
    without_prices = "quantity,item_id,transaction_id\n3,a,T1\n-1,,T2\n"
    shop.load_one("ecommerce", "transaction_items_1.csv", without_prices)
    with_prices = "transaction_id,item_id,quantity,unit_price\nT1,b,1,\nT1,c,1,0\n"
    shop.load_one("ecommerce", "transaction_items_2.csv", with_prices)
    found = shop.query(
        "select business_date::text, currency_code, row_count, control_amount"
        " from ops.load_totals order by load_id, business_date"
    )
    assert found == [
        ("2022-03-01", "SGD", 1, Decimal("30")),
        ("2022-03-02", "SGD", 1, Decimal("-4.5")),
        (None, None, 2, None),
        (None, None, 2, None),
    ]
    prices = shop.query("select unit_price from raw_ecommerce.transaction_items order by item_id")
    assert prices == [(None,), (None,), (Decimal("0"),), (None,)]


@pytest.mark.parametrize("day", ["1900-01-01", "2100-01-01", "2022-02-30", "01/03/2022"])
def test_a_transaction_of_another_age_is_rejected_without_its_values(shop: Shop, day: str) -> None:
    good = "".join(HEADER.replace("T1", f"G{number}") for number in range(100))
    bad = HEADER.replace("2022-03-01", day)
    result = shop.load_one("ecommerce", "transactions.csv", HEADERS + good + bad)
    (reject,) = result.rejects
    assert (reject.line, reject.column, reject.value) == (102, "transaction_at", None)


def test_an_item_weighs_nothing_or_more(shop: Shop) -> None:
    items = "item_id,item_name,manufacturer_name,cost,weight_kg\n"
    good = "".join(f"i{number},Kettle,Hearthworks,10.00,0.25\n" for number in range(100))
    bad = "x,Balloon,Hearthworks,1.00,-0.01\n"
    (reject,) = shop.load_one("ecommerce", "items.csv", items + good + bad).rejects
    assert (reject.line, reject.column) == (102, "weight_kg")
