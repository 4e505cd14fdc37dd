"""Memory stays flat as panels grow; speed is printed, not judged."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import PROJECT_DIR

SCRIPT = """
import sys, time
from pathlib import Path
from tests.own_memory import peak_bytes
from sample import grocery
households, days = int(sys.argv[1]), int(sys.argv[2])
started = time.perf_counter()
report = grocery.write(
    Path(sys.argv[3]), households=households, days=days, products=20_000, stores=100
)
seconds = time.perf_counter() - started
print(report.answers.totals.lines, peak_bytes(), seconds)
"""


def measure(folder: Path, households: int, days: int) -> tuple[int, int, float]:
    """Lines, peak memory in bytes and seconds of a run in a process of its own."""
    command = [sys.executable, "-c", SCRIPT, str(households), str(days), str(folder)]
    result = subprocess.run(command, cwd=PROJECT_DIR, capture_output=True, text=True, check=True)
    lines, peak, seconds = result.stdout.split()
    print(
        f"{households:,} households, {days} days: {int(lines):,} lines, "
        f"{int(peak) / 2**20:,.0f} MiB, {float(seconds):.1f} s, "
        f"{int(lines) / float(seconds):,.0f} lines/s"
    )
    return int(lines), int(peak), float(seconds)


def test_memory_does_not_grow_with_the_days(tmp_path: Path) -> None:
    few, base, _ = measure(tmp_path / "few", 300, 40)
    many, peak, _ = measure(tmp_path / "many", 300, 400)
    assert many > 8 * few
    assert peak - base < 30 * 2**20


def test_memory_hardly_grows_with_the_households(tmp_path: Path) -> None:
    few, base, _ = measure(tmp_path / "few", 200, 40)
    many, peak, _ = measure(tmp_path / "many", 4_000, 40)
    assert many > 15 * few
    assert peak - base < 30 * 2**20


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize(("households", "lines"), [(2_500, 2_595_732), (25_000, 25_957_320)])
def test_full_panels_have_the_size_of_the_real_one(
    tmp_path: Path, households: int, lines: int
) -> None:
    found, peak, _ = measure(tmp_path, households, 711)
    assert found == pytest.approx(lines, rel=0.02)
    assert peak < 400 * 2**20
