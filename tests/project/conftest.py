from pathlib import Path
from typing import Any

import pytest

from tests.project.dbt_offline import read_manifest, run_dbt_offline


@pytest.fixture(scope="session")
def manifest(project_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The project as dbt parses it for PostgreSQL."""
    target_path = tmp_path_factory.mktemp("target")
    run_dbt_offline(project_dir, target_path, "parse", "--target", "postgres")
    return read_manifest(target_path)
