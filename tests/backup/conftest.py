"""A warehouse with two builds behind it, and a home to restore it in."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.backup.club_and_shops import Warehouse, write_project
from tests.conftest import temporary_folder, temporary_settings


@pytest.fixture(scope="session")
def project(project_dir: Path) -> Iterator[Path]:
    with temporary_folder() as folder:
        write_project(project_dir, folder)
        yield folder


@pytest.fixture(scope="module")
def shops(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    """Two shops with five orders, 75.00 together, and a club of two; the second build added N3."""
    folder = tmp_path_factory.mktemp("files")
    with temporary_settings() as settings:
        shops = Warehouse(replace(settings, project_dir=project))
        shops.run("up")
        shops.sell("north", "2024-01-01", "N1,hill,10.00", "N2,hill,20.00", folder=folder)
        shops.sell("south", "2024-01-01", "S1,dale,5.00", "S2,dale,15.00", folder=folder)
        shops.enrol("old", "4411,ada@example.org", "4422,bo@example.org", folder=folder)
        shops.run("build")
        shops.sell("north", "2024-01-02", "N3,hill,25.00", folder=folder)
        shops.run("build")
        yield shops


@pytest.fixture(scope="module")
def backup(shops: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of that warehouse."""
    path = tmp_path_factory.mktemp("backups") / "shops.zip"
    shops.run("backup", str(path))
    return path


@pytest.fixture(scope="module")
def new_home(shops: Warehouse) -> Iterator[Warehouse]:
    """The same project with a home that does not exist yet, and another port."""
    with temporary_settings() as settings:
        yield shops.at(settings)
