"""A daily delivery after the full history."""

from pathlib import Path

import pandas as pd
import pytest

from sample import SampleError, grocery
from sample.grocery import NewDay, next_day
from tests.sample.conftest import Files

KEY = ["basket_id", "product_id"]


@pytest.fixture(scope="module")
def delivery(panel: Files, tmp_path_factory: pytest.TempPathFactory) -> NewDay:
    """One day for the default panel: a hundredth of its lines, three in a hundred corrections."""
    out = tmp_path_factory.mktemp("new_day")
    return grocery.new_day(panel.folder, out, share=0.01, corrected=0.03)


def test_the_file_has_the_share_of_lines_that_was_asked_for(
    delivery: NewDay, lines: pd.DataFrame
) -> None:
    file = pd.read_csv(delivery.path)
    assert delivery.path.name == "transaction_data_day_0712-0712.csv"
    assert len(file) == delivery.rows == delivery.new_lines + delivery.resent_lines
    # Whole baskets only, so it may fall short by less than one.
    assert 0 <= round(len(lines) * 0.01) - len(file) < 145
    assert (file["day"] == 712).sum() == delivery.new_lines


def test_corrections_resend_whole_baskets_with_one_line_changed(
    delivery: NewDay, lines: pd.DataFrame
) -> None:
    file = pd.read_csv(delivery.path)
    file["sales_value"] = (file["sales_value"] * 100).round().astype("int64")
    again = file[file["day"] < 712]
    before = lines[lines["basket_id"].isin(again["basket_id"])]
    wanted = round(round(len(lines) * 0.01) * 0.03)
    assert delivery.corrected_baskets == again["basket_id"].nunique() == wanted
    assert len(before) == len(again) == delivery.resent_lines
    both = again.merge(before, on=KEY, suffixes=("", "_before"))
    assert len(both) == len(again)
    changed = both[both["quantity"] != both["quantity_before"]]
    assert (changed.groupby("basket_id").size() == 1).all()
    assert changed["basket_id"].nunique() == delivery.corrected_baskets
    assert (changed["quantity"] == changed["quantity_before"] + 1).all()
    assert (changed["sales_value"] > changed["sales_value_before"]).all()
    others = both[both["quantity"] == both["quantity_before"]]
    assert (others["sales_value"] == others["sales_value_before"]).all()


def test_corrections_lie_all_over_the_history(delivery: NewDay) -> None:
    days = pd.read_csv(delivery.path)["day"]
    per_third = pd.cut(days[days < 712], [0, 237, 474, 711]).value_counts(normalize=True)
    assert (per_third > 0.15).all()


def test_the_change_is_what_the_sums_change_by(delivery: NewDay, lines: pd.DataFrame) -> None:
    file = pd.read_csv(delivery.path)
    for name in ("sales_value", "retail_disc", "coupon_disc", "coupon_match_disc"):
        file[name] = (file[name] * 100).round().astype("int64")
    after = pd.concat([lines[~lines["basket_id"].isin(file["basket_id"])], file])
    change = delivery.change
    assert change.lines == len(after) - len(lines)
    assert change.orders == after["basket_id"].nunique() - lines["basket_id"].nunique()
    assert change.quantity == after["quantity"].sum() - lines["quantity"].sum()
    assert change.net == after["sales_value"].sum() - lines["sales_value"].sum()
    coupons = lines["coupon_disc"].sum() - after["coupon_disc"].sum()
    assert change.manufacturer_coupon == coupons


def test_new_lines_keep_the_line_key_and_know_their_panel(
    delivery: NewDay, panel: Files, lines: pd.DataFrame
) -> None:
    file = pd.read_csv(delivery.path)
    assert not file.duplicated(KEY).any()
    new = file[file["day"] == 712]
    assert not set(new["basket_id"]) & set(lines["basket_id"])
    assert set(new["product_id"]) <= set(panel.read("product")["product_id"])
    assert set(new["household_key"]) <= set(range(1, 251))
    truth = pd.read_csv(panel.truth / "grocery_households.csv").set_index("household_key")
    assert not truth.loc[list(set(new["household_key"])), "has_lapsed"].any()


def test_blocks_do_not_matter(
    panel: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, delivery: NewDay
) -> None:
    monkeypatch.setattr(next_day, "_BLOCK_BYTES", 200_000)
    again = grocery.new_day(panel.folder, tmp_path, share=0.01, corrected=0.03)
    assert again.path.read_bytes() == delivery.path.read_bytes()


def test_a_folder_without_history_is_named(tmp_path: Path) -> None:
    with pytest.raises(SampleError, match="holds 0 transaction lines"):
        grocery.new_day(tmp_path, tmp_path / "out", households=10, days=5)
