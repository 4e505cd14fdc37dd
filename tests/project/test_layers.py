"""Which package may import which: what takes files in knows nothing of the command around it."""

import ast
from collections.abc import Iterator
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
        "warehouse.safe_files", "warehouse.server", "warehouse.settings", "warehouse.status",
    },
}  # fmt: skip


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
