"""What makes the panel look like one: distributions, habits, affinities and true effects."""

import numpy as np
import pandas as pd
import pytest

from sample.grocery.panel import build_panel
from sample.grocery.shape import shape_of
from sample.grocery.simulation import simulate
from sample.grocery.transactions import rows_of
from tests.sample.conftest import Files


def test_the_panel_is_as_large_as_its_share_of_the_full_one(lines: pd.DataFrame) -> None:
    # A tenth of 2,595,732 lines, 276,484 baskets and $8,057,463.
    assert len(lines) == pytest.approx(259_573, rel=0.05)
    assert lines["basket_id"].nunique() == pytest.approx(27_648, rel=0.05)
    assert lines["sales_value"].sum() / 100 == pytest.approx(805_746, rel=0.07)
    assert lines["household_key"].nunique() >= 248


def test_discounts_are_as_large_as_in_the_full_panel(lines: pd.DataFrame) -> None:
    # A tenth of $1,398,335 off by loyalty card and $42,612 by coupons.
    assert -lines["retail_disc"].sum() / 100 == pytest.approx(139_833, rel=0.15)
    assert -lines["coupon_disc"].sum() / 100 == pytest.approx(4_261, rel=0.3)


def test_sizes_of_the_full_panel() -> None:
    full = shape_of(2_500)
    assert (full.products, full.stores, full.days) == (92_353, 582, 711)
    larger = shape_of(25_000)
    assert (larger.products, larger.stores) == (92_353, 582)


def test_weekends_are_busier_and_nights_are_quiet(lines: pd.DataFrame) -> None:
    baskets = lines.drop_duplicates("basket_id")
    # Day 1 is a Tuesday, so day mod 7 is 0 on Mondays and 5 on Saturdays.
    per_weekday = baskets["day"].mod(7).value_counts()
    assert per_weekday[5] > 1.2 * per_weekday[2]
    hours = baskets["trans_time"] // 100
    assert hours.between(15, 19).mean() > 0.3
    assert hours.between(1, 5).mean() < 0.02


def test_seasons_move_the_year(panel: Files, lines: pd.DataFrame) -> None:
    names = panel.read("product").set_index("product_id")["commodity_desc"]
    commodity = lines["product_id"].map(names)
    christmas = lines[commodity == "CHRISTMAS  SEASONAL"]["day"]
    # From 20 November to 31 December of either year.
    in_season = christmas.between(243, 284) | christmas.between(608, 649)
    assert in_season.mean() > 0.5
    # January (days 285 to 315, and 650 to 680) against July (101 to 131, and 466 to 496).
    is_soup = commodity == "SOUP"
    winter = is_soup[lines["day"].between(285, 315) | lines["day"].between(650, 680)].mean()
    summer = is_soup[lines["day"].between(101, 131) | lines["day"].between(466, 496)].mean()
    assert winter > 1.3 * summer


def test_few_products_make_most_of_the_lines(lines: pd.DataFrame) -> None:
    sold = lines["product_id"].value_counts().to_numpy()
    tenth = len(sold) // 10
    assert sold[:tenth].sum() > 0.4 * sold.sum()
    # Zipf's law: frequency falls with rank at a slope of about -1 on logarithmic axes.
    ranks = np.arange(20, 2_000)
    slope = np.polyfit(np.log(ranks), np.log(sold[20:2_000]), 1)[0]
    assert -1.3 < slope < -0.5


def test_households_buy_their_favourites_again(lines: pd.DataFrame) -> None:
    pairs = lines.groupby(["household_key", "product_id"])["day"].nunique()
    assert (pairs > 5).sum() > 1_000


def test_households_have_a_rhythm_of_their_own(panel: Files, lines: pd.DataFrame) -> None:
    truth = pd.read_csv(panel.truth / "grocery_households.csv").set_index("household_key")
    stays = truth[(truth["is_one_day"] == 0) & (truth["baskets"] > 20)]
    visits = lines.groupby("household_key")["day"].nunique().reindex(stays.index)
    until = stays["lapse_day"].fillna(712)
    realised = (until - stays["first_day"]) / visits
    # Extra visits caused by campaigns make it a little shorter.
    ratio = realised / stays["mean_gap_days"]
    assert ratio.median() == pytest.approx(1.0, abs=0.1)
    assert np.corrcoef(np.log(realised), np.log(stays["mean_gap_days"]))[0, 1] > 0.9


