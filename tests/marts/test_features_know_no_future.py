"""What customers do later changes neither what was known of them nor what became of them."""

import csv
import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from tests.marts.built_warehouse import BuiltWarehouse, database_on

FIRST_DAY = dt.date(2024, 1, 1)
AS_OF_DATE = dt.date(2024, 4, 9)
HORIZON = 14
VARIABLES = {
    "source_systems": ["standard"],
    "as_of_date": AS_OF_DATE.isoformat(),
    "churn_horizon_days": {"standard": HORIZON},
    "grants_enabled": False,
}
# The history is 100 days, 7 windows of 14 and 2 days: six training days from 14 January on.
TRAINING_DAYS = [dt.date(2024, 1, 14) + dt.timedelta(HORIZON * n) for n in range(6)]
KEYS = ["customer_id", "as_of_date"]


def write_orders(path: Path, orders: list[tuple[str, dt.date, str, int]]) -> Path:
    """A file of order lines: (customer, day, product, quantity), each an order of its own."""
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(
            ["order_id", "ordered_at", "customer_id", "product_id", "quantity", "unit_price"]
        )
        for customer, day, product, quantity in orders:
            order_id = f"{customer}/{day}/{product}/{quantity}"
            writer.writerow([order_id, day.isoformat(), customer, product, quantity, "2.50"])
    return path


def write_products(path: Path) -> Path:
    """Five products, each a category of its own."""
    lines = [f"P{n},Product {n},Category {n}" for n in range(5)]
    path.write_text("\n".join(["product_id,product_name,category", *lines, ""]))
    return path


def history() -> list[tuple[str, dt.date, str, int]]:
    """Twelve customers, each with a rhythm of 3 to 14 days; every third leaves on 1 March."""
    orders = []
    for number in range(12):
        day, count = FIRST_DAY + dt.timedelta(number), 0
        end = dt.date(2024, 3, 1) if number % 3 == 0 else AS_OF_DATE
        while day <= end:
            orders.append((f"C{number}", day, f"P{count % (number % 4 + 1)}", 1 + count % 3))
            day, count = day + dt.timedelta(3 + number), count + 1
    return [*orders, ("C1", AS_OF_DATE, "P0", 1), ("C5", FIRST_DAY, "P0", 1)]


def known(warehouse: BuiltWarehouse, table: str) -> pd.DataFrame:
    """The rows of a table in the order of its key."""
    return warehouse.frame(f"select * from marts.{table} order by {', '.join(KEYS)}")


def build(warehouse: BuiltWarehouse) -> None:
    """Builds what the features and labels need."""
    warehouse.dbt(
        "build", "--select", "+churn_labels", "--exclude-resource-types", "test", "unit_test",
        "--vars", json.dumps(VARIABLES),
    )  # fmt: skip


@pytest.fixture(scope="module")
def warehouse(
    server: str, project_dir: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[BuiltWarehouse]:
    folder = tmp_path_factory.mktemp("features")
    with database_on(server, project_dir, folder) as made:
        made.load("standard", write_orders(folder / "order_lines.csv", history()))
        made.load("standard", write_products(folder / "products.csv"))
        build(made)
        yield made


def test_later_orders_change_nothing_that_was_known(
    warehouse: BuiltWarehouse, tmp_path: Path
) -> None:
    features, labels = known(warehouse, "customer_features"), known(warehouse, "churn_labels")
    horizons = warehouse.frame("select * from marts.churn_horizons")
    assert sorted(set(labels["as_of_date"])) == TRAINING_DAYS
    assert sorted(set(features["as_of_date"])) == [*TRAINING_DAYS, AS_OF_DATE]
    assert {True, False} == set(labels["has_churned"])

    # After the current day everybody buys a new category, one returns, somebody new comes. One who
    # stayed away comes back on the last day of the last window.
    tomorrow, last = AS_OF_DATE + dt.timedelta(1), TRAINING_DAYS[-1]
    stayed_away = labels[(labels["as_of_date"] == last) & labels["has_churned"]]
    back = stayed_away["customer_id"].iloc[0]
    later = [(f"C{n}", tomorrow + dt.timedelta(n), "P4", 9) for n in range(12)]
    later += [("C0", tomorrow, "P0", -5), ("new", tomorrow, "P1", 1)]
    later += [(back, last + dt.timedelta(HORIZON), "P4", 1)]
    warehouse.load("standard", write_orders(tmp_path / "order_lines_later.csv", later))
    build(warehouse)

    turned = labels.copy()
    turned.loc[(labels["customer_id"] == back) & (labels["as_of_date"] == last), "has_churned"] = (
        False
    )
    pd.testing.assert_frame_equal(known(warehouse, "churn_labels"), turned)
    now = known(warehouse, "customer_features")
    past = features["as_of_date"] < AS_OF_DATE
    pd.testing.assert_frame_equal(now[past], features[past])
    # Of the current day, that one order is known: it moves its customer's row and the ranks.
    others = ~past & (features["customer_id"] != back)
    ranks = ["rfm_cell", "rfm_segment"]
    pd.testing.assert_frame_equal(
        now[others].drop(columns=ranks), features[others].drop(columns=ranks)
    )
    assert not now[~past & ~others].equals(features[~past & ~others])
    moved = ["gaps", "longest_usual_gap_days"]
    pd.testing.assert_frame_equal(
        warehouse.frame("select * from marts.churn_horizons").drop(columns=moved),
        horizons.drop(columns=moved),
    )
