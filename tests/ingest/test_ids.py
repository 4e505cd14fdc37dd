"""Ids keep what they are and lose what programs put on them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ingest.checks.ids import WrittenAsFloats
from ingest.files.id_columns import whole_id_columns
from ingest.tables.column_types import parse_type
from ingest.tables.table_definitions import Column
from ingest.tables.text_dialects import Dialect
from tests.ingest.conftest import Shop
from tests.ingest.dialect_tables import read, sales

TEXT = parse_type("varchar(64)")
TABLE = sales(
    Column("order", TEXT, required=True, is_id=True),
    Column("customer", TEXT, is_id=True),
    Column("size", TEXT),
    dialect=None,
)


@pytest.mark.parametrize("broken", ["", "A3,c,1,2\n"])
def test_blanks_at_the_end_are_no_part_of_an_id(broken: str) -> None:
    """In whole columns and, beside a row that is broken, cell by cell."""
    text = "order,customer,size\nA1 ,c1\u00a0,L \n A2,\t,S\n" + broken
    assert read(TABLE, text).rows == [("A1", "c1", "L "), (" A2", None, "S")]


def test_an_id_of_blanks_is_empty() -> None:
    found = read(TABLE, "order,customer,size\n  ,c1,S\nA1,c1,S\n")
    assert found.rejects == [(2, "order", "empty, but required")]


def test_an_id_as_a_float_waits_for_the_whole_column() -> None:
    with pytest.raises(WrittenAsFloats):
        read(TABLE, "order,customer,size\nA1,17850.0,S\n")


@pytest.mark.parametrize("dialect", [None, Dialect()])
def test_an_id_that_excel_wrote_is_a_reject(dialect: Dialect | None) -> None:
    """1E5 and A1E+5 are ids of shops."""
    table = replace(TABLE, dialect=dialect)
    text = "order,customer,size\n8.71E+12,c1,S\nA1,4E+15 ,S\n1E5,A1E+5,8.71E+12\n"
    found = read(table, text)
    assert found.rows == [("1E5", "A1E+5", "8.71E+12")]
    assert [(line, column) for line, column, _ in found.rejects] == [(2, "order"), (3, "customer")]
    assert "its digits are lost" in found.rejects[0][2]


LINES = "order_id,ordered_at,customer_id,product_id,quantity,unit_price\n"


def customers(shop: Shop) -> list[tuple[str | None, str]]:
    return shop.query("select customer_id, product_id from raw_standard.order_lines order by 2")


def test_17850_is_one_customer_however_it_is_written(shop: Shop) -> None:
    """As spreadsheets and data frames write numbers once a cell of the column is empty."""
    text = "1,2024-03-01,17850.0,a1,1,5\n2,2024-03-01,17850,a2,1,5\n3,2024-03-01,,a3,1,5\n"
    text += "4,2024-03-01,-7.00,a4,1,5\n"
    assert shop.load_one("standard", "order_lines.csv", LINES + text).status == "loaded"
    assert customers(shop) == [("17850", "a1"), ("17850", "a2"), (None, "a3"), ("-7", "a4")]


def test_ids_that_are_no_numbers_stay_as_they_are(shop: Shop) -> None:
    """2.0 is a version beside 2.1, and 17.0 something else than 17 beside 00017."""
    text = "1,2024-03-01,17.0,2.0,1,5\n2,2024-03-01,00017,2.1,1,5\n"
    assert shop.load_one("standard", "order_lines.csv", LINES + text).status == "loaded"
    assert customers(shop) == [("17.0", "2.0"), ("00017", "2.1")]


def test_a_float_too_large_to_be_whole_is_a_reject(shop: Shop) -> None:
    good = "".join(f"{n},2024-03-01,{n}.0,p,1,5\n" for n in range(100))
    text = "x,2024-03-01,9007199254740993.0,p,1,5\n"
    result = shop.load_one("standard", "order_lines.csv", LINES + good + text)
    assert [(r.line, r.column) for r in result.rejects] == [(102, "customer_id")]
    assert "above 2^53" in result.rejects[0].reason


def parquet(shop: Shop, name: str, customer: pa.Array) -> Path:
    count = len(customer)
    table = pa.table({
        "order_id": [f"A{number}" for number in range(count)],
        "ordered_at": ["2024-03-01"] * count,
        "customer_id": customer,
        "product_id": [f"p{number}" for number in range(count)],
        "quantity": [1] * count,
        "unit_price": [5.0] * count,
    })  # fmt: skip
    path = shop.folder / name
    pq.write_table(table, path)
    return path


@pytest.mark.parametrize("kind", [pa.float64(), pa.float32(), pa.string(), pa.int64()])
def test_parquet_ids_are_whole(shop: Shop, kind: pa.DataType) -> None:
    values = [17850, None, 20] if kind != pa.string() else ["17850.0", None, "20"]
    path = parquet(shop, "order_lines.parquet", pa.array(values, kind))
    (result,) = shop.load("standard", path).files
    assert result.status == "loaded", result.message
    assert customers(shop) == [("17850", "p0"), (None, "p1"), ("20", "p2")]


@pytest.mark.parametrize(
    ("kind", "value"),
    [(pa.float64(), 1.5), (pa.float64(), 2.0**53 + 2), (pa.float32(), 2.0**24 + 2)],
)
def test_floats_that_name_nobody_are_rejects(shop: Shop, kind: pa.DataType, value: float) -> None:
    path = parquet(shop, "order_lines.parquet", pa.array([7.0] * 100 + [value], kind))
    (result,) = shop.load("standard", path).files
    assert [(r.line, r.column) for r in result.rejects] == [(101, "customer_id")]
    assert "not a whole number up to 2^53" in result.rejects[0].reason


def test_a_column_is_asked_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "sales.csv"
    lines = "\n".join(f"{n},{n}.0,{n}" for n in range(1000))
    path.write_text("order,customer,size\n" + lines + "\nA7,5,1\n", encoding="utf-8")
    assert whole_id_columns(path, TABLE) == {"customer"}
