"""What lies in the repository, and what does not."""

import csv
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

GENERATED = re.compile(
    r"(^|/)(target|logs|dbt_packages|__pycache__|\.venv|\.warehouse|\.[a-z]+_cache)/"
    r"|\.(pyc|log|duckdb|sqlite|parquet|gz)$|\.egg-info/"
)
LONGEST_YAML = 600
LARGEST_FILE_BYTES = 300_000
LONGEST_LINE = 100
REPLACES_DBT = "{# We replace dbt here. #}"
DOCUMENTS = ("README.md", "CONTRIBUTING.md", "docs/*.md")


@pytest.fixture(scope="module")
def tracked(project_dir: Path) -> list[str]:
    """Files that git keeps or would keep, as paths below the checkout."""
    if not (project_dir / ".git").exists():
        pytest.skip("not a git checkout")
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=project_dir, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return [name for name in listed.stdout.splitlines() if (project_dir / name).is_file()]


def texts(project_dir: Path, tracked: list[str]) -> dict[str, str]:
    found = {}
    for name in tracked:
        try:
            found[name] = (project_dir / name).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
    return found


def test_nothing_generated_or_large_is_tracked(project_dir: Path, tracked: list[str]) -> None:
    assert [name for name in tracked if GENERATED.search(name)] == []
    large = [n for n in tracked if (project_dir / n).stat().st_size > LARGEST_FILE_BYTES]
    assert large == []


def test_yaml_files_stay_short(project_dir: Path, tracked: list[str]) -> None:
    files = [name for name in tracked if name.endswith((".yml", ".yaml"))]
    assert len(files) > 20
    long = [n for n in files if len((project_dir / n).read_text().splitlines()) > LONGEST_YAML]
    assert long == []


def test_sql_lines_stay_short(project_dir: Path, tracked: list[str]) -> None:
    wrong = [
        f"{name}:{number}"
        for name in tracked
        if name.endswith(".sql")
        for number, line in enumerate((project_dir / name).read_text().splitlines(), start=1)
        if len(line) > LONGEST_LINE or line != line.rstrip() or "\t" in line
    ]
    assert wrong == []


def test_no_download_host_and_no_machine_path_is_written_down(
    project_dir: Path, tracked: list[str]
) -> None:
    """A lock file or workflow that names a host installs from nowhere else."""
    hosts = re.compile(r"pypi\.org|pythonhosted|index-url\s*=?\s*https?://|registry\.\w+\.\w+")
    paths = re.compile(r"(?<![\w./])/(work|home/\w+|Users/\w+|root)/[\w.-]+")
    wrong = [
        f"{name}: {match.group()}"
        for name, text in texts(project_dir, tracked).items()
        if not name.startswith("tests/project/")
        for pattern in (hosts, paths)
        for match in pattern.finditer(text)
    ]
    assert wrong == []


def test_no_customer_of_the_real_cafes_is_named(
    project_dir: Path, tracked: list[str], real_data: Path
) -> None:
    personal = set()
    for file in sorted((real_data / "cafe").glob("*.csv")):
        with file.open(encoding="utf-8", newline="") as lines:
            for row in csv.reader(lines):
                personal |= {row[2], row[6]} - {""}
    assert len(personal) > 900
    wrong = [
        name
        for name, text in texts(project_dir, tracked).items()
        if any(value in text for value in personal)
    ]
    assert wrong == []


def documents(project_dir: Path) -> list[Path]:
    return [path for pattern in DOCUMENTS for path in sorted(project_dir.glob(pattern))]


def make_targets(project_dir: Path) -> set[str]:
    return set(re.findall(r"^([a-z-]+):", (project_dir / "Makefile").read_text(), flags=re.M))


def test_documents_name_only_what_exists(project_dir: Path) -> None:
    """Paths, links and make targets in the documents."""
    wrong = []
    for document in documents(project_dir):
        text = document.read_text()
        code = re.findall(r"`([^`\n]+)`", text)
        code += [line for block in re.findall(r"```\w*\n(.*?)```", text, re.S) for line in
                 block.splitlines()]  # fmt: skip
        for piece in code:
            wrong += [
                f"{document.name}: make {target}"
                for target in re.findall(r"\bmake ([a-z-]+)", piece)
                if target not in make_targets(project_dir)
            ]
        linked = re.findall(r"\]\((?!https?:|#)([^)#\s]+)", text)
        folders = (
            r"(?:models|macros|tests|docs|ingest|ml|sample|scaffold|warehouse|bench|analyses|seeds"
            r"|\.ci|\.github)"
        )
        named = [p for p in code if re.fullmatch(rf"{folders}/[\w./-]+", p)]
        wrong += [
            f"{document.name}: link {path}"
            for path in linked
            if not (document.parent / path).exists()
        ]
        wrong += [
            f"{document.name}: path {path}" for path in named if not (project_dir / path).exists()
        ]
    assert wrong == []


