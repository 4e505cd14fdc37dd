"""Databases for the tests of the marts."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.marts.built_warehouse import BuiltWarehouse, database_on


@pytest.fixture(scope="session")
def real_warehouse(
    server: str, real_data: Path, project_dir: Path, dbt_folder: Path
) -> Iterator[BuiltWarehouse]:
    """The real café and grocery files, loaded and built once. For reading only."""
    with database_on(server, project_dir, dbt_folder) as warehouse:
        warehouse.load("cafe", real_data / "cafe")
        warehouse.load("grocery", real_data / "grocery")
        warehouse.dbt("build", "--exclude-resource-type", "unit_test")
        yield warehouse


@pytest.fixture
def empty_warehouse(server: str, project_dir: Path, dbt_folder: Path) -> Iterator[BuiltWarehouse]:
    """A database of the test's own, with empty raw tables and nothing built."""
    with database_on(server, project_dir, dbt_folder) as warehouse:
        yield warehouse
