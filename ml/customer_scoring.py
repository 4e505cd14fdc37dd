"""Scores customers in chunks: reads, scores and writes them in constant memory."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import psycopg
import pyarrow as pa
import pyarrow.csv
from psycopg import sql

from ml.calibration import Floats
from ml.copy_reading import CHUNK_ROWS, Chunk, read_chunks
from ml.measures import stability_index
from ml.model import BINS, Model, bin_counts
from ml.reasons import Reasons
from ml.tasks import Task

COLUMNS = (
    "run_id", "source_system", "customer_id", "risk_type", "probability", "risk_tier", "has_risk",
    "is_outside_training_range", "reason_1", "reason_2", "reason_3",
)  # fmt: skip
_OPTIONS = pyarrow.csv.WriteOptions(include_header=False)


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
    reader: psycopg.Connection[Any],
    writer: psycopg.Connection[Any],
    model: Model,
    task: Task,
    scores: sql.Identifier,
    run_id: int,
    rows: int = CHUNK_ROWS,
) -> Seen:
    """Score every customer of a task with its model, into the table `scores`.

    Reads on one connection and writes on the other, without committing. Nothing is fitted here.
    """
    seen, reasons = Seen(model), Reasons(task.words(model), model.reference)
    columns = sql.SQL(", ").join(map(sql.Identifier, COLUMNS))
    copy_in = sql.SQL("copy {} ({}) from stdin (format csv)").format(scores, columns)
    with (
        closing(read_chunks(reader, task.scoring, model.features, ["customer_id"], rows)) as chunks,
        writer.cursor() as cursor,
        cursor.copy(copy_in) as copy,
    ):
        for chunk in chunks:
            copy.write(_score_chunk(chunk, model, reasons, seen, run_id))
    return seen


def _score_chunk(chunk: Chunk, model: Model, reasons: Reasons, seen: Seen, run_id: int) -> bytes:
    values = chunk.values
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
    sink = pa.BufferOutputStream()
    pyarrow.csv.write_csv(pa.table(columns, list(COLUMNS)), sink, _OPTIONS)
    content: bytes = sink.getvalue().to_pybytes()
    return content


def _repeat(text: str, rows: int) -> pa.Array:
    return pa.array([text]).take(pa.array(np.zeros(rows, np.int32)))
