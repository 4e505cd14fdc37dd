"""What customers do later changes neither what was known of them nor what became of them."""

import csv
import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from tests.marts.built_warehouse import WITHOUT_TESTS, BuiltWarehouse, database_on

FIRST_DAY = dt.date(2024, 1, 1)
AS_OF_DATE = dt.date(2024, 4, 9)
HORIZON = 14
VARIABLES = {
    "source_systems": ["standard"],
    "as_of_date": AS_OF_DATE.isoformat(),
    "churn_horizon_days": {"standard": HORIZON},
    "reporting_currency": "USD",
    "grants_enabled": False,
}
# The history is 100 days, so the 84th is the last one of whole weeks with a complete window. It is
# held out, and the five others end a window before it.
TRAINING_DAYS = [FIRST_DAY + dt.timedelta(day - 1) for day in (42, 49, 56, 63, 70, 84)]
# In dollars, in all of 2024, by seeds/exchange_rates.csv.
POUND, EURO = 1.2781, 1.0820
KEYS = ["customer_id", "as_of_date"]
HEADER = [
    "order_id", "ordered_at", "customer_id", "product_id", "quantity", "unit_price",
    "currency_code",
]  # fmt: skip
TABLES = ("customer_features", "churn_labels", "customer_rfm", "customer_rfm_history")


def write_orders(
    path: Path, orders: list[tuple[str, dt.date, str, int]], currency: str = "GBP"
) -> Path:
    """A file of order lines: (customer, day, product, quantity), each an order of its own."""
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for customer, day, product, quantity in orders:
            order_id = f"{customer}/{day}/{product}/{quantity}"
            line = [order_id, day.isoformat(), customer, product, quantity, "2.50", currency]
            writer.writerow(line)
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
    relation = warehouse.relation(table)
    return warehouse.frame(f"select * from {relation} order by {', '.join(KEYS)}")


def build(warehouse: BuiltWarehouse, *options: str) -> None:
    """Builds the tables and what they need."""
    selected = [f"+{table}" for table in TABLES]
    warehouse.dbt(*WITHOUT_TESTS, "--select", *selected, "--vars", json.dumps(VARIABLES), *options)


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
    months = known(warehouse, "customer_rfm_history")
    horizons = warehouse.frame("select * from aggregates.churn_horizons")
    assert sorted(set(labels["as_of_date"])) == TRAINING_DAYS
    assert sorted(set(features["as_of_date"])) == [*TRAINING_DAYS, AS_OF_DATE]
    assert {True, False} == set(labels["has_churned"])
    assert {"GBP"} == set(features["currency_code"]) == set(months["currency_code"])

    # After the current day everybody buys a new category and pays in another currency, one returns,
    # somebody new comes. One who stayed away comes back on the last day of the last window.
    tomorrow, last = AS_OF_DATE + dt.timedelta(1), TRAINING_DAYS[-1]
    stayed_away = labels[(labels["as_of_date"] == last) & labels["has_churned"]]
    back = stayed_away["customer_id"].iloc[0]
    later = [(f"C{n}", tomorrow + dt.timedelta(n), "P4", 9) for n in range(12)]
    later += [("C0", tomorrow, "P0", -5), ("new", tomorrow, "P1", 1)]
    returned_on = last + dt.timedelta(HORIZON)
    files = [
        write_orders(tmp_path / "order_lines_later.csv", later, "EUR"),
        write_orders(tmp_path / "order_lines_back.csv", [(back, returned_on, "P4", 1)]),
    ]
    warehouse.load("standard", *files)
    build(warehouse)
    paid = warehouse.frame("select distinct currency_code from aggregates.customer_days")
    assert {"GBP", "EUR"} == set(paid["currency_code"])

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
    assert months["as_of_date"].max() < returned_on
    pd.testing.assert_frame_equal(known(warehouse, "customer_rfm_history"), months)
    moved = ["gaps", "longest_usual_gap_days", "came_back_times", "silent_customers"]
    pd.testing.assert_frame_equal(
        warehouse.frame("select * from aggregates.churn_horizons").drop(columns=moved),
        horizons.drop(columns=moved),
    )


def test_a_second_currency_counts_from_its_day_on(
    warehouse: BuiltWarehouse, tmp_path: Path
) -> None:
    """C1 pays in euros on the current day: customers are measured in dollars from then on.

    C1 buys four at 2.50. Each day's amount is rounded to four decimals.
    """
    features, labels = known(warehouse, "customer_features"), known(warehouse, "churn_labels")
    path = write_orders(tmp_path / "order_lines_today.csv", [("C1", AS_OF_DATE, "P0", 4)], "EUR")
    warehouse.load("standard", path)
    build(warehouse)
    now = known(warehouse, "customer_features")
    past = features["as_of_date"] < AS_OF_DATE
    pd.testing.assert_frame_equal(now[past], features[past])
    pd.testing.assert_frame_equal(known(warehouse, "churn_labels"), labels)
    assert {"USD"} == set(now[~past]["currency_code"])
    others = ~past & (now["customer_id"] != "C1")
    pounds, dollars = features[others]["monetary_value"], now[others]["monetary_value"]
    assert dollars.tolist() == pytest.approx((pounds * POUND).tolist(), abs=0.01)
    unit_free = ["recency_days", "frequency", "gap_days_mean", "categories_bought"]
    pd.testing.assert_frame_equal(now[others][unit_free], features[others][unit_free])
    basket = now[others]["basket_value"]
    assert basket.tolist() == pytest.approx(
        (features[others]["basket_value"] * POUND).tolist(), abs=0.01
    )
    before, after = (frame[~past & ~others]["monetary_value"].iloc[0] for frame in (features, now))
    assert after == pytest.approx(before * POUND + 10 * EURO, abs=0.01)


@pytest.mark.slow
def test_step_by_step_and_at_once_are_the_same(warehouse: BuiltWarehouse) -> None:
    def checksums() -> list[tuple[int, int]]:
        return [warehouse.checksum(warehouse.relation(table)) for table in TABLES]

    steps = checksums()
    build(warehouse, "--full-refresh")
    assert checksums() == steps
