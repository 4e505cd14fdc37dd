"""Personal columns are selected in models/restricted and analyses alone."""

from typing import Any

import pytest

from tests.project.personal_columns import leaks, personal_columns

Node = dict[str, Any]

HARMLESS = """
-- The name stays behind.
with source as (
    select * from {{ source('shop', 'people') }}
),

renamed as (
    select
        person_id,
        extract(year from born_on) as birth_year
    from source
)

select * from renamed
"""


def is_restricted(node: Node) -> bool:
    return str(node["path"]).startswith("restricted/")


def readers(manifest: dict[str, Any]) -> list[Node]:
    """Whatever reads tables and keeps or prints what it read, models/restricted left out."""
    return [
        node
        for node in manifest["nodes"].values()
        if node["resource_type"] in ("model", "snapshot")
        or (node["resource_type"] == "test" and not node.get("test_metadata"))
        if not is_restricted(node)
    ]


def test_personal_columns_are_selected_by_restricted_models_alone(
    manifest: dict[str, Any],
) -> None:
    known = manifest["nodes"] | manifest["sources"]
    wrong = []
    checked = 0
    for node in readers(manifest):
        for parent in map(known.__getitem__, node["depends_on"]["nodes"]):
            if columns := personal_columns(parent):
                checked += 1
                wrong += [
                    f"{node['name']} selects {column} of {parent['name']}"
                    for column in leaks(node["raw_code"], columns)
                ]
    assert checked > 0
    assert wrong == []


def test_restricted_models_mark_their_personal_columns(manifest: dict[str, Any]) -> None:
    known = manifest["nodes"] | manifest["sources"]
    models = [n for n in known.values() if n["resource_type"] == "model" and is_restricted(n)]
    assert models
    wrong = [node["name"] for node in models if not personal_columns(node)]
    for node in models:
        given = {
            column
            for parent in node["depends_on"]["nodes"]
            for column in personal_columns(known[parent])
        }
        wrong += [
            f"{node['name']}.{column}"
            for column in given & set(node["columns"]) - personal_columns(node)
        ]
    assert wrong == []


def test_restricted_models_are_granted_to_readers_of_personal_data_alone(
    manifest: dict[str, Any],
) -> None:
    models = [
        node
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model"
        if is_restricted(node) or "pii_reader" in node["config"]["grants"].get("select", [])
    ]
    assert models
    wrong = [
        node["name"]
        for node in models
        if node["schema"] != "build_restricted"
        or node["config"]["grants"] != {"select": ["pii_reader"]}
    ]
    assert wrong == []


def test_a_view_without_personal_columns_passes() -> None:
    assert leaks(HARMLESS, {"name", "born_on"}) == []


@pytest.mark.parametrize(
    ("before", "after", "leak"),
    [
        ("person_id,", "person_id,\n        name,", "name"),
        ("person_id,", "person_id,\n        upper(Name) as person,", "name"),
        ("from source\n)", "from source\n    where name is not null\n)", "name"),
        ("extract(year from born_on)", "extract(month from born_on)", "born_on"),
        ("from renamed", "from source", "*"),
        ("        person_id,", "        source.*,", "*"),
        ("        person_id,", "        *,\n        1 as one,", "*"),
    ],
)
def test_what_would_let_personal_columns_through_is_found(
    before: str, after: str, leak: str
) -> None:
    statement = HARMLESS.replace(before, after)
    assert statement != HARMLESS
    assert leak in leaks(statement, {"name", "born_on"})
