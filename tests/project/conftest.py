from pathlib import Path
from typing import Any

import pytest

from tests.project.dbt_offline import read_manifest, run_dbt_offline


@pytest.fixture(scope="session")
def target_path(project_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """dbt's folder with the project as dbt parses it for PostgreSQL; for parsing it once."""
    folder = tmp_path_factory.mktemp("target")
    run_dbt_offline(project_dir, folder, "parse", "--target", "postgres")
    return folder


@pytest.fixture(scope="session")
def manifest(target_path: Path) -> dict[str, Any]:
    """The project as dbt parses it for PostgreSQL."""
    return read_manifest(target_path)
