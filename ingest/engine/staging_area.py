"""Files in S3 on their way into Redshift, or out of it: Parquet in parts, and a manifest that names
them all."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pyarrow as pa

from ingest.engine.redshift_address import Staging
from ingest.loader_errors import DatabaseFailure

# A part is kept in memory until it is sent.
PART_BYTES = 64 * 1024 * 1024
MOST_CELL_BYTES = 65_535
_MANIFEST = "manifest.json"
# What UNLOAD calls its own.
_UNLOADED = "manifest"
_BATCH = 1000


class StagingArea:
    """The staged files of one warehouse: everything below a folder of the bucket."""

    def __init__(self, staging: Staging, warehouse: str) -> None:
        import boto3

        self.staging = staging
        self._folder = f"{staging.prefix}/{warehouse}/".lstrip("/")
        with _explained(staging.bucket):
            self._client: Any = boto3.client("s3")

    def stage(self, folder: str, schema: pa.Schema, tables: Iterable[pa.Table]) -> tuple[str, int]:
        """Write tables of one schema as the parts of a folder; the manifest's address, and how many
        rows there are. Raises DatabaseFailure, and what `tables` raises."""
        entries, count = [], 0
        for number, (content, rows) in enumerate(_parts(schema, tables)):
            key = f"{self._folder}{folder}/{number:04d}.parquet"
            self._put(key, content)
            entries.append(
                {
                    "url": f"s3://{self.staging.bucket}/{key}",
                    "mandatory": True,
                    "meta": {"content_length": len(content)},
                }
            )
            count += rows
        key = f"{self._folder}{folder}/{_MANIFEST}"
        self._put(key, json.dumps({"entries": entries}).encode())
        return f"s3://{self.staging.bucket}/{key}", count

    def address(self, folder: str) -> str:
        """Where the files of a folder are, for UNLOAD."""
        return f"s3://{self.staging.bucket}/{self._folder}{folder}/"

    def parts(self, folder: str) -> Iterator[bytes]:
        """The content of each part that the manifest of an UNLOAD names. Raises DatabaseFailure."""
        below = self.address(folder)
        entries = json.loads(self._get(f"{self._folder}{folder}/{_UNLOADED}"))["entries"]
        for entry in entries:
            name = entry["url"].removeprefix(below)
            yield self._get(f"{self._folder}{folder}/{name}")

    def remove(self, folder: str = "") -> None:
        """Delete a folder, or everything. Raises DatabaseFailure."""
        below = f"{self._folder}{folder}/" if folder else self._folder
        bucket = self.staging.bucket
        with _explained(bucket):
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=bucket, Prefix=below
            )
            keys = [item["Key"] for page in pages for item in page.get("Contents", [])]
            for start in range(0, len(keys), _BATCH):
                chosen = [{"Key": key} for key in keys[start : start + _BATCH]]
                answer = self._client.delete_objects(
                    Bucket=bucket, Delete={"Objects": chosen, "Quiet": True}
                )
                if answer.get("Errors"):
                    code = answer["Errors"][0].get("Code", "no reason given")
                    raise DatabaseFailure(f"staged files in s3://{bucket} remain: {code}")

    def _get(self, key: str) -> bytes:
        with _explained(self.staging.bucket):
            found = self._client.get_object(Bucket=self.staging.bucket, Key=key)
            content: bytes = found["Body"].read()
        return content

    def _put(self, key: str, content: bytes) -> None:
        given: dict[str, Any] = {"Bucket": self.staging.bucket, "Key": key, "Body": content}
        if self.staging.kms_key:
            given |= {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": self.staging.kms_key}
        with _explained(self.staging.bucket):
            self._client.put_object(**given)


def _parts(schema: pa.Schema, tables: Iterable[pa.Table]) -> Iterator[tuple[bytes, int]]:
    """The content of each part, and its rows."""
    import pyarrow.parquet as pq

    sink, rows = io.BytesIO(), 0
    writer = pq.ParquetWriter(sink, schema)
    for table in tables:
        _require_room(table)
        writer.write_table(table)
        rows += table.num_rows
        if sink.tell() >= PART_BYTES:
            writer.close()
            yield sink.getvalue(), rows
            sink, rows = io.BytesIO(), 0
            writer = pq.ParquetWriter(sink, schema)
    writer.close()
    if rows:
        yield sink.getvalue(), rows


def _require_room(table: pa.Table) -> None:
    """Refuse a cell that no column there can hold. Raises Refusal."""
    import pyarrow.compute as pc

    from ingest.loader_errors import Refusal

    for name in table.column_names:
        column = table.column(name)
        if not pa.types.is_string(column.type):
            continue
        if (pc.max(pc.binary_length(column)).as_py() or 0) > MOST_CELL_BYTES:
            raise Refusal(
                f"a cell of column {name} has more than {MOST_CELL_BYTES:,} bytes, which is the "
                "most that Redshift stores"
            )


@contextmanager
def _explained(bucket: str) -> Iterator[None]:
    from boto3.exceptions import Boto3Error
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "no reason given")
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        raise DatabaseFailure(
            f"the staging bucket {bucket} returned an error: {code}", may_pass=status >= 500
        ) from None
    except (BotoCoreError, Boto3Error) as error:
        raise DatabaseFailure(
            f"the staging bucket {bucket} cannot be reached: {type(error).__name__}", may_pass=True
        ) from None
