"""The rules that the panel's real files keep, checked by reading the generated ones."""

import csv
from pathlib import Path

import pandas as pd
import pytest

from sample.grocery.calendar import date_of, is_closed, week_of
from sample.grocery.commodities import COMMODITIES, COMPANIONS, FUEL_PRODUCTS, MISSIONS
from tests.sample.conftest import Files

SEED_FILE = Path(__file__).parents[2] / "seeds" / "xwalk_grocery_commodity_sections.csv"


@pytest.mark.parametrize(
    ("day", "on", "week"),
    [(1, "2004-03-23", 1), (5, "2004-03-27", 1), (6, "2004-03-28", 2), (711, "2006-03-03", 102)],
)
def test_days_and_weeks_follow_the_panel(day: int, on: str, week: int) -> None:
    assert date_of(day).isoformat() == on
    assert week_of(day) == week


def test_stores_are_closed_on_christmas_day_only(lines: pd.DataFrame) -> None:
    # 2004-12-25 and 2005-12-25, counted from 2004-03-23 as day 1.
    assert [day for day in range(1, 712) if is_closed(day)] == [278, 643]
    assert set(range(1, 712)) - set(lines["day"]) == {278, 643}


def test_week_number_belongs_to_the_day(lines: pd.DataFrame) -> None:
    assert (lines["week_no"] == (lines["day"] + 8) // 7).all()


def test_a_basket_has_one_household_store_day_and_time(lines: pd.DataFrame) -> None:
    per_basket = lines.groupby("basket_id")[["household_key", "store_id", "day", "trans_time"]]
    assert (per_basket.nunique() == 1).all().all()


def test_basket_and_product_name_a_line(lines: pd.DataFrame) -> None:
    assert not lines.duplicated(["basket_id", "product_id"]).any()


def test_basket_numbers_rise_with_the_days(lines: pd.DataFrame) -> None:
    assert lines["basket_id"].is_monotonic_increasing
    assert lines["day"].is_monotonic_increasing


def test_times_are_times_of_day(lines: pd.DataFrame) -> None:
    assert lines["trans_time"].between(0, 2359).all()
    assert (lines["trans_time"] % 100 < 60).all()


def test_discounts_are_negative_but_for_a_few_surcharges(lines: pd.DataFrame) -> None:
    surcharges = lines.loc[lines["retail_disc"] > 0, "retail_disc"]
    assert len(surcharges) < len(lines) / 10_000
    assert (surcharges <= 399).all()
    assert (lines["coupon_disc"] <= 0).all()
    assert (lines["coupon_match_disc"] <= 0).all()


def test_the_shop_never_pays_for_a_line(lines: pd.DataFrame) -> None:
    assert (lines["sales_value"] >= 0).all()
    assert (lines["sales_value"] - lines["retail_disc"] - lines["coupon_match_disc"] >= 0).all()


def test_a_match_needs_a_coupon_and_both_stay_under_a_dollar(lines: pd.DataFrame) -> None:
    matched = lines[lines["coupon_match_disc"] < 0]
    assert len(matched) > 0
    assert (matched["coupon_disc"] < 0).all()
    assert (matched["coupon_disc"] + matched["coupon_match_disc"] >= -100).all()


def test_lines_of_quantity_0_bring_nothing(lines: pd.DataFrame) -> None:
    nothing = lines[lines["quantity"] == 0]
    assert 0.003 < len(nothing) / len(lines) < 0.008
    assert (nothing["sales_value"] == 0).all()
    assert (lines["quantity"] >= 0).all()


def test_every_sold_product_is_in_the_master(panel: Files, lines: pd.DataFrame) -> None:
    product = panel.read("product")
    assert product["product_id"].is_unique
    assert set(lines["product_id"]) <= set(product["product_id"])
    assert set(product["brand"]) == {"National", "Private"}


def test_commodities_are_spelled_as_the_crosswalk_spells_them() -> None:
    with SEED_FILE.open(encoding="utf-8", newline="") as file:
        known = {row["commodity_desc"] for row in csv.DictReader(file)}
    sold = {c.name for c in COMMODITIES} | {commodity for _, commodity in FUEL_PRODUCTS}
    assert sold <= known


def test_missions_and_companions_name_known_commodities() -> None:
    names = {c.name for c in COMMODITIES}
    assert {name for _, about in MISSIONS.values() for name in about} <= names
    assert {name for pair in COMPANIONS for name in pair} <= names


def test_missing_sizes_are_a_single_blank(panel: Files) -> None:
    sizes = panel.read("product")["curr_size_of_product"]
    assert 0.25 < (sizes == " ").mean() < 0.5
    assert (sizes != "").all()


def test_fuel_is_sold_alone_in_thousandths_of_a_gallon(panel: Files, lines: pd.DataFrame) -> None:
    product = panel.read("product")
    fuel = product[product["sub_commodity_desc"] == "GASOLINE-REG UNLEADED"]
    assert set(fuel["commodity_desc"]) == {"COUPON/MISC ITEMS", "FUEL"}
    sold = lines[lines["product_id"].isin(fuel["product_id"])]
    assert 0.005 < len(sold) / len(lines) < 0.02
    assert sold["quantity"].median() > 5_000
    baskets = lines[lines["basket_id"].isin(sold["basket_id"])]
    assert (baskets.groupby("basket_id").size() == 1).all()


def test_demographics_cover_a_third_and_agree_with_themselves(panel: Files) -> None:
    people = panel.read("hh_demographic").astype(str)
    # 801 of 2,500 households, so 80 of 250.
    assert len(people) == 80
    assert people["household_key"].is_unique
    columns = ["hh_comp_desc", "household_size_desc", "kid_category_desc"]
    seen = set(people[columns].itertuples(index=False, name=None))
    # Adults and children make the size; "3+" children and "5+" people may be more.
    assert seen <= {
        ("2 Adults No Kids", "2", "None/Unknown"),
        *(("2 Adults Kids", size, kids) for size, kids in (("3", "1"), ("4", "2"), ("5+", "3+"))),
        *(("1 Adult Kids", size, kids) for size, kids in (("2", "1"), ("3", "2"), ("4", "3+"))),
        ("1 Adult Kids", "5+", "3+"),
        *((f"Single {who}", size, "None/Unknown") for who in ("Male", "Female") for size in "12"),
        ("Unknown", "1", "None/Unknown"),
        ("Unknown", "3", "1"),
    }
    assert len(seen) > 6


def test_some_households_come_on_one_day_only(lines: pd.DataFrame) -> None:
    days = lines.groupby("household_key")["day"].nunique()
    # Six in a thousand of 250.
    assert (days == 1).sum() == 2


def test_campaigns_are_thirty_of_three_types(panel: Files) -> None:
    campaigns = panel.read("campaign_desc")
    assert campaigns["description"].value_counts().to_dict() == {
        "TypeB": 19,
        "TypeC": 6,
        "TypeA": 5,
    }
    assert (campaigns["end_day"] > campaigns["start_day"]).all()
    mailed = panel.read("campaign_table")
    assert not mailed.duplicated(["household_key", "campaign"]).any()
    joined = mailed.merge(campaigns, on="campaign", suffixes=("", "_master"))
    assert len(joined) == len(mailed)
    assert (joined["description"] == joined["description_master"]).all()


def test_coupons_hold_exact_duplicates_and_known_products(panel: Files) -> None:
    coupon = panel.read("coupon")
    assert 0.03 < coupon.duplicated().mean() < 0.06
    assert set(coupon["product_id"]) <= set(panel.read("product")["product_id"])


def test_redemptions_are_mailed_coupons_on_a_line_of_that_day(
    panel: Files, lines: pd.DataFrame
) -> None:
    redeemed = panel.read("coupon_redempt")
    assert len(redeemed) > 0
    assert not redeemed.duplicated().any()
    mailed = panel.read("campaign_table")[["household_key", "campaign"]]
    assert len(redeemed.merge(mailed)) == len(redeemed)
    runs = redeemed.merge(panel.read("campaign_desc"), on="campaign")
    assert runs["day"].between(runs["start_day"], runs["end_day"]).all()
    with_coupon = lines[lines["coupon_disc"] < 0]
    entries = redeemed.merge(panel.read("coupon").drop_duplicates(), on=["coupon_upc", "campaign"])
    found = entries.merge(with_coupon, on=["household_key", "day", "product_id"])
    keys = ["household_key", "day", "coupon_upc", "campaign"]
    assert len(found[keys].drop_duplicates()) == len(redeemed)


def test_promotions_name_a_place_and_known_products_and_stores(
    panel: Files, lines: pd.DataFrame
) -> None:
    causal = panel.read("causal_data").astype({"display": str, "mailer": str})
    assert not causal.duplicated().any()
    assert not ((causal["display"] == "0") & (causal["mailer"] == "0")).any()
    assert causal["week_no"].between(1, 102).all()
    assert set(causal["product_id"]) <= set(panel.read("product")["product_id"])
    # Display and mailer belong to the grain: a few products stand in a store in two ways.
    assert causal.duplicated(["product_id", "store_id", "week_no"]).any()
