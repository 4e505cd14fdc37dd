"""The marketing marts on the real files against pandas."""

from pathlib import Path

import pandas as pd
import pytest

from tests.marts import marketing_reference as reference
from tests.marts.built_warehouse import BuiltWarehouse
from tests.marts.customer_reference import PANEL_DAY_ZERO, read_grocery_lines

GROUPS = ("exposed", "unexposed")
AVERAGES = [
    f"{group}_{own}daily_sales_{period}"
    for group in GROUPS
    for own in ("", "own_")
    for period in ("before", "during", "after")
]


@pytest.fixture(scope="module")
def lines(real_data: Path) -> pd.DataFrame:
    """The real basket lines, by day of the panel."""
    return read_grocery_lines(real_data / "grocery")


@pytest.fixture(scope="module")
def tables(real_data: Path) -> dict[str, pd.DataFrame]:
    """The real campaign files."""
    return reference.read_campaigns(real_data / "grocery")


def check(table: pd.DataFrame, expected: pd.DataFrame, keys: list[str]) -> None:
    table = table.rename(columns={"households_mailed": "exposed_households"})
    table, expected = (frame.set_index(keys).sort_index() for frame in (table, expected))
    assert table.index.is_unique and table.index.equals(expected.index)
    for column in ("exposed_households", "unexposed_households"):
        assert (table[column] == expected[column]).all()
    pd.testing.assert_frame_equal(
        table[AVERAGES].astype(float), expected[AVERAGES].astype(float),
        check_index_type=False, rtol=1e-12, atol=1e-12,
    )  # fmt: skip


def redemption_counts(redeemed: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    return redeemed.groupby([redeemed[key].astype(str) for key in keys]).agg(
        redemptions=("household_key", "size"), households_redeeming=("household_key", "nunique")
    )


def test_campaigns_equal_the_reference(
    real_warehouse: BuiltWarehouse, lines: pd.DataFrame, tables: dict[str, pd.DataFrame]
) -> None:
    coupons = tables["coupon"]

    def own(campaign: int) -> dict[str, set[int]]:
        return {"all": set(coupons.loc[coupons["campaign"] == campaign, "product_id"])}

    table = real_warehouse.frame("select * from marts.campaign_performance")
    check(table, reference.campaign_averages(lines, tables, own), ["campaign_id"])
    assert len(table) == 30 and table["households_mailed"].sum() == 7208

    table = table.set_index("campaign_id")
    expected = redemption_counts(tables["coupon_redempt"], ["campaign"])
    assert table["redemptions"].sum() == 2318
    for column in expected:
        assert table.loc[expected.index, column].tolist() == expected[column].tolist()
    rate = table["households_redeeming"].astype(float) / table["households_mailed"].astype(float)
    assert (table["redemption_rate"].astype(float) == rate).all()


def test_campaign_dates_and_coverage(
    real_warehouse: BuiltWarehouse, lines: pd.DataFrame, tables: dict[str, pd.DataFrame]
) -> None:
    table = real_warehouse.frame("select * from marts.campaign_performance").set_index(
        "campaign_id"
    )
    first, last = lines["day"].min(), lines["day"].max()
    for campaign in tables["campaign_desc"].itertuples():
        row = table.loc[str(campaign.campaign)]
        assert pd.Timestamp(row["start_date"]) == PANEL_DAY_ZERO + pd.Timedelta(
            days=campaign.start_day
        )
        assert row["during_days"] == campaign.end_day - campaign.start_day + 1
        covered = campaign.start_day - 28 >= first and campaign.end_day + 28 <= last
        assert row["is_fully_observed"] == covered
    assert table["is_fully_observed"].nunique() == 2


def test_coupons_equal_the_reference(
    real_warehouse: BuiltWarehouse, lines: pd.DataFrame, tables: dict[str, pd.DataFrame]
) -> None:
    coupons = tables["coupon"].drop_duplicates()

    def own(campaign: int) -> dict[str, set[int]]:
        mine = coupons[coupons["campaign"] == campaign]
        return {str(coupon): set(ids) for coupon, ids in mine.groupby("coupon_upc")["product_id"]}

    table = real_warehouse.frame("select * from marts.coupon_performance")
    expected = reference.campaign_averages(lines, tables, own).rename(columns={"name": "coupon_id"})
    check(table, expected, ["coupon_id", "campaign_id"])
    assert table["products"].sum() == len(coupons) == 119_384

    table = table.set_index(["coupon_id", "campaign_id"])
    redeemed = redemption_counts(tables["coupon_redempt"], ["coupon_upc", "campaign"])
    for column in redeemed:
        assert table.loc[redeemed.index, column].tolist() == redeemed[column].tolist()
    assert table["redemptions"].sum() == 2318
