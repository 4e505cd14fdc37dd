"""Scores customers in chunks: reads, scores and writes them in constant memory."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ingest.engine.engines import engine_of
from ingest.engine.relation import Relation
from ingest.engine.session import Session
from ml.calibration import Floats
from ml.chunk import CHUNK_ROWS, Chunk
from ml.measures import stability_index
from ml.model import BINS, Model, bin_counts
from ml.reading import read_chunks
from ml.reasons import Reasons
from ml.tasks import Task

SCORES = pa.schema(
    [
        ("run_id", pa.int64()),
        ("source_system", pa.string()),
        ("customer_id", pa.string()),
        ("risk_type", pa.string()),
        ("probability", pa.float64()),
        ("risk_tier", pa.string()),
        ("has_risk", pa.bool_()),
        ("is_outside_training_range", pa.bool_()),
        ("reason_1", pa.string()),
        ("reason_2", pa.string()),
        ("reason_3", pa.string()),
    ]
)


@dataclass
class Seen:
    """What a scoring saw: rows and, per feature, rows per bin and outside the training range."""

    model: Model
    rows: int = 0
    counts: Floats = field(init=False)
    score_counts: Floats = field(init=False)
    outside: Floats = field(init=False)

    def __post_init__(self) -> None:
        self.counts = np.zeros((len(self.model.features), BINS + 1))
        self.score_counts = np.zeros(BINS + 1)
        self.outside = np.zeros(len(self.model.features))

    def add(self, values: Floats, outside: npt.NDArray[np.bool_], probabilities: Floats) -> None:
        """Add some rows."""
        self.rows += len(values)
        self.outside += outside.sum(axis=0)
        self.score_counts += bin_counts(probabilities, self.model.score_edges)
        for index, edges in enumerate(self.model.edges):
            self.counts[index] += bin_counts(values[:, index], edges)

    def drift(self) -> Iterator[dict[str, Any]]:
        """Rows of ml.drift: of the features, then of the scores."""
        model, trained = self.model, int(self.model.score_counts.sum())
        common = {"training_row_count": trained, "scored_row_count": self.rows}
        for index, name in enumerate(model.features):
            yield {
                "subject": "feature",
                "feature_name": name,
                "population_stability": stability_index(model.counts[index], self.counts[index]),
                "outside_range_rate": float(self.outside[index] / max(self.rows, 1)),
                **common,
            }
        yield {
            "subject": "score",
            "feature_name": "probability",
            "population_stability": stability_index(model.score_counts, self.score_counts),
            "outside_range_rate": None,
            **common,
        }


def score(
    reader: Session,
    writer: Session,
    model: Model,
    task: Task,
    scores: Relation,
    run_id: int,
    prefix: str = "",
    rows: int = CHUNK_ROWS,
) -> Seen:
    """Score every customer of a task with its model, into the table `scores`.

    Reads in one session and writes in the other, without committing. Nothing is fitted here.
    """
    seen, reasons = Seen(model), Reasons(task.words(model), model.reference)
    with closing(
        read_chunks(reader, task.scoring, model.columns, ["customer_id"], prefix=prefix, rows=rows)
    ) as chunks:
        tables = (_score_chunk(chunk, model, reasons, seen, run_id) for chunk in chunks)
        engine_of(writer).copy_tables(writer, scores, SCORES, tables, prefix=prefix)
    return seen


def _score_chunk(chunk: Chunk, model: Model, reasons: Reasons, seen: Seen, run_id: int) -> pa.Table:
    values = model.complete(chunk.values)
    parts = model.parts(values)
    probabilities = model.probabilities(parts)
    outside = model.outside(values)
    seen.add(values, outside, probabilities)
    rows = len(chunk)
    columns = [
        pa.repeat(run_id, rows),
        _repeat(model.source_system, rows),
        pa.array(chunk.texts[0], pa.string()),
        _repeat(model.risk_type, rows),
        pa.array(probabilities),
        pa.array(model.tiers(probabilities).tolist(), pa.string()),
        pa.array(probabilities >= model.threshold),
        pa.array(outside.any(axis=1)),
        *reasons.strongest(values, parts),
    ]
    return pa.table(columns, schema=SCORES)


def _repeat(text: str, rows: int) -> pa.Array:
    return pa.array([text]).take(pa.array(np.zeros(rows, np.int32)))
