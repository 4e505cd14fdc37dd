"""Even a backup whose checksums are right cannot run programs or make anybody a superuser."""

import io
import json
import zipfile
from hashlib import sha256
from pathlib import Path

import pytest

from tests.backup.club_and_shops import Warehouse

pytestmark = pytest.mark.slow

# In pg_dump's own format, statements are stored as they are: this one makes room for others.
COMMENT = "room for " + "x" * 200
FORGED = {
    "a command of psql": "\\! touch {file}\n",
    "a program behind a copy": "copy (select 1) to program 'touch {file}';",
    "a superuser": "alter role loader superuser;",
    "a function": "create function pg_temp.f() returns int language sql return 1;",
    "a role": "set role warehouse;",
    "the end of the transaction": "rollback; create table public.mine (a int);",
}


@pytest.fixture(scope="module")
def roomy(shops: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A backup whose dump has a statement of more than 200 bytes."""
    shops.query(f"comment on schema raw_north is '{COMMENT}'")
    path = tmp_path_factory.mktemp("roomy") / "roomy.zip"
    shops.run("backup", str(path))
    shops.query("comment on schema raw_north is null")
    return path.read_bytes()


def forge(content: bytes, statement: str) -> bytes:
    """The backup with another statement in its dump, and checksums that are right for it."""
    old = f"COMMENT ON SCHEMA raw_north IS '{COMMENT}';\n".encode()
    new = statement.encode().ljust(len(old), b"\n")
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as before,
        zipfile.ZipFile(stream, "w") as archive,
    ):
        manifest = json.loads(before.read("manifest.json"))
        for part in manifest["parts"]:
            data = before.read(part["name"])
            if part["name"] == "database.dump":
                assert data.count(old) == 1 and len(new) == len(old)
                data = data.replace(old, new)
                part["sha256"] = sha256(data).hexdigest()
            archive.writestr(part["name"], data)
        archive.writestr("manifest.json", json.dumps(manifest))
    return stream.getvalue()


def test_the_forger_works(shops: Warehouse, new_home: Warehouse, roomy: bytes) -> None:
    file = shops.settings.project_dir / "harmless.zip"
    file.write_bytes(forge(roomy, "comment on schema raw_north is 'forged';"))
    new_home.run("restore", str(file))
    comment = "select obj_description('raw_north'::regnamespace)"
    assert new_home.query(comment) == [("forged",)]


@pytest.mark.parametrize("what", FORGED)
def test_a_forged_statement_is_refused(
    shops: Warehouse, new_home: Warehouse, roomy: bytes, tmp_path: Path, what: str
) -> None:
    harm = tmp_path / "harm"
    tmp_path.chmod(0o777)
    file = tmp_path / "forged.zip"
    file.write_bytes(forge(roomy, FORGED[what].format(file=harm)))
    told = new_home.run("restore", str(file), "--replace", "--yes", code=1)
    assert "nothing was changed" in told
    assert not harm.exists()
    roles = "select rolname::text from pg_roles where rolsuper"
    assert new_home.query(roles) == [("warehouse",)]
    assert new_home.query("select to_regclass('public.mine') is null") == [(True,)]
    assert new_home.query("select obj_description('raw_north'::regnamespace)") in (
        [(None,)], [("forged",)],
    )  # fmt: skip
