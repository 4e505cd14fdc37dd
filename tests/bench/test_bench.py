"""The whole benchmark on a small panel: that it runs, not how fast."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import temporary_folder

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def outcome(project_dir: Path) -> "tuple[subprocess.CompletedProcess[str], dict[str, object]]":
    with temporary_folder() as folder:
        result = subprocess.run(
            [sys.executable, "-m", "bench", "--quick"],
            cwd=project_dir,
            env=dict(os.environ) | {"WAREHOUSE_HOME": str(folder)},
            capture_output=True,
            text=True,
            check=False,
        )
        left = sorted(path.name for path in (folder / "bench").glob("*"))
        assert len(left) == 1 and left[0].startswith("results-"), (left, result.stderr)
        return result, json.loads((folder / "bench" / left[0]).read_text())


def test_the_table_is_complete(
    outcome: "tuple[subprocess.CompletedProcess[str], dict[str, object]]",
) -> None:
    result, _ = outcome
    assert result.returncode == 0, result.stderr
    for name in (
        r"psql \copy",
        "warehouse load",
        "core and aggregates",
        "marts",
        "all, dbt relative to plain statements",
        "the same as a share of the first build",
        "of kind incremental",
        "DuckDB",
        "rows by key, 1 connection",
        "rows by key, 8 connections",
        "peak memory, load",
        "peak memory, first build",
        "peak memory, new day",
        "peak memory, full build",
    ):
        assert name in result.stdout, name
    assert "of 6 aims met." in result.stdout


def test_every_figure_was_measured(
    outcome: "tuple[subprocess.CompletedProcess[str], dict[str, object]]",
) -> None:
    _, content = outcome
    sizes = content["sizes"]
    assert isinstance(sizes, list) and len(sizes) == 1
    # 40 households for 711 days at 1.46 lines a day.
    assert 30_000 < sizes[0]["lines"] < 60_000
    assert {name: value for name, value in sizes[0].items() if not value} == {}
