"""The customer marts on the real files against pandas, which knows nothing of the models."""

import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from statistics import median

import pandas as pd
import psycopg
import pytest

from tests.marts import customer_reference as reference
from tests.marts.built_warehouse import TOKEN_KEY, BuiltWarehouse, database_on

SCORES = ["r_score", "f_score", "m_score"]
CUSTOMER = ["source_system", "customer_id"]
# Orders reach to this day and beyond, and it is a month's end.
EARLIER = pd.Timestamp("2005-06-30")


def cents(amounts: pd.Series) -> pd.Series:
    """Amounts of exact decimals as whole cents; fails on a fraction of a cent."""
    scaled = amounts.map(lambda amount: Decimal(amount) * 100)
    assert (scaled == scaled.map(round)).all()
    return scaled.astype("int64")


def same(left: pd.DataFrame, right: pd.DataFrame, keys: list[str]) -> None:
    """Asserts equal values in the columns of `right`, whatever the order of rows and the types."""
    for date in [c for c in right if str(c).endswith(("_date", "_month"))]:
        left = left.assign(**{date: pd.to_datetime(left[date])})
        right = right.assign(**{date: pd.to_datetime(right[date])})
    left, right = (frame.set_index(keys).sort_index() for frame in (left, right))
    assert left.index.is_unique and right.index.is_unique
    pd.testing.assert_frame_equal(
        left[right.columns],
        right,
        check_dtype=False,
        check_index_type=False,
        check_exact=True,
        check_names=False,
    )


@pytest.fixture(scope="module")
def orders(real_data: Path) -> pd.DataFrame:
    """All real tickets and baskets."""
    return reference.read_orders(real_data, TOKEN_KEY)


@pytest.fixture(scope="module")
def earlier_warehouse(
    server: str, project_dir: Path, dbt_folder: Path, real_warehouse: BuiltWarehouse
) -> Iterator[BuiltWarehouse]:
    """The real warehouse with its customers looked back on from EARLIER, given without quotes."""
    with database_on(server, project_dir, dbt_folder, real_warehouse.conninfo) as warehouse:
        looked_back = ["as_of_dates", "customer_totals_as_of", "customer_rfm", "customer_lifetime"]
        warehouse.dbt("run", "--vars", f"as_of_date: {EARLIER:%Y-%m-%d}", "--select", *looked_back)
        yield warehouse


def check_rfm(table: pd.DataFrame, expected: pd.DataFrame) -> None:
    expected = expected[[*CUSTOMER, "as_of_date", "last_order_date", "recency_days", "frequency",
                         "cents", *SCORES]]  # fmt: skip
    table = table.assign(cents=cents(table["monetary_amount"]))
    same(table, expected, [*CUSTOMER, "as_of_date"])
    assert (table["rfm_score"] == table[SCORES].sum(axis=1)).all()
    assert (table["rfm_cell"] == table[SCORES].astype(str).agg("".join, axis=1)).all()
    segments = [reference.segment(r, f) for r, f in zip(table.r_score, table.f_score, strict=True)]
    assert list(table["rfm_segment"]) == segments


def test_rfm_equals_the_reference(real_warehouse: BuiltWarehouse, orders: pd.DataFrame) -> None:
    table = real_warehouse.frame("select * from marts.customer_rfm")
    assert set(table["source_system"]) == {"cafe", "grocery"}
    check_rfm(table, reference.rfm(orders, reference.default_as_of(orders)))


def test_rfm_as_of_an_earlier_day(earlier_warehouse: BuiltWarehouse, orders: pd.DataFrame) -> None:
    table = earlier_warehouse.frame("select * from marts.customer_rfm")
    expected = reference.rfm(orders, {"cafe": EARLIER, "grocery": EARLIER})
    assert 0 < len(expected) < 2405
    check_rfm(table, expected)


