"""Plans of sources from sample files that a test writes."""

from pathlib import Path

from scaffold import Scaffold, Wishes, plan_scaffold


def plan(project_dir: Path, *paths: Path, source: str = "bakery", **wishes: object) -> Scaffold:
    return plan_scaffold(project_dir, source, paths, Wishes(**wishes))


def roles_of(scaffold: Scaffold) -> dict[str, str]:
    """Header by role, of all tables."""
    return {
        role: f"{table.name}.{column.header}"
        for table in scaffold.design.tables
        for column in table.columns
        for role in column.roles
    }


def one_file(folder: Path, text: str, name: str = "sales.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path
