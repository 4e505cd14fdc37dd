"""Warehouses built from a small sample, for the tests of whole runs."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from sample import write_sample
from tests.marts.built_warehouse import BuiltWarehouse, database_on
from tests.pipeline.history import cafe_files, masters

SCALE = 0.05
# What dbt reads of the project, but for data tests.
PROJECT = ("models", "macros", "seeds", "snapshots", "dbt_project.yml", "profiles.yml")


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files of a dozen households over two years and of three cafés over a week."""
    folder = tmp_path_factory.mktemp("sample")
    write_sample(folder, SCALE)
    return folder


@pytest.fixture(scope="session")
def built(
    server: str, sample: Path, project_dir: Path, dbt_folder: Path
) -> Iterator[BuiltWarehouse]:
    """All files of the sample loaded at once and built with tests. For reading and copying."""
    with database_on(server, project_dir, dbt_folder) as warehouse:
        warehouse.load("cafe", *cafe_files(sample))
        warehouse.load("grocery", *masters(sample), sample / "grocery" / "transaction_data.csv")
        warehouse.dbt("build")
        yield warehouse


@pytest.fixture
def unbuilt(new_warehouse: Callable[..., BuiltWarehouse], sample: Path) -> BuiltWarehouse:
    """The cafés' files of the sample, loaded, and nothing built."""
    warehouse = new_warehouse()
    warehouse.load("cafe", *cafe_files(sample))
    return warehouse


@pytest.fixture
def new_warehouse(
    server: str, project_dir: Path, dbt_folder: Path
) -> Iterator[Callable[..., BuiltWarehouse]]:
    """Makes warehouses of the test's own: empty, or a copy of another."""
    with ExitStack() as stack:

        def make(copy_of: BuiltWarehouse | None = None) -> BuiltWarehouse:
            conninfo = copy_of.conninfo if copy_of else ""
            return stack.enter_context(database_on(server, project_dir, dbt_folder, conninfo))

        yield make


@pytest.fixture
def own_project(
    new_warehouse: Callable[..., BuiltWarehouse], project_dir: Path, tmp_path: Path
) -> BuiltWarehouse:
    """An empty warehouse with a copy of the project that a test may change."""
    folder = tmp_path / "project"
    folder.mkdir()
    for part in PROJECT:
        copy = shutil.copytree if (project_dir / part).is_dir() else shutil.copy
        copy(project_dir / part, folder / part)
    return replace(new_warehouse(), project_dir=folder, folder=tmp_path)
