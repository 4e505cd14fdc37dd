"""The measurements for one size of panel, and the ratios that follow."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from statistics import median

from bench.command import Kinds, Node

SECTIONS = ("base", "marts")


@dataclass
class Figures:
    """Measurements at one size. Times in seconds, lists with one entry per repetition.

    `copy` is psql's \\copy of the largest file and `load` its `warehouse load`; `panel_load` loads
    all files. `first_build` and `new_day_build` are `warehouse build`, `…_ran` what dbt ran for
    them, `…_publish` the step of it that shows readers what was built. `kept_bytes` are the tables
    that runs change in place, `published_bytes` all published tables. `anchor` is DuckDB, `core`
    the models of the same marts in dbt. `straight` are the plain statements in psql, `full` is dbt:
    `base` means core and the incremental aggregates, `marts` what is built from them. Reads by key
    are keyed by the number of concurrent connections. `peaks` maps a phase to the memory of Python
    and of the server, in bytes.
    """

    households: int
    lines: int = 0
    copy: list[float] = field(default_factory=list)
    load: list[float] = field(default_factory=list)
    panel_load: float = 0.0
    first_build: float = 0.0
    first_ran: Kinds = field(default_factory=dict)
    first_publish: float = 0.0
    anchor: list[float] = field(default_factory=list)
    core: float = 0.0
    new_day_lines: int = 0
    new_day_load: float = 0.0
    new_day_build: float = 0.0
    new_day_ran: Kinds = field(default_factory=dict)
    new_day_publish: float = 0.0
    kept_bytes: int = 0
    published_bytes: int = 0
    read_p50: dict[int, float] = field(default_factory=dict)
    read_p95: dict[int, float] = field(default_factory=dict)
    straight: dict[str, list[float]] = field(default_factory=lambda: {s: [] for s in SECTIONS})
    full: dict[str, list[float]] = field(default_factory=lambda: {s: [] for s in SECTIONS})
    peaks: dict[str, dict[str, int]] = field(default_factory=dict)
    slowest_full: dict[str, float] = field(default_factory=dict)
    slowest_new_day: dict[str, float] = field(default_factory=dict)

    @property
    def load_ratio(self) -> float:
        """Speed of the loader as a share of psql's: 1 is equally fast, less is slower."""
        return median(self.copy) / median(self.load)

    @property
    def new_day(self) -> float:
        """Time of the new day, from its file to its figures."""
        return self.new_day_load + self.new_day_build

    @property
    def new_day_share(self) -> float:
        """Time of the new day as a share of the first build."""
        return self.new_day / self.first_build

    @property
    def publish_shares(self) -> tuple[float, float]:
        """Publishing as a share of the first build and of the new day's."""
        return (
            self.first_publish / self.first_build,
            self.new_day_publish / self.new_day_build,
        )

    @property
    def anchor_ratio(self) -> float:
        """Time from the files to the whole build, as a multiple of DuckDB's for the core work."""
        return (self.panel_load + self.first_build) / median(self.anchor)

    @property
    def core_ratio(self) -> float:
        """Time of the core work's models, as a multiple of DuckDB's, which also reads files."""
        return self.core / median(self.anchor)

    def full_seconds(self, *sections: str) -> float:
        """Median time of dbt's full build, for these sections together."""
        return sum(median(self.full[section]) for section in sections)

    def straight_seconds(self, *sections: str) -> float:
        """Median time of the plain statements, for these sections together."""
        return sum(median(self.straight[section]) for section in sections)

    def build_ratio(self, *sections: str) -> float:
        """Time of dbt as a multiple of the plain statements."""
        return self.full_seconds(*sections) / self.straight_seconds(*sections)


def exponent(lines: tuple[int, int], seconds: tuple[float, float]) -> float:
    """Exponent of growth: 1 if the time grows in proportion to the lines, 2 if to their square."""
    return math.log(seconds[1] / seconds[0]) / math.log(lines[1] / lines[0])


def percentile(values: list[float], share: float) -> float:
    """The smallest value that is not exceeded by at least this share of the values."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def slowest(nodes: Iterable[Node], count: int = 10) -> dict[str, float]:
    """The slowest nodes and their seconds."""
    ordered = sorted(nodes, key=lambda node: -node.seconds)
    return {node.name: node.seconds for node in ordered[:count]}
