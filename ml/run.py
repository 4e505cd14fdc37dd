"""Trains what is due and scores what changed, one risk after another."""

import csv
import io
import json
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from typing import Any

import numpy as np
from psycopg import sql
from threadpoolctl import threadpool_limits

from ingest.engine.engines import engine_of
from ingest.engine.session import Session
from ingest.sessions import FAILURES, is_missing
from ml import churn, customer_scoring, warranty
from ml.measures import has_drifted
from ml.model import Model
from ml.model_errors import ModelError
from ml.model_records import Records
from ml.registry import RECORD_FILE, Entry, Registry
from ml.tasks import Task
from ml.training_record import recipe, training_record
from ml.training_set import TrainingSet

SEED = 1
MODEL_FILE = "model.skops"
# A model with days is trained again if there is a new last day, or if its rows changed this much.
RETRAIN_SHARE = 0.1
Connect = Callable[[], Session]


@dataclass(frozen=True)
class Report:
    """The result of a training: `outcome` is promoted, refused or unchanged; `model_version` is the
    version that is current now. `was_spoilt`: the current model's file was missing or changed.
    """

    outcome: str
    reason: str | None = None
    algorithm: str | None = None
    is_separable: bool = False
    model_version: str | None = None
    was_spoilt: bool = False


class Workshop:
    """Trains and scores on one warehouse with one registry."""

    def __init__(self, connect: Connect, prefix: str, registry: Registry):
        self._connect = connect
        self._prefix = prefix
        self.registry = registry

    def tasks(self) -> list[Task]:
        """The risks with training rows in the marts, and those that have a model.

        Empty if the marts are not built.
        """
        with closing(self._connect()) as connection:
            found: list[Task] = []
            modelled = self._modelled(connection)
            for risk_type, kind in (("warranty", warranty), ("churn", churn)):
                with_model = [source for source, of in modelled if of == risk_type]
                try:
                    with connection.transaction():
                        found += kind.tasks(connection, self._prefix, with_model)
                except FAILURES as error:
                    if not is_missing(error):
                        raise
            return found

    def train(self, task: Task, seed: int | None = None, force: bool = False) -> Report:
        """Train if that is due, and promote or refuse the model.

        A different seed makes it due; without one, a model that was promoted with its own seed
        stays in use until its data changes.

        The archive is written first, then the pointer to the current version, then the tables: a
        killed run leaves the earlier model current, or the next run records it.
        """
        with closing(self._connect()) as connection:
            records = self._records(connection, task)
            self._heal(connection, records, task)
            started_at = records.now()
            spoilt = self._is_spoilt(task)
            if not task.has_training:
                return self._untrained(task, spoilt)
            data = task.read_training(connection, self._prefix)
            connection.commit()
            if not (force or spoilt or self._is_due(records, task, data, seed)):
                return self._unchanged(records, task)
            from ml.training import train  # scikit-learn takes a second to import

            labels = {feature.name: feature.label for feature in task.features}
            drawn_from = SEED if seed is None else seed
            training = train(data, task.source_system, task.risk_type, drawn_from, labels)
            last_day = _last_day(data)
            data_entry = self._archive_data(task, data)
            record = training_record(
                training, task.features, data_entry.version if data_entry else None
            )
            record["run"] |= {"started_at": started_at.isoformat(), "as_of_date": last_day}
            if training.model is None or training.refusal:
                records.add_training(record, status="refused", model_version=None)
                connection.commit()
                current = self.registry.current(task.name)
                return Report(
                    "refused",
                    training.reason,
                    record["run"]["algorithm"],
                    model_version=current.version if current else None,
                    was_spoilt=spoilt,
                )
            entry = self.registry.archive(
                task.name, MODEL_FILE, training.model.to_bytes(), {RECORD_FILE: _to_json(record)}
            )
            if data_entry and task.data_set:
                self.registry.make_current(_data_name(task), data_entry)
            self.registry.make_current(task.name, entry)
            records.add_training(record, status="promoted", model_version=entry.version)
            connection.commit()
            return Report(
                "promoted",
                training.reason,
                training.model.algorithm,
                training.is_separable,
                entry.version,
                spoilt,
            )

    def score(self, task: Task, force: bool = False) -> int | None:
        """Score with the current model if it or the features changed, or its scores are missing.

        Returns the number of rows scored, or None if the scores are up to date.

        If the model has another horizon than the features, its scores stay as they are, because
        the features' windows have the length of the horizon. A run is written in one transaction.
        Raises ModelError if the model was changed after it was archived.
        """
        with closing(self._connect()) as writer:
            records = self._records(writer, task)
            self._heal(writer, records, task)
            entry = self.registry.current(task.name)
            if entry is None:
                return None
            with closing(self._connect()) as reader, threadpool_limits(1):
                engine_of(reader).see_one_state(reader)
                started_at = records.now()
                print_ = task.fingerprint(reader)
                last = records.last_scoring(entry.version)
                is_scored = last and last.has_scores and last.data_hash == print_
                if is_scored and not force and not self._is_spoilt(task):
                    writer.rollback()
                    return None
                model = self.load(task, entry)
                if _looks_elsewhere(model, task):
                    return None
                run_id = records.next_run_id()
                scores = records.table("risk_scores")
                seen = customer_scoring.score(
                    reader, writer, model, task, scores, run_id, self._prefix
                )
            records.add_run_as(
                run_id,
                run_type="scoring",
                status="scored",
                reason=_other_library(model),
                model_version=entry.version,
                algorithm=model.algorithm,
                as_of_date=task.as_of_date,
                horizon_days=model.horizon_days,
                data_hash=print_,
                row_count=seen.rows,
                started_at=started_at,
            )
            records.add_drift(run_id, seen.drift())
            writer.commit()
            return seen.rows

    def drifted(self, task: Task) -> list[tuple[str, float]]:
        """Features (and `probability`, the score) that have drifted between training and the newest
        scoring, each with its stability index, the largest first.
        """
        with closing(self._connect()) as connection:
            return [
                (name, index)
                for name, index, before, now in self._records(connection, task).newest_drift()
                if has_drifted(index, before, now)
            ]

    def remark(self, task: Task) -> str | None:
        """The remark recorded with the newest scoring."""
        with closing(self._connect()) as connection:
            return self._records(connection, task).newest_remark()

    def load(self, task: Task, entry: Entry) -> Model:
        """An archived model. Raises ModelError if it was changed or belongs to another task."""
        model = Model.from_bytes(self.registry.read(task.name, entry))
        if (model.source_system, model.risk_type) != (task.source_system, task.risk_type):
            raise ModelError(
                f"{entry.version} is a model for {model.risk_type} of {model.source_system}, "
                f"not for {task.title}."
            )
        return model

    def roll_back(self, task: Task, version: str | None = None) -> Entry:
        """Make an archived version current again: the given one, or else the previous one.

        Raises ModelError if there is none, or its file was changed after it was archived.
        """
        with closing(self._connect()) as connection:
            records = self._records(connection, task)
            self._heal(connection, records, task)
            current = self.registry.current(task.name)
            if current is None:
                raise ModelError(f"There is no current model for {task.title} yet.")
            wanted = version or records.previous_version(current.version)
            known = {entry.version: entry for entry in self.registry.versions(task.name)}
            if wanted is None or wanted not in known:
                raise ModelError(
                    f"There is no earlier model for {task.title}."
                    if wanted is None
                    else f"The archive has no version {wanted} for {task.title}. "
                    f"It has {', '.join(known) or 'none'}."
                )
            entry = known[wanted]
            self.load(task, entry)
            self._take_back_data(task, entry)
            self.registry.make_current(task.name, entry)
            self._heal(connection, records, task)
            return entry

    def remove_leftovers(self) -> None:
        """Delete what a killed command left outside the database; under the warehouse's lock."""
        with closing(self._connect()) as connection:
            engine_of(connection).remove_leftovers(connection, self._prefix)

    def _modelled(self, connection: Session) -> set[tuple[str, str]]:
        """Source and risk type of the current models, for sources of this warehouse.

        A shared registry may also have models for sources of other warehouses.
        """
        parts = [name.split("/") for name in self.registry.names("models")]
        found = {(part[1], part[2]) for part in parts if len(part) == 3}
        query = sql.SQL("select source_system from {} union select source_system from {}").format(
            sql.Identifier(self._prefix + "build_aggregates", "churn_horizons"),
            sql.Identifier(self._prefix + "ml", "model_runs"),
        )
        try:
            with connection.transaction():
                here = {row[0] for row in connection.execute(query)} if found else set()
        except FAILURES as error:
            if not is_missing(error):
                raise
            return set()
        return {model for model in found if model[0] in here}

    def _records(self, connection: Session, task: Task) -> Records:
        return Records(connection, self._prefix, task.source_system, task.risk_type)

    def _heal(self, connection: Session, records: Records, task: Task) -> None:
        """Record in the tables what the registry says, if they differ: the registry decides."""
        entry = self.registry.current(task.name)
        if entry is None or records.current_version() == entry.version:
            return
        record = self.registry.read_record(task.name, entry)
        if not records.knows(entry.version) and record is not None:
            records.add_training(record, status="promoted", model_version=entry.version)
        else:
            records.add_run(
                run_type="rollback",
                status="promoted",
                model_version=entry.version,
                row_count=0,
                started_at=records.now(),
            )
        connection.commit()

    def _is_due(self, records: Records, task: Task, data: TrainingSet, seed: int | None) -> bool:
        last = records.last_training()
        if last is None:
            return len(data) > 0
        last_seed = last.parameters.get("seed", SEED)
        if seed is None:
            seed = last_seed if last.status == "promoted" else SEED
        if last.parameters.get("recipe") != recipe() or last_seed != seed:
            return True
        if last.parameters.get("meaning") != data.meaning():
            return True
        if last.data_hash == data.content_hash():
            return False
        last_day = _last_day(data)
        if last_day is None or last.as_of_date is None or last.status == "refused":
            return True
        rows = last.parameters.get("rows", 0)
        return last_day != last.as_of_date or abs(len(data) - rows) > RETRAIN_SHARE * rows

    def _is_spoilt(self, task: Task) -> bool:
        """Whether the current model is unusable and must be trained again on the same data."""
        current = self.registry.current(task.name)
        return current is not None and not self.registry.is_whole(task.name, current)

    def _untrained(self, task: Task, spoilt: bool) -> Report:
        """The report for a model that stays in use although there are no training rows any more."""
        entry = self.registry.current(task.name)
        return Report(
            "refused" if spoilt else "unchanged",
            "There are no rows to train on." if spoilt else None,
            model_version=entry.version if entry else None,
            was_spoilt=spoilt,
        )

    def _unchanged(self, records: Records, task: Task) -> Report:
        last = records.last_training()
        entry = self.registry.current(task.name)
        return Report(
            "refused" if last and last.status == "refused" else "unchanged",
            last.reason if last else None,
            model_version=entry.version if entry else None,
        )

    def _take_back_data(self, task: Task, entry: Entry) -> None:
        """Make the data set that the version was trained on current again."""
        record = self.registry.read_record(task.name, entry)
        if task.data_set is None or record is None:
            return
        wanted = json.loads(record["run"]["parameters"]).get("data_version")
        for known in self.registry.versions(_data_name(task)):
            if known.version == wanted:
                self.registry.make_current(_data_name(task), known)

    def _archive_data(self, task: Task, data: TrainingSet) -> Entry | None:
        if task.data_set is None:
            return None
        return self.registry.archive(_data_name(task), f"{task.data_set}.csv", _to_csv(data))


def _other_library(model: Model) -> str | None:
    if model.trained_under is None:
        return None
    return (
        f"The model was trained with scikit-learn {model.trained_under} and scored with "
        f"{version('scikit-learn')}."
    )


def _looks_elsewhere(model: Model, task: Task) -> bool:
    """Whether the features now have other windows than those that the model was trained on."""
    return None not in (model.horizon_days, task.horizon_days) and (
        model.horizon_days != task.horizon_days
    )


def _data_name(task: Task) -> str:
    return f"data/{task.source_system}/{task.data_set}"


def _last_day(data: TrainingSet) -> date | None:
    if data.days is None or not len(data):
        return None
    day: date = data.days.max().astype(object)
    return day


def _to_csv(data: TrainingSet) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*data.features, "label"])
    for values, label in zip(data.values.tolist(), data.labels.tolist(), strict=True):
        writer.writerow(
            ["" if np.isnan(value) else f"{value:.17g}" for value in values] + [int(label)]
        )
    return text.getvalue().encode()


def _to_json(record: dict[str, Any]) -> bytes:
    return (json.dumps(record, indent=1, default=str) + "\n").encode()
