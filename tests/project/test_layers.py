"""Which package may import which: what takes files in knows nothing of the command around it."""

import ast
from collections import Counter
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

PACKAGES = ("bench", "ingest", "ml", "sample", "scaffold", "warehouse")
# Each folder, and all of the project's own that it may import beside itself.
ALLOWED = {
    "ingest": set[str](),
    "ml": {"ingest"},
    "sample": {"warehouse.errors"},
    "scaffold": {"ingest", "warehouse.errors", "warehouse.safe_files"},
    "warehouse/server": {
        "ingest", "ml.model_tables",
        "warehouse.errors", "warehouse.safe_files", "warehouse.settings",
    },
    "warehouse/build": {
        "ingest", "ml", "warehouse.docs.description", "warehouse.errors", "warehouse.invocation",
        "warehouse.safe_files", "warehouse.secret_variables", "warehouse.server",
        "warehouse.settings",
    },
    "warehouse/alerts": {
        "ingest", "warehouse.build", "warehouse.errors", "warehouse.invocation",
        "warehouse.known_errors", "warehouse.safe_files", "warehouse.secret_variables",
        "warehouse.server", "warehouse.settings",
    },
    "warehouse/backup": {
        "ingest", "ml.registry", "ml.storage", "warehouse.build.fingerprint",
        "warehouse.build.moved_relations", "warehouse.errors", "warehouse.invocation",
        "warehouse.safe_files", "warehouse.server", "warehouse.settings",
    },
    "warehouse/watching": {
        "ingest", "ml.model_errors", "ml.storage", "warehouse.errors", "warehouse.invocation",
        "warehouse.safe_files", "warehouse.server", "warehouse.settings",
    },
    "warehouse/health": {
        "ingest", "warehouse.alerts", "warehouse.build", "warehouse.server", "warehouse.settings",
    },
}  # fmt: skip
# Folders of `ingest` from the bottom to the top; below them all, the modules beside
# the folders and `engine`.
LAYERS = ("", "personal", "tables", "checks", "files", "tokens", "loads", "erasure")


def imported(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def lies_in(name: str, package: str) -> bool:
    return name == package or name.startswith(package + ".")


@pytest.mark.parametrize("folder", ALLOWED)
def test_a_folder_imports_only_what_it_builds_on(project_dir: Path, folder: str) -> None:
    allowed = {folder.replace("/", "."), *ALLOWED[folder]}
    files = sorted((project_dir / folder).rglob("*.py"))
    assert files
    wrong = [
        f"{file.relative_to(project_dir)}: {name}"
        for file in files
        for name in imported(file)
        if name.split(".")[0] in PACKAGES and not any(lies_in(name, part) for part in allowed)
    ]
    assert wrong == []


def test_the_command_alone_uses_commands(project_dir: Path) -> None:
    wrong = [
        str(file.relative_to(project_dir))
        for package in PACKAGES
        for file in sorted((project_dir / package).rglob("*.py"))
        if file.parent.name != "commands" and file.name != "cli.py"
        and any(lies_in(name, "warehouse.commands") for name in imported(file))
    ]  # fmt: skip
    assert wrong == []


def modules(project_dir: Path, package: str) -> dict[str, Path]:
    """The modules of a package by the name under which they are imported."""
    return {
        ".".join(file.relative_to(project_dir).with_suffix("").parts): file
        for file in sorted((project_dir / package).rglob("*.py"))
        if file.stem not in ("__init__", "__main__")
    }


def layer(module: str) -> int:
    parts = module.split(".")
    return LAYERS.index(parts[1] if len(parts) > 2 and parts[1] != "engine" else "")


def imports(file: Path, known: dict[str, Path]) -> set[str]:
    """The known modules that a file imports, or imports something from."""
    names = set(imported(file))
    return {name for one in names for name in (one, one.rpartition(".")[0]) if name in known}


def test_ingest_imports_from_its_own_layer_and_those_below(project_dir: Path) -> None:
    known = modules(project_dir, "ingest")
    assert {layer(name) for name in known} == set(range(len(LAYERS)))
    upward = [
        f"{name} imports {other}"
        for name, file in known.items()
        for other in imports(file, known)
        if layer(other) > layer(name)
    ]
    assert upward == []


def test_no_modules_of_ingest_import_each_other_in_a_circle(project_dir: Path) -> None:
    known = modules(project_dir, "ingest")
    graph = TopologicalSorter({name: imports(file, known) for name, file in known.items()})
    graph.prepare()  # Raises CycleError, which names the circle.


def test_no_two_modules_have_one_name(project_dir: Path) -> None:
    names = [n.split(".")[-1] for package in PACKAGES for n in modules(project_dir, package)]
    assert [name for name, times in Counter(names).items() if times > 1] == []
