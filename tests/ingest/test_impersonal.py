"""What is a person's gets neither into a column that is not personal nor into what is told."""

from __future__ import annotations

import io
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
import yaml
from rich.console import Console

from ingest.loads.load_report import render
from tests.ingest.conftest import LEEDS, Shop, ticket

TRANSACTIONS = (
    "transaction_id,membership_id,transaction_at,total_items_price,total_items_weight_kg,status\n"
)
GOOD = "T{0},Quill_6845c,2022-01-05T10:00,10.00,1,completed\n"
CUSTOMERS = "id,name,email,phone,email_prospect\n"
EMPLOYEES = "employee_id,name,branch_id,full_time,status,multi_duty\n"
ITEMS = "item_id,item_name,manufacturer_name,cost,weight_kg\n"
IN_COLUMN = "looks like a person's ({}), in a column that is not personal"


def many(line: str, count: int = 200) -> str:
    return "".join(line.format(number) for number in range(count))


@pytest.mark.parametrize(
    ("source", "name", "content", "column", "what", "value"),
    [
        (
            "ecommerce", "transactions_1.csv",
            TRANSACTIONS + many(GOOD) + GOOD.format(999).replace("completed", "ann@reed.example"),
            "status", "e-mail address", "ann@reed.example",
        ),
        (
            "ecommerce", "transactions_1.csv",
            TRANSACTIONS + many(GOOD) + GOOD.format(999).replace("completed", "0412 345 678"),
            "status", "telephone number", "0412 345 678",
        ),
        (
            "ecommerce", "transactions_1.csv",
            TRANSACTIONS + many(GOOD) + GOOD.format(999).replace("completed", "4111111111111111"),
            "status", "card number", "4111111111111111",
        ),
        (
            "ecommerce", "transactions_1.csv",
            TRANSACTIONS + many(GOOD) + GOOD.format(999).replace("T999", "Reedham_1a2b3"),
            "transaction_id", "personal id", "Reedham_1a2b3",
        ),
        (
            "ecommerce", "transactions_1.csv",
            TRANSACTIONS + many(GOOD) + GOOD.format(999).replace("T999", "Ann Reedham"),
            "transaction_id", "name of a person", "Ann Reedham",
        ),
        # About one membership id in ten has digits alone; some systems write letters in capitals.
        (
            "ecommerce", "transactions_1.csv",
            TRANSACTIONS + many(GOOD) + GOOD.format(999).replace("T999", "Juniperheap_25302"),
            "transaction_id", "personal id", "Juniperheap_25302",
        ),
        (
            "ecommerce", "transactions_1.csv",
            TRANSACTIONS + many(GOOD) + GOOD.format(999).replace("completed", "O'Shingle_6B921"),
            "status", "personal id", "O'Shingle_6B921",
        ),
        (
            "ecommerce", "transactions_1.csv",
            TRANSACTIONS + many(GOOD)
            + GOOD.format(999).replace("completed", "Shinglecrest_6b921 "),
            "status", "personal id", "Shinglecrest_6b921",
        ),
        (
            "ecommerce", "transactions_1.csv",
            TRANSACTIONS + many(GOOD)
            + GOOD.format(999).replace("completed", "＋４９１７１２３４５"),
            "status", "telephone number", "１７１２３４５",
        ),
        (
            "ecommerce", "transactions_1.csv",
            TRANSACTIONS + many(GOOD) + GOOD.format(999).replace("T999", "山田太郎"),
            "transaction_id", "name of a person", "山田太郎",
        ),
        (
            "electronics", "customer.csv",
            CUSTOMERS + many("C{0},Bo Ek,bo@ek.example,,\n")
            + "Ann Reedham,C7,ann@reed.example,,\n",
            "id", "name of a person", "Ann Reedham",
        ),
        (
            "footwear", "employees.csv",
            EMPLOYEES + many("E{0},Bo Ek,B1,yes,active,no\n")
            + "E999,Ann Reedham,B1,yes, ann  REEDHAM,no\n",
            "status", "name of a person", "REEDHAM",
        ),
    ],
)  # fmt: skip
def test_a_personal_value_elsewhere_is_a_reject_without_the_value(
    shop: Shop, source: str, name: str, content: str, column: str, what: str, value: str
) -> None:
    path = shop.write(name, content)
    parquet = path.with_name(f"{path.stem}_as.parquet")
    pq.write_table(
        pyarrow.csv.read_csv(io.BytesIO(content.encode())).cast(_texts(content)), parquet
    )
    for file in (path, parquet):
        report = shop.load(source, file, adds=True)
        (result,) = report.files
        line = 202 if file is path else 201
        assert (result.status, result.rows_loaded) == ("loaded", 200), result.message
        assert [(r.line, r.column, r.reason, r.value) for r in result.rejects] == [
            (line, column, IN_COLUMN.format(what), None)
        ]
        out = io.StringIO()
        Console(file=out, width=200).print(render(report))
        assert what in out.getvalue()
        for place in (out.getvalue(), shop.everything()):
            assert value.lower() not in place.lower()


