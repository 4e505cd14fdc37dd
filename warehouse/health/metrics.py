"""The state of the warehouse for Prometheus, in its text format 0.0.4.

https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from warehouse.health.health import Health

Labels = Mapping[str, str]


@dataclass(frozen=True)
class Metric:
    """One metric with its samples, by labels. Samples whose value is None are left out."""

    name: str
    kind: str
    explanation: str
    samples: Iterable[tuple[Labels, Any]]


def as_metrics(health: Health) -> str:
    """The metrics as text. A metric without samples is left out."""
    lines = []
    for metric in _metrics(health):
        samples = [(labels, value) for labels, value in metric.samples if value is not None]
        if samples:
            lines.append(f"# HELP {metric.name} {_escaped(metric.explanation)}")
            lines.append(f"# TYPE {metric.name} {metric.kind}")
            lines += [f"{metric.name}{_labels(ls)} {_number(value)}" for ls, value in samples]
    return "".join(f"{line}\n" for line in lines)


def _metrics(health: Health) -> Iterator[Metric]:
    yield _one("up", "Whether the database server runs.", health.is_running)
    yield _one("database_bytes", "Size of the database on disk.", health.data_bytes)
    yield from _build_metrics(health)
    published = health.published or {}
    yield _one(
        "published_build_id",
        "Number of the build that readers see.",
        published.get("build_id"),
    )
    yield _one(
        "published_timestamp_seconds",
        "Since when readers see that build.",
        published.get("published_at"),
    )
    yield from _source_metrics(health)
    yield _one("loads_not_built", "Loads that no build has taken in yet.", health.loads_not_built)
    is_known = health.version is not None
    yield _one(
        "alerts_open", "Things that are wrong now.", len(health.alerts) if is_known else None
    )
    yield Metric(
        "warehouse_alert_open",
        "gauge",
        "Something that is wrong now; absent when it is over.",
        [({"kind": one["kind"], "subject": one["subject"]}, 1) for one in health.alerts],
    )


def _build_metrics(health: Health) -> Iterator[Metric]:
    last, passed = health.last_build or {}, health.last_passed_build or {}
    yield _one(
        "build_last_success_timestamp_seconds",
        "End of the last whole build that passed.",
        passed.get("finished_at"),
    )
    yield _one(
        "build_last_timestamp_seconds",
        "End of the last build, whatever came of it.",
        last.get("finished_at"),
    )
    yield _one(
        "build_last_passed",
        "Whether the last build passed, with no source held back.",
        last.get("status") == "passed" if last else None,
    )
    yield _one("build_last_id", "Number of the last build.", last.get("build_id"))
    yield Metric(
        "warehouse_build_duration_seconds",
        "gauge",
        "How long each step of the last build took.",
        [({"step": step["step"]}, step["seconds"]) for step in last.get("steps", ())],
    )
    yield Metric(
        "warehouse_builds_total",
        "counter",
        "Builds by what came of them.",
        [({"status": status}, count) for status, count in health.builds.items()],
    )
    for name, explanation in (
        ("models_built", "Models, seeds and snapshots that the last build built."),
        ("tests_passed", "Tests that passed in the last build."),
        ("tests_warned", "Tests that warned in the last build."),
        ("tests_failed", "Tests that failed in the last build."),
    ):
        yield _one(name, explanation, last.get(name))


def _source_metrics(health: Health) -> Iterator[Metric]:
    for name, kind, column, explanation in (
        ("loads_total", "counter", "loads", "Files that were loaded."),
        ("loaded_rows_total", "counter", "rows_loaded", "Rows that were loaded."),
        ("rejected_rows_total", "counter", "rows_rejected", "Rows of loaded files that were bad."),
        ("source_rows", "gauge", "live_rows", "Rows of the loads that count."),
        (
            "source_last_load_timestamp_seconds",
            "gauge",
            "last_load_at",
            "When the source last loaded a file.",
        ),
        (
            "source_longest_gap_seconds",
            "gauge",
            "longest_gap_seconds",
            "How long the source may load nothing before it is stale.",
        ),
        ("source_stale", "gauge", "is_stale", "Whether the source has loaded nothing for longer."),
    ):
        samples = [({"source": one["source"]}, one[column]) for one in health.sources]
        yield Metric(f"warehouse_{name}", kind, explanation, samples)
    yield Metric(
        "warehouse_source_held",
        "gauge",
        "Whether the source is held back because its own tests fail.",
        [({"source": one["source"]}, one["held_since"] is not None) for one in health.sources],
    )


def _one(name: str, explanation: str, value: Any) -> Metric:
    """A metric with one value."""
    return Metric(f"warehouse_{name}", "gauge", explanation, [({}, value)])


def _labels(labels: Labels) -> str:
    if not labels:
        return ""
    pairs = (f'{name}="{_escaped(value, quotes=True)}"' for name, value in labels.items())
    return f"{{{','.join(pairs)}}}"


def _escaped(text: str, quotes: bool = False) -> str:
    text = text.replace("\\", r"\\").replace("\n", r"\n")
    return text.replace('"', r"\"") if quotes else text


def _number(value: Any) -> str:
    if isinstance(value, datetime):
        return f"{value.timestamp():.3f}"
    if isinstance(value, Decimal | float):
        return f"{value:.3f}"
    return str(int(value))
