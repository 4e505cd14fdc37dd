"""Names built tables as readers know them: dbt builds `build_core`, readers read `core`."""

import re
from collections.abc import Mapping
from typing import Any

from warehouse.server.roles import PUBLIC_SCHEMAS, public_schema

# What a node of the manifest says in SQL.
_SQL = ("relation_name", "compiled_code")


def public_manifest(manifest: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    """The content of manifest.json with the public schemas, in the compiled SQL too.

    `prefix` is that of the schemas' names. Nothing given is changed.
    """
    built = re.compile(rf'"{re.escape(prefix)}build_({"|".join(PUBLIC_SCHEMAS)})"\.')

    def renamed(node: Mapping[str, Any]) -> dict[str, Any]:
        texts = {key: node[key] for key in _SQL if node.get(key)}
        return {
            **node,
            "schema": public_schema(node["schema"], prefix),
            **{key: built.sub(rf'"{prefix}\1".', text) for key, text in texts.items()},
        }

    return {**manifest, "nodes": {i: renamed(node) for i, node in manifest["nodes"].items()}}


def public_catalog(catalog: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    """As public_manifest(), for the content of catalog.json."""

    def renamed(table: Mapping[str, Any]) -> dict[str, Any]:
        metadata = table["metadata"]
        schema = public_schema(metadata["schema"], prefix)
        return {**table, "metadata": {**metadata, "schema": schema}}

    return {**catalog, "nodes": {i: renamed(table) for i, table in catalog["nodes"].items()}}