def test_history_equals_the_reference_at_every_month_end(
    real_warehouse: BuiltWarehouse, orders: pd.DataFrame
) -> None:
    table = real_warehouse.frame("select * from marts.customer_rfm_history")
    expected = []
    for source, mine in orders[orders["customer_id"].notna()].groupby("source_system"):
        # Orders end on 25 August 2021 in the cafés and on 31 December 2005 in the grocery.
        last = {"cafe": "2021-07-31", "grocery": "2005-12-31"}[str(source)]
        first = mine.loc[mine["is_purchase"], "order_date"].min()
        month_ends = pd.date_range(first, last, freq="ME")
        expected += [reference.rfm(mine, {str(source): month_end}) for month_end in month_ends]
    check_rfm(table, pd.concat(expected, ignore_index=True))


def test_history_equals_rfm_as_of_that_day(
    earlier_warehouse: BuiltWarehouse, real_warehouse: BuiltWarehouse
) -> None:
    history = real_warehouse.frame(
        f"select * from marts.customer_rfm_history where as_of_date = '{EARLIER:%Y-%m-%d}'"
    )
    same(earlier_warehouse.frame("select * from marts.customer_rfm"), history, CUSTOMER)


@pytest.mark.parametrize("name", ["real_warehouse", "earlier_warehouse"])
def test_lifetime_equals_the_reference(
    name: str, orders: pd.DataFrame, request: pytest.FixtureRequest
) -> None:
    as_of = {"cafe": EARLIER, "grocery": EARLIER}
    if name == "real_warehouse":
        as_of = reference.default_as_of(orders)
    table = request.getfixturevalue(name).frame("select * from marts.customer_lifetime")
    expected = reference.lifetime(orders, as_of)
    same(table, expected.drop(columns="mean_repeat_cents"), CUSTOMER)
    both = table.merge(expected, on=CUSTOMER)
    assert len(both) == len(expected)
    difference = both["mean_repeat_amount"].astype(float) - both["mean_repeat_cents"] / 100
    assert difference.abs().max() <= 0.00005 + 1e-9  # four decimals


def test_cohorts_equal_the_reference(real_warehouse: BuiltWarehouse, orders: pd.DataFrame) -> None:
    table = real_warehouse.frame("select * from marts.cohort_retention")
    expected = reference.cohorts(orders, reference.default_as_of(orders))
    table["cents"] = cents(table["revenue_amount"])
    same(table, expected, ["source_system", "cohort_month", "months_since"])
    assert (expected["active_customers"] == 0).any()
    rates = table["active_customers"].astype(float) / table["customers"].astype(float)
    assert (table["retention_rate"].astype(float) == rates).all()


def test_household_profile_equals_the_reference_method(
    real_warehouse: BuiltWarehouse, real_data: Path
) -> None:
    table = real_warehouse.frame("select * from marts.household_profile")
    expected = reference.household_summary(real_data / "grocery")
    assert len(expected) > 700
    amounts = [*expected.columns[: expected.columns.get_loc("total_sales")], "total_sales"]
    assert len(amounts) == 16
    for amount in amounts:
        table[amount] = cents(table[amount])
    same(table, expected.reset_index(), ["household_key"])
    assert (table[amounts[:-1]].sum(axis=1) == table["total_sales"]).all()


def test_household_flags_equal_the_published_summary(
    real_warehouse: BuiltWarehouse, real_data: Path
) -> None:
    published = pd.read_csv(real_data / "grocery" / "hh_summary.csv", index_col=0)
    published.columns = published.columns.str.lower()
    table = real_warehouse.frame("select * from marts.household_profile")
    flags = ["age_45_plus", "income_50k_plus", "single_couple_family", "has_kids", "single",
             "couple"]  # fmt: skip
    assert len(published) == 801
    same(table, published[["household_key", *flags]], ["household_key"])
    assert list(table.columns[:2]) == ["household_key", "customer_key"]
    assert list(table.columns[2:]) == list(published.columns[1:])


def test_one_household_is_read_in_under_five_milliseconds(real_warehouse: BuiltWarehouse) -> None:
    keys = real_warehouse.frame("select household_key from marts.household_profile")
    with psycopg.connect(real_warehouse.conninfo, autocommit=True) as connection:
        seconds = []
        for key in keys["household_key"].sample(200, random_state=1):
            began = time.perf_counter()
            rows = connection.execute(
                "select * from marts.household_profile where household_key = %s", [key]
            ).fetchall()
            seconds.append(time.perf_counter() - began)
            assert len(rows) == 1
    assert median(seconds) < 0.005
