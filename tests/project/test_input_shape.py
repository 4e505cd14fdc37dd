"""A column that the input shape gains needs no edit in the sources that do not know it."""

import re
import shutil
from pathlib import Path

import pytest

from tests.project.dbt_offline import read_manifest, run_dbt_offline

PARTS = ("models", "macros", "seeds", "snapshots", "tests/generic")


def compiled(project: Path, target: Path, *names: str) -> dict[str, str]:
    """The compiled SQL of nodes by name, each word apart by one blank."""
    run_dbt_offline(
        project, target, "compile", "--select", *names,
        "--no-introspect", "--no-populate-cache",
    )  # fmt: skip
    nodes = read_manifest(target)["nodes"].values()
    return {
        node["name"]: re.sub(r"\s+", " ", node["compiled_code"])
        for node in nodes
        if node.get("compiled_code")
    }


@pytest.mark.slow
def test_a_new_column_is_null_where_a_source_does_not_describe_it(
    project_dir: Path, tmp_path: Path
) -> None:
    project = tmp_path / "project"
    for part in PARTS:
        shutil.copytree(project_dir / part, project / part)
    for name in ("dbt_project.yml", "profiles.yml"):
        shutil.copy(project_dir / name, project)
    shape = project / "macros" / "scope" / "input_shape.sql"
    old = "'customers': {\n"
    assert old in shape.read_text()
    shape.write_text(shape.read_text().replace(old, f"{old}            'loyalty_tier': code,\n"))
    names = ("dim_customer", "ecommerce__customers", "standard__customers", "int_cafe__customers")

    code = compiled(project, tmp_path / "target", *names)
    unknown = "cast(null as varchar(64)) as loyalty_tier"
    assert code["dim_customer"].count(unknown) == 6
    assert unknown in code["ecommerce__customers"] and unknown in code["standard__customers"]
    # What knows nothing of customers has the columns that it describes.
    assert "loyalty_tier" not in code["int_cafe__customers"]

    described = project / "models" / "intermediate" / "ecommerce" / "_ecommerce__models.yml"
    entry = re.compile(r"(- name: int_ecommerce__customers\n(?:.*\n)*?    columns:\n)")
    column = "      - name: loyalty_tier\n        description: Tier of the loyalty programme.\n"
    text, count = entry.subn(lambda match: match[1] + column, described.read_text(), count=1)
    assert count == 1
    described.write_text(text)

    code = compiled(project, tmp_path / "target", *names)
    known = "cast(input.loyalty_tier as varchar(64)) as loyalty_tier"
    assert code["dim_customer"].count(unknown) == 5 and code["dim_customer"].count(known) == 1
    assert known in code["ecommerce__customers"] and unknown in code["standard__customers"]
