"""The sales and product marts on the real files against the reference."""

from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest

from tests.marts import sales_reference as reference
from tests.marts.built_warehouse import TOKEN_KEY, BuiltWarehouse

SOURCES = ["cafe", "grocery"]
MARTS = {
    "sales_daily": ["gross_amount", "discount_amount", "net_amount"],
    "branch_performance": ["gross_amount", "discount_amount", "net_amount"],
    "branch_product_performance": ["net_amount"],
    "product_performance": ["net_amount"],
}


@pytest.fixture(scope="module")
def lines(real_data: Path) -> pd.DataFrame:
    """All real lines."""
    return reference.read_lines(real_data, TOKEN_KEY)


def check(table: pd.DataFrame, expected: pd.DataFrame, keys: list[str]) -> None:
    """Equal values in the columns of `expected`; amounts there are in whole cents."""
    for column in expected:
        if column in ("gross", "discount", "net"):
            cents = table[f"{column}_amount"].map(lambda amount: Decimal(amount) * 100)
            table = table.assign(**{column: cents.astype("int64")})
            assert (table[column] == cents).all()
        if str(column).endswith(("_date", "_month")):
            table = table.assign(**{column: pd.to_datetime(table[column])})
    table, expected = (frame.set_index(keys).sort_index() for frame in (table, expected))
    assert table.index.is_unique and len(table) == len(expected)
    pd.testing.assert_frame_equal(
        table[expected.columns],
        expected,
        check_dtype=False,
        check_index_type=False,
        check_exact=True,
    )


@pytest.mark.parametrize("mart", MARTS)
def test_sums_equal_the_files(real_warehouse: BuiltWarehouse, real_data: Path, mart: str) -> None:
    """To the cent, by the files' own columns; the two branches are also known in print."""
    sample = pd.read_csv(real_data / "grocery" / "transaction_data_sample_100k.csv", dtype=str)
    sample.columns = sample.columns.str.lower()
    given = {name: sum(map(Decimal, sample[name])) for name in
             ("sales_value", "retail_disc", "coupon_match_disc")}  # fmt: skip
    discount = -given["retail_disc"] - given["coupon_match_disc"]
    expected = {
        "net_amount": {"cafe": Decimal("4060.00"), "grocery": given["sales_value"]},
        "discount_amount": {"cafe": Decimal(0), "grocery": discount},
        "gross_amount": {"cafe": Decimal("4060.00"), "grocery": given["sales_value"] + discount},
    }
    sums = real_warehouse.frame(
        f"select source_system, {', '.join(f'sum({name}) as {name}' for name in MARTS[mart])}"
        f" from marts.{mart} group by source_system"
    ).set_index("source_system")
    for name in MARTS[mart]:
        assert sums[name].to_dict() == expected[name]


def test_branches_of_the_cafes_have_their_published_totals(real_warehouse: BuiltWarehouse) -> None:
    table = real_warehouse.frame(
        "select store_id, sum(orders) as tickets, sum(net_amount) as total from marts.sales_daily"
        " where source_system = 'cafe' group by store_id order by store_id"
    )
    assert table.to_numpy().tolist() == [
        ["Chesterfield", 268, Decimal("2088.65")],
        ["Leeds", 382, Decimal("1971.35")],
    ]


def test_sales_daily_equals_the_reference(
    real_warehouse: BuiltWarehouse, lines: pd.DataFrame
) -> None:
    table = real_warehouse.frame("select * from marts.sales_daily")
    check(table, reference.sales_daily(lines), [*reference.BRANCH, "order_date"])
    # No file tells what the goods cost.
    assert table["cost_amount"].isna().all() and table["profit_amount"].isna().all()


def test_branch_performance_equals_the_reference(
    real_warehouse: BuiltWarehouse, lines: pd.DataFrame
) -> None:
    keys = [*reference.BRANCH, "order_month"]
    table = real_warehouse.frame("select * from marts.branch_performance")
    table["order_month"] = pd.to_datetime(table["order_month"])
    table = table.set_index(keys).sort_index()
    expected = reference.branch_months(lines).set_index(keys).sort_index() / 100
    assert table.index.equals(expected.index)
    change = expected["net"] - expected["previous"]
    year_change = expected["to_date"] - expected["last_year"]
    expected_columns = {
        "net_amount": expected["net"],
        "previous_month_net_amount": expected["previous"],
        "net_change_amount": change,
        "net_change_rate": (change / expected["previous"]).where(expected["previous"] > 0),
        "year_to_date_net_amount": expected["to_date"],
        "last_year_to_date_net_amount": expected["last_year"],
        "year_to_date_net_change_amount": year_change,
        "year_to_date_net_change_rate": (year_change / expected["last_year"]).where(
            expected["last_year"] > 0
        ),
    }
    for name, values in expected_columns.items():
        pd.testing.assert_series_equal(
            table[name].astype(float),
            values,
            check_names=False,
            check_index_type=False,
            rtol=0,
            atol=1e-9,
        )
    # The Leeds file is of January 2020, the source's last of August 2021: there is a year before.
    assert expected["last_year"].notna().any()


def test_branch_products_equal_the_reference(
    real_warehouse: BuiltWarehouse, lines: pd.DataFrame
) -> None:
    table = real_warehouse.frame("select * from marts.branch_product_performance")
    expected = reference.product_sales(lines, reference.BRANCH)
    columns = ["orders", "customers", "quantity", "net", "net_rank", "quantity_rank"]
    keys = [*reference.BRANCH, "product_id"]
    check(table, expected[[*keys, *columns]], keys)


def test_products_equal_the_reference(real_warehouse: BuiltWarehouse, lines: pd.DataFrame) -> None:
    table = real_warehouse.frame("select * from marts.product_performance")
    expected = reference.product_sales(lines, ["source_system", "currency_code"])
    columns = ["orders", "customers", "quantity", "net", "net_rank", "quantity_rank"]
    keys = ["source_system", "currency_code", "product_id"]
    check(table, expected[[*keys, *columns]], keys)
    assert list(expected.groupby("source_system").size()) == [22, 23950]
