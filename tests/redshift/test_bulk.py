"""COPY and UNLOAD: whole or not at all, in the client's transaction."""

import datetime
import io
import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from redshift_connector import Cursor
from redshift_connector.error import ProgrammingError

from tests.redshift.cluster import ROLE, Cluster

COLUMNS = (
    "id integer not null, name varchar(5), amount numeric(18,2), day date, at timestamp,"
    " is_open boolean"
)
SCHEMA = pa.schema([
    ("id", pa.int32()), ("name", pa.string()), ("amount", pa.decimal128(18, 2)),
    ("day", pa.date32()), ("at", pa.timestamp("us")), ("is_open", pa.bool_()),
])  # fmt: skip
DAY, MOMENT = datetime.date(2024, 2, 29), datetime.datetime(2024, 2, 29, 1, 2, 3, 450000)
FULL = {
    "id": 1,
    "name": 'a"é,',
    "amount": Decimal("1.50"),
    "day": DAY,
    "at": MOMENT,
    "is_open": True,
}
# Null is not the empty text.
BLANK = {"id": 2, "name": "", "amount": None, "day": None, "at": None, "is_open": None}
NULLS = {"id": 3, "name": None, "amount": None, "day": None, "at": None, "is_open": False}


@pytest.fixture
def prefix() -> str:
    """A folder of the test's own in the bucket."""
    return f"{uuid4().hex}/"


@pytest.fixture
def table(redshift: Cluster) -> str:
    """An empty table of the test's own."""
    name = f"t_{uuid4().hex[:8]}"
    redshift.run(f"create table {name} ({COLUMNS})")
    return name


@pytest.fixture
def cursor(redshift: Cluster) -> Iterator[Cursor]:
    """A session, in a transaction."""
    with redshift.connect() as connection:
        yield connection.cursor()


def put(
    redshift: Cluster, key: str, rows: list[dict[str, Any]], schema: pa.Schema = SCHEMA
) -> dict:
    """Stages a file and returns its entry in a manifest."""
    out = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), out)
    redshift.s3.put_object(Bucket=redshift.bucket, Key=key, Body=out.getvalue())
    return {
        "url": f"s3://{redshift.bucket}/{key}",
        "mandatory": True,
        "meta": {"content_length": len(out.getvalue())},
    }


def put_manifest(redshift: Cluster, key: str, *entries: dict[str, Any]) -> str:
    body = json.dumps({"entries": entries}).encode()
    redshift.s3.put_object(Bucket=redshift.bucket, Key=key, Body=body)
    return f"s3://{redshift.bucket}/{key}"


def copy(table: str, address: str, options: str = "manifest") -> str:
    return f"copy {table} from '{address}' iam_role '{ROLE}' format as parquet {options}"


def rows(redshift: Cluster, table: str) -> list[tuple[Any, ...]]:
    return redshift.run(f"select * from {table} order by id")


def refused(cursor: Cursor, statement: str) -> dict[str, str]:
    with pytest.raises(ProgrammingError) as caught:
        cursor.execute(statement)
    return caught.value.args[0]


def test_all_files_of_a_manifest_are_copied(
    redshift: Cluster, cursor: Cursor, table: str, prefix: str
) -> None:
    entries = [
        put(redshift, f"{prefix}1.parquet", [FULL, BLANK]),
        put(redshift, f"{prefix}2.parquet", [NULLS]),
    ]
    cursor.execute(copy(table, put_manifest(redshift, f"{prefix}manifest", *entries)))
    assert cursor.execute("select pg_last_copy_count()").fetchone() == [3]
    assert rows(redshift, table) == []
    cursor.connection.commit()
    assert rows(redshift, table) == [tuple(row.values()) for row in (FULL, BLANK, NULLS)]


def test_a_copy_is_rolled_back(redshift: Cluster, cursor: Cursor, table: str, prefix: str) -> None:
    manifest = put_manifest(
        redshift, f"{prefix}manifest", put(redshift, f"{prefix}1.parquet", [FULL])
    )
    cursor.execute(copy(table, manifest))
    cursor.execute(f"insert into {table} (id) values (9)")
    cursor.connection.rollback()
    assert rows(redshift, table) == []
    cursor.execute(copy(table, manifest))
    cursor.connection.commit()
    assert len(rows(redshift, table)) == 1


def test_columns_may_be_named_and_go_by_position(
    redshift: Cluster, cursor: Cursor, table: str, prefix: str
) -> None:
    schema = pa.schema([("whatever", pa.string()), ("number", pa.int32())])
    put(redshift, f"{prefix}1.parquet", [{"whatever": "a", "number": 5}], schema)
    cursor.execute(
        copy(f"{table} (name, id)", f"s3://{redshift.bucket}/{prefix}", "statupdate off")
    )
    cursor.connection.commit()
    assert rows(redshift, table) == [(5, "a", None, None, None, None)]


