"""Folders of parts, as Spark writes them: the folder is the table, its name may give columns."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ingest.files.claimed_files import expand
from tests.ingest.conftest import Shop
from tests.ingest.test_definitions import write

LINES = "order_id,ordered_at,product_id,quantity,unit_price\n"


def test_a_folder_of_parts_is_one_table_s_files(shop: Shop) -> None:
    folder = shop.folder / "order_lines_2024.parquet"
    (folder / ".hidden").mkdir(parents=True)
    for number in (0, 1):
        table = pa.table({
            "order_id": [f"A{number}"], "ordered_at": ["2024-03-01"], "product_id": ["p"],
            "quantity": [1], "unit_price": [2.5],
        })  # fmt: skip
        pq.write_table(table, folder / f"part-0000{number}-5c1f.c000.snappy.parquet")
    for name in ("_SUCCESS", "_committed_17", "._SUCCESS.crc", ".part-00000.crc", ".hidden/a.csv"):
        (folder / name).write_bytes(b"")
    report = shop.load("standard", shop.folder)
    assert [(r.file, r.table, r.status) for r in report.files] == [
        ("part-00000-5c1f.c000.snappy.parquet", "order_lines", "loaded"),
        ("part-00001-5c1f.c000.snappy.parquet", "order_lines", "loaded"),
    ]
    assert shop.query("select file_name from ops.load_files order by 1") == [
        ("order_lines_2024.parquet/part-00000-5c1f.c000.snappy.parquet",),
        ("order_lines_2024.parquet/part-00001-5c1f.c000.snappy.parquet",),
    ]
    assert {r.status for r in shop.load("standard", shop.folder).files} == {"known"}


def test_parts_of_two_folders_are_not_the_same_file(shop: Shop) -> None:
    """Each folder has its part 0; a path to the part itself is read alike."""
    for number in (1, 2):
        folder = shop.folder / f"order_lines_{number}"
        folder.mkdir()
        path = folder / "part-00000.csv"
        path.write_text(LINES + f"A{number},2024-03-01,p,1,2\n", encoding="utf-8")
        (result,) = shop.load("standard", path).files
        assert result.status == "loaded", result.message


def test_a_master_in_parts_is_refused_whole(shop: Shop) -> None:
    folder = shop.folder / "products"
    folder.mkdir()
    for number in (0, 1):
        (folder / f"part-0000{number}.csv").write_text(f"product_id\np{number}\n", encoding="utf-8")
    report = shop.load("standard", folder)
    assert {r.status for r in report.files} == {"refused"}
    assert "the folder products has 2 files, but table products" in report.files[0].message
    (folder / "part-00001.csv").unlink()
    assert [r.status for r in shop.load("standard", folder).files] == ["loaded"]


def test_ordinary_names_are_not_parts(tmp_path: Path) -> None:
    for name in ("parts_2024.csv", "part-list.csv", "_notes.csv"):
        (tmp_path / name).write_bytes(b"")
    assert [path.name for path in expand(tmp_path)] == [
        "_notes.csv",
        "part-list.csv",
        "parts_2024.csv",
    ]


@pytest.fixture
def kiosk(shop: Shop, tmp_path: Path) -> Shop:
    """A shop of its own definition: sales by day in folders."""
    columns: list[dict[str, Any]] = [
        {"name": "sold_on", "data_type": "date"},
        {"name": "store", "data_type": "varchar(16)"},
        {"name": "amount", "data_type": "numeric(18,4)"},
    ]
    columns[0]["config"] = {"meta": {"partition": True, "header": "dt", "required": True}}
    columns[1]["config"] = {"meta": {"partition": True}}
    control = {"amount": "amount", "business_date": "sold_on", "currency": "EUR"}
    entry = {
        "name": "sales",
        "config": {"meta": {"mode": "append", "control": control}},
        "columns": columns,
    }
    project = write(tmp_path / "project", entry)
    folder = tmp_path / "files"
    folder.mkdir()
    return Shop(shop.conninfo, folder, project)


def put(shop: Shop, name: str, text: str) -> Path:
    path = shop.folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_folders_give_columns_that_the_definition_names(kiosk: Shop) -> None:
    put(kiosk, "sales/dt=2024-05-01/store=Main%20St/part-0.csv", "amount\n1.50\n2\n")
    put(kiosk, "sales/dt=2024-05-02/store=__HIVE_DEFAULT_PARTITION__/part-0.csv", "amount\n4\n")
    results = kiosk.load("kiosk").files
    assert [result.status for result in results] == ["loaded", "loaded"], results
    rows = kiosk.query("select sold_on::text, store, amount::text from raw_kiosk.sales order by 3")
    assert rows == [
        ("2024-05-01", "Main St", "1.5000"),
        ("2024-05-01", "Main St", "2.0000"),
        ("2024-05-02", None, "4.0000"),
    ]
    totals = "select business_date::text, control_amount::text from ops.load_totals order by 1"
    assert kiosk.query(totals) == [("2024-05-01", "3.5000"), ("2024-05-02", "4.0000")]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("sales/dt=2024-5-1/store=a/part-0.csv", "the folder name, dt=…: not a date written as"),
        ("sales/dt=1066-05-01/store=a/part-0.csv", "the folder name, dt=…: date outside"),
        ("sales/part-0.csv", "the folder name, dt=…: empty, but required"),
    ],
)
def test_a_folder_that_says_no_day_is_refused(kiosk: Shop, name: str, message: str) -> None:
    (result,) = kiosk.load("kiosk", put(kiosk, name, "amount\n1\n")).files
    assert result.status == "refused"
    assert message in result.message
