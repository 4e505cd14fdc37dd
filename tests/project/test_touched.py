"""The list of marts and columns that a change touches."""

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest


@pytest.fixture
def touched(project_dir: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("touched", project_dir / ".ci" / "touched.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def manifest(code: str, **columns: str) -> dict[str, Any]:
    """sales (an intermediate view with this code) -> daily (a mart with these columns)."""
    node = {"resource_type": "model", "checksum": {}, "depends_on": {}}
    return {
        "macros": {},
        "nodes": {
            "sales": node | {"schema": "intermediate", "alias": "sales", "columns": {},
                             "raw_code": code},
            "daily": node | {"schema": "build_marts", "alias": "daily", "raw_code": "the same",
                             "columns": {n: {"data_type": t} for n, t in columns.items()}},
        },
        "child_map": {"sales": ["daily"], "daily": []},
    }  # fmt: skip


def test_columns_and_marts_behind_changed_code_are_listed(touched: ModuleType) -> None:
    before = manifest("select 1", day="date", amount="integer", note="text")
    after = manifest("select 2", day="date", amount="bigint", orders="bigint")
    assert touched.report(before, after) == (
        "## Columns\n\n"
        "- `marts.daily`: column `note` is removed\n"
        "- `marts.daily`: column `orders` (bigint) is new\n"
        "- `marts.daily`: column `amount` is bigint instead of integer\n\n"
        "## Tables whose rows may change\n\n- `marts.daily`\n"
    )
    assert touched.report(before, before) == (
        "## Columns\n\nNo column of a public table changes.\n\n"
        "## Tables whose rows may change\n\nNone.\n"
    )