def test_a_file_that_is_missing_fails_if_it_is_mandatory(
    redshift: Cluster, cursor: Cursor, table: str, prefix: str
) -> None:
    there = put(redshift, f"{prefix}1.parquet", [FULL])
    gone = there | {"url": f"s3://{redshift.bucket}/{prefix}2.parquet"}
    told = refused(cursor, copy(table, put_manifest(redshift, f"{prefix}m", there, gone)))
    assert "NoSuchKey" in told["M"] and f"{prefix}2.parquet" in told["M"]
    assert refused(cursor, "select 1")["C"] == "25P02"
    cursor.connection.rollback()
    gone["mandatory"] = False
    cursor.execute(copy(table, put_manifest(redshift, f"{prefix}m", there, gone)))
    assert cursor.execute("select pg_last_copy_count()").fetchone() == [1]


def test_a_manifest_that_is_missing_or_broken_fails(
    redshift: Cluster, cursor: Cursor, table: str, prefix: str
) -> None:
    address = f"s3://{redshift.bucket}/{prefix}manifest"
    assert "NoSuchKey" in refused(cursor, copy(table, address))["M"]
    cursor.connection.rollback()
    redshift.s3.put_object(Bucket=redshift.bucket, Key=f"{prefix}manifest", Body=b"{")
    assert "not in correct json format" in refused(cursor, copy(table, address))["M"]


ROW = {"id": 1, "name": "a", "amount": None, "day": None, "at": None, "is_open": None}


@pytest.mark.parametrize(
    ("second", "schema", "message", "column", "line"),
    [
        (ROW | {"name": "ïïï"}, SCHEMA, "Table: 5, Data: 6", "name", 2),
        (ROW | {"id": None}, SCHEMA, "'id' is not nullable", "id", 2),
        (ROW, pa.schema([("id", pa.int32())]), "Table columns: 6, Data columns: 1", "", 0),
        (ROW, SCHEMA.set(0, pa.field("id", pa.int64())), "Column type: integer", "id", 0),
        (ROW, SCHEMA.set(2, pa.field("amount", pa.decimal128(18, 3))), "numeric", "amount", 0),
        (ROW, SCHEMA.set(3, pa.field("day", pa.string())), "Column type: date", "day", 0),
    ],
    ids=["bytes", "null", "columns", "integer", "decimal", "date"],
)
def test_rows_that_do_not_fit_fail_the_whole_copy(
    redshift: Cluster, cursor: Cursor, table: str, prefix: str,
    second: dict[str, Any], schema: pa.Schema, message: str, column: str, line: int,
) -> None:  # fmt: skip
    good = put(redshift, f"{prefix}1.parquet", [FULL])
    bad = put(redshift, f"{prefix}2.parquet", [ROW, second], schema)
    told = refused(cursor, copy(table, put_manifest(redshift, f"{prefix}m", good, bad)))
    assert told["M"] == "Spectrum Scan Error" and message in told["D"]
    cursor.connection.rollback()
    assert rows(redshift, table) == []
    written = redshift.run(
        "select trim(file_name), line_number, trim(column_name), trim(error_message)"
        " from sys_load_error_detail order by start_time desc limit 1"
    )[0]
    assert written[:3] == (bad["url"], line, column)
    assert message in written[3] and "ïïï" not in str(written)


def test_the_length_in_the_manifest_is_the_file_s(
    redshift: Cluster, cursor: Cursor, table: str, prefix: str
) -> None:
    entry = put(redshift, f"{prefix}1.parquet", [FULL])
    entry["meta"]["content_length"] += 1
    told = refused(cursor, copy(table, put_manifest(redshift, f"{prefix}m", entry)))
    assert "content_length" in told["D"]
    cursor.connection.rollback()
    del entry["meta"]
    told = refused(cursor, copy(table, put_manifest(redshift, f"{prefix}m", entry)))
    assert told["M"] == "File entry does not have 'meta' key."


def test_what_copy_needs_and_does_not_know(redshift: Cluster, cursor: Cursor, table: str) -> None:
    source = f"copy {table} from 's3://{redshift.bucket}/none'"
    for statement, code in {
        f"{source} format parquet": "XX000",
        f"{source} iam_role 'someone' format parquet": "XX000",
        f"{source} iam_role '{ROLE}' csv": "0A000",
        f"{source} iam_role '{ROLE}' format parquet ignoreheader 1": "42601",
        f"{source} iam_role default format parquet": "XX000",
        f"copy nowhere from 's3://{redshift.bucket}/x' iam_role default format parquet": "42P01",
    }.items():
        assert refused(cursor, statement)["C"] == code
        cursor.connection.rollback()


