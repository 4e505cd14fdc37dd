"""What a new source takes from the project: shapes, descriptions, switches."""

import csv
import io
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment

from ingest.tables.definition_files import read_definitions
from ingest.yaml_reader import read_yaml
from warehouse.errors import WarehouseError

SWITCH = re.compile(r"^(  source_systems: \[)([^\]\n]*)(\])", re.MULTILINE)
_NAME = re.compile(r"[a-z](?:[a-z0-9]|_(?!_)){1,23}")
_TAKEN = {"ops", "ml", "core", "aggregates", "marts", "staging", "intermediate", "restricted",
          "reference", "snapshots"}  # fmt: skip

Shape = dict[str, str]


@dataclass(frozen=True)
class Crosswalk:
    """A seed that maps the codes of each source: the role of the column with the codes, the seed's
    column with the meaning, and whether its codes are in lower case."""

    path: Path
    role: str
    meaning: str
    is_lower: bool = False


CROSSWALKS = (
    Crosswalk(Path("seeds/xwalk_payment_methods.csv"), "payment_method", "payment_method"),
    Crosswalk(
        Path("seeds/xwalk_order_statuses.csv"), "order_status", "order_status_group", is_lower=True
    ),
)


def check_name(source: str) -> None:
    """Raises WarehouseError if a source cannot have this name."""
    if not _NAME.fullmatch(source) or source.endswith("_"):
        raise WarehouseError(
            f"{source!r} cannot name a source. Use 2 to 24 lower-case letters, digits and single "
            "underscores, starting with a letter, such as bakery."
        )
    if source in _TAKEN:
        raise WarehouseError(
            f"{source} cannot name a source: it is the name of a schema. Choose another name."
        )


def what_is_in_the_way(project_dir: Path, source: str) -> str:
    """A sentence that says what to remove before the source can be written; empty if nothing of
    that name exists."""
    found = [folder.as_posix() for folder in (*folders_of(source), Path("seeds") / source)
             if (project_dir / folder).exists()]  # fmt: skip
    if source in sources_on(project_dir):
        found.append("its entry in source_systems (dbt_project.yml)")
    if not found and source not in read_definitions(project_dir):
        return ""
    for crosswalk in CROSSWALKS:
        rows = (project_dir / crosswalk.path).read_text(encoding="utf-8").splitlines()
        if any(row.startswith(f"{source},") for row in rows):
            found.append(f"its lines in {crosswalk.path.as_posix()}")
    return f"{source} already exists. To write it again, remove {', '.join(found)}."


def folders_of(source: str) -> tuple[Path, Path]:
    """The folders of a source's staging and intermediate models, below the project's."""
    return Path("models/staging") / source, Path("models/intermediate") / source


def sources_on(project_dir: Path) -> list[str]:
    """The entries of source_systems. Raises WarehouseError if they are not on one line."""
    match = SWITCH.search((project_dir / "dbt_project.yml").read_text(encoding="utf-8"))
    if match is None:
        raise WarehouseError(
            "dbt_project.yml has no line `  source_systems: […]`, where the source must be added. "
            "Write the list on one line."
        )
    return [word.strip() for word in match[2].split(",") if word.strip()]


def with_source_on(project_dir: Path, source: str) -> str:
    """The text of dbt_project.yml with the source added to source_systems."""
    text = (project_dir / "dbt_project.yml").read_text(encoding="utf-8")
    words = ", ".join([*sources_on(project_dir), source])
    return SWITCH.sub(lambda match: match[1] + words + match[3], text, count=1)


def entities(project_dir: Path) -> dict[str, Shape]:
    """The entities that every source provides for core, with their columns and types."""
    text = (project_dir / "macros" / "scope" / "input_shape.sql").read_text(encoding="utf-8")
    names = re.findall(r"^        '(\w+)': \{", text, flags=re.MULTILINE)
    project = read_yaml(project_dir / "dbt_project.yml")
    not_of_all = project["vars"]["sources_with"]
    found: list[Shape] = []
    environment = Environment(extensions=["jinja2.ext.do"])  # noqa: S701 (makes no HTML)
    environment.globals["return"] = found.append
    module: Any = environment.from_string(text).module
    shapes: dict[str, Shape] = {}
    for name in names:
        module.input_shape(name)
        shapes[name] = dict(found.pop())
    return {name: shape for name, shape in shapes.items() if name not in not_of_all}


def descriptions(project_dir: Path, layer: str) -> dict[str, str]:
    """Descriptions of the columns of the source `standard`, by `model.column` and by column."""
    folder = project_dir / "models" / layer / "standard"
    content = read_yaml(folder / "_standard__models.yml")
    found: dict[str, str] = {}
    for model in content["models"]:
        entity = model["name"].split("__")[1]
        for column in model["columns"]:
            text = " ".join(column["description"].split())
            found[f"{entity}.{column['name']}"] = text
            found.setdefault(column["name"], text)
    return found


def crosswalk_rows(
    project_dir: Path, crosswalk: Crosswalk, source: str, words: set[str], meant: dict[str, str]
) -> tuple[str, list[str]]:
    """Lines for a crosswalk, and the unknown words.

    A word has the meaning in `meant`, or else its meaning for another source, or else `other`.
    """
    with (project_dir / crosswalk.path).open(encoding="utf-8", newline="") as file:
        known = {row["source_code"].casefold(): row[crosswalk.meaning]
                 for row in csv.DictReader(file)}  # fmt: skip
    known |= {word.casefold(): group for word, group in meant.items()}
    codes = sorted({word.lower() if crosswalk.is_lower else word for word in words})
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    for code in codes:
        writer.writerow((source, code, known.get(code.casefold(), "other")))
    return lines.getvalue(), [code for code in codes if code.casefold() not in known]
