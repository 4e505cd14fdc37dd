"""The registry on a folder and on an S3 server: whole, honest, and able to go back."""

import json
from pathlib import Path

import pytest

from ml.errors import ModelError
from ml.registry import Registry
from ml.storage import open_storage

NAME = "models/shop/churn"


@pytest.fixture(params=["folder", "s3"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "folder":
        return str(tmp_path / "models")
    base: str = request.getfixturevalue("bucket")
    return f"{base}/{tmp_path.name}"


def test_an_archive_grows_and_current_points_into_it(address: str) -> None:
    registry = Registry(address)
    assert registry.current(NAME) is None and registry.versions(NAME) == []
    first = registry.archive(NAME, "model.skops", b"one", {"training.json": b"{}"})
    assert registry.current(NAME) is None
    registry.make_current(NAME, first)
    second = registry.archive(NAME, "model.skops", b"two")
    assert registry.current(NAME) == first
    registry.make_current(NAME, second)
    again = Registry(address)
    assert again.current(NAME) == second
    assert {entry.version for entry in again.versions(NAME)} == {first.version, second.version}
    assert again.read(NAME, first) == b"one" and again.read(NAME, second) == b"two"
    assert again.read_beside(NAME, first, "training.json") == b"{}"
    assert again.read_beside(NAME, second, "training.json") is None
    assert again.names("models") == [NAME]


def test_the_same_content_keeps_its_version(address: str) -> None:
    registry = Registry(address)
    first = registry.archive(NAME, "model.skops", b"same")
    assert registry.archive(NAME, "model.skops", b"same") == first
    # The first digits of the SHA-256 of "same".
    assert first.version.endswith("-0967115f2813")
    assert len(registry.versions(NAME)) == 1


def test_what_was_changed_is_not_read(address: str) -> None:
    registry, storage = Registry(address), open_storage(address)
    entry = registry.archive(NAME, "model.skops", b"honest")
    storage.write(f"{NAME}/archive/{entry.version}/model.skops", b"forged")
    with pytest.raises(ModelError, match="not what was archived"):
        registry.read(NAME, entry)


@pytest.mark.parametrize("now", [b"forged", None])
def test_what_was_changed_or_lost_is_put_back_with_the_same_content(
    now: bytes | None, tmp_path: Path
) -> None:
    registry = Registry(str(tmp_path))
    entry = registry.archive(NAME, "model.skops", b"honest", {"training.json": b"{}"})
    path = tmp_path / NAME / "archive" / entry.version / "model.skops"
    path.unlink()
    if now is not None:
        path.write_bytes(now)
    assert not registry.is_whole(NAME, entry)
    assert registry.archive(NAME, "model.skops", b"honest", {"training.json": b"{}"}) == entry
    assert registry.is_whole(NAME, entry) and registry.read(NAME, entry) == b"honest"
    assert registry.versions(NAME) == [entry]


def test_a_version_cut_short_does_not_count(address: str) -> None:
    registry, storage = Registry(address), open_storage(address)
    storage.write(f"{NAME}/archive/20240301T070000Z-5f2c8a901b7d/model.skops", b"half")
    assert registry.versions(NAME) == []


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", json.dumps({"version": "../../x", "file": "a", "sha256": "b"}).encode()],
)
def test_a_broken_pointer_is_named(address: str, content: bytes) -> None:
    open_storage(address).write(f"{NAME}/current.json", content)
    with pytest.raises(ModelError, match=r"current\.json"):
        Registry(address).current(NAME)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    registry = Registry(str(tmp_path))
    entry = registry.archive(NAME, "model.skops", b"gone")
    (tmp_path / NAME / "archive" / entry.version / "model.skops").unlink()
    with pytest.raises(ModelError, match="is missing"):
        registry.read(NAME, entry)


def test_a_bucket_that_is_not_there_is_named(bucket: str) -> None:
    with pytest.raises(ModelError, match=r"s3://no-such-bucket does not answer .*NoSuchBucket"):
        Registry("s3://no-such-bucket").versions(NAME)
    with pytest.raises(ModelError, match="s3://bucket/prefix"):
        Registry("s3:/wrong")


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "models").write_text("a file")
    with pytest.raises(ModelError, match="cannot be written"):
        Registry(str(tmp_path)).archive(NAME, "model.skops", b"x")