def _texts(content: str) -> pa.Schema:
    return pa.schema([(name, pa.string()) for name in content.splitlines()[0].split(",")])


def test_exchanged_columns_are_refused_without_a_value(shop: Shop) -> None:
    """The names under `id` and the ids under `name`, in the whole file."""
    exchanged = CUSTOMERS + many("Ann Reedham,C{0},ann@reed.example,,\n")
    result = shop.load_one("electronics", "customer.csv", exchanged)
    assert result.status == "refused"
    assert IN_COLUMN.format("name of a person") in result.message
    assert "Reedham" not in result.message + shop.everything()


def test_a_name_in_the_place_of_a_number_is_not_kept(shop: Shop) -> None:
    """Items have no personal column, but their source has."""
    content = ITEMS + many("I{0},Lamp,Lampson,1.00,1\n") + "I999,Lamp,Lampson,Ann Reedham,1\n"
    result = shop.load_one("ecommerce", "items.csv", content)
    assert [(r.column, r.reason, r.value) for r in result.rejects] == [
        ("cost", "not a number", None)
    ]
    assert "Reedham" not in shop.everything()
    # A source without people says what it found.
    grocery = "product_id,manufacturer,department,brand,commodity_desc,sub_commodity_desc,"
    grocery += "curr_size_of_product\n1,2,GROCERY,National,A,B,C\nx,2,GROCERY,National,A,B,C\n"
    result = shop.load_one("grocery", "product.csv", grocery)
    assert [reject.value for reject in result.rejects] == ["x"]


# Numbers of orders and articles, with a check digit that is right (Luhn), and other things.
LOOK_ALIKES = (
    "order_id,ordered_at,customer_id,product_id,store_id,quantity,unit_price,payment_method,"
    "order_status\n"
    "4111111111111111,2024-03-01,17850,4006381333931,Harbour Street,1,2,Visa 1111,2024-03-01\n"
    "5555555555554444,2024-03-01,C-1,4012888888881881,North Mall,1,2,Card,01/02/2024 10:30\n"
    "0412345678,2024-03-01,0000012345,0815-4711,06000,1,2,Pay 3 x 20.00,shipped 100-200-300\n"
    "R-2024-000123,2024-03-01,12-345-678,Blue Mug,S1,1,2,Cash Sale,Paid @ till\n"
    "12345678901234567890123,2024-03-01,guest,T-Shirt XL,S1,1,2,A. B. Bank,@home\n"
)


def test_what_only_looks_alike_is_loaded_as_it_is(shop: Shop) -> None:
    result = shop.load_one("standard", "order_lines.csv", LOOK_ALIKES)
    assert (result.rows_loaded, result.rows_rejected, result.personal_ids) == (5, 0, 0)
    rows = shop.query(
        "select order_id, customer_id, product_id, store_id, payment_method, order_status"
        " from raw_standard.order_lines order by file_line"
    )
    given = [line.split(",") for line in LOOK_ALIKES.splitlines()[1:]]
    assert rows == [(g[0], *g[2:5], *g[7:9]) for g in given]


