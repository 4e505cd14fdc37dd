"""dbt, through the stand-in."""

import os
import subprocess
import sys
from pathlib import Path

import psycopg

import ml.model_tables
from ingest.tables import definition_files, raw_schemas
from tests.redshift.cluster import Cluster
from warehouse.server.view_lock import make_lock


def make_loaders_tables(cluster: Cluster, project_dir: Path) -> None:
    """Raw tables, ledger and tables of risk models, made behind as for PostgreSQL."""
    with psycopg.connect(cluster.behind) as connection:
        raw_schemas.ensure(connection, definition_files.read_definitions(project_dir), "")
        ml.model_tables.ensure(connection)
        make_lock(connection, "")


def run_dbt(cluster: Cluster, project_dir: Path, folder: Path, *arguments: str) -> str:
    """Runs dbt and returns what it printed. Fails the test, with the end of it, when dbt does."""
    done = start_dbt(cluster, project_dir, folder, *arguments)
    told, _ = done.communicate()
    assert done.returncode == 0, told[-8000:]
    return told


def start_dbt(
    cluster: Cluster, project_dir: Path, folder: Path, *arguments: str
) -> subprocess.Popen[str]:
    """Starts dbt and does not wait for it. Artifacts and logs go into the folder."""
    environment = os.environ | cluster.environment | {
        "WAREHOUSE_PUBLISH": os.environ.get("WAREHOUSE_PUBLISH", "always"),
        "DBT_TARGET_PATH": str(folder / "target"),
        "DBT_LOG_PATH": str(folder / "logs"),
        "DBT_PROFILES_DIR": str(project_dir),
    }  # fmt: skip
    return subprocess.Popen(
        [
            Path(sys.executable).with_name("dbt"),
            "--no-use-colors",
            *arguments,
            "--target",
            "redshift",
        ],
        cwd=project_dir,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
