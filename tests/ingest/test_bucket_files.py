"""Files that are loaded from S3: as from a folder, one copy at a time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from ingest.files.bucket_files import Bucket, StoredFile
from ingest.loader_errors import UsageError
from ingest.loads.load_report import FileResult, as_json
from tests.ingest.conftest import LEEDS, Shop, good_lines, grocery_file, ticket
from tests.s3_server import running_s3

NAME = "transaction_data.csv"


@pytest.fixture(scope="module")
def server() -> Iterator[Any]:
    """A client of a server with a bucket `chain`."""
    with running_s3("chain"):
        yield boto3.client("s3")


@pytest.fixture
def bucket(server: Any) -> Any:
    """The same, with the bucket empty."""
    for item in server.list_objects_v2(Bucket="chain").get("Contents", []):
        server.delete_object(Bucket="chain", Key=item["Key"])
    return server


@pytest.fixture
def copies(tmp_path: Path) -> Path:
    """Where copies are while they are loaded."""
    return tmp_path / "home" / "copies"


def put(bucket: Any, key: str, content: str) -> None:
    bucket.put_object(Bucket="chain", Key=key, Body=content.encode())


def load_one(shop: Shop, address: str, source: str = "grocery", **options: Any) -> FileResult:
    (result,) = shop.load(source, address, **options).files
    return result


def test_a_file_is_loaded_as_from_a_folder(shop: Shop, bucket: Any, copies: Path) -> None:
    put(bucket, f"till/{NAME}", grocery_file(good_lines(3)))
    address = f"s3://chain/till/{NAME}"
    report = shop.load("grocery", address, copies=copies)
    (result,) = report.files
    assert (result.status, result.rows_loaded, result.file) == ("loaded", 3, NAME)
    assert f'"file": "{address}"' in as_json(report)
    assert shop.query("select file_name, file_bytes from ops.load_files") == [
        (address, len(grocery_file(good_lines(3))))
    ]
    assert list(copies.iterdir()) == []
    # The same content, wherever it is, is known; the same name with other content is refused.
    assert load_one(shop, address).status == "known"
    assert shop.load_one("grocery", NAME, grocery_file(good_lines(3))).status == "known"
    other = shop.load_one("grocery", NAME, grocery_file(good_lines(2)))
    assert "load 1 came from a file with this name but different content" in other.message
    put(bucket, f"till/{NAME}", grocery_file(good_lines(4)))
    assert load_one(shop, address, corrects=True).message == "replaces load 1"
    assert shop.lines() == 4


def test_a_prefix_is_a_folder(shop: Shop, bucket: Any) -> None:
    put(bucket, "out/2020/" + LEEDS, ticket() + "\n")
    put(
        bucket,
        "out/" + LEEDS.replace("01-01", "02-01"),
        ticket(date_time="02/01/2020 10:00") + "\n",
    )
    put(bucket, "out/notes.txt", "x")
    put(bucket, "out/.hidden/" + LEEDS, "x")
    put(bucket, "out/_SUCCESS", "")
    put(bucket, "out/empty/", "")
    put(bucket, "output/" + LEEDS.replace("01-01", "03-01"), "x")
    report = shop.load("cafe", "s3://chain/out", table=None)
    assert [(str(r.path), r.status) for r in report.files] == [
        ("s3://chain/out/notes.txt", "unclaimed"),
        ("s3://chain/out/2020/" + LEEDS, "loaded"),
        ("s3://chain/out/" + LEEDS.replace("01-01", "02-01"), "loaded"),
    ]
    assert shop.value("select count(*) from raw_cafe.transactions") == 2


def test_a_check_loads_nothing(shop: Shop, bucket: Any, copies: Path) -> None:
    put(bucket, NAME, grocery_file(good_lines(3)))
    result = load_one(shop, f"s3://chain/{NAME}", check=True, copies=copies)
    assert (result.status, result.rows_loaded) == ("checked", 3)
    assert shop.lines() == 0
    assert list(copies.iterdir()) == []


def test_a_file_that_changes_meanwhile_is_refused(
    shop: Shop, bucket: Any, copies: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(bucket, NAME, grocery_file(good_lines(3)))
    find = Bucket.find

    def change_then(self: Bucket, key: str) -> list[StoredFile]:
        found = find(self, key)
        put(bucket, NAME, grocery_file(good_lines(2)))
        return found

    monkeypatch.setattr(Bucket, "find", change_then)
    result = load_one(shop, f"s3://chain/{NAME}", copies=copies)
    assert (result.status, result.may_pass) == ("refused", False)
    assert result.message == "the file changed while it was read; load it again"
    assert shop.lines() == 0
    assert list(copies.iterdir()) == []


def test_a_copy_is_private_and_what_a_killed_loader_left_goes(
    shop: Shop, bucket: Any, copies: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = copies / "copies_of_999999999_x"
    left.mkdir(parents=True)
    (left / NAME).write_text("personal", encoding="utf-8")
    put(bucket, NAME, grocery_file(good_lines(3)))
    seen: list[tuple[int, int]] = []
    fetch = Bucket.fetch

    def look_then(self: Bucket, file: StoredFile, path: Path) -> None:
        fetch(self, file, path)
        seen.append((path.parent.stat().st_mode & 0o777, path.stat().st_mode & 0o777))

    monkeypatch.setattr(Bucket, "fetch", look_then)
    assert load_one(shop, f"s3://chain/{NAME}", copies=copies).status == "loaded"
    assert seen == [(0o700, 0o600)]
    assert list(copies.iterdir()) == []


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("s3://chain/none.csv", "no such file or folder"),
        (
            "s3://nobodys/x.csv",
            "s3://nobodys/x.csv returned an error: NoSuchBucket (there is no such",
        ),
    ],
)
def test_what_is_not_there_is_said(shop: Shop, bucket: Any, address: str, message: str) -> None:
    result = load_one(shop, address)
    assert (result.status, result.may_pass) == ("refused", False)
    assert message in result.message
    assert str(result.path) == address


def test_an_address_without_a_bucket_is_wrong_usage(shop: Shop) -> None:
    with pytest.raises(UsageError, match="s3:/chain/x is not a bucket address"):
        shop.load("grocery", "s3:/chain/x")


def test_who_may_not_read_is_told_so_without_a_secret(
    shop: Shop, bucket: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    # boto3 remembers the credentials that it found.
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    result = load_one(shop, f"s3://chain/{NAME}")
    assert "AWS's settings name no credentials" in result.message
    assert not result.may_pass


def test_a_bucket_that_nobody_answers_for_is_tried_later(
    shop: Shop, bucket: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    report = shop.load("grocery", f"s3://chain/{NAME}")
    assert report.exit_code == 3
    assert "cannot be reached: EndpointConnectionError" in report.files[0].message
    assert "secret" not in report.files[0].message


class _Denying:
    """What boto3 raises when S3 answers with a code."""

    def __init__(self, code: str, status: int) -> None:
        self._code, self._status = code, status

    def head_object(self, **_: Any) -> None:
        from botocore.exceptions import ClientError

        told = {"Error": {"Code": self._code}, "ResponseMetadata": {"HTTPStatusCode": self._status}}
        raise ClientError(told, "HeadObject")


@pytest.mark.parametrize(
    ("code", "status", "message", "exit_code"),
    [
        ("403", 403, "these credentials may not read it", 1),
        ("301", 301, "the bucket is in another region; set AWS_REGION", 1),
        ("SlowDown", 503, "returned an error: SlowDown", 3),
    ],
)
def test_what_s3_answers_is_explained(
    shop: Shop, bucket: Any, monkeypatch: pytest.MonkeyPatch,
    code: str, status: int, message: str, exit_code: int,
) -> None:  # fmt: skip
    monkeypatch.setattr(boto3, "client", lambda *_: _Denying(code, status))
    report = shop.load("grocery", f"s3://chain/{NAME}")
    assert message in report.files[0].message
    assert report.exit_code == exit_code
