import getpass
import json
import posixpath
import re
import socket
from pathlib import Path
from typing import Any

import pytest

from tests.docs.conftest import NOT_TO_BE_TOLD
from tests.docs.manifests import manifest, model, shop
from warehouse.docs.diagrams import SUBJECTS
from warehouse.docs.manifest import Project
from warehouse.docs.site import build_site, write_site
from warehouse.errors import WarehouseError
from warehouse.settings import Settings

CATALOG: dict[str, Any] = {"metadata": {}, "nodes": {}, "sources": {}, "errors": None}
PAGES = ["dbt/index.html", "erd.html", "index.html", "lineage.html", "models.html", "style.css"]


def files_of(site: Path) -> list[str]:
    return sorted(str(path.relative_to(site)) for path in site.rglob("*") if path.is_file())


def test_the_site_of_the_real_project_is_complete(site: Path) -> None:
    files = files_of(site)
    assert [name for name in files if not name.startswith("lineage/")] == PAGES
    assert {"lineage/customer_rfm.html", "lineage/raw_cafe.transactions.html"} <= set(files)
    index = (site / "index.html").read_text()
    for mart in ("customer_rfm", "household_profile", "sales_daily", "data_version"):
        assert f'<article class="card" id="{mart}">' in index
    assert (
        'data-from="fct_orders.customer_key" data-to="dim_customer.customer_key"'
        in (site / "erd.html").read_text()
    )


def test_the_site_tells_no_secret_and_nothing_of_the_machine(
    site: Path, embedded: Settings, project_dir: Path
) -> None:
    secrets = [path.read_text().strip() for path in embedded.secrets_dir.iterdir()]
    assert secrets
    own = [NOT_TO_BE_TOLD, str(project_dir), str(embedded.home), str(Path.home()) + "/"]
    if len(socket.gethostname()) > 4:
        own.append(socket.gethostname())
    for name in files_of(site):
        content = (site / name).read_text()
        assert [word for word in secrets + own if word in content] == [], name
        assert not re.search(r"(user|invocation)_id\W+[0-9a-f-]{36}", content), name
        assert f'"owner":"{getpass.getuser()}"' not in content


def test_the_site_points_nowhere_outside(site: Path) -> None:
    for name in set(files_of(site)) - {"dbt/index.html", "style.css"}:
        targets = re.findall(r'(?:href|src)="([^"]*)"', (site / name).read_text())
        outside = [t for t in targets if re.match(r"[a-z]+:|//", t) and not t.startswith("data:")]
        assert outside == []


def test_links_between_pages_lead_somewhere(site: Path) -> None:
    texts = {name: (site / name).read_text() for name in files_of(site)}
    anchors = {name: set(re.findall(r'id="([^"]+)"', text)) for name, text in texts.items()}
    for name in set(texts) - {"dbt/index.html", "style.css"}:
        page = texts[name]
        for target in set(re.findall(r'href="([^"]*)"', page)):
            path, _, anchor = target.partition("#")
            if path.startswith("data:"):
                continue
            place = posixpath.normpath(posixpath.join(posixpath.dirname(name), path or name))
            place = name if not path else place
            if anchor.startswith("!/"):
                unique_id = anchor.split("/")[2].split("?")[0]
                assert f'"{unique_id}":' in texts[place], target
            elif anchor:
                assert anchor in anchors[place], target
            else:
                assert place in texts, target


def test_schemas_show_their_prefix(tmp_path: Path) -> None:
    tables = shop()
    for node in tables["nodes"].values():
        if node["resource_type"] == "model":
            node["schema"] = f"trial_{node['schema']}"
    index = write_site(tables, CATALOG, tmp_path, prefix="trial_").read_text()
    for schema in ("trial_raw_cafe", "trial_core", "trial_marts"):
        assert f"<code>{schema}</code>" in index
    assert "from trial_marts.customer_rfm" in index


