"""The registry on a folder and on an S3 server: whole, honest, and able to go back."""

import json
import os
from pathlib import Path

import pytest

from ml.model_errors import ModelError
from ml.registry import Registry
from ml.storage import open_storage

NAME = "models/shop/churn"
RECORD = json.dumps(
    {
        "run": {"parameters": "{}"},
        "model_metrics": [],
        "feature_importance": [],
        "plots": {},
    }
).encode()
GOOD = {"version": "20240301T070000Z-5f2c8a901b7d", "file": "model.skops"}
GOOD["sha256"] = "5f2c8a901b7d" + "0" * 52


@pytest.fixture(params=["folder", "s3"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "folder":
        return str(tmp_path / "models")
    base: str = request.getfixturevalue("bucket")
    return f"{base}/{tmp_path.name}"


def test_an_archive_grows_and_current_points_into_it(address: str) -> None:
    registry = Registry(address)
    assert registry.current(NAME) is None and registry.versions(NAME) == []
    first = registry.archive(NAME, "model.skops", b"one", {"training.json": RECORD})
    assert registry.current(NAME) is None
    registry.make_current(NAME, first)
    second = registry.archive(NAME, "model.skops", b"two")
    assert registry.current(NAME) == first
    registry.make_current(NAME, second)
    again = Registry(address)
    assert again.current(NAME) == second
    # In the order of archiving, also within one second.
    assert again.versions(NAME) == [first, second]
    assert again.read(NAME, first) == b"one" and again.read(NAME, second) == b"two"
    assert again.read_record(NAME, first) == json.loads(RECORD)
    assert again.read_record(NAME, second) is None
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
    with pytest.raises(ModelError, match="was changed after it was archived"):
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


def changed(**values: object) -> bytes:
    return json.dumps(GOOD | values).encode()


def assert_one_line(error: pytest.ExceptionInfo[ModelError], name: str) -> None:
    message = str(error.value)
    assert name in message and "\n" not in message and len(message) < 400


# What may lie where current.json or an archive's entry.json should.
BROKEN = {
    "empty": b"",
    "no object": b"[]",
    "not JSON": b"20240301T070000Z",
    "not UTF-8": b'{"version": "\xff\xfe"}',
    "not a number": changed(version=float("nan")),
    "an infinite digest": changed(sha256=float("inf")),
    "nothing but brackets": b"[" * 4000,
    "huge": changed(note="x" * 10_000),
    "upwards": changed(version="../../secret"),
    "upwards, hidden": changed(version=GOOD["version"] + "/../../.."),
    "absolute": changed(version="/etc"),
    "the archive itself": changed(version=""),
    "no such day": changed(version="20241399T070000Z-5f2c8a901b7d"),
    "another model's digest": changed(sha256="1" * 64),
    "another file": changed(file="../../../secret"),
    "a hidden file": changed(file=".."),
    "a record": changed(file="training.json"),
    "a digest that is none": changed(sha256="5f2c8a901b7d"),
    "digits of another script": changed(version="٢٠٢٤٠٣٠١T070000Z-5f2c8a901b7d"),
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_a_broken_pointer_is_named(address: str, content: bytes) -> None:
    open_storage(address).write(f"{NAME}/current.json", content)
    with pytest.raises(ModelError) as error:
        Registry(address).current(NAME)
    assert_one_line(error, "current.json")


@pytest.mark.parametrize("content", [*BROKEN.values(), changed()], ids=[*BROKEN, "elsewhere"])
def test_a_broken_entry_is_named(tmp_path: Path, content: bytes) -> None:
    folder = f"{NAME}/archive/20240401T070000Z-5f2c8a901b7d"
    open_storage(str(tmp_path)).write(f"{folder}/entry.json", content)
    with pytest.raises(ModelError) as error:
        Registry(str(tmp_path)).versions(NAME)
    assert_one_line(error, f"{folder}/entry.json")


BROKEN_RECORDS = {
    "empty": b"",
    "no object": b"[]",
    "not JSON": b"{",
    "nothing but brackets": b"[" * 100_000,
    "no run": b"{}",
    "parameters that are none": RECORD.replace(b'"{}"', b'"["'),
    "parameters that are a number": RECORD.replace(b'"{}"', b"7"),
    "a metric without a name": RECORD.replace(b'metrics": []', b'metrics": [{}]'),
    "metrics that are text": RECORD.replace(b'metrics": []', b'metrics": "abc"'),
    "plots that are none": RECORD.replace(b'plots": {}', b'plots": 1'),
}


@pytest.mark.parametrize("content", BROKEN_RECORDS.values(), ids=BROKEN_RECORDS)
def test_a_broken_record_is_named(tmp_path: Path, content: bytes) -> None:
    registry = Registry(str(tmp_path))
    entry = registry.archive(NAME, "model.skops", b"one", {"training.json": content})
    with pytest.raises(ModelError) as error:
        registry.read_record(NAME, entry)
    assert_one_line(error, "training.json")


@pytest.mark.parametrize("kind", ["folder", "link", "loop", "pipe", "unreadable", "linked folder"])
@pytest.mark.parametrize("file", ["current.json", "entry.json", "model.skops", "training.json"])
def test_what_is_no_file_is_named(kind: str, file: str, tmp_path: Path) -> None:
    registry = Registry(str(tmp_path / "registry"))
    entry = registry.archive(NAME, "model.skops", b"one", {"training.json": RECORD})
    registry.make_current(NAME, entry)
    folder = tmp_path / "registry" / NAME
    path = (folder if file == "current.json" else folder / "archive" / entry.version) / file
    elsewhere = path.rename(tmp_path / file)
    if kind == "folder":
        path.mkdir()
    elif kind == "link":
        path.symlink_to(elsewhere)
    elif kind == "loop":
        path.symlink_to(path)
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "unreadable":
        if os.geteuid() == 0:
            pytest.skip("root may read everything")
        elsewhere.rename(path).chmod(0)
    else:
        elsewhere.rename(path)
        path.parent.rename(tmp_path / "moved")
        path.parent.symlink_to(tmp_path / "moved")
    read = {
        "current.json": lambda: registry.current(NAME),
        "entry.json": lambda: registry.versions(NAME),
        "model.skops": lambda: registry.read(NAME, entry),
        "training.json": lambda: registry.read_record(NAME, entry),
    }[file]
    if file == "entry.json" and kind in ("folder", "loop", "pipe", "linked folder"):
        assert read() == []  # no version, as when its writing was cut short
        return
    with pytest.raises(ModelError) as error:
        read()
    assert_one_line(error, str(path))


def test_a_file_that_is_too_large_is_not_read(address: str) -> None:
    storage = open_storage(address)
    storage.write("data/shop/people/file", b"12345")
    assert storage.read("data/shop/people/file", most_bytes=5) == b"12345"
    with pytest.raises(ModelError, match="larger than 4 bytes"):
        storage.read("data/shop/people/file", most_bytes=4)


def test_names_of_another_form_are_left_alone(address: str) -> None:
    for name in ("models/shop/churn", "models/shop/churn/archive", "models/Shop/a b", "models/x"):
        open_storage(address).write(f"{name}/current.json", changed())
    assert Registry(address).names("models") == ["models/shop/churn"]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    registry = Registry(str(tmp_path))
    entry = registry.archive(NAME, "model.skops", b"gone")
    (tmp_path / NAME / "archive" / entry.version / "model.skops").unlink()
    with pytest.raises(ModelError, match="is missing"):
        registry.read(NAME, entry)


def test_a_bucket_that_is_not_there_is_named(bucket: str) -> None:
    with pytest.raises(ModelError, match=r"s3://no-such-bucket returned an error: NoSuchBucket"):
        Registry("s3://no-such-bucket").versions(NAME)
    with pytest.raises(ModelError, match="s3://bucket/prefix"):
        Registry("s3:/wrong")


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "models").write_text("a file")
    with pytest.raises(ModelError, match="cannot be written"):
        Registry(str(tmp_path)).archive(NAME, "model.skops", b"x")