def test_copy_needs_the_right_to_insert(redshift: Cluster, table: str, prefix: str) -> None:
    redshift.run("create user stranger password 'Stranger-0'")
    put(redshift, f"{prefix}1.parquet", [FULL])
    statement = copy(table, f"s3://{redshift.bucket}/{prefix}1.parquet", "")
    with redshift.connect("stranger", "Stranger-0") as connection:
        assert refused(connection.cursor(), statement)["C"] == "42501"
    redshift.run("drop user stranger")


def unload(query: str, redshift: Cluster, prefix: str, options: str) -> str:
    quoted = query.replace("'", "''")
    return (
        f"unload ('{quoted}') to 's3://{redshift.bucket}/{prefix}' iam_role '{ROLE}'"
        f" format parquet {options}"
    )


def read(redshift: Cluster, key: str) -> pa.Table:
    body = redshift.s3.get_object(Bucket=redshift.bucket, Key=key)["Body"].read()
    return pq.read_table(io.BytesIO(body))


def test_what_was_copied_is_unloaded_alike(
    redshift: Cluster, cursor: Cursor, table: str, prefix: str
) -> None:
    put(redshift, f"{prefix}in/1.parquet", [FULL, BLANK, NULLS])
    cursor.execute(copy(table, f"s3://{redshift.bucket}/{prefix}in/", ""))
    # Before anything is committed: the session sees its own rows.
    query = f"select * from {table} where name <> 'none' or name is null order by id"
    cursor.execute(unload(query, redshift, f"{prefix}out/", "manifest parallel off"))
    assert redshift.keys(f"{prefix}out/") == [f"{prefix}out/000.parquet", f"{prefix}out/manifest"]
    found = read(redshift, f"{prefix}out/000.parquet")
    assert found.schema.equals(SCHEMA) and found.to_pylist() == [FULL, BLANK, NULLS]
    manifest = redshift.s3.get_object(Bucket=redshift.bucket, Key=f"{prefix}out/manifest")
    (entry,) = json.loads(manifest["Body"].read())["entries"]
    size = redshift.s3.head_object(Bucket=redshift.bucket, Key=f"{prefix}out/000.parquet")
    assert entry == {
        "url": f"s3://{redshift.bucket}/{prefix}out/000.parquet",
        "meta": {"content_length": size["ContentLength"], "record_count": 3},
    }


def test_slices_write_files_of_their_own(redshift: Cluster, cursor: Cursor, prefix: str) -> None:
    cursor.execute("create temp table three as select 1 as n union all select 2 union all select 3")
    cursor.execute(unload("select n from three", redshift, prefix, ""))
    keys = redshift.keys(prefix)
    assert keys == [f"{prefix}0000_part_00.parquet", f"{prefix}0001_part_00.parquet"]
    assert sum(read(redshift, key).num_rows for key in keys) == 3


def test_unload_overwrites_only_when_told(redshift: Cluster, cursor: Cursor, prefix: str) -> None:
    cursor.execute(unload("select 1 as n", redshift, prefix, "parallel off"))
    told = refused(cursor, unload("select 2 as n", redshift, prefix, "parallel off"))
    assert "destination on S3 is not empty" in told["M"]
    cursor.connection.rollback()
    cursor.execute(unload("select 2 as n", redshift, prefix, "parallel off allowoverwrite"))
    assert read(redshift, f"{prefix}000.parquet").to_pylist() == [{"n": 2}]
    told = refused(cursor, unload("select 1 as n limit 1", redshift, f"{prefix}x", ""))
    assert told["M"] == "Limit clause is not supported"


@pytest.mark.parametrize("statement", ["copy", "unload"])
def test_s3_asks_for_patience(
    redshift: Cluster, cursor: Cursor, table: str, prefix: str, statement: str
) -> None:
    put(redshift, f"{prefix}1.parquet", [FULL])
    whole = {
        "copy": copy(table, f"s3://{redshift.bucket}/{prefix}1.parquet", ""),
        "unload": unload("select 1 as n", redshift, f"{prefix}out/", ""),
    }[statement]
    redshift.fail_at(f"^{statement}", "s3_throttle")
    assert "Error SlowDown" in refused(cursor, whole)["M"]
    assert redshift.keys(f"{prefix}out/") == []
    cursor.connection.rollback()
    cursor.execute(whole)
