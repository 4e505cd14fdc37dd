"""The table of a benchmark: aim, measured, verdict. What falls short is said to."""

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

from bench.figures import SECTIONS, Figures, exponent
from bench.project import ProjectFigures
from warehouse.machine import core_count, memory_bytes

NAMES = {"base": "core and aggregates", "marts": "marts"}
LOAD_AIM = 0.8
BUILD_AIM = 1.3
NEW_DAY_AIM = 0.05
NEW_DAY_LINES = 20_000_000
READ_AIM_SECONDS = 0.005
EXPONENT_AIM = 1.1
UNCHANGED_AIM_SECONDS = 5
FORCED_AIM_SECONDS = 60
SHOWN_SLOWEST = 3

Verdict = Literal["met", "short of the aim", ""]


@dataclass(frozen=True)
class Row:
    """A line of the table; `aim` and `verdict` are empty where nothing is aimed at."""

    topic: str
    name: str
    measured: str
    aim: str = ""
    verdict: Verdict = ""


def rows(sizes: Sequence[Figures]) -> list[Row]:
    """The table's lines for panels from small to large; growth is added from two sizes on."""
    found = [row for figures in sizes for row in _size_rows(figures)]
    for smaller, larger in pairwise(sizes):
        found += _growth_rows(smaller, larger)
    return found


def project_rows(figures: ProjectFigures) -> list[Row]:
    """The table's lines for all sources at once."""
    topic = f"all sources, grocery with {figures.households:,} households"
    added = figures.all_sources - figures.grocery
    own = "dbt's own overhead: all models and tests without a row"
    found = [
        Row(topic, "models of grocery alone, from nothing", f"{figures.grocery:.1f} s"),
        Row(topic, "what the other sources add", f"{added:.1f} s"),
        Row(topic, own, f"{figures.empty:.1f} s"),
    ]
    for name, nodes in (("without a row", figures.empty_nodes), ("full", figures.full_nodes)):
        for kind, (count, seconds) in sorted(nodes.items(), key=lambda item: -item[1][1]):
            measured = f"{seconds:.1f} s of threads, {seconds / count * 1000:.0f} ms each"
            found.append(Row(topic, f"{name}: {count:,} of kind {kind}", measured))
    found.append(Row(topic, "dbt reading all models anew", f"{figures.parse:.1f} s"))
    for name, seconds, aim in (
        ("warehouse build with nothing new", figures.unchanged, UNCHANGED_AIM_SECONDS),
        ("warehouse build --force", figures.forced, FORCED_AIM_SECONDS),
    ):
        verdict = _verdict(seconds <= aim)
        found.append(Row(topic, name, f"{seconds:.1f} s", f"within {aim} s", verdict))
    return found


def print_table(found: Sequence[Row], console: Console) -> None:
    """Prints the table, and after it how many aims were missed."""
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
    """Writes measurements and table into a new file of the folder; returns its path."""
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
    yield from _build_rows(figures, f"{figures.lines:,} lines: full build")
    yield from _day_rows(figures, f"{figures.lines:,} lines: new day")
    topic = f"{figures.lines:,} lines: reading and memory"
    yield Row(
        topic,
        "household profile by key, 95th percentile",
        f"{figures.read_p95 * 1000:.2f} ms, median {figures.read_p50 * 1000:.2f} ms",
        f"under {READ_AIM_SECONDS * 1000:.0f} ms",
        _verdict(figures.read_p95 < READ_AIM_SECONDS),
    )
    for phase, peak in figures.peaks.items():
        memory = f"Python {peak['python'] / 1e6:,.0f} MB, server {peak['server'] / 1e6:,.0f} MB"
        yield Row(topic, f"peak memory, {phase}", memory)


