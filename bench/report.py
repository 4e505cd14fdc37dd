"""The table of a benchmark: measured, aim and verdict. It says what falls short."""

import json
import platform
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Literal

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bench.changes import CAFE_FILE, NOTHING, Change
from bench.command import Kinds
from bench.figures import SECTIONS, Figures, exponent
from bench.project import ProjectFigures
from ingest.counts import counted
from warehouse.server.machine import core_count, memory_bytes

NAMES = {"base": "core and aggregates", "marts": "marts"}
BUILD_AIM = 1.3
LARGE_LINES = 20_000_000
READ_AIMS = {1: 0.005, 8: 0.03}
EXPONENT_AIM = 1.1
PUBLISH_AIM = 0.05
UNCHANGED_AIM = 5
FORCED_AIM = 60
CHANGE_AIMS = {NOTHING: UNCHANGED_AIM, CAFE_FILE: 15}
SHOWN_SLOWEST = 3

Verdict = Literal["met", "short of the aim", ""]


@dataclass(frozen=True)
class Aims:
    """Aims that depend on the size: speed relative to \\copy, seconds and share of the new day."""

    load: float
    new_day: int
    new_day_share: float


AIMS = Aims(load=0.7, new_day=20, new_day_share=0.15)
LARGE_AIMS = Aims(load=0.85, new_day=60, new_day_share=0.05)


@dataclass(frozen=True)
class Row:
    """A line of the table; `aim` and `verdict` are empty if there is no aim."""

    topic: str
    name: str
    measured: str
    aim: str = ""
    verdict: Verdict = ""


def rows(sizes: Sequence[Figures]) -> list[Row]:
    """The table's lines for panels from small to large; with two or more sizes, also the growth."""
    found = [row for figures in sizes for row in _size_rows(figures)]
    for smaller, larger in pairwise(sizes):
        found += _growth_rows(smaller, larger)
    return found


def project_rows(figures: ProjectFigures) -> list[Row]:
    """The table's lines for five changes, and for all sources at once."""
    found = [row for change in figures.changes for row in _change_rows(change)]
    topic = f"all sources, grocery with {figures.households:,} households"
    added = figures.all_sources - figures.grocery
    own = "dbt's own overhead: all models and tests without rows"
    return [
        *found,
        Row(topic, "models of grocery only, from scratch", f"{figures.grocery:.1f} s"),
        Row(topic, "what the other sources add", f"{added:.1f} s"),
        Row(topic, own, f"{figures.empty:.1f} s"),
        *_ran_rows(topic, "without rows: ", figures.empty_ran),
        *_ran_rows(topic, "forced: ", figures.full_ran),
        Row(topic, "dbt parsing all models", f"{figures.parse:.1f} s"),
        _within(topic, "warehouse build with nothing new", figures.unchanged, UNCHANGED_AIM),
        _within(topic, "warehouse build --force", figures.forced, FORCED_AIM),
    ]


def _change_rows(change: Change) -> Iterator[Row]:
    topic = f"the six samples, then {change.name}"
    name = "load and build" if change.load else "build"
    if change.name in CHANGE_AIMS:
        yield _within(topic, name, change.seconds, CHANGE_AIMS[change.name])
    else:
        yield Row(topic, name, f"{change.seconds:.1f} s")
    yield from _ran_rows(topic, "", change.ran)


def _ran_rows(topic: str, prefix: str, ran: Kinds) -> Iterator[Row]:
    for kind, (count, seconds) in ran.items():
        measured = f"{seconds:.1f} s of threads, {seconds / count * 1000:.0f} ms each"
        yield Row(topic, f"{prefix}{count:,} of kind {kind}", measured)


