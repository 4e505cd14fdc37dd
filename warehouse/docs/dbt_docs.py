"""dbt docs as one page that reveals nothing about the machine and needs no network."""

import base64
import importlib.util
import json
import re
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from jinja2.utils import htmlsafe_json_dumps

from warehouse.errors import WarehouseError

ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" '
    'rx="3" fill="#2f5fd0"/><path d="M3 7l5-3 5 3v6H3zM6 13V9h4v4" fill="#fff"/></svg>'
)
# What dbt's page needs to run, and no way out. Angular compiles its expressions, hence unsafe-eval.
_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; "
    "img-src data:; font-src data:; connect-src 'none'; form-action 'none'; base-uri 'none'"
)
_METADATA = ("dbt_schema_version", "dbt_version", "generated_at", "project_name", "adapter_type")
# Paths of this machine, or of no use to a reader.
_NODE_KEYS_LEFT_OUT = {"root_path", "build_path", "compiled_path", "created_at", "checksum"}

# The results of dbt's search show these as HTML.
_WRITTEN_BY_HAND = {"description", "source_description", "comment"}
_TAG = re.compile(r"<(?=[A-Za-z/!?])")


def reduce_manifest(manifest: Mapping[str, Any], overview: str) -> dict[str, Any]:
    """The manifest without environment, users and paths.

    Takes and returns the JSON of manifest.json (schema version 12). `overview` is Markdown for
    the first page, in the place of dbt's own words; a project's own `__overview__` comes first.
    """
    project = manifest["metadata"]["project_name"]
    reduced = {
        name: {key: _reduce_node(node) for key, node in part.items()}
        if isinstance(part, dict) and name not in ("metadata", "parent_map", "child_map")
        else part
        for name, part in manifest.items()
    }
    reduced["metadata"] = {name: manifest["metadata"][name] for name in _METADATA}
    # dbt's page sends page views home when this is on.
    reduced["metadata"]["send_anonymous_usage_stats"] = False
    reduced["disabled"] = {}
    reduced["docs"] = {
        key: block for key, block in reduced["docs"].items() if block["package_name"] == project
    }
    own = reduced["docs"].pop(f"doc.{project}.__overview__", None)
    reduced["docs"]["doc.dbt.__overview__"] = {
        "name": "__overview__",
        "package_name": "dbt",
        "block_contents": f"{own['block_contents']}\n\n{overview}" if own else overview,
    }
    return reduced


def reduce_catalog(catalog: Mapping[str, Any]) -> dict[str, Any]:
    """The catalog without the names of database users. Takes and returns catalog.json's content."""
    reduced = dict(catalog)
    reduced["metadata"] = {
        name: value for name, value in catalog["metadata"].items() if name in _METADATA
    }
    reduced["errors"] = None
    for part in ("nodes", "sources"):
        reduced[part] = {
            key: _without_tags({**table, "metadata": {**table["metadata"], "owner": None}})
            for key, table in catalog[part].items()
        }
    return reduced


def render_page(
    manifest: Mapping[str, Any], catalog: Mapping[str, Any], style: str, header: str
) -> str:
    """dbt's documentation page with both files inside.

    `style` is CSS that goes behind dbt's own, `header` HTML that goes in front of the page.
    Raises WarehouseError when dbt's page is not made as expected.
    """
    page = _empty_page().read_text(encoding="utf-8")
    icon = base64.b64encode(ICON.encode()).decode()
    head = f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
    replacements = {
        '"MANIFEST.JSON INLINE DATA"': _script_json(manifest),
        '"CATALOG.JSON INLINE DATA"': _script_json(catalog),
        "<head>": "<head>" + head,
        "</head>": f"<style>{style}</style></head>",
        "</svg></div><div ui-view>": f"</svg></div>{header}<div ui-view>",
        "<title>dbt Docs</title>": "<title>dbt docs · Retail warehouse</title>",
        '<link rel="canonical" href="/overview/"/>': "",
        "${require('./assets/favicons/favicon.ico')}": f"data:image/svg+xml;base64,{icon}",
    }
    for old, new in replacements.items():
        if old not in page:
            raise WarehouseError(
                f"dbt's documentation page is not the expected one: it has no {old[:40]}. "
                "Install the dbt-core of requirements.lock (`make build`)."
            )
        page = page.replace(old, new, 1)
    # Else the browser looks for a picture of that name before Angular has filled it in.
    return page.replace('xlink:href="{{', 'ng-attr-xlink:href="{{')


def _empty_page() -> Path:
    package = importlib.util.find_spec("dbt.task.docs")
    if package is None or not package.submodule_search_locations:
        raise WarehouseError("dbt-core is not installed. Run `make build`.")
    return Path(package.submodule_search_locations[0]) / "index.html"


def _script_json(content: Mapping[str, Any]) -> str:
    # A description may hold </script> or <!--.
    return htmlsafe_json_dumps(content, dumps=partial(json.dumps, separators=(",", ":")))


def _reduce_node(node: Any) -> Any:
    if not isinstance(node, dict):
        return node
    kept = {key: value for key, value in node.items() if key not in _NODE_KEYS_LEFT_OUT}
    return _without_tags(kept)


def _without_tags(value: Any, key: str = "") -> Any:
    """The value with HTML in its descriptions escaped; nothing else is changed."""
    if isinstance(value, dict):
        return {name: _without_tags(item, name) for name, item in value.items()}
    if isinstance(value, list):
        return [_without_tags(item) for item in value]
    if isinstance(value, str) and key in _WRITTEN_BY_HAND:
        return _TAG.sub("&lt;", value)
    return value
