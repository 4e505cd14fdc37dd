"""Files that are no whole backup, or were made to harm, are refused before anything is touched."""

import io
import json
import struct
import warnings
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest

from warehouse.backup.backup_file import open_backup, writing
from warehouse.backup.backup_manifest import BackupManifest, Relation
from warehouse.backup.restoring import checked_backup
from warehouse.errors import WarehouseError
from warehouse.settings import Settings

KEY = "5f" * 32
# The HMAC-SHA256 of "warehouse token key" under KEY, by openssl dgst -mac hmac.
FINGERPRINT = "48884dde89fa3e0a06823366ae3b1568f4ce9dacc099b5b96bbee5b3ca48f034"
DUMP = b"PGDMP and much more " * 1000
MANIFEST = BackupManifest(
    format=1,
    project_version="0.2.0",
    created_at="2024-03-01T07:00:00+00:00",
    server_version=180004,
    prefix="",
    schemas=("ops",),
    owners=("loader",),
    readers=("transformer",),
    relations=(Relation("ops", "load_files", 16400, 3),),
    built_hash="0",
    key_fingerprint=FINGERPRINT,
    registry=None,
    models={},
)
MODEL = "registry/models/cafe/churn/archive/20240301T070000Z-0123456789ab/model.skops"
PARTS = {"database.dump": DUMP, "token_key": KEY.encode() + b"\n", MODEL: b"a model"}
Member = tuple[str | zipfile.ZipInfo, bytes]


def whole(manifest: BackupManifest = MANIFEST, parts: dict[str, bytes] = PARTS) -> bytes:
    """A backup as the command writes it."""
    stream = io.BytesIO()
    with writing(stream, datetime(2024, 3, 1, tzinfo=UTC)) as writer:
        for name, content in parts.items():
            writer.add(name, iter([content]))
        writer.finish(replace(manifest, parts=tuple(writer.parts)).as_json())
    return stream.getvalue()


def by_hand(*members: Member, compression: int = zipfile.ZIP_STORED) -> bytes:
    """An archive of these members, whose manifest lists them all."""
    stream = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(stream, "w", compression) as archive:
        warnings.simplefilter("ignore")  # of two members with one name
        for name, content in members:
            archive.writestr(name, content)
        listed = [
            {"name": getattr(name, "filename", name), "size": len(content),
             "sha256": sha256(content).hexdigest()}
            for name, content in members
        ]  # fmt: skip
        manifest = json.loads(MANIFEST.as_json()) | {"parts": listed}
        archive.writestr("manifest.json", json.dumps(manifest))
    return stream.getvalue()


def link(name: str) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name)
    member.external_attr = 0o120777 << 16
    return member


def plain(name: str) -> zipfile.ZipInfo:
    """A member whose name is not cleaned by zipfile."""
    member = zipfile.ZipInfo("x")
    member.filename = member.orig_filename = name
    return member


