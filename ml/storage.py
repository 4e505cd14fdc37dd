"""Storage for the registry's files: a folder or an S3 bucket, with atomic writes only."""

import os
import re
import stat
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

from ml.model_errors import ModelError

MOST_BYTES = 4 << 30
_S3 = re.compile(r"s3://([^/]+)/?(.*)")


class Storage(Protocol):
    """Files by name, with forward slashes. Writes are atomic."""

    address: str

    def read(self, name: str, most_bytes: int = MOST_BYTES) -> bytes | None:
        """The content, or None if there is no such file. Raises ModelError for a larger one."""

    def write(self, name: str, content: bytes) -> None:
        """Write the file atomically, replacing an earlier one."""

    def names(self, below: str) -> list[str]:
        """Names of all files below a folder, ascending."""


class Folder:
    """A local folder, created by the first write."""

    def __init__(self, path: Path):
        self.address = str(path)
        self._path = path

    def read(self, name: str, most_bytes: int = MOST_BYTES) -> bytes | None:
        """The content, or None if there is no such file.

        Raises ModelError for a larger file, for a link, and for anything that is not a file.
        """
        path = self._path / name
        try:
            with os.fdopen(self._open(name), "rb") as file:
                status = os.fstat(file.fileno())
                if not stat.S_ISREG(status.st_mode):
                    raise ModelError(f"{path} is not a file. Restore it.")
                if status.st_size > most_bytes:
                    raise _too_large(path, most_bytes)
                return file.read()
        except FileNotFoundError:
            return None
        except OSError as error:
            reason = "is a link" if path.is_symlink() else f"cannot be read: {error.strerror}"
            raise ModelError(f"{path} {reason}. Restore it.") from None

    def _open(self, name: str) -> int:
        """A file descriptor, opened without following links below the registry's folder."""
        *folders, last = name.split("/")
        place = os.open(self._path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            for folder in folders:
                below = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=place)
                os.close(place)
                place = below
            # Non-blocking, so as not to wait if the name is a pipe.
            return os.open(last, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=place)
        finally:
            os.close(place)

    def write(self, name: str, content: bytes) -> None:
        """Write the file atomically: to a temporary file that is synced and renamed."""
        path = self._path / name
        part = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with part.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        except OSError as error:
            with suppress(OSError):
                part.unlink()
            raise ModelError(f"{path} cannot be written: {error.strerror}.") from None

    def names(self, below: str) -> list[str]:
        """Names of all files below a folder, ascending, without unfinished writes."""
        found = (path for path in (self._path / below).rglob("*") if path.is_file())
        return sorted(
            path.relative_to(self._path).as_posix()
            for path in found
            if not path.name.startswith(".")
        )


class Bucket:
    """An S3 bucket, below a prefix. Credentials and endpoint come from the AWS settings."""

    def __init__(self, bucket: str, prefix: str):
        import boto3

        self.address = f"s3://{bucket}/{prefix}".rstrip("/")
        self._bucket = bucket
        self._prefix = f"{prefix.rstrip('/')}/" if prefix else ""
        with _explained(self.address):
            self._client: Any = boto3.client("s3")

    def read(self, name: str, most_bytes: int = MOST_BYTES) -> bytes | None:
        """The content, or None if there is no such object. Raises ModelError for a larger one."""
        with _explained(self.address):
            try:
                answer = self._client.get_object(Bucket=self._bucket, Key=self._prefix + name)
            except self._client.exceptions.NoSuchKey:
                return None
            if answer["ContentLength"] > most_bytes:
                raise _too_large(f"{self.address}/{name}", most_bytes)
            content: bytes = answer["Body"].read()
            return content

    def write(self, name: str, content: bytes) -> None:
        """Write the object; S3 does that atomically."""
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
    """The storage at an address: a folder, or s3://bucket/prefix. Raises ModelError."""
    if address.startswith("s3:"):
        found = _S3.fullmatch(address)
        if not found:
            raise ModelError(f"{address} is not a bucket address; use s3://bucket/prefix.")
        return Bucket(found[1], found[2])
    return Folder(Path(address))


def _too_large(where: Path | str, most_bytes: int) -> ModelError:
    return ModelError(f"{where} is larger than {most_bytes:,} bytes. Restore it.")


@contextmanager
def _explained(address: str) -> Iterator[None]:
    from boto3.exceptions import Boto3Error
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "no reason given")
        raise ModelError(f"{address} returned an error: {code}.") from None
    except (BotoCoreError, Boto3Error) as error:
        raise ModelError(f"{address} cannot be reached: {error}") from None
