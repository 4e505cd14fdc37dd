"""Known answers against an independent count of the files with pandas."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from sample import SOURCES, cafe, grocery
from sample.answers import Totals, money
from tests.sample.conftest import Files

Faulty = tuple[Path, dict[str, Any]]
Find = Callable[[str, str], dict[str, Any]]


@pytest.mark.parametrize(
    ("cents", "text"), [(0, "0.00"), (5, "0.05"), (-205, "-2.05"), (123456, "1234.56")]
)
def test_money_has_two_decimals(cents: int, text: str) -> None:
    assert money(cents) == text


def test_sums_are_taken_away_as_they_were_added() -> None:
    total = Totals(2, 3, 4, 50, 10, 40, 1)
    total.add(Totals(1, 1, 1, 5, 1, 4, 0))
    total.subtract(Totals(2, 3, 4, 50, 10, 40, 1))
    assert total == Totals(1, 1, 1, 5, 1, 4, 0)


def test_grocery_answers_are_what_the_files_hold(panel: Files, lines: pd.DataFrame) -> None:
    answers = panel.report.answers
    totals = answers.totals
    reduced = lines["retail_disc"].sum() + lines["coupon_match_disc"].sum()
    assert totals.lines == len(lines)
    assert totals.orders == lines["basket_id"].nunique()
    assert totals.quantity == lines["quantity"].sum()
    assert totals.net == lines["sales_value"].sum()
    assert totals.discount == -reduced
    assert totals.gross == lines["sales_value"].sum() - reduced
    assert totals.manufacturer_coupon == -lines["coupon_disc"].sum()
    per_day = lines.groupby("day").agg(lines=("day", "size"), net=("sales_value", "sum"))
    assert len(answers.by_day) == len(per_day) == 709
    for day, row in per_day.iterrows():
        on = (pd.Timestamp("2004-03-22") + pd.Timedelta(days=int(str(day)))).strftime("%Y-%m-%d")
        assert (answers.by_day[on].lines, answers.by_day[on].net) == (row["lines"], row["net"])


def test_grocery_counts_are_what_the_files_hold(panel: Files, lines: pd.DataFrame) -> None:
    facts = panel.report.answers.facts
    coupon = panel.read("coupon")
    redeemed = panel.read("coupon_redempt")
    assert facts == {
        "households": lines["household_key"].nunique(),
        "stores": lines["store_id"].nunique(),
        "products_in_master": len(panel.read("product")),
        "products_sold": lines["product_id"].nunique(),
        "campaigns": 30,
        "mailings": len(panel.read("campaign_table")),
        "coupons": coupon["coupon_upc"].nunique(),
        "coupon_rows_distinct": len(coupon.drop_duplicates()),
        "redemptions": len(redeemed),
        "households_redeeming": redeemed["household_key"].nunique(),
    }
    for answer in panel.report.answers.files:
        assert answer.rows == len(pd.read_csv(panel.folder / answer.file))


def test_days_in_files_of_their_own_hold_the_same_lines(tmp_path: Path) -> None:
    whole = grocery.write(tmp_path / "whole", households=30, days=40)
    split = grocery.write(tmp_path / "split", households=30, days=40, days_per_file=7)
    parts = sorted((tmp_path / "split").glob("transaction_data*"))
    assert [path.name for path in parts][:2] == [
        "transaction_data_day_0001-0007.csv",
        "transaction_data_day_0008-0014.csv",
    ]
    assert len(parts) == 6
    text = [path.read_text().split("\n", 1) for path in parts]
    joined = text[0][0] + "\n" + "".join(rows for _, rows in text)
    assert joined == (tmp_path / "whole" / "transaction_data.csv").read_text()
    assert whole.answers.by_day == split.answers.by_day
    assert whole.answers.table_rows == split.answers.table_rows


def test_cafe_answers_are_what_the_files_hold(tmp_path: Path) -> None:
    report = cafe.write(tmp_path, days=7)
    orders = quantity = lines = net = 0
    days: dict[str, int] = {}
    for path in report.files:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file))
        for when, _, _, products, total, *_ in rows:
            mentions = [mention.strip() for mention in products.split(",")]
            prices = [round(float(mention.rsplit(" - ", 1)[1]) * 100) for mention in mentions]
            assert round(float(total) * 100) == sum(prices)
            orders, quantity, net = orders + 1, quantity + len(mentions), net + sum(prices)
            lines += len(set(mentions))
            day = f"{when[6:10]}-{when[3:5]}-{when[:2]}"
            days[day] = days.get(day, 0) + sum(prices)
    totals = report.answers.totals
    assert (totals.orders, totals.lines, totals.quantity) == (orders, lines, quantity)
    assert (totals.net, totals.gross, totals.discount) == (net, net, 0)
    assert {day: sums.net for day, sums in report.answers.by_day.items()} == days
    assert report.answers.table_rows == {"transactions": orders}


def test_faulty_grocery_answers_are_what_remains(faulty: Faulty) -> None:
    out, answers = faulty
    answers = answers["sources"]["grocery"]
    parts = []
    for answer in answers["files"]:
        if answer["table"] != "transaction_data" or answer["outcome"] != "loaded":
            continue
        with (out / answer["file"]).open(encoding="utf-8", newline="") as file:
            header, *rows = list(csv.reader(file))
        bad = {reject["line"] - 2 for reject in answer["rejects"]}
        good = [row for place, row in enumerate(rows) if place not in bad]
        frame = pd.DataFrame(good, columns=[name.lower() for name in header]).astype(float)
        cents = round(frame["sales_value"].sum() * 100)
        assert answer["control"] == money(cents)
        assert answer["loaded"] == len(frame) == answer["rows"] - answer["rejected"]
        parts.append(frame)
    kept = pd.concat(parts)
    assert not kept.duplicated(["basket_id", "product_id"]).any()
    totals = answers["totals"]
    assert totals["order_lines"] == len(kept) == answers["table_rows"]["transaction_data"]
    assert totals["orders"] == kept["basket_id"].nunique()
    assert totals["net_amount"] == money(round(kept["sales_value"].sum() * 100))
    assert sum(day["order_lines"] for day in answers["by_day"].values()) == len(kept)

    product = pd.read_csv(out / "grocery" / "product.csv")
    unknown = set(kept["product_id"].astype(int)) - set(product["product_id"])
    assert {str(number) for number in unknown} == set(answers["inferred_products"])
    assert len(unknown) == 5
    commodity = kept["product_id"].map(product.set_index("product_id")["commodity_desc"])
    found = commodity[commodity.isin(answers["unmapped"])].value_counts().to_dict()
    assert found == answers["unmapped"]
    assert set(found) == {"HOVERBOARD SUPPLIES", "MOON ROCKS - PKGD"}


def test_faulty_cafe_answers_are_what_remains(faulty: Faulty) -> None:
    out, answers = faulty
    answers = answers["sources"]["cafe"]
    orders = lines_amount = 0
    for answer in answers["files"]:
        if answer["outcome"] != "loaded":
            continue
        with (out / answer["file"]).open(encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file))
        bad = {reject["line"] for reject in answer["rejects"]}
        good = [row for line, row in enumerate(rows, 1) if line not in bad]
        stated = sum(round(float(row[4]) * 100) for row in good)
        assert (len(rows), money(stated)) == (answer["rows"], answer["control"])
        if answer["live"]:
            orders += len(good)
            lines_amount += sum(
                round(float(mention.rsplit(" - ", 1)[1]) * 100)
                for row in good
                for mention in row[3].split(",")
            )
    assert answers["totals"]["orders"] == orders
    assert answers["totals"]["net_amount"] == money(lines_amount)


def test_answers_name_every_file_in_the_folders(faulty: Faulty) -> None:
    out, answers = faulty
    named = {file["file"] for source in answers["sources"].values() for file in source["files"]}
    on_disk = {
        path.relative_to(out).as_posix()
        for folder in (*SOURCES, "late")
        for path in (out / folder).rglob("*")
        if path.is_file()
    }
    assert named == on_disk
    truth = {f"truth/{path.name}" for path in (out / "truth").iterdir()}
    assert set(answers["written"]) == on_disk | truth
    assert json.loads((out / "answers.json").read_text()) == answers
