"""What a crosswalk learns later counts at once, for orders that are built already."""

from decimal import Decimal
from pathlib import Path

import pytest

from tests.marts.built_warehouse import WITHOUT_TESTS, BuiltWarehouse

FILES = {
    "footwear/sales_1.csv": "sale_id,branch_id,employee_id,sale_date,sale_time,sku_no,size,"
    "color_id,payment_method,sales_category,product_category,quantity,unit_price,unit_cost\n"
    "S1,B1,E1,2024-05-01,10:00,BOOT-1AA,9,1,Layaway,Layby,Boots,2,50.00,20.00\n"
    "S2,B1,E1,2024-05-01,10:00,BOOT-1AA,9,1,Layaway,Sales,Boots,1,50.00,20.00\n",
    "standard/order_lines_1.csv": "order_id,ordered_at,product_id,quantity,unit_price,"
    "payment_method,currency_code\nR1,2024-03-01,mug,2,8.50,Layaway,EUR\n",
}
MARTS = ("fct_order_lines", "fct_orders", "dim_payment_method", "sales_daily")
LINES = "select order_id, line_type, is_revenue from core.fct_order_lines order by 1"
ORDERS = (
    "select order_id, revenue_amount, is_purchase, payment_method from core.fct_orders"
    " inner join core.dim_payment_method using (payment_method_key) order by 1"
)
DAYS = "select source_system, orders, net_amount from marts.sales_daily order by 1"
# The transactions that wrote the rows.
WRITERS = "select order_id, xmin::text from build_core.fct_orders where source_system = 'standard'"


@pytest.mark.slow
def test_a_category_of_sales_and_a_way_of_paying(
    own_project: BuiltWarehouse, tmp_path: Path
) -> None:
    shop = own_project

    def read(query: str) -> list[tuple[object, ...]]:
        return list(shop.frame(query).itertuples(index=False, name=None))

    for name, content in FILES.items():
        path = tmp_path / name
        path.parent.mkdir()
        path.write_text(content)
        shop.load(path.parent.name, path)
    shop.dbt(*WITHOUT_TESTS, "--select", *(f"+{mart}" for mart in MARTS))
    assert read(LINES) == [("R1", "sale", True), ("S1", "unmapped", False), ("S2", "sale", True)]
    assert read(ORDERS) == [
        ("R1", Decimal(17), True, "unmapped"),
        ("S1", Decimal(0), False, "unmapped"),
        ("S2", Decimal(50), True, "unmapped"),
    ]
    assert read(DAYS) == [("footwear", 1, Decimal(50)), ("standard", 1, Decimal(17))]
    before = read(WRITERS)

    seeds = shop.project_dir / "seeds"
    with (seeds / "xwalk_sales_categories.csv").open("a") as file:
        file.write("footwear,Layby,sale\n")
    with (seeds / "xwalk_payment_methods.csv").open("a") as file:
        file.write("footwear,Layaway,instalments\n")
    shop.dbt("seed", "--select", "xwalk_sales_categories", "xwalk_payment_methods")
    assert shop.value("select count(*) from changes.fct_order_lines") == 2
    shop.dbt("run", "--select", *MARTS)
    assert read(LINES) == [("R1", "sale", True), ("S1", "sale", True), ("S2", "sale", True)]
    # A word of one source is none of another.
    assert read(ORDERS) == [
        ("R1", Decimal(17), True, "unmapped"),
        ("S1", Decimal(100), True, "instalments"),
        ("S2", Decimal(50), True, "instalments"),
    ]
    assert read(DAYS) == [("footwear", 2, Decimal(150)), ("standard", 1, Decimal(17))]
    assert read(WRITERS) == before

    # The same seed once more says nothing new.
    shop.dbt("seed", "--select", "xwalk_sales_categories")
    assert shop.value("select count(*) from changes.fct_order_lines") == 0
