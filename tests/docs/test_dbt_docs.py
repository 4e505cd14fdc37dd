import json
import re
from typing import Any

import pytest

from tests.docs.manifests import shop
from warehouse.docs import dbt_docs
from warehouse.docs.dbt_docs import reduce_catalog, reduce_manifest, render_page
from warehouse.errors import WarehouseError

SECRET = "tell-nobody"


@pytest.fixture
def manifest() -> dict[str, Any]:
    manifest = shop()
    manifest["metadata"] |= {
        "user_id": SECRET,
        "invocation_id": SECRET,
        "env": {"TEAM": SECRET},
        "send_anonymous_usage_stats": True,
    }
    manifest["nodes"]["model.retail.fct_orders"] |= {
        "root_path": SECRET,
        "compiled_path": SECRET,
        "build_path": SECRET,
        "checksum": {"name": "path", "checksum": SECRET},
        "raw_code": "select 1",
    }
    manifest["docs"] = {
        "doc.dbt.__overview__": {"package_name": "dbt", "block_contents": "dbt's own words"},
        "doc.retail.load_id": {"package_name": "retail", "block_contents": "The load."},
    }
    return manifest


@pytest.fixture
def catalog() -> dict[str, Any]:
    table = {"metadata": {"name": "fct_orders", "owner": SECRET}, "columns": {}}
    return {
        "metadata": {"dbt_version": "1.12.6", "env": {"TEAM": SECRET}},
        "nodes": {"model.retail.fct_orders": table},
        "sources": {},
        "errors": [SECRET],
    }


def test_the_manifest_tells_nothing_of_machine_and_user(manifest: dict[str, Any]) -> None:
    reduced = reduce_manifest(manifest, "Welcome")
    assert SECRET not in json.dumps(reduced)
    assert reduced["metadata"]["send_anonymous_usage_stats"] is False
    assert reduced["nodes"]["model.retail.fct_orders"]["raw_code"] == "select 1"
    blocks = {name: block["block_contents"] for name, block in reduced["docs"].items()}
    assert blocks == {"doc.retail.load_id": "The load.", "doc.dbt.__overview__": "Welcome"}


def test_the_projects_own_overview_comes_first() -> None:
    content = shop()
    own = {"package_name": "retail", "block_contents": "# Ours"}
    content["docs"] = {"doc.retail.__overview__": own}
    blocks = reduce_manifest(content, "Welcome")["docs"]
    assert list(blocks) == ["doc.dbt.__overview__"]
    assert blocks["doc.dbt.__overview__"]["block_contents"] == "# Ours\n\nWelcome"


def test_the_catalog_tells_nothing_of_users(catalog: dict[str, Any]) -> None:
    reduced = reduce_catalog(catalog)
    assert SECRET not in json.dumps(reduced)
    assert reduced["nodes"]["model.retail.fct_orders"]["metadata"]["name"] == "fct_orders"


def test_the_page_holds_both_files_and_cannot_be_broken_out_of(
    manifest: dict[str, Any], catalog: dict[str, Any]
) -> None:
    hostile = "a < b <!--<script></script><script>alert(1)</script><img src=x onerror=alert(1)>"
    node = manifest["nodes"]["model.retail.fct_orders"]
    node["description"] = node["columns"]["order_key"]["description"] = hostile
    catalog["nodes"]["model.retail.fct_orders"]["columns"] = {"a": {"comment": hostile}}
    page = render_page(
        reduce_manifest(manifest, "Welcome"),
        reduce_catalog(catalog),
        ".bar {}",
        "<header>x</header>",
    )
    assert "alert(1)</script>" not in page and "<img src=x" not in page
    assert "<!--<script" not in page
    found = re.search(r'manifest:(\{.*?\}),catalog:(\{"metadata.*?\})\},', page, re.DOTALL)
    assert found
    inside = json.loads(found[1])
    # dbt's search shows descriptions as HTML, its pages as Markdown: both show the text as it is.
    told = hostile.replace("<s", "&lt;s").replace("</", "&lt;/").replace("<!", "&lt;!")
    told = told.replace("<img", "&lt;img")
    node = inside["nodes"]["model.retail.fct_orders"]
    assert node["description"] == node["columns"]["order_key"]["description"] == told
    whole, _ = json.JSONDecoder().raw_decode(page[found.start(2) :])
    table = whole["nodes"]["model.retail.fct_orders"]
    assert table["columns"]["a"]["comment"] == told
    assert "<header>x</header>" in page and ".bar {}" in page
    assert "Content-Security-Policy" in page


def test_an_unknown_page_of_dbts_is_refused(
    manifest: dict[str, Any],
    catalog: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Any,
) -> None:
    other = tmp_path / "index.html"
    other.write_text("<html></html>")
    monkeypatch.setattr(dbt_docs, "_empty_page", lambda: other)
    with pytest.raises(WarehouseError, match="not the expected one"):
        render_page(manifest, catalog, "", "")
