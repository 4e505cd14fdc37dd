"""What the scaffold writes keeps the rules for SQL on Redshift, with every kind of export."""

from pathlib import Path

import pytest

from scaffold import plan_scaffold, write_scaffold
from tests.project.dbt_offline import read_manifest, run_dbt_offline
from tests.project.redshift_rules import redshift_rules
from tests.scaffold.conftest import copied_project
from tests.scaffold.exports_of_shops import SHOPS


@pytest.mark.slow
def test_scaffolded_models_keep_the_rules_for_redshift(project_dir: Path, tmp_path: Path) -> None:
    project = copied_project(project_dir, tmp_path / "project")
    for name, (paths, wishes) in SHOPS.items():
        write_scaffold(project, plan_scaffold(project, name, paths, wishes))
    run_dbt_offline(
        project, tmp_path, "compile", "--target", "redshift", "--no-introspect",
        "--no-populate-cache", "--vars", f"{{source_systems: [{', '.join(SHOPS)}]}}",
        "--select", "path:models/staging", "path:models/intermediate", "path:models/core",
    )  # fmt: skip
    manifest = read_manifest(tmp_path)
    compiled = [n for n in manifest["nodes"].values() if n.get("compiled_code")]
    assert len(compiled) > 5 * len(SHOPS)
    assert redshift_rules().check_project(manifest) == []
