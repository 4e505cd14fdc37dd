"""The electronics shop's files: answers against an independent count, and a risk to be learnt."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sample import electronics
from sample.electronics.people import risk_of
from sample.electronics.shop import price

Made = tuple[Path, dict[str, Any]]


@pytest.fixture(scope="module", params=[False, True])
def shop(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Made:
    out = tmp_path_factory.mktemp("shop")
    return out, electronics.write_scaled(out, 0.7, 3, request.param).answers.as_json()


def answer(made: Made, table: str) -> dict[str, Any]:
    """What must become of the one file of a table that must be loaded."""
    (found,) = [
        file for file in made[1]["files"] if file["table"] == table and file["outcome"] == "loaded"
    ]
    return dict(found)


def loaded(made: Made, table: str) -> pd.DataFrame:
    """Its good rows."""
    told = answer(made, table)
    rows = pd.read_csv(made[0] / told["file"], dtype=str)
    assert len(rows) == told["rows"]
    return rows.drop(index=[reject["line"] - 2 for reject in told["rejects"]])


def money(cents: int) -> str:
    return f"{cents / 100:.2f}"


def test_all_tables_are_written(shop: Made) -> None:
    assert len(shop[1]["table_rows"]) == 18
    for table, rows in shop[1]["table_rows"].items():
        assert len(loaded(shop, table)) == rows > 0


def test_answers_are_what_the_files_hold(shop: Made) -> None:
    orders = loaded(shop, "order").astype({"quantity": int, "total_amt": int})
    totals = shop[1]["totals"]
    assert totals["orders"] == len(orders) == orders["id"].nunique()
    assert totals["quantity"] == orders["quantity"].sum()
    assert (
        totals["net_amount"] == money(orders["total_amt"].sum()) == answer(shop, "order")["control"]
    )
    by_day = orders.groupby("date")["total_amt"].sum()
    assert {day: told["net_amount"] for day, told in shop[1]["by_day"].items()} == {
        day: money(cents) for day, cents in by_day.items()
    }

    facts = shop[1]["facts"]
    warranties = loaded(shop, "warranty")
    warranted = orders["id"].isin(warranties["id_order"])
    assert facts["orders_with_warranty"] == warranted.sum()
    of_orders = warranties.loc[warranties["id_order"].isin(orders["id"]), "id_order"]
    assert facts["warranties_astray"] == len(warranties) - of_orders.nunique()
    assert facts["orders_without_warranty"] == (~warranted).sum()
    quotes = (orders.loc[~warranted, "total_amt"] // 5).sum()
    assert facts["quotes_amount"] == money(quotes)

    stock = loaded(shop, "inventory").astype({"quantity": int})
    links = loaded(shop, "inventory_backorder").merge(
        loaded(shop, "backorder"), left_on="id_backorder", right_on="id"
    )
    low = stock[stock["quantity"] <= 10].merge(
        links[links["status"] != "received"],
        left_on=["location", "id_product"],
        right_on=["location_inventory", "id_product_inventory"],
    )
    assert facts["low_stocks_with_open_backorder"] == len(low) > 0

    unknown = set(orders["id_product"]) - set(loaded(shop, "product")["id"])
    assert unknown == set(shop[1]["inferred_products"])


def test_warranties_cost_what_is_known_of_the_customer(shop: Made) -> None:
    """20 % of nobody known, else 15 or 10 %; cut off to whole cents."""
    orders = loaded(shop, "order").set_index("id")
    told = set(loaded(shop, "personal_information")["id_customer"])
    warranties = loaded(shop, "warranty")
    warranties = warranties[warranties["id_order"].isin(orders.index)]
    assert set(warranties["percentage"]) == {"10", "15", "20"}
    for row in warranties.itertuples():
        order = orders.loc[str(row.id_order)]
        cents = int(order["total_amt"]) * int(str(row.percentage)) // 100
        assert int(str(row.price)) == cents
        if order["id_customer"] != "99999999":
            assert (row.percentage == "20") == (order["id_customer"] not in told)


@pytest.mark.parametrize(
    ("total", "percent", "cents"), [(2999, 20, 599), (2999, 15, 449), (2999, 10, 299), (4, 20, 0)]
)
def test_prices_are_cut_off(total: int, percent: int, cents: int) -> None:
    assert price(total, percent) == cents


def test_prices_rose_for_every_second_product(shop: Made) -> None:
    """An order keeps the price of its day; the file of products has today's."""
    orders = loaded(shop, "order").astype({"quantity": int, "total_amt": int})
    orders = orders.merge(
        loaded(shop, "product").astype({"price": int}),
        left_on="id_product", right_on="id", suffixes=("", "_of_product"),
    )  # fmt: skip
    differs = orders["total_amt"] != orders["quantity"] * orders["price"]
    assert differs.any()
    assert orders.loc[differs, "date"].max() < "2024-01-01"


def test_the_true_risk_of_one_person() -> None:
    """By hand: 0.55 × 0.5 − 0.03 × 10 = −0.025, and 1/(1 + e^0.025)."""
    assert risk_of(age=55, kids=2, pets=1, income=60_000) == pytest.approx(0.49375, abs=1e-5)


def test_a_model_learns_the_risk_and_never_all_of_it(tmp_path: Path) -> None:
    electronics.write_scaled(tmp_path, 1, 20_040_323, False)
    rows = pd.read_csv(tmp_path / "electronics" / "risk_observations.csv")
    assert len(rows) == 1000
    labels = rows.pop("has_risk")
    model = make_pipeline(StandardScaler(), LogisticRegression())
    found = cross_val_predict(model, rows, labels, cv=5, method="predict_proba")[:, 1]
    assert 0.7 < roc_auc_score(labels, found) < 0.9
    share = labels.mean()
    assert log_loss(labels, found) < 0.9 * log_loss(labels, [share] * len(labels))
    for name in rows:
        risky, others = rows.loc[labels == 1, name], rows.loc[labels == 0, name]
        assert risky.min() < others.max() and others.min() < risky.max()
