"""The real files: counts and sums published with them or taken by other means."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path

import pytest

from tests.ingest.conftest import Shop, money


def test_both_branches_of_the_cafe(shop: Shop, real_data: Path) -> None:
    report = shop.load("cafe", real_data / "cafe")
    found = {r.file.split("_")[0]: (r.rows_loaded, r.amounts()["GBP"]) for r in report.files}
    assert found == {
        "chesterfield": (268, money("2088.65")),
        "leeds": (382, money("1971.35")),
    }
    query = "select count(*), sum(total_price) from raw_cafe.transactions"
    assert shop.query(query) == [(650, money("4060.00"))]
    assert shop.value("select sum(control_amount) from ops.load_totals") == money("4060.00")


@pytest.mark.timeout(300)
def test_all_tables_of_the_grocery(shop: Shop, real_data: Path) -> None:
    report = shop.load("grocery", real_data / "grocery")
    assert report.exit_code == 0
    assert {r.table: r.rows_loaded for r in report.files if r.table} == {
        "transaction_data": 100_000,
        "product": 92_353,
        "hh_demographic": 801,
        "campaign_desc": 30,
        "campaign_table": 7_208,
        "coupon": 124_548,
        "coupon_redempt": 2_318,
        "causal_data": 360_535,
    }
    assert [r.file for r in report.files if r.status == "unclaimed"] == [
        "hh_summary.csv",
        "section_map.csv",
    ]
    distinct = "select count(*) from (select distinct coupon_upc, product_id, campaign"
    assert shop.value(f"{distinct} from raw_grocery.coupon) as c") == 119_384

    path = real_data / "grocery" / "transaction_data_sample_100k.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    columns = ("SALES_VALUE", "RETAIL_DISC", "COUPON_DISC", "COUPON_MATCH_DISC")
    sums = tuple(sum(Decimal(row[name]) for row in rows) for name in columns)
    stored = ", ".join(f"sum({name.lower()})" for name in columns)
    assert shop.query(f"select {stored} from raw_grocery.transaction_data") == [sums]
    baskets = sum(int(row["BASKET_ID"]) for row in rows)
    assert shop.value("select sum(basket_id) from raw_grocery.transaction_data") == baskets

    before = shop.query("select xmin::text, load_id from ops.load_files order by load_id")
    again = shop.load("grocery", real_data / "grocery")
    assert {r.status for r in again.files} == {"known", "unclaimed"}
    assert shop.query("select xmin::text, load_id from ops.load_files order by load_id") == before
