"""Pulling a new version over a warehouse that an earlier one built."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import free_port
from tests.platform.checksums import checksums
from warehouse.server import database
from warehouse.server.roles import TRANSFORMER
from warehouse.settings import Settings

SOURCES = ("cafe", "grocery", "ecommerce", "electronics", "footwear", "standard")
SCALE = "0.05"


def git(folder: Path, *arguments: str) -> str:
    command = ["git", "-C", str(folder), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


class Checkout:
    """A clone of the project with a warehouse of its own."""

    def __init__(self, folder: Path, project_dir: Path, version: str):
        self.folder = folder
        git(project_dir, "clone", "--quiet", str(project_dir), str(folder))
        self.environment = os.environ | {
            "WAREHOUSE_HOME": str(folder / ".warehouse"),
            "WAREHOUSE_PORT": str(free_port()),
            "PGPASSFILE": str(folder / "pgpass"),
            "WAREHOUSE_TOKEN_KEY": "5a" * 32,
        }
        self.environment.pop("PYTHONDONTWRITEBYTECODE", None)
        self.check_out(version)

    def check_out(self, version: str) -> None:
        git(self.folder, "checkout", "--quiet", version)
        self.run(".ci/environment")

    def run(self, *command: str) -> str:
        done = subprocess.run(
            command, cwd=self.folder, env=self.environment, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        return done.stdout

    def warehouse(self, *arguments: str) -> str:
        return self.run(".venv/bin/warehouse", *arguments)

    def load_sample(self) -> None:
        self.warehouse("up")
        self.warehouse("sample", "--out", "sample-files", "--scale", SCALE)
        for source in SOURCES:
            self.warehouse("load", source, f"sample-files/{source}")

    def checksums(self) -> dict[str, str]:
        settings = Settings.from_environment(self.environment)
        return checksums(database.conninfo(settings, TRANSFORMER))


@pytest.mark.slow
def test_a_pulled_version_builds_what_a_fresh_one_builds(project_dir: Path, tmp_path: Path) -> None:
    tags = git(project_dir, "tag", "--list", "v*", "--sort=-version:refname").split()
    if not tags:
        pytest.skip("a clone without tags has no earlier version")
    new = git(project_dir, "rev-parse", "HEAD")
    fresh = Checkout(tmp_path / "fresh", project_dir, new)
    try:
        fresh.load_sample()
        fresh.warehouse("build")
        wanted = fresh.checksums()
    finally:
        fresh.warehouse("clean", "--yes")
    for version in (tags[0], f"{new}~30"):
        pulled = Checkout(tmp_path / "pulled", project_dir, version)
        try:
            pulled.load_sample()
            pulled.warehouse("build")
            pulled.check_out(new)
            told = pulled.warehouse("up") + pulled.warehouse("build")
            assert pulled.checksums() == wanted, told
            assert pulled.warehouse("build").startswith("Nothing new")
        finally:
            pulled.warehouse("clean", "--yes")
        shutil.rmtree(tmp_path / "pulled")
