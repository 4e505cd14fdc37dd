"""Customers whose id is personal are known by a token, in every file by the same."""

from __future__ import annotations

import hashlib
import hmac
import io

import pytest
from rich.console import Console

from ingest.erasure.forgetting import forget
from ingest.loader_errors import DefinitionError
from ingest.loads.load_report import render
from tests.ingest.conftest import TOKEN_KEY, Shop

HEADER = "order_id,ordered_at,customer_id,product_id,quantity,unit_price\n"
# The same three people, however they are written; a shop's own ids; a guest.
LINES = HEADER + "".join(
    f"O{number},2024-03-01,{customer},P1,1,2\n"
    for number, customer in enumerate(
        [
            "kim@shop.example", " Kim@Shop.Example", "+61 412 345 678", "+61412345678",
            "0412345678", "0412 345 678", "Ann Reedham", "C-7", "17850", "4006381333931", "",
        ]
    )
)  # fmt: skip
CUSTOMERS = "customer_id,region\nKIM@shop.example,North\nC-7,South\n0412-345-678,West\n"
IDS = "select customer_id from raw_standard.order_lines order by file_line"


def token(value: str) -> str:
    """RFC 2104 HMAC with SHA-256, by the standard library."""
    return hmac.new(bytes.fromhex(TOKEN_KEY), value.encode(), hashlib.sha256).hexdigest()


def test_personal_ids_become_tokens_and_others_stay(shop: Shop) -> None:
    report = shop.load("standard", shop.write("order_lines.csv", LINES))
    (result,) = report.files
    assert (result.rows_loaded, result.personal_ids) == (11, 7)
    kim, abroad, phone = token("kim@shop.example"), token("+61412345678"), token("0412345678")
    assert [row[0] for row in shop.query(IDS)] == [
        kim, kim, abroad, abroad, phone, phone, token("ann reedham"),
        "C-7", "17850", "4006381333931", None,
    ]  # fmt: skip
    out = io.StringIO()
    Console(file=out, width=300).print(render(report))
    assert "7 rows identify the customer by an e-mail address" in out.getvalue()
    assert "--keep-customer-ids" in out.getvalue()
    everything = shop.everything() + out.getvalue()
    assert [v for v in ("shop.example", "412345678", "Reedham") if v in everything] == []


def test_customers_and_their_orders_still_meet(shop: Shop) -> None:
    shop.load_one("standard", "order_lines.csv", LINES)
    shop.load_one("standard", "customers.csv", CUSTOMERS)
    joined = shop.query(
        "select c.region, count(*) from raw_standard.order_lines as o"
        " inner join raw_standard.customers as c on o.customer_id = c.customer_id"
        " group by 1 order by 1"
    )
    assert joined == [("North", 2), ("South", 1), ("West", 2)]


def test_a_check_counts_them(shop: Shop) -> None:
    result = shop.load_one("standard", "order_lines.csv", LINES, check=True)
    assert (result.status, result.personal_ids) == ("checked", 7)


def test_ids_can_be_kept(shop: Shop) -> None:
    result = shop.load_one("standard", "order_lines.csv", LINES, keep_customer_ids=True)
    assert result.personal_ids == 0
    assert [row[0] for row in shop.query(IDS)][:2] == ["kim@shop.example", " Kim@Shop.Example"]


@pytest.mark.parametrize("is_kept", [False, True])
def test_the_clear_address_is_forgotten(shop: Shop, is_kept: bool) -> None:
    shop.load_one("standard", "order_lines_1.csv", LINES, keep_customer_ids=is_kept)
    shop.load_one("standard", "customers.csv", CUSTOMERS, keep_customer_ids=is_kept)
    done = forget(
        shop.conninfo, shop.project_dir, "standard", "Kim@SHOP.example", token_key=TOKEN_KEY
    )
    assert {e.table: e.rows for e in done.renamed if e.rows} == {
        "raw_standard.order_lines": 2,
        "raw_standard.customers": 1,
    }
    assert done.traces == ()
    everything = shop.everything().lower()
    assert "kim@shop.example" not in everything
    assert token("kim@shop.example") not in everything
    # Both orders and the customer are one, under an id that nobody can get to.
    first, second, *others = [row[0] for row in shop.query(IDS)]
    assert first == second
    assert (
        shop.value("select customer_id from raw_standard.customers where region = 'North'") == first
    )
    assert "C-7" in others

    # What the person buys from now on is a sale to nobody; others keep their ids.
    later = LINES.replace("O", "X")
    shop.load_one("standard", "order_lines_2.csv", later, keep_customer_ids=is_kept)
    ids = [row[0] for row in shop.query(IDS.replace("order by", "where load_id = 3 order by"))]
    assert ids[:2] == [None, None]
    assert ids[7:] == ["C-7", "17850", "4006381333931", None]


def test_a_plain_id_stays(shop: Shop) -> None:
    shop.load_one("standard", "order_lines.csv", LINES)
    shop.load_one("standard", "customers.csv", CUSTOMERS)
    done = forget(shop.conninfo, shop.project_dir, "standard", "C-7", token_key=TOKEN_KEY)
    assert done.rows == 0
    assert shop.query(IDS)[7] == ("C-7",)
    shop.load_one("standard", "order_lines_2.csv", LINES.replace("O", "X"))
    assert shop.query(IDS.replace("order by", "where load_id = 3 order by"))[7] == ("C-7",)


def test_definitions_that_cannot_be_are_refused(shop: Shop) -> None:
    from ingest.tables.definition_files import read_definitions

    text = (shop.project_dir / "models/staging/standard/_standard__sources.yml").read_text()
    for wrong, message in (
        ("personal_values: hash", "personal_values must be token or keep"),
        ("personal_values: token, pii: token", "personal_values needs a column without pii"),
        (
            "pii: token, form_elsewhere: '(?=x)'",
            "form_elsewhere needs a pii column and a regular expression",
        ),
        ("form_elsewhere: 'x'", "form_elsewhere needs a pii column"),
    ):
        folder = shop.folder / "project" / "models" / "staging" / "standard"
        folder.mkdir(parents=True, exist_ok=True)
        changed = text.replace("optional: true, personal_values: token", f"optional: true, {wrong}")
        (folder / "_standard__sources.yml").write_text(changed)
        with pytest.raises(DefinitionError, match=message):
            read_definitions(shop.folder / "project")
