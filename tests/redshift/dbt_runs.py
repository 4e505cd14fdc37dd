"""dbt, through the stand-in."""

import os
import subprocess
import sys
from pathlib import Path

import ml.model_tables
from ingest.engine.redshift_address import RedshiftAddress
from ingest.engine.redshift_session import open_session
from ingest.tables import definition_files, raw_schemas
from tests.redshift.cluster import Cluster


def make_loaders_tables(cluster: Cluster, project_dir: Path) -> None:
    """Raw tables, ledger and tables of risk models, as `warehouse up` makes them there."""
    with open_session(RedshiftAddress.from_environment(cluster.environment)) as session:
        raw_schemas.ensure(session, definition_files.read_definitions(project_dir), "")
        ml.model_tables.ensure(session)


def make_a_clusters(cluster: Cluster) -> None:
    """Makes the loader's tables of a PostgreSQL warehouse those of a cluster: with room for bytes,
    and with numbers that builds give."""
    with cluster.admin() as connection:
        changes = connection.execute(
            "select format('alter table %I.%I alter column %I type varchar(%s)', table_schema,"
            " table_name, column_name, least(4 * coalesce(character_maximum_length, 65535), 65535))"
            " from information_schema.columns where data_type in ('character varying', 'text')"
            " and (table_schema in ('ops', 'ml') or table_schema like 'raw%')"
            " union all"
            " select format('alter table %I.%I alter column %I drop identity', table_schema,"
            " table_name, column_name) from information_schema.columns where is_identity = 'YES'"
        ).fetchall()
        for (change,) in changes:
            connection.execute(change.encode())


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