def print_table(found: Sequence[Row], console: Console) -> None:
    """Print the table, and then how many aims were met."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("", no_wrap=True)
    table.add_column("Measured", no_wrap=True)
    table.add_column("Aim", no_wrap=True)
    table.add_column("Verdict", no_wrap=True)
    topic = None
    for row in found:
        if row.topic != topic:
            topic = row.topic
            table.add_section()
            table.add_row(f"[bold]{escape(topic)}[/]")
        colour = {"met": "green", "short of the aim": "red", "": "default"}[row.verdict]
        verdict = f"[{colour}]{row.verdict}[/]"
        table.add_row(f"  {escape(row.name)}", escape(row.measured), row.aim, verdict)
    console.print(table)
    missed = [row for row in found if row.verdict == "short of the aim"]
    aimed = [row for row in found if row.verdict]
    console.print(f"{len(aimed) - len(missed)} of {len(aimed)} aims met.")


def write_json(
    measured: Sequence[Figures | ProjectFigures], found: Sequence[Row], folder: Path
) -> Path:
    """Write measurements and table to a new file in the folder; return its path."""
    now = datetime.now(UTC)
    path = folder / f"results-{now:%Y%m%d-%H%M%S}.json"
    content = {
        "measured_at": now.isoformat(timespec="seconds"),
        "machine": {
            "system": platform.system(),
            "processor": platform.machine(),
            "cores": core_count(),
            "memory_bytes": memory_bytes(),
            "python": platform.python_version(),
        },
        "sizes": [asdict(figures) for figures in measured],
        "table": [asdict(row) for row in found],
    }
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    return path


def _size_rows(figures: Figures) -> Iterator[Row]:
    yield from _load_rows(figures, f"{figures.lines:,} lines: loading")
    yield from _day_rows(figures, f"{figures.lines:,} lines: new day, run as a user would")
    yield from _anchor_rows(figures, f"{figures.lines:,} lines: against DuckDB")
    yield from _build_rows(figures, f"{figures.lines:,} lines: models only, from scratch")
    topic = f"{figures.lines:,} lines: reading and memory"
    for connections, p95 in figures.read_p95.items():
        aim = READ_AIMS[connections]
        yield Row(
            topic,
            f"rows by key, {counted(connections, 'connection')}, 95th percentile",
            f"{p95 * 1000:.2f} ms, median {figures.read_p50[connections] * 1000:.2f} ms",
            f"within {aim * 1000:.0f} ms",
            _verdict(p95 <= aim),
        )
    for phase, peak in figures.peaks.items():
        memory = f"Python {peak['python'] / 1e6:,.0f} MB, server {peak['server'] / 1e6:,.0f} MB"
        yield Row(topic, f"peak memory, {phase}", memory)


def _load_rows(figures: Figures, topic: str) -> Iterator[Row]:
    copy, load = figures.copy, figures.load
    aim = _aims(figures).load
    yield Row(topic, r"psql \copy", f"{_seconds(copy)}, {_rate(figures.lines, copy)}")
    yield Row(topic, "warehouse load", f"{_seconds(load)}, {_rate(figures.lines, load)}")
    yield Row(
        topic,
        r"speed of the load relative to \copy",
        f"{figures.load_ratio:.2f}",
        f"{aim} or better",
        _verdict(figures.load_ratio >= aim),
    )


def _day_rows(figures: Figures, topic: str) -> Iterator[Row]:
    aims = _aims(figures)
    yield Row(topic, "first build", f"{figures.first_build:.1f} s")
    lines = f"load of {figures.new_day_lines:,} lines"
    yield Row(topic, lines, f"{figures.new_day_load:.1f} s")
    yield Row(topic, "build", f"{figures.new_day_build:.1f} s")
    seconds, share = figures.new_day, figures.new_day_share
    yield _within(topic, "load and build", seconds, aims.new_day)
    yield Row(
        topic,
        "the same as a share of the first build",
        f"{share:.1%}",
        f"within {aims.new_day_share:.0%}",
        _verdict(share <= aims.new_day_share),
    )
    yield from _publish_rows(figures, topic)
    yield from _ran_rows(topic, "", figures.new_day_ran)
    yield from _slowest_rows(topic, figures.slowest_new_day)


def _publish_rows(figures: Figures, topic: str) -> Iterator[Row]:
    first, new_day = figures.publish_shares
    yield Row(
        topic,
        "publishing, of the first build and of the new day's",
        f"{figures.first_publish:.1f} s, {first:.1%}; "
        f"{figures.new_day_publish:.1f} s, {new_day:.1%}",
        f"within {PUBLISH_AIM:.0%}",
        _verdict(max(first, new_day) <= PUBLISH_AIM),
    )
    yield Row(
        topic,
        "published tables on disk, beside tables that runs change in place",
        f"{figures.published_bytes / 1e6:,.0f} MB, {figures.kept_bytes / 1e6:,.0f} MB",
    )


def _anchor_rows(figures: Figures, topic: str) -> Iterator[Row]:
    yield Row(topic, "DuckDB: facts, RFM, products and branches", _seconds(figures.anchor))
    yield Row(
        topic,
        "warehouse: full load and first build",
        f"{figures.panel_load:.1f} s and {figures.first_build:.1f} s, "
        f"{figures.anchor_ratio:.1f} times DuckDB",
    )
    yield Row(
        topic,
        "only the same marts in dbt, from loaded lines",
        f"{figures.core:.1f} s, {figures.core_ratio:.1f} times DuckDB",
    )


def _build_rows(figures: Figures, topic: str) -> Iterator[Row]:
    for section in SECTIONS:
        plain, dbt = figures.straight_seconds(section), figures.full_seconds(section)
        yield Row(
            topic,
            NAMES[section],
            f"psql {plain:.1f} s, dbt {dbt:.1f} s, {figures.build_ratio(section):.2f} times",
        )
    ratio = figures.build_ratio(*SECTIONS)
    yield Row(
        topic,
        "all, dbt relative to plain statements",
        f"{ratio:.2f} times",
        f"{BUILD_AIM} times or less",
        _verdict(ratio <= BUILD_AIM),
    )
    yield from _slowest_rows(topic, figures.slowest_full)


def _growth_rows(smaller: Figures, larger: Figures) -> Iterator[Row]:
    topic = f"exponent of growth, {smaller.lines:,} to {larger.lines:,} lines"
    times = {
        "load": [median(figures.load) for figures in (smaller, larger)],
        "first build": [figures.first_build for figures in (smaller, larger)],
        "new day, load and build": [figures.new_day for figures in (smaller, larger)],
        "only core and aggregates": [f.full_seconds("base") for f in (smaller, larger)],
        "only marts": [f.full_seconds("marts") for f in (smaller, larger)],
    }
    for name, (before, after) in times.items():
        growth = exponent((smaller.lines, larger.lines), (before, after))
        aim = f"at most {EXPONENT_AIM}"
        yield Row(topic, name, f"{growth:.2f}", aim, _verdict(growth <= EXPONENT_AIM))
    duckdb = median(smaller.anchor), median(larger.anchor)
    growth = exponent((smaller.lines, larger.lines), duckdb)
    yield Row(topic, "DuckDB's core work", f"{growth:.2f}")


def _aims(figures: Figures) -> Aims:
    return LARGE_AIMS if figures.lines >= LARGE_LINES else AIMS


def _within(topic: str, name: str, seconds: float, aim: float) -> Row:
    return Row(topic, name, f"{seconds:.1f} s", f"within {aim} s", _verdict(seconds <= aim))


def _verdict(is_met: bool) -> Verdict:
    return "met" if is_met else "short of the aim"


def _seconds(values: Sequence[float]) -> str:
    return f"{median(values):.2f} s"


def _rate(lines: int, values: Sequence[float]) -> str:
    return f"{lines / median(values):,.0f} lines/s"


def _slowest_rows(topic: str, nodes: dict[str, float]) -> Iterator[Row]:
    for name, seconds in list(nodes.items())[:SHOWN_SLOWEST]:
        yield Row(topic, f"slowest: {name}", f"{seconds:.1f} s")
