"""The data tests of the quality marts fail when, and only when, something is wrong."""

import datetime as dt
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest

from tests.marts.built_warehouse import WITHOUT_TESTS, BuiltWarehouse, database_on
from tests.pipeline.data_tests import failing_rows
from tests.pipeline.history import read_lines, write_lines

TESTS = (
    *("build", "--exclude-resource-type", "unit_test", "--select"),
    *("fct_control_orders", "load_reconciliation", "sales_reconciliation", "load_history"),
    *("every_file_reconciles", "raw_tables_hold_the_live_loads"),
)
# By which `warehouse build` says that it takes in what is new and no more.
DAILY = "WAREHOUSE_COUNTS_DUE"
DAY = "leeds_01-01-2020_09-00-00.csv"


def change(shop: BuiltWarehouse, statement: str) -> None:
    with psycopg.connect(shop.conninfo) as connection:
        cursor = connection.execute(statement.encode())
        assert cursor.rowcount == 1


@pytest.mark.slow
def test_a_basket_that_a_later_file_replaces_is_no_difference(
    built: BuiltWarehouse,
    new_warehouse: Callable[..., BuiltWarehouse],
    sample: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(DAILY, "yes")
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


def tampered_orders(shop: BuiltWarehouse) -> dict[int, str]:
    """An order of each share, its first line a dollar dearer than its file says: share to order."""
    orders = {}
    for share in range(7):
        orders[share] = shop.value(
            "select min(order_id) from core.fct_order_lines where source_system = 'grocery'"
            f" and abs(mod(order_key, 7)) = {share}"
        )
        change(
            shop,
            "update build_core.fct_order_lines set net_amount = net_amount + 1"
            f" where line_number = 1 and order_id = '{orders[share]}'",
        )
    return orders


@pytest.mark.slow
def test_a_day_counts_its_share_of_what_nothing_tells_of(
    built: BuiltWarehouse,
    new_warehouse: Callable[..., BuiltWarehouse],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shop = new_warehouse(built)
    orders = tampered_orders(shop)

    def found_when_last_counted(days_ago: int) -> set[str]:
        counted = dt.datetime.now(dt.UTC).date() - dt.timedelta(days=days_ago)
        shop.execute(f"update intermediate.fct_control_orders set counted_date = '{counted}'")
        try:
            shop.dbt(*TESTS)
        except AssertionError as failure:
            assert "in test every_file_reconciles" in str(failure)  # noqa: PT017 (or it passes)
        return set(failing_rows(shop, "every_file_reconciles")["order_id"])

    monkeypatch.setenv(DAILY, "yes")
    # Counted today already.
    assert found_when_last_counted(0) == set()
    # Yesterday: the share of today's weekday. Thursday, 1 January 1970 had the number 719,163.
    share = (719_163 + (dt.datetime.now(dt.UTC).date() - dt.date(1970, 1, 1)).days) % 7
    assert found_when_last_counted(1) == {orders[share]}
    # Nothing was built for a week.
    assert found_when_last_counted(7) == set(orders.values())


@pytest.mark.slow
def test_what_a_file_touches_is_counted_at_once_and_all_when_asked_for(
    built: BuiltWarehouse,
    new_warehouse: Callable[..., BuiltWarehouse],
    sample: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shop = new_warehouse(built)
    orders = tampered_orders(shop)
    header, lines = read_lines(sample)
    # A line more of an order that stands in the first file.
    cells = next(line for line in lines if line.split(",")[1] == orders[3]).split(",")
    cells[3] = "1"
    later = write_lines(tmp_path / "transaction_data_later.csv", header, [",".join(cells)])
    shop.load("grocery", later)
    monkeypatch.setenv(DAILY, "yes")
    with pytest.raises(AssertionError, match="in test every_file_reconciles"):
        shop.dbt(*TESTS)
    # The fact has not taken in the new file, so its line is missing, and the tampered one shows.
    assert set(failing_rows(shop, "every_file_reconciles")["order_id"]) == {orders[3]}

    monkeypatch.delenv(DAILY)
    with pytest.raises(AssertionError, match="in test every_file_reconciles"):
        shop.dbt(*TESTS)
    assert set(failing_rows(shop, "every_file_reconciles")["order_id"]) == set(orders.values())


def test_what_is_lost_or_changed_on_the_way_fails_and_names_file_day_and_order(
    built: BuiltWarehouse, new_warehouse: Callable[..., BuiltWarehouse]
) -> None:
    shop = new_warehouse(built)
    first, last = (
        shop.frame(
            "select order_key, order_id, order_date::text as day, net_amount"
            " from core.fct_order_lines"
            " where source_system = 'grocery' and line_number = 1"
            f" order by order_date {direction}, order_key limit 1"
        ).iloc[0]
        for direction in ("asc", "desc")
    )
    assert first["day"] < last["day"]
    line = "where line_number = 1 and order_key = "
    change(
        shop, f"update build_core.fct_order_lines set net_amount = 5 {line} {first['order_key']}"
    )
    change(shop, f"delete from build_core.fct_order_lines {line} {last['order_key']}")
    # A raw row that goes by itself changes no fact.
    ticket = shop.value("select max(order_id) from core.fct_orders where source_system = 'cafe'")
    change(
        shop,
        "delete from raw_cafe.transactions where (load_id, file_line) in"
        " (select load_id, file_line from intermediate.int_cafe__tickets"
        f" where order_id = '{ticket}')",
    )
    with pytest.raises(AssertionError) as failure:
        shop.dbt(*TESTS)
    assert "in test every_file_reconciles" in str(failure.value)
    assert "in test raw_tables_hold_the_live_loads" in str(failure.value)
    found = {
        (row.file_name.split("_")[0], str(row.business_date), row.order_id, row.difference)
        for row in failing_rows(shop, "every_file_reconciles").itertuples()
        if row.source_system == "grocery"
    }
    assert found == {
        ("transaction", first["day"], first["order_id"], 5 - first["net_amount"]),
        ("transaction", last["day"], last["order_id"], -last["net_amount"]),
    }
    tickets = failing_rows(shop, "every_file_reconciles").query("source_system == 'cafe'")
    assert list(tickets["control_row_count"] - tickets["staged_row_count"]) == [1]
    assert list(tickets["row_count_difference"]) == [0]
    assert list(tickets["order_id"]) == [ticket]


# Two orders a source, each on a day of its own; a header and an entry of the books come twice.
FILES = {
    "ecommerce/transactions_1.csv": "transaction_id,membership_id,transaction_at,"
    "total_items_price,total_items_weight_kg,status\n"
    "T1,,2022-03-09 10:00:00,29.00,,placed\nT1,,2022-03-09 10:00:00,30.00,,complete\n"
    "T2,,2022-03-10 11:00:00,12.50,,placed\n",
    "ecommerce/transaction_items_1.csv": "transaction_id,item_id,quantity,unit_price\n"
    "T1,a,3,10.00\nT2,a,1,12.50\n",
    "ecommerce/applications_1.csv": "name,email,date_of_birth,mobile_no\n"
    "Ann Sample,ann@example.com,1987-05-17,81234567\n",
    "electronics/order.csv": "id,status,date,quantity,total_amt,id_customer,id_product\n"
    "O1,filled,2024-05-01,1,1299,C1,P1\nO2,placed,2024-05-02,2,2598,C1,P1\n",
    "footwear/sales_1.csv": "sale_id,branch_id,employee_id,sale_date,sale_time,sku_no,size,"
    "color_id,payment_method,sales_category,product_category,quantity,unit_price,unit_cost\n"
    "S1,B1,E1,2024-05-01,10:00,BOOT-1AA,9,1,Card,Sales,Boots,2,50.00,20.00\n"
    "S2,B1,E1,2024-05-02,10:00,BOOT-1AA,9,1,Card,Sales,Boots,1,50.00,20.00\n",
    "footwear/accounting_1.csv": "accounting_id,branch_id,employee_id,entry_date,"
    "accounting_type,amount\n"
    "A1,B1,E1,05/31/2024,Rent,-500\nA1,B1,E1,05/31/2024,Rent,-550\nA2,B1,E1,05/31/2024,Sales,900\n",
    "standard/order_lines_1.csv": "order_id,ordered_at,product_id,quantity,unit_price,"
    "currency_code\n"
    "R1,2024-03-01,mug,2,8.50,EUR\nR1,2024-03-01,map,1,3.50,EUR\nR2,2024-03-02,mug,-1,8.50,USD\n",
}
# With the views that go when the table of applications is replaced.
FACTS = (
    *("membership_applications", "int_ecommerce__membership_applications"),
    *("int_ecommerce__control_rows", "fct_control_rows", "fct_membership_applications"),
    *("fct_accounting_entries", "fct_order_lines", "fct_orders"),
)
BREAKS = (
    "update build_core.fct_orders set stated_total_amount = 30.01 where order_id = 'T1'",
    "delete from build_core.fct_order_lines where order_id = 'T2'",
    "delete from build_core.fct_membership_applications",
    "update build_core.fct_order_lines set net_amount = 12.98 where order_id = 'O1'",
    "delete from build_core.fct_order_lines where order_id = 'O2'",
    "update build_core.fct_order_lines set net_amount = 50 where order_id = 'S1'",
    "update build_core.fct_accounting_entries set amount = -500 where entry_id = 'A1'",
    "delete from build_core.fct_order_lines where order_id = 'R1' and product_id = 'map'",
    "update build_core.fct_order_lines set net_amount = 8.50 where order_id = 'R2'",
)


def test_every_source_reconciles_until_something_is_lost_or_changed(
    built: BuiltWarehouse, new_warehouse: Callable[..., BuiltWarehouse], tmp_path: Path
) -> None:
    shop = new_warehouse(built)
    for name, content in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(content)
    for source in sorted(path.name for path in tmp_path.iterdir()):
        shop.load(source, tmp_path / source)
    shop.dbt(*TESTS, *FACTS)
    counted = shop.frame(
        "select table_name, sum(control_row_count), sum(superseded_row_count), sum(fact_row_count),"
        " sum(control_amount), sum(fact_amount) from marts.sales_reconciliation"
        " where source_system not in ('cafe', 'grocery') group by table_name order by table_name"
    )
    assert [tuple(map(str, row)) for row in counted.itertuples(index=False)] == [
        ("accounting", "3", "1", "2", "-150.0000", "350.0000"),
        ("applications", "1", "0", "1", "0.0000", "0.0000"),
        ("order", "2", "0", "2", "38.9700", "38.9700"),
        # 2 × 8.50 + 3.50 euros and a mug for 8.50 dollars brought back.
        ("order_lines", "3", "0", "3", "12.0000", "12.0000"),
        ("sales", "2", "0", "2", "150.0000", "150.0000"),
        ("transaction_items", "2", "0", "2", "0.0000", "0.0000"),
        ("transactions", "3", "1", "2", "71.5000", "42.5000"),
    ]

    application = shop.value("select application_id from core.fct_membership_applications")
    for statement in BREAKS:
        change(shop, statement)
    with pytest.raises(AssertionError, match="in test every_file_reconciles"):
        shop.dbt(*TESTS)
    found = failing_rows(shop, "every_file_reconciles")
    assert sorted(
        (row.file_name, str(row.business_date), row.order_id, row.row_count_difference,
         str(row.difference))
        for row in found.itertuples()
    ) == sorted([
        ("accounting_1.csv", "2024-05-31", "A1", 0, "50.0000"),
        ("applications_1.csv", "None", application, -1, "0.0000"),
        ("order.csv", "2024-05-01", "O1", 0, "-0.0100"),
        ("order.csv", "2024-05-02", "O2", -1, "-25.9800"),
        ("order_lines_1.csv", "2024-03-01", "R1", -1, "-3.5000"),
        ("order_lines_1.csv", "2024-03-02", "R2", 0, "17.0000"),
        ("sales_1.csv", "2024-05-01", "S1", 0, "-50.0000"),
        ("transaction_items_1.csv", "None", "T2", -1, "0.0000"),
        ("transactions_1.csv", "2022-03-09", "T1", 0, "0.0100"),
    ])  # fmt: skip


LINES = (
    "household_key,basket_id,day,product_id,quantity,sales_value,store_id,retail_disc,trans_time,"
    "week_no,coupon_disc,coupon_match_disc"
)
PRODUCTS = (
    "product_id,manufacturer,department,brand,commodity_desc,sub_commodity_desc,"
    "curr_size_of_product\n1,9,MEAT,National,BEEF,CHOICE BEEF,1 LB\n"
    "2,9,TOYS,National,MOON ROCKS,SMALL,1 CT\n"
)
HANDMADE = (*WITHOUT_TESTS, "--select", "+unmapped_codes", "+late_arrivals", "+load_history")
OF_HANDMADE = (
    "stated_totals_equal_their_lines",
    "codes_are_mapped",
    "unmapped_codes_stay_within_their_share",
)


def basket(number: int, product: int) -> str:
    """A basket of one line, 2.50 each."""
    return f"1,{number},5,{product},1,2.50,7,0,900,1,0,0"


@pytest.fixture(scope="module")
def handmade(
    server: str, project_dir: Path, dbt_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[BuiltWarehouse]:
    """Two tickets, one a pound too dear; forty baskets, one of a commodity that nobody knows."""
    folder = tmp_path_factory.mktemp("handmade")
    tickets = [
        f"01/01/2020 09:0{minute},Leeds,Winifred Quill,Regular Latte - 2.15,{total},CASH,"
        for minute, total in ((1, "2.15"), (2, "3.15"))
    ]
    (folder / DAY).write_text("\n".join(tickets) + "\n")
    (folder / "product.csv").write_text(PRODUCTS)
    baskets = [basket(number, 2 if number == 1 else 1) for number in range(1, 41)]
    write_lines(folder / "transaction_data_1.csv", LINES, baskets)
    with database_on(server, project_dir, dbt_folder) as shop:
        shop.load("cafe", folder / DAY)
        shop.load("grocery", folder / "product.csv", folder / "transaction_data_1.csv")
        shop.dbt("seed")
        shop.dbt(*HANDMADE)
        with pytest.raises(AssertionError) as failure:
            shop.dbt("test", "--select", *OF_HANDMADE)
        # A new code alone stops nothing.
        assert str(failure.value).count("in test ") == 1
        assert "in test stated_totals_equal_their_lines" in str(failure.value)
        yield shop


def test_a_stated_total_must_be_accepted_by_order_amount_and_reason(
    handmade: BuiltWarehouse,
) -> None:
    test = "stated_totals_equal_their_lines"
    (row,) = failing_rows(handmade, test).itertuples()
    assert (row.file_name, str(row.order_date), row.difference_amount) == (DAY, "2020-01-01", 1)

    # The amount is the stated total less the lines: 3.15 − 2.15.
    accept = "insert into build_reference.accepted_differences values ('cafe', '{}', 0.99, 'tip')"
    change(handmade, accept.format(row.order_id))
    assert len(failing_rows(handmade, test)) == 1
    change(handmade, "update build_reference.accepted_differences set difference_amount = 1.00")
    assert failing_rows(handmade, test).empty


def test_a_new_code_warns_and_too_many_fail(handmade: BuiltWarehouse, tmp_path: Path) -> None:
    (row,) = failing_rows(handmade, "codes_are_mapped").itertuples(index=False)
    # One line of forty.
    assert tuple(row) == ("grocery", "xwalk_grocery_commodity_sections", "MOON ROCKS", 1, 0.025)

    # Three of forty-two are more than one in twenty.
    more = [basket(number, 2) for number in (41, 42)]
    handmade.load("grocery", write_lines(tmp_path / "transaction_data_2.csv", LINES, more))
    handmade.dbt(*HANDMADE)
    (row,) = failing_rows(handmade, "unmapped_codes_stay_within_their_share").itertuples()
    assert (row.code, row.row_count) == ("MOON ROCKS", 3)
