"""The data tests of the quality marts fail when, and only when, something is wrong."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest

from tests.marts.built_warehouse import BuiltWarehouse
from tests.pipeline.history import read_lines, write_lines

TESTS = (
    *("build", "--exclude-resource-type", "unit_test", "--select"),
    *("load_reconciliation", "sales_reconciliation", "load_history"),
    *("every_file_reconciles", "raw_tables_hold_the_live_loads"),
)
DAY = "leeds_01-01-2020_09-00-00.csv"


def change(shop: BuiltWarehouse, statement: str) -> None:
    with psycopg.connect(shop.conninfo) as connection:
        cursor = connection.execute(statement.encode())
        assert cursor.rowcount == 1


def differences(shop: BuiltWarehouse) -> list[tuple[str, str, int, Decimal]]:
    rows = shop.frame(
        "select file_name, business_date::text, row_count_difference, difference"
        " from intermediate.load_reconciliation"
        " where difference <> 0 or row_count_difference <> 0"
    )
    return [tuple(row) for row in rows.itertuples(index=False)]


def test_a_basket_that_a_later_file_replaces_is_no_difference(
    built: BuiltWarehouse,
    new_warehouse: Callable[..., BuiltWarehouse],
    sample: Path,
    tmp_path: Path,
) -> None:
    header, lines = read_lines(sample)
    basket = lines[0].split(",")[1]
    whole = [line for line in lines if line.split(",")[1] == basket]
    assert len(whole) > 1
    old = sum(Decimal(line.split(",")[5]) for line in whole)
    # The later file has two of the products, one of them at another price.
    changed = [cells.split(",") for cells in whole[:2]]
    changed[0][5] = "1.23"
    new = sum(Decimal(cells[5]) for cells in changed)

    shop = new_warehouse(built)
    before = shop.value("select sum(net_amount) from core.fct_order_lines")
    later = write_lines(
        tmp_path / "transaction_data_again.csv", header, [",".join(c) for c in changed]
    )
    shop.load("grocery", later)
    shop.dbt("run", "--select", "fct_order_lines", "fct_orders")
    shop.dbt(*TESTS)

    assert shop.value("select sum(net_amount) from core.fct_order_lines") == before - old + new
    explained = shop.frame(
        "select superseded_row_count, superseded_amount, fact_amount, difference"
        " from marts.sales_reconciliation where superseded_row_count <> 0"
    )
    assert len(explained) == 1
    assert tuple(explained.iloc[0][:2]) == (len(whole), old)
    assert explained.iloc[0]["difference"] == 0


def test_a_row_lost_or_changed_on_the_way_fails_and_names_file_and_day(
    built: BuiltWarehouse, new_warehouse: Callable[..., BuiltWarehouse]
) -> None:
    shop = new_warehouse(built)
    key, day, amount = shop.frame(
        "select order_key, order_date::text, net_amount from core.fct_order_lines"
        " where source_system = 'grocery' and line_number = 1 order by order_id limit 1"
    ).iloc[0]
    line = f"core.fct_order_lines where order_key = {key} and line_number = 1"
    change(shop, f"update {line.replace(' where', ' set net_amount = net_amount + 5 where')}")
    with pytest.raises(AssertionError, match="every_file_reconciles"):
        shop.dbt(*TESTS)
    assert differences(shop) == [("transaction_data.csv", day, 0, Decimal(5))]

    change(shop, f"delete from {line}")
    with pytest.raises(AssertionError, match="every_file_reconciles"):
        shop.dbt(*TESTS)
    assert differences(shop) == [("transaction_data.csv", day, -1, -amount)]


def test_a_raw_row_deleted_by_hand_fails_although_no_fact_changed(
    built: BuiltWarehouse, new_warehouse: Callable[..., BuiltWarehouse]
) -> None:
    shop = new_warehouse(built)
    change(
        shop,
        "delete from raw_cafe.transactions where (load_id, file_line) ="
        " (select load_id, file_line from raw_cafe.transactions limit 1)",
    )
    with pytest.raises(AssertionError) as failure:
        shop.dbt(*TESTS)
    assert "every_file_reconciles" in str(failure.value)
    assert "raw_tables_hold_the_live_loads" in str(failure.value)


def ticket(minute: int, payment: str, total: str = "2.15") -> str:
    card = "4929123456781234" if payment == "CARD" else ""
    return (
        f"01/01/2020 09:{minute:02},Leeds,Winifred Quill,Regular Latte - 2.15,"
        f"{total},{payment},{card}"
    )


def write_tickets(path: Path, *tickets: str) -> Path:
    path.write_text("\n".join(tickets) + "\n")
    return path


def test_a_stated_total_must_be_accepted_by_order_amount_and_reason(
    new_warehouse: Callable[..., BuiltWarehouse], tmp_path: Path
) -> None:
    shop = new_warehouse()
    shop.load("cafe", write_tickets(tmp_path / DAY, ticket(1, "CASH"), ticket(2, "CASH", "3.15")))
    shop.dbt("seed")
    shop.dbt("run", "--select", "+late_arrivals", "+load_history", "+fct_orders")
    test = ("test", "--select", "stated_totals_equal_their_lines")
    with pytest.raises(AssertionError, match="Got 1 result"):
        shop.dbt(*test)
    order = shop.value("select order_id from core.fct_orders where stated_total_amount = 3.15")
    # The amount is the stated total less the lines: 3.15 − 2.15.
    accept = "insert into reference.accepted_differences values ('cafe', '{}', {}, 'tip')"
    change(shop, accept.format(order, "0.99"))
    with pytest.raises(AssertionError, match="Got 1 result"):
        shop.dbt(*test)
    change(shop, "update reference.accepted_differences set difference_amount = 1.00")
    shop.dbt(*test)


LINES = (
    "household_key,basket_id,day,product_id,quantity,sales_value,store_id,retail_disc,trans_time,"
    "week_no,coupon_disc,coupon_match_disc"
)
PRODUCTS = (
    "product_id,manufacturer,department,brand,commodity_desc,sub_commodity_desc,"
    "curr_size_of_product\n1,9,MEAT,National,BEEF,CHOICE BEEF,1 LB\n"
    "2,9,TOYS,National,MOON ROCKS,SMALL,1 CT\n"
)


def test_a_new_code_warns_and_too_many_fail(
    new_warehouse: Callable[..., BuiltWarehouse], tmp_path: Path
) -> None:
    shop = new_warehouse()
    select = ("--select", "+unmapped_codes", "codes_are_mapped")
    select += ("unmapped_codes_stay_within_their_share", "--exclude-resource-type", "unit_test")
    run = ("build", *select)
    (tmp_path / "product.csv").write_text(PRODUCTS)
    few = [
        f"1,{basket},5,{2 if basket == 1 else 1},1,2.50,7,0,900,1,0,0" for basket in range(1, 41)
    ]
    shop.load("grocery", tmp_path / "product.csv")
    shop.load("grocery", write_lines(tmp_path / "transaction_data_1.csv", LINES, few))
    shop.dbt(*run)
    codes = "select source_system, crosswalk, code, row_count, line_share from marts.unmapped_codes"
    # One line of forty.
    expected = ("grocery", "xwalk_grocery_commodity_sections", "MOON ROCKS", 1, 0.025)
    assert [tuple(row) for row in shop.frame(codes).itertuples(index=False)] == [expected]

    # Three of forty-two are more than one in twenty.
    more = [f"1,{basket},6,2,1,2.50,7,0,900,2,0,0" for basket in (41, 42)]
    shop.load("grocery", write_lines(tmp_path / "transaction_data_2.csv", LINES, more))
    with pytest.raises(AssertionError, match="unmapped_codes_stay_within_their_share"):
        shop.dbt(*run)
    assert shop.value("select row_count from marts.unmapped_codes") == 3
