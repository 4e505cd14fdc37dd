"""How Redshift reads touched orders, tried on PostgreSQL: the same facts as a full refresh."""

from pathlib import Path

import pytest

from tests.marts.built_warehouse import WITHOUT_TESTS, BuiltWarehouse

FACTS = ("fct_order_lines", "fct_orders")
HEADERS = {
    "grocery/transaction_data.csv": "household_key,basket_id,day,product_id,quantity,sales_value,"
    "store_id,retail_disc,trans_time,week_no,coupon_disc,coupon_match_disc\n",
    "footwear/sales.csv": "sale_id,branch_id,employee_id,sale_date,sale_time,sku_no,size,color_id,"
    "payment_method,sales_category,product_category,quantity,unit_price,unit_cost\n",
    "ecommerce/transactions.csv": "transaction_id,membership_id,transaction_at,total_items_price,"
    "total_items_weight_kg,status\n",
    "ecommerce/transaction_items.csv": "transaction_id,item_id,quantity,unit_price\n",
    "electronics/order.csv": "id,status,date,quantity,total_amt,id_customer,id_product\n",
    "standard/order_lines.csv": "order_id,ordered_at,line_number,product_id,quantity,unit_price\n",
}
# Each shop has one order that a later file changes and one that it leaves alone.
FIRST = {
    "grocery/transaction_data.csv": "7,10,300,1,1,5.00,300,0,1200,44,0,0\n"
    "7,10,300,2,1,2.00,300,0,1200,44,0,0\n8,11,300,1,1,5.00,300,0,1200,44,0,0\n",
    "footwear/sales.csv": "S1,B1,E1,2024-05-01,10:00,BOOT-1AA,9,1,Card,Sales,Boots,2,50,20\n"
    "S2,B1,E1,2024-05-01,10:00,BOOT-1AA,9,1,Card,Sales,Boots,1,50,20\n",
    "ecommerce/transactions.csv": "T1,,2022-03-09 10:00:00,30,,placed\n"
    "T2,,2022-03-09 11:00:00,12,,placed\n",
    "ecommerce/transaction_items.csv": "T1,a,3,10\nT2,a,1,12\n",
    "electronics/order.csv": "O1,filled,2024-05-01,1,1299,C1,P1\n",
    "standard/order_lines.csv": "R1,2024-03-01,1,mug,2,8.50\nR1,2024-03-01,2,map,1,3\n"
    "R2,2024-03-01,1,mug,1,8.50\n",
}
SECOND = {
    "grocery/transaction_data.csv": "7,10,301,1,1,6.00,300,0,1200,44,0,0\n",
    "footwear/sales.csv": "S1,B1,E1,2024-05-01,10:00,BOOT-1AA,9,1,Card,Sales,Boots,1,50,20\n",
    "ecommerce/transactions.csv": "T1,,2022-03-09 10:00:00,40,,complete\n",
    "ecommerce/transaction_items.csv": "T1,b,1,10\n",
    "standard/order_lines.csv": "R1,2024-03-01,1,mug,1,8.50\n",
}
# R1, S1 and basket 10 are replaced whole, T1 gets one more line.
NET = {"10": 6, "11": 5, "S1": 50, "S2": 50, "T1": 40, "T2": 12, "O1": 12.99, "R1": 8.5, "R2": 8.5}


def load(shop: BuiltWarehouse, folder: Path, files: dict[str, str]) -> None:
    for name, lines in files.items():
        path = folder / name.replace(".csv", f"_{folder.name}.csv")
        if name == "electronics/order.csv":
            path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(HEADERS[name] + lines)
        shop.load(path.parent.name, path)


@pytest.mark.slow
def test_views_over_copies_of_touched_rows(own_project: BuiltWarehouse, tmp_path: Path) -> None:
    shop = own_project
    macros = shop.project_dir / "macros" / "scope" / "loads_of_facts.sql"
    text = macros.read_text().replace("postgres__", "unused__").replace("redshift__", "postgres__")
    macros.write_text(text)
    load(shop, tmp_path / "first", FIRST)
    shop.dbt(*WITHOUT_TESTS, "--select", *(f"+{fact}" for fact in FACTS))
    load(shop, tmp_path / "second", SECOND)
    shop.dbt("run", "--select", *FACTS)
    net = shop.frame("select order_id, net_amount from core.fct_orders")
    assert {row[0]: float(row[1]) for row in net.itertuples(index=False)} == NET
    compiled = next((shop.folder / "target" / "compiled").rglob("fct_order_lines.sql"))
    assert "fct_order_lines__int_grocery__order_lines as input" in compiled.read_text()

    incremental = {fact: shop.checksum(f"core.{fact}") for fact in FACTS}
    shop.dbt("run", "--full-refresh", "--select", *FACTS)
    assert {fact: shop.checksum(f"core.{fact}") for fact in FACTS} == incremental