def test_built_tables_have_the_names_of_readers(tmp_path: Path) -> None:
    tables = shop()
    for name, layer, reads in (("fct_orders", "core", ""), ("customer_rfm", "marts", "fct_orders")):
        tables["nodes"][f"model.retail.{name}"] |= {
            "schema": f"my_build_{layer}",
            "relation_name": f'"db"."my_build_{layer}"."{name}"',
            "compiled_code": reads and f'select customer_key from "db"."my_build_core"."{reads}"',
        }
    table = {"metadata": {"name": "fct_orders", "schema": "my_build_core"}, "columns": {}}
    catalog = CATALOG | {"nodes": {"model.retail.fct_orders": table}}
    write_site(tables, catalog, tmp_path, prefix="my_")
    assert "schema <code>my_core</code>" in (tmp_path / "lineage" / "fct_orders.html").read_text()
    rfm = (tmp_path / "lineage" / "customer_rfm.html").read_text()
    assert 'href="fct_orders.html#customer_key"' in rfm
    assert [name for name in files_of(tmp_path) if "build_" in (tmp_path / name).read_text()] == []


@pytest.mark.parametrize("tables", [manifest(), manifest(model("scratch"))])
def test_an_empty_project_has_a_site(tables: dict[str, Any], tmp_path: Path) -> None:
    index = write_site(tables, CATALOG, tmp_path)
    assert "no marts yet" in index.read_text()
    assert "no core tables yet" in (tmp_path / "erd.html").read_text()


def test_text_of_files_is_shown_and_not_run(tmp_path: Path) -> None:
    hostile = "<script>alert(1)</script> <img src=x onerror=alert(1)> [x](javascript:alert(1))"
    content = shop()
    for node in [*content["nodes"].values(), *content["sources"].values()]:
        node["description"] = hostile
        node["source_description"] = hostile
        for column in node.get("columns", {}).values():
            column["description"] = column["data_type"] = hostile
    write_site(content, CATALOG, tmp_path)
    for name in set(files_of(tmp_path)) - {"style.css", "dbt/index.html"}:
        page = (tmp_path / name).read_text()
        assert "<script" not in page and "<img" not in page and 'href="javascript' not in page, name
    assert "&lt;script&gt;alert(1)" in (tmp_path / "lineage" / "fct_orders.html").read_text()
    assert "<script>alert(1)" not in (tmp_path / "dbt" / "index.html").read_text()


def test_steps_on_the_way_stand_behind_the_answers(tmp_path: Path) -> None:
    """Two answers and a step, which comes first by name."""
    answers = [model("marts/sales/sales_daily", "day!"), model("marts/sales/takings", "day!")]
    step = model("aggregates/sales/a_step", "day!")
    index = write_site(manifest(*answers, step), CATALOG, tmp_path).read_text()
    assert "<b>2</b> marts to query" in index
    assert re.findall(r'<article class="card" id="(\w+)"', index) == [
        "sales_daily", "takings", "a_step",
    ]  # fmt: skip
    assert (
        index.index('id="takings"') < index.index("Intermediate steps") < index.index('id="a_step"')
    )
    card = index[index.index("<h3>Marts</h3>") :].split("</li>")[0]
    assert re.findall("<code>(.*?)</code>", card) == ["marts"]


def test_other_files_in_the_folder_stay(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep")
    write_site(shop(), CATALOG, tmp_path)
    write_site(shop(), CATALOG, tmp_path)
    files = [name for name in files_of(tmp_path) if not name.startswith("lineage/")]
    assert files == sorted([*PAGES, "mine.txt"])


def test_a_folder_that_is_a_file_is_named(
    embedded: Settings, project_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("warehouse.docs.site._generate", lambda settings: (shop(), CATALOG))
    (tmp_path / "file").write_text("")
    steps: list[str] = []
    with pytest.raises(WarehouseError, match=r"file.* cannot be written: .*--out"):
        build_site(project_dir, tmp_path / "file", embedded, steps.append)
    assert [step.split()[0] for step in steps] == ["Reading", "Reading", "Tracing"]


def test_every_core_table_belongs_to_a_subject(site: Path, embedded: Settings) -> None:
    assert site.is_dir()
    project = Project(json.loads((embedded.home / "target" / "manifest.json").read_bytes()))
    named = {name for subject in SUBJECTS for name in subject.tables}
    assert {table.name for table in project.layer("core")} - named == set()


def test_every_consumer_is_named_with_what_it_reads(site: Path) -> None:
    index = (site / "index.html").read_text()
    users = index[index.index('id="users"') : index.index('id="core"')]
    assert "Campaigns and coupons" in users and 'href="#campaign_performance"' in users