def kiosk(conninfo: str, folder: Path, *names: str) -> Shop:
    """A source whose visits have a remark, and people's names that are not stored."""
    drop = {"meta": {"pii": "drop"}}
    columns = [
        {"name": "visit", "data_type": "varchar(64)"},
        *({"name": name, "data_type": "varchar(64)", "config": drop} for name in names),
        {"name": "remark", "data_type": "varchar(64)"},
    ]
    table = {"name": "visits", "config": {"meta": {"mode": "append"}}, "columns": columns}
    path = folder / "project" / "models" / "staging" / "kiosk" / "_kiosk__sources.yml"
    path.parent.mkdir(parents=True)
    source = {"name": "kiosk", "schema": "raw_kiosk", "tables": [table]}
    path.write_text(yaml.safe_dump({"version": 2, "sources": [source]}), encoding="utf-8")
    return Shop(conninfo, folder, folder / "project")


def test_dropped_names_are_compared_with_their_row(empty_database: str, tmp_path: Path) -> None:
    shop = kiosk(empty_database, tmp_path, "customer_name")
    # A single word may be a town as well as a first name.
    content = "visit,customer_name,remark\n" + many("V{0},Paris,Paris\n")
    content += "V999,Ann Reedham,for ann reedham\nV1000,Ann Reedham,ann reedham\n"
    result = shop.load_one("kiosk", "visits.csv", content)
    assert [(r.line, r.column) for r in result.rejects] == [(202, "remark"), (203, "remark")]
    assert shop.value("select count(*) from raw_kiosk.visits where remark = 'Paris'") == 200


def test_a_name_is_found_within_another_cell_of_its_row(shop: Shop) -> None:
    """Somebody writes the customer behind the product; another customer may be called alike."""
    name = "Harvest Amberthorpe"
    rows = [ticket()] * 200
    rows += [
        ticket(customer_name=name, products="Harvest Amberthorpe - 4.9"),
        ticket(customer_name=name, products="Latte - AMBERTHORPE\u00a0harvest - 4.9"),
        ticket(products="Harvest Amberthorpe - 4.9"),
        ticket(customer_name=name, products="Harvest Latte - 4.9"),
    ]
    result = shop.load_one("cafe", LEEDS, "".join(f"{row}\n" for row in rows))
    assert [(r.line, r.column, r.reason, r.value) for r in result.rejects] == [
        (201, "products", IN_COLUMN.format("name of a person"), None),
        (202, "products", IN_COLUMN.format("name of a person"), None),
    ]
    assert result.rows_loaded == 202


def test_first_and_last_name_of_two_columns_are_one_name(
    empty_database: str, tmp_path: Path
) -> None:
    shop = kiosk(empty_database, tmp_path, "first_name", "last_name")
    content = "visit,first_name,last_name,remark\n" + many("V{0},Ann,Cup,a cup for Bo\n")
    content += (
        "V901,Ann,Reedham,see Ann Reedham\n"
        "V902,Ann,Reedham,Reedham/Ann\n"
        "V903,Ann,Reedham,Ann Reedhamson\n"
        "V904,Ann,,Ann Reedham\n"
        "V905,Ann,Reedham,Reedham town\n"
    )
    result = shop.load_one("kiosk", "visits.csv", content)
    assert [(r.line, r.column) for r in result.rejects] == [(202, "remark"), (203, "remark")]
    assert shop.value("select count(*) from raw_kiosk.visits") == 203


def test_part_numbers_in_names_of_products_are_no_telephones(shop: Shop) -> None:
    """Numbers of makers, books and sizes; an address has no place in a name all the same."""
    names = (
        "Brake pads Bosch 0986 494 294", "Spark plug 0242 236 571", "Cell 18650-3500",
        "Lego 200.300.4000", "Hex key set 02-04-08-16-32", "0-306-40615-2",
        "Part 123-45-6789", "lamp of ann@reed.example",
    )  # fmt: skip
    rows = "".join(f"P{i},{name},Lampson,1.00,1\n" for i, name in enumerate(names))
    result = shop.load_one("ecommerce", "items_1.csv", ITEMS + many("I{0},Lamp,L,1.00,1\n") + rows)
    assert [(r.line, r.column, r.reason) for r in result.rejects] == [
        (209, "item_name", IN_COLUMN.format("e-mail address"))
    ]
