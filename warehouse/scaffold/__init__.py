"""A new source from sample files: definitions, staging, intermediate models and tests."""

from dataclasses import dataclass
from pathlib import Path

from ingest.foreign_text import shown
from warehouse.errors import WarehouseError
from warehouse.safe_files import require_own
from warehouse.scaffold.describing import Describer
from warehouse.scaffold.design import Design, Table, Wishes
from warehouse.scaffold.designing import design_source
from warehouse.scaffold.project_files import (
    CROSSWALKS,
    check_name,
    crosswalk_rows,
    descriptions,
    entities,
    with_source_on,
)
from warehouse.scaffold.rendering import Renderer
from warehouse.scaffold.samples import read_samples

__all__ = ["Scaffold", "Wishes", "plan_scaffold", "write_scaffold"]


@dataclass(frozen=True)
class Scaffold:
    """A source that is ready to be written: its design, and the text of each file by its path
    below the project (new files, dbt_project.yml and crosswalks of codes)."""

    design: Design
    files: dict[Path, str]
    advice: list[str]

    def described(self) -> list[str]:
        """What was guessed, as lines to print."""
        rows = []
        for table in self.design.tables:
            rows.append(f"{table.name} ({_kind(table)}), {table.sample.row_count:,} rows read")
            width = max(len(shown(column.header)) for column in table.columns)
            for column in table.columns:
                what = ", ".join(column.roles)
                if column.pii == "drop":
                    what = f"pii: drop, never stored ({column.personal})"
                elif column.pii == "token":
                    what = f"{what}; pii: token, only a keyed hash is stored"
                form = f" as {column.type.format}" if column.type.format else ""
                rows.append(
                    f"  {shown(column.header):<{width}}  {column.data_type}{form}  {what}".rstrip()
                )
        return rows


def plan_scaffold(
    project_dir: Path, source: str, paths: tuple[Path, ...], wishes: Wishes
) -> Scaffold:
    """Reads the samples and works out the source; writes nothing.

    Raises WarehouseError for a name that is taken, a sample that cannot be read, a wish that names
    no column, and samples without order lines.
    """
    check_name(project_dir, source)
    design = design_source(source, read_samples(paths, wishes.has_header), wishes)
    renderer = Renderer(
        design,
        entities(project_dir),
        descriptions(project_dir, "staging"),
        descriptions(project_dir, "intermediate"),
    )
    files = renderer.files() | Describer(renderer).files()
    files[Path("dbt_project.yml")] = with_source_on(project_dir, source)
    advice = list(design.advice)
    for crosswalk in CROSSWALKS:
        column = design.header.column(crosswalk.role)
        if column is None:
            continue
        words = {cell for cell in column.cells if cell}
        rows, unknown = crosswalk_rows(project_dir, crosswalk, source, words)
        seed = (project_dir / crosswalk.path).read_text(encoding="utf-8")
        files[crosswalk.path] = seed.removesuffix("\n") + "\n" + rows
        if unknown:
            new = ", ".join(map(shown, unknown))
            advice.append(
                f"{crosswalk.path.name}: {new} count as other; map them there, and "
                "add words that the sample does not have."
            )
    return Scaffold(design, files, advice)


def write_scaffold(project_dir: Path, scaffold: Scaffold) -> None:
    """Writes the files. Raises WarehouseError when one cannot be written."""
    for path, text in scaffold.files.items():
        target = project_dir / path
        require_own(target, "Run as the checkout's owner.")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
        except OSError as error:
            raise WarehouseError(f"{path} cannot be written: {error.strerror}.") from None


def _kind(table: Table) -> str:
    return {"lines": "order lines", "other": "staged only"}.get(table.kind, table.kind)
