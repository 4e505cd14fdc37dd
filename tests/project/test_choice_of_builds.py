"""What a build chooses, held against the lineage: nothing downstream of news is left out."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.project.dbt_offline import run_dbt_offline
from warehouse.build_state import VIEWS, BuildState, choose
from warehouse.settings import Settings

NOW = BuildState("models", "settings", "built")
EXAMPLES = {
    "one cafe file": {"cafe.transactions"},
    "a grocery day": {"grocery.transaction_data"},
    "a product master": {"grocery.product"},
}


def behind(manifest: dict[str, Any], tables: set[str]) -> set[str]:
    """Unique ids of all that can change when these raw tables and the loader's own do."""
    found = {
        unique_id
        for unique_id, source in manifest["sources"].items()
        if f"{source['source_name']}.{source['name']}" in tables or source["source_name"] == "ops"
    }
    waiting = list(found)
    while waiting:
        new = set(manifest["child_map"].get(waiting.pop(), ())) - found
        found |= new
        waiting += new
    return {name for name in found if name in manifest["nodes"]}


@pytest.mark.parametrize("tables", EXAMPLES.values(), ids=EXAMPLES)
def test_all_behind_new_files_is_chosen_and_nothing_else(
    project_dir: Path, target_path: Path, manifest: dict[str, Any], tables: set[str]
) -> None:
    settings = Settings.from_environment({"WAREHOUSE_HOME": str(target_path / "home")})
    choice = choose(NOW, NOW, tables, settings)
    listed = run_dbt_offline(
        project_dir, target_path, "--quiet", "ls", "--target", "postgres",
        "--select", *choice.select, "--exclude", VIEWS, "--indirect-selection", "empty",
        "--resource-types", "model", "seed", "snapshot", "test",
        "--output", "json", "--output-keys", "unique_id",
    )  # fmt: skip
    chosen = {json.loads(line)["unique_id"] for line in listed.splitlines()}
    nodes = manifest["nodes"]
    wanted = {
        name
        for name in behind(manifest, tables)
        if nodes[name]["resource_type"] in ("model", "seed", "snapshot", "test")
        and nodes[name]["config"]["materialized"] != "view"
    }
    assert chosen == wanted
    everything = sum(node["resource_type"] != "analysis" for node in nodes.values())
    assert len(chosen) < 0.7 * everything


def test_what_is_rebuilt_weekly_leads_to_nothing_that_is_not(manifest: dict[str, Any]) -> None:
    """The tests behind weekly models wait for them; a model there would wait, too."""
    weekly = {n for n, node in manifest["nodes"].items() if "weekly" in node["tags"]}
    assert weekly
    children = {child for name in weekly for child in manifest["child_map"][name]}
    models = {name for name in children if name.startswith(("model.", "snapshot.", "seed."))}
    assert models <= weekly