def _load_rows(figures: Figures, topic: str) -> Iterator[Row]:
    copy, load = figures.copy, figures.load
    yield Row(topic, r"psql \copy", f"{_seconds(copy)}, {_rate(figures.lines, copy)}")
    yield Row(topic, "warehouse load", f"{_seconds(load)}, {_rate(figures.lines, load)}")
    yield Row(
        topic,
        r"speed of the load against \copy",
        f"{figures.load_ratio:.2f}",
        f"{LOAD_AIM} or better",
        _verdict(figures.load_ratio >= LOAD_AIM),
    )
    yield Row(topic, "the same without Python's start", f"{figures.load_call_ratio:.2f}")


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
        "all, dbt against plain statements",
        f"{ratio:.2f} times",
        f"{BUILD_AIM} times or less",
        _verdict(ratio <= BUILD_AIM),
    )
    total = figures.full_seconds(*SECTIONS)
    yield Row(topic, "the same less dbt's own overhead", f"{figures.lean_build_ratio:.2f} times")
    yield Row(topic, "speed", f"{figures.lines / total:,.0f} lines/s")
    yield Row(topic, "dbt's own overhead: a build without rows", f"{figures.dbt_empty:.1f} s")
    yield Row(topic, "dbt's start", f"{figures.dbt_import:.1f} s")
    yield Row(topic, "dbt reading all models anew", f"{figures.dbt_parse:.1f} s")
    yield Row(topic, f"{figures.test_count:,} data tests", f"{figures.tests:.1f} s")
    yield from _slowest_rows(topic, figures.slowest_full)


def _day_rows(figures: Figures, topic: str) -> Iterator[Row]:
    yield Row(topic, f"load of {figures.new_day_lines:,} lines", f"{figures.new_day_load:.2f} s")
    for section in SECTIONS:
        share = figures.new_day_share(section)
        measured = f"{figures.new_day[section]:.1f} s, {share:.1%} of the full build"
        if section == "base" and figures.lines >= NEW_DAY_LINES:
            aim = f"within {NEW_DAY_AIM:.0%}"
            yield Row(topic, NAMES[section], measured, aim, _verdict(share <= NEW_DAY_AIM))
        else:
            yield Row(topic, NAMES[section], measured)
    if figures.weekly:
        yield Row(topic, "marts that are rebuilt weekly, on top", f"{figures.weekly:.1f} s")
    yield from _slowest_rows(topic, figures.slowest_new_day)


def _growth_rows(smaller: Figures, larger: Figures) -> Iterator[Row]:
    topic = f"exponent of growth, {smaller.lines:,} to {larger.lines:,} lines"
    times = {
        "load": [figures.load for figures in (smaller, larger)],
        "full build, core and aggregates": [f.full["base"] for f in (smaller, larger)],
        "full build, marts": [f.full["marts"] for f in (smaller, larger)],
        "full build, all of it": [[f.full_seconds(*SECTIONS)] for f in (smaller, larger)],
    }
    for name, (before, after) in times.items():
        growth = exponent((smaller.lines, larger.lines), (median(before), median(after)))
        aim = f"at most {EXPONENT_AIM}"
        yield Row(topic, name, f"{growth:.2f}", aim, _verdict(growth <= EXPONENT_AIM))
    for section in SECTIONS:
        seconds = (smaller.new_day[section], larger.new_day[section])
        growth = exponent((smaller.lines, larger.lines), seconds)
        yield Row(topic, f"new day, {NAMES[section]}", f"{growth:.2f}")


def _verdict(is_met: bool) -> Verdict:
    return "met" if is_met else "short of the aim"


def _seconds(values: Sequence[float]) -> str:
    return f"{median(values):.2f} s"


def _rate(lines: int, values: Sequence[float]) -> str:
    return f"{lines / median(values):,.0f} lines/s"


def _slowest_rows(topic: str, nodes: dict[str, float]) -> Iterator[Row]:
    for name, seconds in list(nodes.items())[:SHOWN_SLOWEST]:
        yield Row(topic, f"slowest: {name}", f"{seconds:.1f} s")
