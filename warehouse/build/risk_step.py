"""Training and scoring of the risk models as a step of the warehouse."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text

from ingest.loader_errors import UsageError
from warehouse.safe_files import require_own
from warehouse.server import database
from warehouse.server.roles import TRANSFORMER
from warehouse.settings import Settings

if TYPE_CHECKING:  # scikit-learn takes seconds to import
    from ml.run import Workshop
    from ml.tasks import Task

# The models' tables as dbt sees them, and all that is built from them.
AFTER_SCORES = "source:ml+"


@dataclass(frozen=True)
class Report:
    """What became of one risk: `training` is promoted, refused or unchanged; `scored` the rows
    scored, None when neither model nor features had changed; `remark` what the scoring has to say
    beside its scores; `drifted` what is not any more as it was in training, with its population
    stability index.
    """

    title: str
    training: str
    reason: str | None = None
    algorithm: str | None = None
    model_version: str | None = None
    is_separable: bool = False
    was_spoilt: bool = False
    scored: int | None = None
    remark: str | None = None
    drifted: tuple[tuple[str, float], ...] = ()

    @property
    def drift_told(self) -> str | None:
        """What of the customers just scored is not like those learnt from; None when all is."""
        if not self.drifted:
            return None
        worst = ", ".join(f"{name} {index:.2f}" for name, index in self.drifted[:3])
        more = f" and {len(self.drifted) - 3} more" if len(self.drifted) > 3 else ""
        return (
            "the customers scored are not like those learnt from "
            f"(population stability index: {worst}{more})."
        )


def has_models(settings: Settings) -> bool:
    """Whether the project knows the models' tables."""
    return (settings.project_dir / "models" / "staging" / "ml").is_dir()


def train_and_score(
    settings: Settings,
    console: Console,
    *,
    only: Iterable[str] = (),
    train: bool = True,
    score: bool = True,
    seed: int | None = None,
    force: bool = False,
) -> list[Report]:
    """Trains what is due and scores what changed. `only` names sources and risk types.

    Raises ModelError for a registry that cannot be used, UsageError when `only` fits nothing.
    """
    workshop = open_workshop(settings)
    found = []
    for task in chosen_tasks(workshop, only):
        began = time.monotonic()
        report = _one(workshop, task, train, score, seed, force)
        found.append(report)
        console.print(_told(report, time.monotonic() - began))
    return found


def open_workshop(settings: Settings) -> Workshop:
    """The workshop of this warehouse. Raises WarehouseError for a folder root may not trust."""
    from ml.registry import Registry
    from ml.run import Workshop

    if not settings.models.startswith("s3:"):
        require_own(Path(settings.models), "Set WAREHOUSE_MODELS to a folder of root's own.")
    return Workshop(
        lambda: database.connect(settings, TRANSFORMER), settings.prefix, Registry(settings.models)
    )


def chosen_tasks(workshop: Workshop, only: Iterable[str]) -> list[Task]:
    """The risks whose source and risk type are among `only`; all when it is empty.

    Raises UsageError for a name that fits none.
    """
    wanted = set(only)
    tasks = workshop.tasks()
    names = {name for task in tasks for name in (task.source_system, task.risk_type)}
    if unknown := sorted(wanted - names):
        known = ", ".join(task.title for task in tasks) or "none; run `warehouse build` first"
        raise UsageError(f"There is no risk {', '.join(unknown)}. There is: {known}.")
    sources = wanted & {task.source_system for task in tasks}
    kinds = wanted & {task.risk_type for task in tasks}
    return [
        task
        for task in tasks
        if (not sources or task.source_system in sources) and (not kinds or task.risk_type in kinds)
    ]


def print_warnings(reports: Iterable[Report], console: Console) -> None:
    """Says loudly which model was refused, spoilt, is too good to be true or judges strangers."""
    for report in reports:
        title = f"Risk model, {report.title}:"
        if report.was_spoilt:
            then = (
                "so it was trained again. Find out who did that."
                if report.training == "promoted"
                else "and nobody is scored until it is restored or rolled back."
            )
            _warn(console, title, f"the file of the current model was lost or changed, {then}")
        if report.training == "refused":
            stays = (
                f"The model of before stays ({report.model_version})."
                if report.model_version
                else "There are no scores."
            )
            _warn(console, f"Risk model refused: {report.title}.", f"{report.reason} {stays}")
        elif report.is_separable:
            _warn(console, title, report.reason or "")
        if report.remark:
            _warn(console, title, f"{report.remark} Train again to be sure of its scores.")
        if report.drift_told:
            then = "Train again, and read the new card before you trust the scores."
            _warn(console, title, f"{report.drift_told} {then}")


def _warn(console: Console, title: str, text: str) -> None:
    console.print(Text.assemble("\n", (title, "bold yellow"), f" {text}"))


def _one(
    workshop: Workshop, task: Task, train: bool, score: bool, seed: int | None, force: bool
) -> Report:
    values: dict[str, Any] = {"title": task.title, "training": "unchanged"}
    if train:
        trained = workshop.train(task, seed, force)
        values |= {
            "training": trained.outcome,
            "reason": trained.reason,
            "algorithm": trained.algorithm,
            "is_separable": trained.is_separable,
            "model_version": trained.model_version,
            "was_spoilt": trained.was_spoilt,
        }
    if score:
        values["scored"] = workshop.score(task, force and not train)
        if values["scored"]:
            values["remark"] = workshop.remark(task)
            values["drifted"] = tuple(workshop.drifted(task))
    return Report(**values)


def _told(report: Report, seconds: float) -> Text:
    words: dict[str, str | tuple[str, str]] = {
        "promoted": f"a new {(report.algorithm or '').replace('_', ' ')}",
        "refused": ("training refused", "yellow"),
        "unchanged": "the model stands",
    }
    scored = "scores stand" if report.scored is None else f"{report.scored:,} customers scored"
    title, end = (report.title, "bold"), f", {scored} ({seconds:.1f} s)"
    return Text.assemble("  ", title, ": ", words[report.training], end)
