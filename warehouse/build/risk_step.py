"""Training and scoring of the risk models as a step of the build."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text

from ingest.engine.redshift_address import RedshiftAddress
from ingest.engine.redshift_session import open_session
from ingest.engine.session import Session
from ingest.loader_errors import UsageError
from warehouse.safe_files import require_own
from warehouse.server import database
from warehouse.server.roles import TRANSFORMER
from warehouse.settings import Settings

if TYPE_CHECKING:  # scikit-learn takes seconds to import
    from ml.run import Workshop
    from ml.tasks import Task

# The models' tables as dbt sees them, and everything downstream.
AFTER_SCORES = "source:ml+"


@dataclass(frozen=True)
class Report:
    """The result for one risk. `training` is promoted, refused or unchanged; `scored` is the number
    of rows scored, None if neither model nor features had changed; `remark` is a remark on the
    scores; `drifted` are the features that differ from training, with their population stability
    index.
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
        """How the customers just scored differ from the training data; None if they do not."""
        if not self.drifted:
            return None
        worst = ", ".join(f"{name} {index:.2f}" for name, index in self.drifted[:3])
        more = f" and {len(self.drifted) - 3} more" if len(self.drifted) > 3 else ""
        return (
            "the scored customers differ from those in the training data "
            f"(population stability index: {worst}{more})."
        )


def has_models(settings: Settings) -> bool:
    """Whether the project defines the models' tables."""
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
    """Trains what is due, scores what changed, and then, if nothing is left out, values customers.
    `only` names sources and risk types.

    Raises ModelError for a registry that cannot be used, UsageError if `only` matches nothing,
    LoaderError if Redshift or its staging place cannot be used.
    """
    workshop = open_workshop(settings)
    tasks = chosen_tasks(workshop, only)
    if tasks:
        workshop.remove_leftovers()
    found = []
    for task in tasks:
        began = time.monotonic()
        report = _one(workshop, task, train, score, seed, force)
        found.append(report)
        console.print(_told(report, time.monotonic() - began), soft_wrap=True)
    if train and score and not only:
        from warehouse.build.value_step import value_customers

        value_customers(settings, console, force=force)
    return found


def open_workshop(settings: Settings) -> Workshop:
    """The workshop of this warehouse. Raises WarehouseError for a folder that root cannot trust."""
    from ml.registry import Registry
    from ml.run import Workshop

    if not settings.models.startswith("s3:"):
        require_own(
            Path(settings.models), "Set WAREHOUSE_MODELS to a folder that only root can write to."
        )
    return Workshop(lambda: connect(settings), settings.prefix, Registry(settings.models))


def connect(settings: Settings) -> Session:
    """A session for the work on models, to be closed. Raises WarehouseError, LoaderError."""
    if settings.is_redshift:
        return open_session(RedshiftAddress.from_environment())
    return database.connect(settings, TRANSFORMER)


def chosen_tasks(workshop: Workshop, only: Iterable[str]) -> list[Task]:
    """The risks whose source and risk type are among `only`; all risks if it is empty.

    Raises UsageError for an unknown name.
    """
    wanted = set(only)
    tasks = workshop.tasks()
    names = {name for task in tasks for name in (task.source_system, task.risk_type)}
    if unknown := sorted(wanted - names):
        known = ", ".join(task.title for task in tasks) or "none; run `warehouse build` first"
        raise UsageError(f"Unknown risk or source: {', '.join(unknown)}. Known: {known}.")
    sources = wanted & {task.source_system for task in tasks}
    kinds = wanted & {task.risk_type for task in tasks}
    return [
        task
        for task in tasks
        if (not sources or task.source_system in sources) and (not kinds or task.risk_type in kinds)
    ]


def print_warnings(reports: Iterable[Report], console: Console) -> None:
    """Warns of each model that was refused or damaged, is implausibly good, or has drifted."""
    for report in reports:
        title = f"Risk model, {report.title}:"
        if report.was_spoilt:
            then = (
                "so it was trained again. Find out why."
                if report.training == "promoted"
                else "and no customer is scored until you restore it or roll back."
            )
            _warn(
                console, title, f"the file of the current model is missing or was changed, {then}"
            )
        if report.training == "refused":
            stays = (
                f"The previous model stays in use ({report.model_version})."
                if report.model_version
                else "There are no scores."
            )
            _warn(console, f"Risk model refused: {report.title}.", f"{report.reason} {stays}")
        elif report.is_separable:
            _warn(console, title, report.reason or "")
        if report.remark:
            _warn(console, title, f"{report.remark} Train again to be sure of the scores.")
        if report.drift_told:
            then = "Train again, and read the new model card before you trust the scores."
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
        "promoted": f"new {(report.algorithm or '').replace('_', ' ')}",
        "refused": ("training refused", "yellow"),
        "unchanged": "model unchanged",
    }
    scored = "scores unchanged" if report.scored is None else f"{report.scored:,} customers scored"
    title, end = (report.title, "bold"), f", {scored} ({seconds:.1f} s)"
    return Text.assemble("  ", title, ": ", words[report.training], end)
