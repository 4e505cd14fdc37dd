"""Builds the site: runs dbt, reads its manifest, writes the pages."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from warehouse.build.dbt_run import prepared_dbt
from warehouse.docs import dbt_docs, diagrams
from warehouse.docs.column_lineage import read_lineage
from warehouse.docs.column_pages import column_pages
from warehouse.docs.description import render
from warehouse.docs.diagram_shape import short_type
from warehouse.docs.manifest import LAYERS, Project, Table
from warehouse.docs.model_cards import Card, read_cards
from warehouse.docs.public_names import public_catalog, public_manifest
from warehouse.errors import WarehouseError
from warehouse.safe_files import require_own, shared_outside
from warehouse.server import bringup
from warehouse.settings import Settings

_RESOURCES = {"source": "source", "seeds": "seed", "snapshots": "snapshot"}


def build_site(
    project_dir: Path,
    out: Path,
    settings: Settings,
    say: Callable[[str], None] = lambda step: None,
) -> Path:
    """Writes the site into the folder `out`, which is created if missing; returns its index.html.

    Works with any state of loads and builds; starts the embedded database if it does not run. Other
    files in the folder stay. `say` gets a message at the start of each step. Raises WarehouseError
    if dbt cannot parse the project or the folder cannot be written.
    """
    require_own(out, "Name another folder with `--out`.")
    bringup.ensure_ready(settings, say)
    say("Reading the models and the database's tables (dbt docs generate) …")
    manifest, catalog = _generate(replace(settings, project_dir=project_dir))
    try:
        say("Reading the risk models …")
        cards = read_cards(settings)
        say("Tracing the lineage of every column and writing the pages …")
        with shared_outside(settings.home, out):
            return write_site(manifest, catalog, out, settings.prefix, cards)
    except OSError as error:
        raise WarehouseError(
            f"{error.filename or out} cannot be written: {error.strerror}. "
            "Name another folder with `--out`."
        ) from None


def write_site(
    manifest: dict[str, Any],
    catalog: dict[str, Any],
    out: Path,
    prefix: str = "",
    cards: Sequence[Card] = (),
) -> Path:
    """Writes the pages from the content of dbt's manifest.json and catalog.json.

    `prefix` is that of the schemas' names, `cards` are the risk models'. Returns index.html. Raises
    OSError.
    """
    manifest, catalog = public_manifest(manifest, prefix), public_catalog(catalog, prefix)
    project = Project(manifest, prefix)
    templates = Environment(
        loader=PackageLoader("warehouse.docs"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters.update(markdown=render, short_type=short_type)
    templates.globals.update(
        project=project,
        layers=LAYERS,
        prefix=prefix,
        root="",
        dbt_link=_dbt_link,
        built_at=datetime.now(UTC),
        dbt_version=manifest["metadata"]["dbt_version"],
    )
    for folder in ("dbt", "lineage"):
        (out / folder).mkdir(parents=True, exist_ok=True)
    stars = diagrams.stars(project)
    pages = {
        "index.html": templates.get_template("index.html.j2").render(),
        "erd.html": templates.get_template("erd.html.j2").render(
            overview=diagrams.core_overview(project),
            subjects=diagrams.subjects(project),
            stars=stars,
        ),
        "models.html": templates.get_template("models.html.j2").render(cards=cards),
        **{card.file: templates.get_template("model.html.j2").render(card=card) for card in cards},
        "style.css": _asset("style.css"),
        "dbt/index.html": dbt_docs.render_page(
            dbt_docs.reduce_manifest(manifest, _asset("overview.md")),
            dbt_docs.reduce_catalog(catalog),
            _asset("dbt.css"),
            templates.get_template("dbt_header.html.j2").render(),
        ),
    } | column_pages(templates, project, read_lineage(manifest))
    for name, content in pages.items():
        (out / name).write_text(content, encoding="utf-8")
    return out / "index.html"


def _asset(name: str) -> str:
    return files("warehouse.docs").joinpath("templates", name).read_text(encoding="utf-8")


def _dbt_link(table: Table, with_lineage: bool = False) -> str:
    resource = _RESOURCES.get(table.layer, "model")
    link = f"dbt/index.html#!/{resource}/{table.unique_id}"
    return f"{link}?g_v=1&g_i=%2B{table.name}" if with_lineage else link


def _generate(settings: Settings) -> tuple[dict[str, Any], dict[str, Any]]:
    from dbt.cli.main import dbtRunner

    with prepared_dbt(settings, "docs", "generate") as arguments:
        answer = dbtRunner().invoke(arguments)
    if not answer.success:
        reason = str(answer.exception or "a model does not compile").strip()
        raise WarehouseError(
            f"dbt could not document the project: {reason} Details: {settings.log_dir / 'dbt.log'}"
        )
    target = settings.home / "target"
    manifest = json.loads((target / "manifest.json").read_bytes())
    return manifest, json.loads((target / "catalog.json").read_bytes())
