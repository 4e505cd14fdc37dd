"""A new source from sample files: definitions, staging, intermediate models and tests."""

from dataclasses import dataclass
from pathlib import Path

from ingest.foreign_text import shown
from scaffold.describing import Describer
from scaffold.design import Design, Wishes
from scaffold.designing import design_source
from scaffold.first_look import first_look
from scaffold.header_words import payment_method_of
from scaffold.project_files import (
    CROSSWALKS,
    check_name,
    crosswalk_rows,
    descriptions,
    entities,
    what_is_in_the_way,
    with_source_on,
)
from scaffold.rendering import Renderer
from scaffold.sample_figures import Figures, figures
from scaffold.samples import read_samples
from scaffold.seeds import effect_seeds
from scaffold.statuses import meaning
from warehouse.errors import WarehouseError
from warehouse.safe_files import require_own

__all__ = ["Scaffold", "Wishes", "plan_scaffold", "write_scaffold"]


@dataclass(frozen=True)
class Scaffold:
    """A source that is ready to be written: its design, the text of each file by its path in the
    project (new files, dbt_project.yml and crosswalks of codes), and the first look at it, as lines
    to print, with the figures of the sample.

    Do not write it while `questions` are open, or while something is `in_the_way`, which must be
    removed first.
    """

    design: Design
    files: dict[Path, str]
    look: list[str]
    figures: Figures | None = None
    in_the_way: str = ""

    @property
    def questions(self) -> list[str]:
        """Questions that files cannot answer, each with the option that answers it."""
        return self.design.questions


def plan_scaffold(
    project_dir: Path,
    source: str,
    paths: tuple[Path, ...],
    wishes: Wishes,
    *,
    is_only_shown: bool = False,
) -> Scaffold:
    """Reads the samples and designs the source; writes nothing.

    Raises WarehouseError for a taken name (unless the plan is only shown), a sample that cannot be
    read, an option that names an unknown column, and samples that hold no orders or contradict
    themselves.
    """
    check_name(source)
    in_the_way = what_is_in_the_way(project_dir, source)
    if in_the_way and not is_only_shown:
        raise WarehouseError(f"{in_the_way} Or choose another name. Nothing was written.")
    design, rows = design_source(source, read_samples(paths, wishes.has_header), wishes)
    renderer = Renderer(
        design,
        entities(project_dir),
        descriptions(project_dir, "staging"),
        descriptions(project_dir, "intermediate"),
    )
    files = renderer.files() | Describer(renderer).files() | effect_seeds(design)
    files[Path("dbt_project.yml")] = with_source_on(project_dir, source)
    for crosswalk in CROSSWALKS:
        column = design.header.column(crosswalk.role)
        if column is None:
            continue
        words = {cell.strip() for cell in column.cells if cell.strip()}
        if crosswalk.role == "order_status":
            words |= set(design.effects["order_status"])
            known = {w: found.group for w in words if (found := meaning(design, "order_status", w))}
        else:
            known = {w: method for w in words if (method := payment_method_of(w))}
        added, unknown = crosswalk_rows(project_dir, crosswalk, source, words, known)
        seed = (project_dir / crosswalk.path).read_text(encoding="utf-8")
        files[crosswalk.path] = seed.removesuffix("\n") + "\n" + added
        if unknown and crosswalk.role != "order_status":
            design.advice.append(
                f"{crosswalk.path.name}: {shown(', '.join(unknown))} count as other. Map them "
                "there, and add values that are not in the sample."
            )
    told = None if rows is None else figures(design, rows)
    return Scaffold(design, files, first_look(design, rows), told, in_the_way)


def write_scaffold(project_dir: Path, scaffold: Scaffold) -> None:
    """Writes the files. Raises WarehouseError if one cannot be written."""
    for path, text in scaffold.files.items():
        target = project_dir / path
        require_own(target, "Run as the checkout's owner.")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
        except OSError as error:
            raise WarehouseError(f"{path} cannot be written: {error.strerror}.") from None
