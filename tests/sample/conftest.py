"""A default panel and a faulty sample, each made once for all tests of the generator."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from sample import grocery, write_sample
from sample.source_report import SourceReport


@dataclass(frozen=True)
class Files:
    """A panel on disk: its folder, its truth and its report."""

    folder: Path
    truth: Path
    report: SourceReport

    def read(self, table: str) -> pd.DataFrame:
        return pd.read_csv(self.folder / f"{table}.csv", keep_default_na=False)


@pytest.fixture(scope="session")
def panel(tmp_path_factory: pytest.TempPathFactory) -> Files:
    """The default panel: 250 households over 711 days."""
    folder = tmp_path_factory.mktemp("panel")
    report = grocery.write(folder / "files", truth=folder / "truth")
    return Files(folder / "files", folder / "truth", report)


@pytest.fixture(scope="session")
def lines(panel: Files) -> pd.DataFrame:
    """The panel's transactions, amounts as whole cents."""
    rows = panel.read("transaction_data")
    for name in ("sales_value", "retail_disc", "coupon_disc", "coupon_match_disc"):
        rows[name] = (rows[name] * 100).round().astype("int64")
    return rows


@pytest.fixture(scope="session")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """A sample with all faults, and its answers as they stand in the file."""
    out = tmp_path_factory.mktemp("faulty")
    write_sample(out, scale=0.2, defects=True)
    return out, json.loads((out / "answers.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def answer_of(faulty: tuple[Path, dict[str, Any]]) -> Callable[[str, str], dict[str, Any]]:
    """Find the answer of the only file of a source with a fault and outcome `loaded`."""

    def find(source: str, fault: str) -> dict[str, Any]:
        files = faulty[1]["sources"][source]["files"]
        (found,) = [f for f in files if f["fault"] == fault and f["outcome"] == "loaded"]
        return dict(found)

    return find