HOSTILE: dict[str, tuple[bytes, str]] = {
    "a path out of the folder": (
        by_hand(("database.dump", DUMP), ("registry/models/../../../etc/cron.d/x", b"x")),
        "is none of a backup",
    ),
    "a path from the root": (
        by_hand(("database.dump", DUMP), ("/etc/passwd", b"x")),
        "is none of a backup",
    ),
    "a hidden file of the registry": (
        by_hand(("database.dump", DUMP), ("registry/models/cafe/churn/archive/1/.x.skops", b"x")),
        "is none of a backup",
    ),
    "another folder": (
        by_hand(("database.dump", DUMP), ("secrets/warehouse.password", b"x")),
        "is none of a backup",
    ),
    "a name behind a null byte": (
        by_hand(("database.dump", DUMP), (plain("token_key\0.txt"), b"x")),
        "is none of a backup",
    ),
    "a name with an escape": (
        by_hand(("database.dump", DUMP), ("\x1b[31mred", b"x")),
        r"'\x1b[31mred'",
    ),
    "a link": (by_hand((link("database.dump"), b"/etc/shadow")), "is not a plain file"),
    "a folder": (by_hand(("database.dump", DUMP), ("registry/", b"")), "is not a plain file"),
    "a bomb": (
        by_hand(("database.dump", b"\0" * 50_000_000), compression=zipfile.ZIP_DEFLATED),
        "is compressed or encrypted",
    ),
    "two of one name": (
        by_hand(("database.dump", DUMP), ("token_key", b"1"), ("token_key", b"2")),
        "two parts of one name",
    ),
    "no database": (by_hand(("token_key", b"1")), "no part database.dump"),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_file_made_to_harm_is_refused(what: str) -> None:
    content, reason = HOSTILE[what]
    with pytest.raises(WarehouseError) as error:
        open_backup(io.BytesIO(content))
    assert reason in str(error.value) and "\x1b" not in str(error.value)


def test_a_whole_file_is_read() -> None:
    backup = open_backup(io.BytesIO(whole()))
    backup.check()
    assert {part.name: backup.content(part) for part in backup.manifest.parts} == PARTS
    assert backup.manifest == replace(MANIFEST, parts=backup.manifest.parts)
    assert backup.manifest.tables == {("ops", "load_files"): 3}


def test_parts_that_overlap_are_refused() -> None:
    """A table of contents may name one place twice, and claim much more than there is."""
    content = bytearray(whole())
    end = content.rindex(b"PK\x05\x06")
    start = struct.unpack_from("<L", content, end + 16)[0]
    entry = content.index(b"PK\x01\x02", start)
    # The size of the first entry, compressed and not: 1 GB instead of 20,000 bytes.
    struct.pack_into("<LL", content, entry + 20, 1 << 30, 1 << 30)
    with pytest.raises(WarehouseError, match="larger than the file"):
        open_backup(io.BytesIO(bytes(content)))


def test_each_damaged_byte_is_found() -> None:
    content = whole()
    backup = open_backup(io.BytesIO(content))
    places = [content.index(DUMP), content.index(DUMP) + 19_999, content.index(KEY.encode())]
    places += [content.index(b"a model"), content.index(b'"project_version"') + 1]
    for place in places:
        damaged = bytearray(content)
        damaged[place] ^= 1
        with pytest.raises(WarehouseError):
            open_backup(io.BytesIO(bytes(damaged))).check()
    backup.check()


def test_a_part_exchanged_together_with_its_checksum_is_found() -> None:
    """Zip's own checksum, CRC-32, would be right."""
    other = by_hand(("database.dump", b"another"))
    given = json.loads(MANIFEST.as_json())
    given["parts"] = [
        {"name": "database.dump", "size": 7, "sha256": sha256(b"dump no").hexdigest()}
    ]
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(other)) as before,
        zipfile.ZipFile(stream, "w") as archive,
    ):
        archive.writestr("database.dump", before.read("database.dump"))
        archive.writestr("manifest.json", json.dumps(given))
    with pytest.raises(WarehouseError, match=r"database\.dump is damaged"):
        open_backup(stream).check()


def test_a_file_cut_anywhere_is_refused() -> None:
    content = whole()
    for length in [0, 1, 100, *range(1000, len(content), 1777), len(content) - 1]:
        with pytest.raises(WarehouseError, match=r"its end is missing|damaged"):
            open_backup(io.BytesIO(content[:length])).check()


def test_random_damage_never_gets_out_as_another_error() -> None:
    content = whole()
    for number in range(300):
        damaged = bytearray(content)
        seed = sha256(str(number).encode()).digest()
        # The table of contents and the manifest are at the end.
        place = len(content) - 1 - int.from_bytes(seed[:4], "big") % 3000
        damaged[place] ^= seed[4] or 1
        try:
            open_backup(io.BytesIO(bytes(damaged))).check()
        except WarehouseError:
            continue


