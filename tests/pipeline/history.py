"""Cuts a sample into the files of a history."""

from itertools import pairwise
from pathlib import Path

LINES = "transaction_data"


def cafe_files(sample: Path) -> list[Path]:
    """The cafés' files, by branch and day."""
    return sorted((sample / "cafe").glob("*.csv"))


def masters(sample: Path) -> list[Path]:
    """All grocery files but the lines."""
    return sorted(p for p in (sample / "grocery").glob("*.csv") if not p.name.startswith(LINES))


def day_of(line: str) -> int:
    """Day of the panel on a line of transaction_data."""
    return int(line.split(",")[2])


def read_lines(sample: Path) -> tuple[str, list[str]]:
    """Header and lines of the sample's transaction_data."""
    header, *lines = (sample / "grocery" / f"{LINES}.csv").read_text().splitlines()
    return header, lines


def write_lines(path: Path, header: str, lines: list[str]) -> Path:
    """Writes a file of lines; returns its path."""
    path.write_text("\n".join([header, *lines]) + "\n")
    return path


def cut_by_day(sample: Path, folder: Path, parts: int) -> list[Path]:
    """Cuts the lines into files of about equal size, between days, oldest first."""
    header, lines = read_lines(sample)
    lines.sort(key=day_of)
    bounds = [0]
    for part in range(1, parts):
        place = len(lines) * part // parts
        while place < len(lines) and day_of(lines[place]) == day_of(lines[place - 1]):
            place += 1
        bounds.append(place)
    bounds.append(len(lines))
    assert bounds == sorted(set(bounds))
    return [
        write_lines(folder / f"{LINES}_{number}.csv", header, lines[start:end])
        for number, (start, end) in enumerate(pairwise(bounds), start=1)
    ]


def with_faults(path: Path, folder: Path) -> Path:
    """A wrong version of a file of lines under the same name.

    Every tenth line is missing, every seventh costs a dollar more, and the first household bought
    the last basket.
    """
    header, *lines = path.read_text().splitlines()
    changed = []
    last_basket = lines[-1].split(",")[1]
    for number, line in enumerate(lines):
        cells = line.split(",")
        if number % 10 == 0:
            continue
        if number % 7 == 0:
            cells[5] = f"{float(cells[5]) + 1:.2f}"
        if cells[1] == last_basket:
            cells[0] = lines[0].split(",")[0]
        changed.append(",".join(cells))
    folder.mkdir(exist_ok=True)
    return write_lines(folder / path.name, header, changed)


def foreign(path: Path, folder: Path) -> Path:
    """A file of baskets, customers, products and a store that no other file knows."""
    header, *lines = path.read_text().splitlines()
    moved = []
    for line in lines[:200]:
        cells = line.split(",")
        cells[0] = str(int(cells[0]) + 5000)
        cells[1] = str(int(cells[1]) + 1)
        cells[3] = str(int(cells[3]) + 90_000_000)
        cells[6] = "99999"
        moved.append(",".join(cells))
    return write_lines(folder / f"{LINES}_foreign.csv", header, moved)
