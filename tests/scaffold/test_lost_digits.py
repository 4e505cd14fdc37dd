"""Ids that a spreadsheet has written in scientific notation."""

from pathlib import Path

import pytest

from tests.scaffold.planning import one_file, plan, roles_of
from warehouse.errors import WarehouseError

COMMAS = """\
Bestellnummer;Datum;Kundennummer;EAN;Artikel;Menge;Einzelpreis
8,71E+12;02.03.2024;6;4006381333931;Kerze;1;9,90
8,71E+12;03.03.2024;7;4006381333931;Lampe;1;59,80
"""
POINTS = """\
order_no,date,customer,ean,item,qty,price
1001,2024-03-02,6,4.00638E+12,Candle,1,9.90
1002,2024-03-03,7,4.00638E+12,Lamp,1,59.80
"""


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (COMMAS, r"Bestellnummer should be the order_id, but 2 of 2 cells are like `8,71E\+12` "
                 r"\(sales.csv line 2\): Excel .* Export the file again"),
        (COMMAS.replace(",", "."), r"Bestellnummer should be the order_id.*`8\.71E\+12`"),
        (POINTS, r"ean should be the product_id.*--map product_id=COLUMN names another"),
        (POINTS.replace("ean", "sku").replace("customer", "ean").replace("4.00638E+12", "S1")
         .replace("ean", "client").replace(",6,", ",1.2E+10,").replace(",7,", ",1.2E+10,"),
         r"client should be the customer_id.*--map customer_id= none"),
    ],
)  # fmt: skip
def test_ids_without_their_digits_are_refused(
    tmp_path: Path, project_dir: Path, text: str, told: str
) -> None:
    with pytest.raises(WarehouseError, match=told):
        plan(project_dir, one_file(tmp_path, text), currency="EUR")


def test_another_column_may_name_the_product(tmp_path: Path, project_dir: Path) -> None:
    path = one_file(tmp_path, POINTS)
    found = plan(project_dir, path, currency="EUR", roles={"product_id": "item"})
    assert roles_of(found)["product_id"] == "sales.item"
