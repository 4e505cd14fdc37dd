"""dbt without a database: parsing and compiling for checks of the project itself."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any


def run_dbt_offline(project_dir: Path, target_path: Path, *arguments: str) -> str:
    """Runs dbt and returns what it printed. Fails when dbt does; nothing listens on its port."""
    environment = os.environ | {
        "DBT_TARGET_PATH": str(target_path),
        "DBT_LOG_PATH": str(target_path),
        "PGPORT": "1",
        "REDSHIFT_PORT": "1",
    }
    command = [str(Path(sys.executable).with_name("dbt")), "--no-use-colors", *arguments]
    done = subprocess.run(
        [*command, "--project-dir", str(project_dir), "--profiles-dir", str(project_dir)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def read_manifest(target_path: Path) -> dict[str, Any]:
    """The manifest that dbt wrote there."""
    manifest: dict[str, Any] = json.loads((target_path / "manifest.json").read_text())
    return manifest
