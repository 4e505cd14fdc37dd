"""Every analysis compiles and runs against the built warehouse, and says what the files say."""

import time
from pathlib import Path

import pandas as pd
import pytest

from tests.marts import marketing_reference, sales_reference
from tests.marts.built_warehouse import TOKEN_KEY, BuiltWarehouse
from tests.marts.customer_reference import read_grocery_lines

HOUSEHOLD = 1


@pytest.fixture(scope="module")
def compiled(real_warehouse: BuiltWarehouse, project_dir: Path) -> dict[str, str]:
    """Compiled SQL of every analysis, by name."""
    real_warehouse.dbt(
        "compile", "--select", "resource_type:analysis", "--vars", f"{{household: {HOUSEHOLD}}}"
    )
    names = {path.stem for path in (project_dir / "analyses").glob("*.sql")}
    assert len(names) >= 4
    return {name: real_warehouse.compiled("analyses", name) for name in names}


def test_every_analysis_gives_rows(
    compiled: dict[str, str], real_warehouse: BuiltWarehouse
) -> None:
    empty = {name for name, query in compiled.items() if real_warehouse.frame(query).empty}
    # The real files name no members, and no model has scored.
    assert empty == {"top_members", "riskiest_customers", "threshold_by_cost"}


def test_best_products(
    compiled: dict[str, str], real_warehouse: BuiltWarehouse, real_data: Path
) -> None:
    lines = sales_reference.read_lines(real_data, TOKEN_KEY)
    cafe = lines[lines["source_system"] == "cafe"]
    table = real_warehouse.frame(compiled["best_products"])
    best = cafe.groupby("product_id")["net"].sum().sort_values(ascending=False)
    assert best.iloc[:11].is_unique
    table = table[table["source_system"] == "cafe"]
    assert table["product"].tolist() == best.index[:10].tolist()

    table = real_warehouse.frame(compiled["best_products_per_branch"])
    for branch, mine in cafe.groupby("store_id"):
        best = mine.groupby("product_id")["net"].sum().sort_values(ascending=False)
        assert best.iloc[:6].is_unique
        found = table[(table["source_system"] == "cafe") & (table["branch"] == branch)]
        assert found["product"].tolist() == best.index[:5].tolist()


def test_one_household_in_one_row_and_in_milliseconds(
    compiled: dict[str, str], real_warehouse: BuiltWarehouse, real_data: Path
) -> None:
    rows = real_warehouse.frame(compiled["household"])
    assert len(rows) == 1
    row = rows.iloc[0]
    lines = read_grocery_lines(real_data / "grocery")
    mine = lines[lines["household_key"] == HOUSEHOLD]
    assert row["household"] == str(HOUSEHOLD)
    assert row["orders"] == mine["basket_id"].nunique()
    assert row["stores"] == mine["store_id"].nunique()
    assert float(row["revenue_amount"]) == mine["cents"].sum() / 100
    spent = mine.groupby(mine["product_id"].astype(str))["cents"].sum().reset_index()
    best = spent.sort_values(["cents", "product_id"], ascending=[False, True])
    assert row["favourite_products"] == ", ".join(best["product_id"][:5])

    tables = marketing_reference.read_campaigns(real_data / "grocery")
    mailings, redeemed = tables["campaign_table"], tables["coupon_redempt"]
    assert row["campaigns_mailed"] == (mailings["household_key"] == HOUSEHOLD).sum()
    assert row["coupons_redeemed"] == (redeemed["household_key"] == HOUSEHOLD).sum()
    people = pd.read_csv(real_data / "grocery" / "hh_demographic.csv").rename(columns=str.lower)
    person = people[people["household_key"] == HOUSEHOLD].iloc[0]
    assert (row["age_band"], row["income_band"]) == (person["age_desc"], person["income_desc"])

    seconds = []
    for _ in range(20):
        began = time.perf_counter()
        real_warehouse.frame(compiled["household"])
        seconds.append(time.perf_counter() - began)
    # Connecting included; a machine that runs other tests beside this one needs room.
    assert min(seconds) < 0.1


def test_campaign_effect_is_the_difference_of_the_changes(
    compiled: dict[str, str], real_warehouse: BuiltWarehouse
) -> None:
    effects = real_warehouse.frame(compiled["campaign_effect"]).set_index("campaign_id")
    marts = real_warehouse.frame("select * from marts.campaign_performance")
    marts = marts.set_index("campaign_id")
    row, effect = marts.loc["18"], effects.loc["18"]
    change = {
        group: row[f"{group}_daily_sales_during"] - row[f"{group}_daily_sales_before"]
        for group in ("exposed", "unexposed")
    }
    per_household = change["exposed"] - change["unexposed"]
    assert effect["daily_effect_per_household"] == pytest.approx(per_household)
    # Campaign 18 ran from day 587 to 642, 56 days, for 1,133 households.
    assert effect["effect"] == pytest.approx(per_household * 1133 * 56)
    assert len(effects) == 30
