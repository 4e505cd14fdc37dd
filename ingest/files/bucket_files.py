"""Files in S3: which there are, and copies of them on this machine."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ingest.foreign_text import shown
from ingest.loader_errors import LoaderError, Refusal, UsageError

SCHEME = "s3://"
_ADDRESS = re.compile(r"s3://([^/]+)/?(.*)", re.DOTALL)
_BLOCK_BYTES = 1 << 20
_HINTS = {
    "NoSuchBucket": "there is no such bucket",
    "AccessDenied": "these credentials may not do this",
    "400": "the credentials have expired, or the bucket is in another region",
    "403": "these credentials may not read it, or there is no such file",
    "PermanentRedirect": "the bucket is in another region; set AWS_REGION",
    "301": "the bucket is in another region; set AWS_REGION",
    "AuthorizationHeaderMalformed": "the bucket is in another region; set AWS_REGION",
    "InvalidAccessKeyId": "AWS does not know these credentials",
    "SignatureDoesNotMatch": "AWS does not know these credentials",
    "ExpiredToken": "the credentials have expired",
}
_MISSING = ("404", "NoSuchKey", "NotFound")
_CHANGED = ("412", "PreconditionFailed")


class BucketError(LoaderError):
    """A bucket cannot be listed or read: which, and what it answered."""

    def __init__(self, message: str, *, may_pass: bool = False) -> None:
        super().__init__(message)
        self.may_pass = may_pass


@dataclass(frozen=True)
class StoredFile:
    """An object in S3: its bucket and key, its bytes, and what changes with its content."""

    bucket: str
    key: str
    size: int = 0
    etag: str = ""
    changed: str = ""

    def __str__(self) -> str:
        return f"{SCHEME}{self.bucket}/{self.key}"

    @property
    def name(self) -> str:
        """The last part of the key, or the address of a folder."""
        return self.parts[-1] or str(self)

    @property
    def parts(self) -> tuple[str, ...]:
        """The bucket, and the parts of the key."""
        return (self.bucket, *self.key.split("/"))

    @property
    def version(self) -> str:
        """Another text for every content."""
        return f"{self.etag} {self.changed}"


def read_address(text: str) -> tuple[str, str]:
    """Bucket and key of an address. Raises UsageError."""
    found = _ADDRESS.fullmatch(text)
    if not found:
        raise UsageError(f"{shown(text)} is not a bucket address; use s3://bucket/prefix")
    return found[1], found[2]


class Bucket:
    """A bucket for reading. Credentials, region and endpoint come from the AWS settings."""

    def __init__(self, name: str) -> None:
        import boto3

        self._name = name
        with _explained(f"{SCHEME}{name}"):
            self._client: Any = boto3.client("s3")

    def find(self, key: str) -> list[StoredFile]:
        """The file with this key or, without one, all below the folder of this name, by key.

        Raises Refusal if there is nothing, BucketError.
        """
        if key and not key.endswith("/"):
            found = self._file(key)
            if found is not None:
                return [found]
            key += "/"
        below = list(self.below(key))
        if not below:
            raise Refusal("no such file or folder")
        return below

    def below(self, prefix: str) -> Iterator[StoredFile]:
        """All files whose key begins so, by key. Raises BucketError."""
        with _explained(f"{SCHEME}{self._name}/{prefix}".rstrip("/")):
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self._name, Prefix=prefix
            )
            for page in pages:
                for item in page.get("Contents", []):
                    # A key that ends so stands for a folder.
                    if not item["Key"].endswith("/"):
                        changed = item["LastModified"].isoformat()
                        yield StoredFile(
                            self._name, item["Key"], item["Size"], item["ETag"], changed
                        )

    def fetch(self, file: StoredFile, path: Path) -> None:
        """Copy a file to a new file of this machine that only this user can read.

        Raises Refusal if it changed since it was found, BucketError, OSError when the disk is full.
        """
        with _explained(str(file)):
            answer = self._client.get_object(Bucket=self._name, Key=file.key, IfMatch=file.etag)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
            with os.fdopen(os.open(path, flags, 0o600), "wb") as copy:
                for block in answer["Body"].iter_chunks(_BLOCK_BYTES):
                    copy.write(block)
                size = copy.tell()
        if size != file.size:
            raise BucketError(
                f"{shown(str(file))}: {size:,} of {file.size:,} bytes arrived", may_pass=True
            )

    def _file(self, key: str) -> StoredFile | None:
        from botocore.exceptions import ClientError

        with _explained(f"{SCHEME}{self._name}/{key}"):
            try:
                told = self._client.head_object(Bucket=self._name, Key=key)
            except ClientError as error:
                if _code(error) in _MISSING:
                    return None
                raise
        changed = told["LastModified"].isoformat()
        return StoredFile(self._name, key, told["ContentLength"], told["ETag"], changed)


def _code(error: Any) -> str:
    return str(error.response.get("Error", {}).get("Code", "no reason given"))


@contextmanager
def _explained(address: str) -> Iterator[None]:
    from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

    where = shown(address)
    try:
        yield
    except ClientError as error:
        code = _code(error)
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if code in _CHANGED or code in _MISSING:
            raise Refusal("the file changed while it was read; load it again") from None
        hint = f" ({_HINTS[code]})" if code in _HINTS else ""
        raise BucketError(
            f"{where} returned an error: {code}{hint}", may_pass=status >= 500
        ) from None
    except NoCredentialsError:
        raise BucketError(
            f"{where} cannot be read: AWS's settings name no credentials (AWS_ACCESS_KEY_ID, "
            "AWS_PROFILE or the role of this machine)"
        ) from None
    except BotoCoreError as error:
        reason = type(error).__name__
        raise BucketError(f"{where} cannot be reached: {reason}", may_pass=True) from None
