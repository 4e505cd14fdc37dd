"""Where the registry's files lie: a folder or an S3 bucket, with whole writes only."""

import os
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

from ml.errors import ModelError

_S3 = re.compile(r"s3://([^/]+)/?(.*)")


class Storage(Protocol):
    """Files by name, with forward slashes. A write is seen whole or not at all."""

    address: str

    def read(self, name: str) -> bytes | None:
        """The content, None when there is no such file."""

    def write(self, name: str, content: bytes) -> None:
        """Puts the file in place at once, over an earlier one."""

    def names(self, below: str) -> list[str]:
        """Names of all files below a folder, ascending."""


class Folder:
    """A local folder, made at the first write."""

    def __init__(self, path: Path):
        self.address = str(path)
        self._path = path

    def read(self, name: str) -> bytes | None:
        """The content, None when there is no such file."""
        try:
            return (self._path / name).read_bytes()
        except FileNotFoundError:
            return None

    def write(self, name: str, content: bytes) -> None:
        """Puts the file in place at once: written beside, synced, renamed."""
        path = self._path / name
        part = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with part.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        except OSError as error:
            with suppress(OSError):
                part.unlink()
            raise ModelError(f"{path} cannot be written: {error.strerror}.") from None

    def names(self, below: str) -> list[str]:
        """Names of all files below a folder, ascending; unfinished writes left out."""
        found = (path for path in (self._path / below).rglob("*") if path.is_file())
        return sorted(
            path.relative_to(self._path).as_posix()
            for path in found
            if not path.name.startswith(".")
        )


class Bucket:
    """An S3 bucket, below a prefix. Credentials and endpoint come from AWS's own settings."""

    def __init__(self, bucket: str, prefix: str):
        import boto3

        self.address = f"s3://{bucket}/{prefix}".rstrip("/")
        self._bucket = bucket
        self._prefix = f"{prefix.rstrip('/')}/" if prefix else ""
        with _explained(self.address):
            self._client: Any = boto3.client("s3")

    def read(self, name: str) -> bytes | None:
        """The content, None when there is no such object."""
        with _explained(self.address):
            try:
                answer = self._client.get_object(Bucket=self._bucket, Key=self._prefix + name)
            except self._client.exceptions.NoSuchKey:
                return None
            content: bytes = answer["Body"].read()
            return content

    def write(self, name: str, content: bytes) -> None:
        """Puts the object, which S3 shows whole or not at all."""
        with _explained(self.address):
            self._client.put_object(Bucket=self._bucket, Key=self._prefix + name, Body=content)

    def names(self, below: str) -> list[str]:
        """Names of all objects below a folder, ascending."""
        with _explained(self.address):
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket, Prefix=f"{self._prefix}{below}/"
            )
            return sorted(
                item["Key"].removeprefix(self._prefix)
                for page in pages
                for item in page.get("Contents", [])
            )


def open_storage(address: str) -> Storage:
    """The storage of an address: a folder, or s3://bucket/prefix. Raises ModelError."""
    if address.startswith("s3:"):
        found = _S3.fullmatch(address)
        if not found:
            raise ModelError(f"{address} is no address of a bucket; write s3://bucket/prefix.")
        return Bucket(found[1], found[2])
    return Folder(Path(address))


@contextmanager
def _explained(address: str) -> Iterator[None]:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "no reason given")
        raise ModelError(f"{address} does not answer as it should: {code}.") from None
    except BotoCoreError as error:
        raise ModelError(f"{address} cannot be reached: {error}") from None