MANIFESTS: dict[str, Callable[[dict], object]] = {
    "a list": lambda given: [],
    "no parts": lambda given: given | {"parts": None},
    "a part without a size": lambda given: given | {"parts": [{"name": "database.dump"}]},
    "a number below 0": lambda given: given | {"server_version": -1},
    "a name that is none": lambda given: given | {"schemas": [1]},
    "a day that never was": lambda given: given | {"created_at": "2024-02-30T00:00:00+00:00"},
    "a null byte": lambda given: given | {"prefix": "\0"},
}


@pytest.mark.parametrize("what", MANIFESTS)
def test_a_manifest_of_another_shape_is_refused(what: str) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("database.dump", DUMP)
        given = MANIFESTS[what](json.loads(MANIFEST.as_json()))
        archive.writestr("manifest.json", json.dumps(given))
    with pytest.raises(WarehouseError, match="manifest"):
        open_backup(stream)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.from_environment({"WAREHOUSE_HOME": str(tmp_path / "home")})


def refused(settings: Settings, content: bytes, reason: str) -> None:
    """Asserts that the file is refused for the reason, and that no home was made for it."""
    path = settings.home.parent / "given.zip"
    path.write_bytes(content)
    with (
        pytest.raises(WarehouseError, match=reason) as error,
        checked_backup(settings, str(path)),
    ):
        pass
    assert str(error.value).startswith(f"{path} was not restored, and nothing was changed. ")
    assert str(error.value).count("..") == 0
    assert not settings.home.exists()


def test_a_file_that_fits_is_taken(settings: Settings) -> None:
    path = settings.home.parent / "given.zip"
    path.write_bytes(whole())
    with checked_backup(settings, str(path)) as given:
        assert given.manifest.server_version == 180004


def test_what_does_not_fit_is_refused(settings: Settings) -> None:
    newer = json.loads(MANIFEST.as_json()) | {"format": 2, "parts": "of another shape"}
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("database.dump", DUMP)
        archive.writestr("manifest.json", json.dumps(newer))
    refused(settings, stream.getvalue(), "Its format is 2, .* update the checkout")
    refused(settings, whole(replace(MANIFEST, server_version=190001)), "PostgreSQL 19.*is 18")
    refused(settings, whole(replace(MANIFEST, project_version="0.10.0")), "version 0.10.0")
    refused(settings, whole(replace(MANIFEST, prefix="dev_")), "WAREHOUSE_SCHEMA_PREFIX=dev_")
    with pytest.raises(WarehouseError, match="There is no file"), checked_backup(settings, "no"):
        pass


def test_the_token_key_must_be_that_of_the_tokens(settings: Settings) -> None:
    other = PARTS | {"token_key": b"ab" * 32}
    refused(settings, whole(parts=other), "not the key of its tokens")
    refused(settings, whole(parts=PARTS | {"token_key": b"x" * 64}), "not the key of its tokens")
    # Given as WAREHOUSE_TOKEN_KEY, it was left out.
    without = {name: content for name, content in PARTS.items() if name != "token_key"}
    refused(settings, whole(parts=without), "It has no token key")
    refused(replace(settings, given_token_key="ab" * 32), whole(), "WAREHOUSE_TOKEN_KEY is another")
    path = settings.home.parent / "given.zip"
    path.write_bytes(whole(parts=without))
    with checked_backup(replace(settings, given_token_key=KEY), str(path)):
        pass


def test_a_backup_of_nothing_with_a_key_needs_none(settings: Settings) -> None:
    path = settings.home.parent / "given.zip"
    path.write_bytes(whole(replace(MANIFEST, key_fingerprint=None), {"database.dump": DUMP}))
    with checked_backup(settings, str(path)):
        pass


def test_the_disk_is_full_behind_a_pipe() -> None:
    if not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full")
    with (
        Path("/dev/full").open("wb", buffering=0) as stream,
        pytest.raises(OSError, match="No space left"),
        writing(stream, datetime(2024, 3, 1, tzinfo=UTC)) as writer,
    ):
        writer.add("database.dump", iter([DUMP]))
