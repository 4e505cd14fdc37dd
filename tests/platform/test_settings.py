import stat
from dataclasses import replace
from pathlib import Path

import pytest

from warehouse.errors import WarehouseError
from warehouse.server.secret_files import ensure_token_key, read_token_key, write_private
from warehouse.settings import Settings


def test_defaults(project_dir: Path) -> None:
    settings = Settings.from_environment({})
    assert settings.project_dir == project_dir
    assert settings.home == project_dir / ".warehouse"
    assert (settings.port, settings.prefix, settings.target) == (15329, "", "local")
    assert settings.given_token_key is None


def test_empty_variables_count_as_absent() -> None:
    names = ("HOME", "PORT", "SCHEMA_PREFIX", "TARGET", "TOKEN_KEY", "PROJECT_DIR")
    empty = {f"WAREHOUSE_{name}": "" for name in names}
    assert Settings.from_environment(empty) == Settings.from_environment({})


def test_relative_home_lies_in_the_project(project_dir: Path) -> None:
    settings = Settings.from_environment({"WAREHOUSE_HOME": "state/here"})
    assert settings.home == project_dir / "state" / "here"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WAREHOUSE_PORT", "many"),
        ("WAREHOUSE_PORT", "80"),
        ("WAREHOUSE_PORT", "65536"),
        ("WAREHOUSE_PORT", "٥٤٣٢٩"),
        ("WAREHOUSE_SCHEMA_PREFIX", "Dev_"),
        ("WAREHOUSE_SCHEMA_PREFIX", "dev-"),
        ("WAREHOUSE_SCHEMA_PREFIX", "1dev"),
        ("WAREHOUSE_SCHEMA_PREFIX", "pg_dev"),
        ("WAREHOUSE_SCHEMA_PREFIX", "a" * 31),
        ("WAREHOUSE_TARGET", "mysql"),
        ("WAREHOUSE_TOKEN_KEY", "a" * 63),
        ("WAREHOUSE_TOKEN_KEY", "g" * 64),
        ("WAREHOUSE_PROJECT_DIR", "/"),
        ("WAREHOUSE_HOME", "/"),
        ("WAREHOUSE_HOME", "."),
        ("WAREHOUSE_HOME", "README.md"),
    ],
)
def test_what_does_not_fit_is_named(name: str, value: str) -> None:
    with pytest.raises(WarehouseError, match=name):
        Settings.from_environment({name: value})


def test_a_wrong_token_key_is_not_shown() -> None:
    with pytest.raises(WarehouseError) as caught:
        Settings.from_environment({"WAREHOUSE_TOKEN_KEY": "secret" * 10})
    assert "secret" not in str(caught.value)


def test_token_key_is_made_once_and_private(tmp_path: Path) -> None:
    settings = replace(Settings.from_environment({}), home=tmp_path)
    settings.secrets_dir.mkdir()
    assert read_token_key(settings) is None
    key = ensure_token_key(settings)
    assert len(bytes.fromhex(key)) == 32
    assert ensure_token_key(settings) == key
    assert stat.S_IMODE((settings.secrets_dir / "token_key").stat().st_mode) == 0o600
    assert ensure_token_key(replace(settings, given_token_key="ab" * 32)) == "ab" * 32


def test_a_damaged_token_key_is_not_replaced(tmp_path: Path) -> None:
    settings = replace(Settings.from_environment({}), home=tmp_path)
    settings.secrets_dir.mkdir()
    write_private(settings.secrets_dir / "token_key", "half a k")
    with pytest.raises(WarehouseError, match="64 hexadecimal"):
        ensure_token_key(settings)
