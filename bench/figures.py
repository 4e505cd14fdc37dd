"""What one size of panel was measured to take, and the ratios that follow."""

import math
from dataclasses import dataclass, field
from statistics import median

SECTIONS = ("base", "marts")


@dataclass
class Figures:
    """Measurements at one size. Times in seconds, one entry per repetition; memory in bytes.

    `base` stands for core and the incremental aggregates, `marts` for what is built from them.
    `copy` is psql's \\copy, `load` the `warehouse load` command, `load_call` the same without
    Python's start. `straight` are the plain statements in psql, `full` and `new_day` dbt.
    `peaks` maps a phase to the memory of Python and of the server.
    """

    households: int
    lines: int = 0
    file_bytes: int = 0
    copy: list[float] = field(default_factory=list)
    load: list[float] = field(default_factory=list)
    load_call: list[float] = field(default_factory=list)
    straight: dict[str, list[float]] = field(default_factory=lambda: {s: [] for s in SECTIONS})
    full: dict[str, list[float]] = field(default_factory=lambda: {s: [] for s in SECTIONS})
    tests: float = 0.0
    test_count: int = 0
    dbt_import: float = 0.0
    dbt_parse: float = 0.0
    dbt_empty: float = 0.0
    new_day_lines: int = 0
    new_day_load: float = 0.0
    new_day: dict[str, float] = field(default_factory=dict)
    weekly: float = 0.0
    reads: int = 0
    read_p50: float = 0.0
    read_p95: float = 0.0
    peaks: dict[str, dict[str, int]] = field(default_factory=dict)
    slowest_full: dict[str, float] = field(default_factory=dict)
    slowest_new_day: dict[str, float] = field(default_factory=dict)

    @property
    def load_ratio(self) -> float:
        """Speed of the loader as a share of psql's: 1 is as fast, less is slower."""
        return median(self.copy) / median(self.load)

    @property
    def load_call_ratio(self) -> float:
        """The same without Python's start."""
        return median(self.copy) / median(self.load_call)

    def full_seconds(self, *sections: str) -> float:
        """Median time of the full build by dbt, of these sections together."""
        return sum(median(self.full[section]) for section in sections)

    def straight_seconds(self, *sections: str) -> float:
        """Median time of the plain statements, of these sections together."""
        return sum(median(self.straight[section]) for section in sections)

    def build_ratio(self, *sections: str) -> float:
        """Time of dbt as a multiple of the plain statements."""
        return self.full_seconds(*sections) / self.straight_seconds(*sections)

    @property
    def lean_build_ratio(self) -> float:
        """Time of dbt less that of a build without rows, as a multiple of the plain statements."""
        lean = self.full_seconds(*SECTIONS) - self.dbt_empty
        return lean / self.straight_seconds(*SECTIONS)

    def new_day_share(self, section: str) -> float:
        """Time of the new day as a share of the full build of the same section."""
        return self.new_day[section] / self.full_seconds(section)


def exponent(lines: tuple[int, int], seconds: tuple[float, float]) -> float:
    """Exponent of growth: 1 when the time grows as the lines do, 2 when as their square."""
    return math.log(seconds[1] / seconds[0]) / math.log(lines[1] / lines[0])


def percentile(values: list[float], share: float) -> float:
    """The smallest value that at least this share of the values does not exceed."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]
