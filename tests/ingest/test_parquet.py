"""Parquet files go through the same checks as CSV files."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ingest.loads.load_report import FileResult
from tests.ingest.conftest import Shop

COLUMNS: dict[str, tuple[list[Any], pa.DataType]] = {
    "HOUSEHOLD_KEY": ([1, 2, 3], pa.int64()),
    "BASKET_ID": ([31198705046, 31198705047, 31198705048], pa.int64()),
    "DAY": ([1, 2, 2], pa.int16()),
    "PRODUCT_ID": ([1, None, 3], pa.int64()),
    "QUANTITY": ([1.0, 2.0, 3.0], pa.float64()),
    "SALES_VALUE": ([0.1, 2.29, 1e3], pa.float64()),
    "STORE_ID": ([7, 7, 7], pa.int32()),
    "RETAIL_DISC": ([Decimal("-0.10"), None, Decimal("0.00")], pa.decimal128(9, 2)),
    "TRANS_TIME": ([0, 1330, 2359], pa.int64()),
    "WEEK_NO": (["1", "1", "1"], pa.string()),
    "COUPON_DISC": ([0, 0, -1], pa.int64()),
    "COUPON_MATCH_DISC": ([0.0, 0.0, -0.25], pa.float32()),
}


def load(shop: Shop, **changes: tuple[list[Any], pa.DataType]) -> FileResult:
    path = shop.folder / "transaction_data.parquet"
    columns = {name: pa.array(*pair) for name, pair in (COLUMNS | changes).items()}
    pq.write_table(pa.table(columns), path)
    (result,) = shop.load("grocery", path).files
    return result


def test_values_of_any_numeric_type_arrive_exactly(shop: Shop) -> None:
    result = load(shop)
    assert (result.status, result.rows_in_file, result.rows_rejected) == ("loaded", 3, 0)
    query = "select basket_id, day, product_id, quantity, sales_value::text, retail_disc::text,"
    query += " week_no, coupon_match_disc::text, file_line from raw_grocery.transaction_data"
    assert sorted(shop.query(query)) == [
        (31198705046, 1, 1, 1, "0.1000", "-0.1000", 1, "0.0000", 1),
        (31198705047, 2, None, 2, "2.2900", None, 1, "0.0000", 2),
        (31198705048, 2, 3, 3, "1000.0000", "0.0000", 1, "-0.2500", 3),
    ]


@pytest.mark.parametrize(
    ("name", "values", "kind", "reason", "value"),
    [
        ("SALES_VALUE", [1.0, 0.12345, 1.0], pa.float64(), "more than 4 decimals", "0.12345"),
        ("SALES_VALUE", [1.0, float("nan"), 1.0], pa.float64(), "not a finite number", "nan"),
        ("QUANTITY", [1.0, 1.5, 1.0], pa.float64(), "not a whole number", "1.5"),
        ("DAY", [1, None, 1], pa.int64(), "empty, but required", None),
        ("DAY", [1, 2**40, 1], pa.int64(), "number out of range", str(2**40)),
        ("TRANS_TIME", [1, 2400, 1], pa.int64(), "not a time of day (HHMM)", "2400"),
        ("WEEK_NO", ["1", "x", "1"], pa.string(), "not a number", "x"),
    ],
)
def test_bad_values_reject_their_row(
    shop: Shop, name: str, values: list[Any], kind: pa.DataType, reason: str, value: str | None
) -> None:
    result = load(shop, **{name: (values, kind)})
    assert result.status == "loaded"
    assert [(r.line, r.column, r.reason, r.value or None) for r in result.rejects] == [
        (2, name.lower(), reason, value)
    ]


def test_wrong_columns_refuse_the_file(shop: Shop) -> None:
    assert "unknown column 'colour'" in load(shop, COLOUR=([1, 2, 3], pa.int64())).message
    nested = load(shop, DAY=([[1], [2], [3]], pa.list_(pa.int64())))
    assert "holds bytes or structures" in nested.message
    moment = [dt.datetime(2020, 1, 1, tzinfo=dt.UTC)] * 3
    zoned = load(shop, DAY=(moment, pa.timestamp("us", "UTC")))
    assert "has a time zone" in zoned.message


def test_a_file_without_rows_is_refused(shop: Shop) -> None:
    empty = {name: ([], kind) for name, (_, kind) in COLUMNS.items()}
    assert load(shop, **empty).message == "the file has columns but no rows"


def test_a_truncated_file_is_refused(shop: Shop) -> None:
    load(shop)
    content = (shop.folder / "transaction_data.parquet").read_bytes()
    result = shop.load_one("grocery", "transaction_data_2.parquet", content[:-200])
    assert result.message == "damaged Parquet file; fetch the file again"
