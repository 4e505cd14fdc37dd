"""Lists the marts that a change touches, and the columns that it adds, drops or retypes.

    touched.py BASE      e.g. touched.py origin/main

Compares the working tree with commit BASE and prints Markdown. dbt parses both without a database.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from warehouse.build.dbt_manifest import Manifest, reached, read_manifest
from warehouse.server.roles import PUBLIC_SCHEMAS, public_schema

ROOT = Path(__file__).resolve().parents[1]


def main(arguments: list[str]) -> int:
    """Print what the change touches; return the exit code."""
    if len(arguments) != 1:
        sys.stderr.write("usage: touched.py BASE\n")
        return 2
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder) / "base"
        added = ["git", "-C", str(ROOT), "worktree", "add", "--quiet", "--detach", str(base)]
        if subprocess.run([*added, arguments[0]], check=False).returncode != 0:
            return 1
        try:
            before = parse(base, Path(folder) / "before")
            after = parse(ROOT, Path(folder) / "after")
        finally:
            removed = ["git", "-C", str(ROOT), "worktree", "remove", "--force", str(base)]
            subprocess.run(removed, check=True)
    sys.stdout.write(report(before, after))
    return 0


def parse(project: Path, target: Path) -> Manifest:
    """dbt's manifest of a checkout."""
    environment = os.environ | {
        "DBT_TARGET_PATH": str(target), "DBT_LOG_PATH": str(target), "PGPORT": "1",
    }  # fmt: skip
    command = [
        str(Path(sys.executable).with_name("dbt")), "--quiet", "parse", "--target", "postgres",
        "--project-dir", str(project), "--profiles-dir", str(project),
    ]  # fmt: skip
    subprocess.run(command, env=environment, check=True)
    return read_manifest(target)


def report(before: Manifest, after: Manifest) -> str:
    """The public tables with changed columns, and those downstream of changed models or macros."""
    was, now = public(before), public(after)
    lines = []
    for name in sorted(was.keys() | now.keys()):
        if name not in now:
            lines.append(f"- `{name}` is removed")
        elif name not in was:
            lines.append(f"- `{name}` is new")
        else:
            lines += [f"- `{name}`: {change}" for change in changes(was[name], now[name])]
    columns = "\n".join(lines) or "No column of a public table changes."
    downstream = sorted(touched(before, after) & now.keys())
    listed = "\n".join(f"- `{name}`" for name in downstream) or "None."
    return f"## Columns\n\n{columns}\n\n## Tables whose rows may change\n\n{listed}\n"


def public(manifest: Manifest) -> dict[str, dict[str, str]]:
    """The column types of each public table, by table name."""
    return {
        public_name(node): {
            name: str(column.get("data_type")) for name, column in node["columns"].items()
        }
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and public_schema(node["schema"]) in PUBLIC_SCHEMAS
    }


def public_name(node: dict[str, Any]) -> str:
    """Where readers find a model, with its schema."""
    return f"{public_schema(node['schema'])}.{node['alias']}"


def changes(was: dict[str, str], now: dict[str, str]) -> list[str]:
    """The changes to the columns of one table."""
    found = [f"column `{name}` is removed" for name in was if name not in now]
    found += [f"column `{name}` ({now[name]}) is new" for name in now if name not in was]
    found += [
        f"column `{name}` is {now[name]} instead of {was[name]}"
        for name in now
        if name in was and was[name] != now[name]
    ]
    return found


def touched(before: Manifest, after: Manifest) -> set[str]:
    """Names of the tables with changed code, or downstream of it. Macros count as code."""

    def code(manifest: Manifest, node: dict[str, Any]) -> Any:
        macros = [manifest["macros"].get(m, {}) for m in node["depends_on"].get("macros", [])]
        own = [macro.get("macro_sql") for macro in macros if macro.get("package_name") == "retail"]
        return node.get("raw_code"), node.get("checksum"), sorted(own)

    changed = [
        unique_id
        for unique_id, node in after["nodes"].items()
        if unique_id not in before["nodes"]
        or code(before, before["nodes"][unique_id]) != code(after, node)
    ]
    found = reached(changed, lambda name: after["child_map"].get(name, ()))
    return {
        public_name(node)
        for unique_id, node in after["nodes"].items()
        if unique_id in found and node["resource_type"] == "model"
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
