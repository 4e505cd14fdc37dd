"""Views of models that go with a table: on Redshift a table made anew takes those over it along."""

from collections.abc import Iterable, Iterator

from warehouse.build.dbt_manifest import Manifest, reached, read_manifest
from warehouse.build.dbt_run import Outcome
from warehouse.settings import Settings


def views_that_stay(settings: Settings) -> set[str]:
    """Unique ids of the views that read no table which each build makes anew."""
    manifest = read_manifest(settings.home / "target")
    models = _models(manifest)
    tables = (name for name, kind in models.items() if kind == "table")
    return {name for name, kind in models.items() if kind == "view"} - _over(manifest, tables)


def dropped_views(outcome: Outcome, settings: Settings) -> list[str]:
    """Names of the views that went with what was built, and were not built themselves."""
    manifest = read_manifest(settings.home / "target")
    ran = {result.unique_id for result in outcome.results}
    return sorted(manifest["nodes"][name]["name"] for name in _over(manifest, ran) - ran)


def _models(manifest: Manifest) -> dict[str, str]:
    """How each model is materialized, by its unique id."""
    return {
        name: node["config"]["materialized"]
        for name, node in manifest["nodes"].items()
        if node["resource_type"] == "model"
    }


def _over(manifest: Manifest, relations: Iterable[str]) -> set[str]:
    """The views that read one of the relations, directly or through others."""
    models, children = _models(manifest), manifest["child_map"]

    def views(name: str) -> Iterator[str]:
        return (child for child in children.get(name, ()) if models.get(child) == "view")

    given = set(relations)
    return reached([child for name in given for child in views(name)], views)
