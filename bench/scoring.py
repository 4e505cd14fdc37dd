"""`python -m bench.scoring`: times scoring of made-up customers, against reading and writing."""

import json
import os
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path

import click
import numpy as np
from psycopg import sql
from rich.console import Console

from bench.memory import Peak
from bench.place import own_warehouse
from ml.reading import read_chunks
from ml.registry import Registry
from ml.run import MODEL_FILE, Workshop
from ml.tasks import Feature, Task
from ml.training_set import TrainingSet
from ml.wording import plain_words
from warehouse.server import database
from warehouse.settings import Settings

NAMES = tuple(f"feature_{i}" for i in range(20))
FEATURES = tuple(Feature(name, name, False, plain_words(name, name)) for name in NAMES)
TABLE = "public.made_up_customers"
TRAINING_ROWS = 10_000
SEED = 1


@dataclass(frozen=True)
class Outcome:
    """Seconds of only reading, of only writing and of scoring end to end; memory in bytes."""

    algorithm: str
    customers: int
    read_seconds: float
    write_seconds: float
    score_seconds: float
    python_peak_bytes: int
    server_peak_bytes: int

    @property
    def rows_per_second(self) -> float:
        """Customers scored per second, end to end."""
        return self.customers / self.score_seconds

    @property
    def ratio(self) -> float:
        """Time as a multiple of only reading and writing."""
        return self.score_seconds / (self.read_seconds + self.write_seconds)


def task() -> Task:
    """Churn of the made-up customers."""
    customers = sql.SQL("{}").format(sql.Identifier(*TABLE.split(".")))
    nothing = sql.SQL("(select 1)").format()
    return Task("standard", "churn", FEATURES, nothing, customers)


def make_customers(settings: Settings, count: int) -> None:
    """Create a table of customers with twenty features; one value in twenty is missing."""
    columns = ", ".join(
        f"case when random() > 0.05 then random() * 100 end as {feature.name}"
        for feature in FEATURES
    )
    with database.connect(settings) as connection:
        connection.execute(
            f"create table {TABLE} as select 'customer ' || number as customer_id, {columns} "
            f"from generate_series(1, {count}) as numbers (number)".encode()
        )
        connection.commit()
        connection.autocommit = True
        connection.execute(f"vacuum analyze {TABLE}".encode())


def train_model(settings: Settings, algorithm: str) -> None:
    """Make a model of this kind current, trained on rows made up in the same way."""
    from ml import training

    draw = np.random.default_rng(SEED)
    values = draw.random((TRAINING_ROWS, len(FEATURES))) * 100
    chances = 1 / (1 + np.exp((values[:, :3].sum(axis=1) - 150) / 20))
    labels = draw.random(TRAINING_ROWS) < chances
    values[draw.random(values.shape) < 0.05] = np.nan
    data = TrainingSet(NAMES, values, labels, np.full(TRAINING_ROWS, "all"))
    candidates = training.CANDIDATES  # type: ignore[attr-defined]
    training.CANDIDATES = {algorithm: candidates[algorithm]}  # type: ignore[attr-defined]
    try:
        model = training.train(data, "standard", "churn", SEED).model
    finally:
        training.CANDIDATES = candidates  # type: ignore[attr-defined]
    assert model is not None
    registry = Registry(settings.models)
    entry = registry.archive(task().name, MODEL_FILE, model.to_bytes())
    registry.make_current(task().name, entry)


def read_alone(settings: Settings) -> float:
    """Read all customers and their features as scoring does; return the seconds."""
    began = time.monotonic()
    with database.connect(settings) as connection:
        for _ in read_chunks(connection, task().scoring, NAMES, ["customer_id"], prefix=""):
            pass
    return time.monotonic() - began


def write_alone(settings: Settings) -> float:
    """Write the scores of the newest run again from memory, with COPY; return the seconds."""
    with database.connect(settings) as connection:
        query = "copy ml.risk_scores to stdout (format csv)"
        with connection.cursor() as cursor, cursor.copy(query.encode()) as copy:
            lines = b"".join(bytes(block) for block in copy)
        connection.commit()
        blocks = [lines[at : at + (1 << 20)] for at in range(0, len(lines), 1 << 20)]
        began = time.monotonic()
        with connection.cursor() as cursor:
            with cursor.copy(b"copy ml.risk_scores from stdin (format csv)") as copy:
                for block in blocks:
                    copy.write(block)
            connection.commit()
        return time.monotonic() - began


def score(settings: Settings) -> float:
    """Score all customers with the current model; return the total seconds."""
    began = time.monotonic()
    workshop = Workshop(lambda: database.connect(settings), "", Registry(settings.models))
    assert workshop.score(task(), force=True) is not None
    return time.monotonic() - began


def measure(folder: Path, count: int, algorithm: str) -> Outcome:
    """Measure everything in a separate warehouse, each step in a separate process."""
    with own_warehouse(folder) as settings:
        make_customers(settings, count)
        context = get_context("spawn")
        with ProcessPoolExecutor(1, mp_context=context) as worker:
            worker.submit(train_model, settings, algorithm).result()
        with ProcessPoolExecutor(1, mp_context=context) as worker, Peak(settings) as peak:
            peak.watch(worker.submit(os.getpid).result())
            seconds = worker.submit(score, settings).result()
        with ProcessPoolExecutor(1, mp_context=context) as worker:
            reading = worker.submit(read_alone, settings).result()
            writing = worker.submit(write_alone, settings).result()
        return Outcome(
            algorithm, count, reading, writing, seconds, peak.python_bytes, peak.server_bytes
        )


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--customers", type=click.IntRange(min=1000), default=1_000_000, show_default=True)
@click.option("--algorithm", type=click.Choice(["logistic_regression", "gradient_boosting"]))
def main(customers: int, algorithm: str | None) -> None:
    """Score made-up customers with twenty features: read, score, explain, write."""
    folder = Settings.from_environment().home / "bench"
    found = []
    for name in [algorithm] if algorithm else ["logistic_regression", "gradient_boosting"]:
        outcome = measure(folder, customers, name)
        found.append(
            asdict(outcome) | {"rows_per_second": outcome.rows_per_second, "ratio": outcome.ratio}
        )
        Console().print(
            f"{name.replace('_', ' ')}: {customers:,} customers in {outcome.score_seconds:.1f} s, "
            f"{outcome.rows_per_second:,.0f} per second; only reading {outcome.read_seconds:.1f} s,"
            f" only writing {outcome.write_seconds:.1f} s, so {outcome.ratio:.2f} times both; "
            f"peak memory: Python {outcome.python_peak_bytes / 2**20:,.0f} MB, "
            f"server {outcome.server_peak_bytes / 2**20:,.0f} MB",
            highlight=False,
        )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "scoring.json").write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