def test_documents_use_commands_that_exist(project_dir: Path) -> None:
    from warehouse.cli import cli

    commands = set(cli.commands)
    wrong = [
        f"{document.name}: warehouse {command}"
        for document in documents(project_dir)
        for command in re.findall(
            r"(?:^|`|\$ |bin/)warehouse ([a-z]+)", document.read_text(), flags=re.M
        )
        if command not in commands
    ]
    assert wrong == []


def test_hooks_and_workflows_use_the_locked_programs(project_dir: Path) -> None:
    """A laptop and CI check the same, with the same versions."""
    targets = make_targets(project_dir)
    hooks = yaml.safe_load((project_dir / ".pre-commit-config.yaml").read_text())
    entries = [hook["entry"] for repository in hooks["repos"] for hook in repository["hooks"]]
    assert entries
    assert [entry for entry in entries if not entry.startswith(".venv/bin/")] == []
    workflow = (project_dir / ".github" / "workflows" / "ci.yml").read_text()
    steps = [
        step["run"]
        for job in yaml.safe_load(workflow)["jobs"].values()
        for step in job["steps"]
        if "run" in step
    ]
    assert [step for step in steps if _is_make(step, targets)]
    own = (".ci/", ".venv/bin/")
    assert [s for s in steps if not _is_make(s, targets) and not s.startswith(own)] == []


def test_actions_are_named_by_commit(project_dir: Path) -> None:
    """A tag can be moved to other code; the version stands beside for the reader."""
    used = [
        line.split("uses:")[1].strip()
        for file in sorted((project_dir / ".github" / "workflows").glob("*.yml"))
        for line in file.read_text().splitlines()
        if "uses:" in line
    ]
    assert used
    assert [u for u in used if not re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v[\d.]+", u)] == []


def test_everything_is_installed_by_hash(project_dir: Path) -> None:
    script = (project_dir / ".ci" / "environment").read_text()
    installs = [line for line in script.splitlines() if re.search(r"\bpip install\b", line)]
    assert len(installs) == 3
    assert [i for i in installs if "--require-hashes" not in i and "--editable ." not in i] == []
    for name in ("requirements.lock", ".ci/uv.txt"):
        lines = (project_dir / name).read_text().replace("\\\n", " ").splitlines()
        pinned = [line for line in lines if line and line.strip()[0] != "#"]
        assert pinned
        assert [line for line in pinned if not re.match(r"[\w.\[\]-]+==\S+ .*--hash=", line)] == []


def _is_make(command: str, targets: set[str]) -> bool:
    program, *arguments = command.split()
    return program == "make" and set(arguments) <= targets


def test_every_macro_and_its_arguments_are_described(manifest: dict[str, Any]) -> None:
    """What differs by engine is described once, under the name that is called."""
    own = [
        macro
        for macro in manifest["macros"].values()
        if macro["package_name"] == "retail"
        and not re.match(r"(postgres|redshift|default)__|test_|materialization_", macro["name"])
    ]
    assert len(own) > 80
    wrong = []
    for macro in own:
        signature = re.search(r"macro\s+\w+\((.*?)\)\s*-?%\}", macro["macro_sql"], re.S)
        assert signature, macro["name"]
        names = re.findall(r"(\w+)\s*(?:=[^,]*)?(?:,|$)", signature[1])
        described = [a["name"] for a in macro["arguments"] if (a["description"] or "").strip()]
        if not macro["description"].strip() or described != names:
            wrong.append(f"{macro['name']}({', '.join(names)}) in {macro['original_file_path']}")
    assert wrong == []


def test_what_replaces_dbt_says_so(project_dir: Path) -> None:
    files = sorted((project_dir / "macros" / "overrides").glob("*.sql"))
    assert files
    assert [f.name for f in files if f.read_text().splitlines()[0] != REPLACES_DBT] == []
    assert sorted((project_dir / "macros").glob("*.sql")) == []