def test_who_has_lapsed_never_comes_again(panel: Files, lines: pd.DataFrame) -> None:
    truth = pd.read_csv(panel.truth / "grocery_households.csv").set_index("household_key")
    last = lines.groupby("household_key")["day"].max()
    assert (truth["last_purchase_day"].dropna().astype(int) == last).all()
    lapsed = truth[truth["has_lapsed"] == 1]
    assert 0.1 < len(lapsed) / len(truth) < 0.3
    assert (last.reindex(lapsed.index) < lapsed["lapse_day"]).all()
    assert truth.loc[truth["has_lapsed"] == 0, "lapse_day"].isna().all()
    assert (lines.groupby("household_key")["basket_id"].nunique() == truth["baskets"]).all()


def test_lapse_dates_are_the_days_of_the_panel(panel: Files) -> None:
    truth = pd.read_csv(panel.truth / "grocery_households.csv").dropna(subset="lapse_day")
    days = pd.to_timedelta(truth["lapse_day"].astype(int) - 1, unit="D")
    expected = (pd.Timestamp("2004-03-23") + days).dt.strftime("%Y-%m-%d")
    assert (truth["lapse_date"] == expected).all()


def test_companions_are_found_as_rules(panel: Files, lines: pd.DataFrame) -> None:
    baskets = lines["basket_id"].nunique()
    holding = lines.groupby("product_id")["basket_id"].agg(set)
    truth = pd.read_csv(panel.truth / "grocery_companions.csv")
    rules = []
    for a, b in zip(truth["product_id_a"], truth["product_id_b"], strict=True):
        if a in holding and b in holding and len(holding[a]) >= 50:
            confidence = len(holding[a] & holding[b]) / len(holding[a])
            rules.append((confidence, confidence / (len(holding[b]) / baskets)))
    assert len(rules) >= 20
    assert all(confidence > 0.25 and lift > 3 for confidence, lift in rules)


def test_campaigns_add_to_what_households_buy_by_themselves() -> None:
    panel = build_panel(shape_of(households=60, days=300, causal_rows=0), seed=5)
    added = 0
    for with_them, without in zip(simulate(panel), simulate(panel, False), strict=True):
        own = with_them.lines.take(with_them.lines.campaign < 0)
        alone = without.lines
        added += len(with_them.lines.trip) - len(own.trip)
        for name in ("product", "quantity", "sales", "retail_disc", "coupon_disc"):
            assert sorted(getattr(own, name)) == sorted(getattr(alone, name))
    assert added > 0


def test_the_true_lift_is_the_one_that_happens(tmp_path_factory: pytest.TempPathFactory) -> None:
    panel = build_panel(shape_of(households=1_000, days=500, causal_rows=0), seed=9)
    mail = panel.campaigns
    mailed = np.zeros((len(mail), len(panel.households)), dtype=bool)
    mailed[mail.campaign, mail.household] = True
    expected = added = 0.0
    for day in simulate(panel):
        runs = (mail.start_day <= day.day) & (day.day <= mail.end_day)
        own = day.lines.campaign < 0
        sales = np.bincount(
            day.trips.household[day.lines.trip[own]],
            weights=day.lines.sales[own],
            minlength=len(panel.households),
        )
        expected += float((mailed[runs] @ sales) @ mail.lift[runs])
        added += float(day.lines.sales[~own].sum())
    assert added / expected == pytest.approx(1.0, abs=0.1)


def test_a_day_as_rows_keeps_every_line() -> None:
    panel = build_panel(shape_of(households=40, days=3, causal_rows=0), seed=1)
    for day in simulate(panel):
        rows = rows_of(panel, day)
        assert len(rows) == len(day.lines.trip)
        totals = rows.totals()
        assert totals.gross - totals.discount == totals.net
        assert totals.orders == len(day.basket_id)
