"""When a file counts as whole."""

import fcntl
import hashlib
import os
from pathlib import Path

import pytest

from warehouse.watching.arrivals import Seen, look
from warehouse.watching.places import Place
from warehouse.watching.wholeness import Wholeness

REST = 30.0


class Counter:
    """A folder of source cafe, looked at with a clock of its own."""

    def __init__(self, folder: Path, *, marked_only: bool = False):
        self.folder = folder
        self._wholeness = Wholeness(REST, marked_only)

    def write(self, name: str, content: str = "x") -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
        return path

    def seen(self) -> Seen:
        seen = Seen()
        look(Place(str(self.folder), "cafe"), {"cafe"}, seen)
        return seen

    def whole(self, at: float) -> list[str]:
        """Names of the files that are whole at a time in seconds."""
        seen = self.seen()
        verdicts = self._wholeness.judge(seen, at)
        return [a.name for a in seen.arrivals if verdicts[a.address].is_whole]

    def reasons(self, at: float) -> dict[str, str]:
        seen = self.seen()
        verdicts = self._wholeness.judge(seen, at)
        return {a.name: verdicts[a.address].reason for a in seen.arrivals}


@pytest.fixture
def counter(tmp_path: Path) -> Counter:
    return Counter(tmp_path)


@pytest.mark.parametrize(
    "name",
    [
        ".day.csv", ".day.csv.Xa81Lk", "day.csv.part", "day.csv.PART", "day.csv.partial",
        "day.csv.filepart", "day.csv.tmp", "day.csv.temp", "day.csv.crdownload", "day.csv~",
        "~$day.csv", "_SUCCESS", "_metadata",
    ],
)  # fmt: skip
def test_unfinished_names_are_passed_over_until_the_file_has_its_own(
    counter: Counter, name: str
) -> None:
    path = counter.write(name)
    assert counter.whole(0) == [] and counter.whole(1000) == []
    path.rename(counter.folder / "day.csv")
    assert counter.whole(1001) == []
    assert counter.whole(1001 + REST) == ["day.csv"]


def test_a_file_is_whole_after_its_rest_which_each_change_begins_anew(counter: Counter) -> None:
    path = counter.write("day.csv", "1,2\n")
    # A copy that keeps the time of the original is no older for that.
    os.utime(path, (1, 1))
    assert counter.whole(0) == [] and counter.whole(29.9) == []
    with path.open("a") as file:
        file.write("3,4\n")
    os.utime(path, (1, 1))
    assert counter.whole(30) == [] and counter.whole(59.9) == []
    assert counter.whole(60) == ["day.csv"]
    os.utime(path, (2, 2))
    assert counter.whole(61) == [] and counter.whole(91) == ["day.csv"]


@pytest.mark.skipif(not hasattr(fcntl, "F_SETLEASE"), reason="only Linux tells of writers")
def test_a_file_that_a_program_still_writes_is_not_whole_however_long_it_rests(
    counter: Counter,
) -> None:
    with (counter.folder / "day.csv").open("w") as file:
        file.write("1,2\n")
        file.flush()
        counter.whole(0)
        assert counter.whole(1000) == []
        assert counter.reasons(1000) == {"day.csv": "a program still has it open for writing"}
    assert counter.whole(1001) == ["day.csv"]
    with (counter.folder / "day.csv").open():
        assert counter.whole(1002) == ["day.csv"]


def test_a_marker_makes_a_file_whole_at_once_unless_it_is_older(counter: Counter) -> None:
    path = counter.write("day.csv")
    counter.write("day.csv.done", "")
    assert counter.whole(0) == ["day.csv"]
    # The marker of the delivery before.
    os.utime(counter.folder / "day.csv.done", ns=(1, path.stat().st_mtime_ns - 1))
    assert counter.whole(1) == []
    (counter.folder / "day.csv.done").touch()
    assert counter.whole(2) == ["day.csv"]


@pytest.mark.parametrize(
    ("list_name", "line"),
    [
        ("SHA256SUMS", "{hash}  north/day.csv\n"),
        ("sha256sums.txt", "{hash} *north/day.csv\n"),
        ("north/day.csv.sha256", "{hash}\n"),
        ("north/day.csv.sha256", "{hash}  day.csv\n"),
        ("north/evening.sha256", "{HASH}  day.csv\nnonsense\n"),
    ],
)
def test_a_file_in_a_list_is_whole_when_it_has_its_hash_and_never_before(
    counter: Counter, list_name: str, line: str
) -> None:
    digest = hashlib.sha256(b"1,2\n3,4\n").hexdigest()
    path = counter.write("north/day.csv", "1,2\n")
    counter.write(list_name, line.format(hash=digest, HASH=digest.upper()))
    assert counter.whole(0) == [] and counter.whole(1000) == []
    name = Path(list_name).name
    assert counter.reasons(1000) == {
        "north/day.csv": f"its content does not have the hash that {name} gives"
    }
    with path.open("a") as file:
        file.write("3,4\n")
    counter.whole(1001)
    assert counter.whole(1002) == ["north/day.csv"]


def test_without_a_mark_nothing_is_whole_where_marks_are_asked_for(tmp_path: Path) -> None:
    counter = Counter(tmp_path, marked_only=True)
    counter.write("monday.csv")
    counter.write("tuesday.csv")
    counter.write("tuesday.csv.done", "")
    counter.whole(0)
    assert counter.whole(1000) == ["tuesday.csv"]
    assert "no marker" in counter.reasons(1000)["monday.csv"]


def test_what_is_no_file_here_is_left_alone(counter: Counter, tmp_path: Path) -> None:
    elsewhere = counter.write("day.csv").rename(tmp_path.parent / f"{tmp_path.name}.csv")
    (counter.folder / "linked.csv").symlink_to(elsewhere)
    (counter.folder / "linked").symlink_to(tmp_path.parent)
    os.mkfifo(counter.folder / "pipe.csv")
    counter.write("_temporary/0/part-0.parquet")
    counter.write(".trash/day.csv")
    seen = counter.seen()
    assert seen.arrivals == []
    assert [Path(link).name for link in seen.links] == ["linked", "linked.csv"]


def test_folders_are_sources_and_the_rest_is_named(tmp_path: Path) -> None:
    for name in ("cafe/2024/day.csv", "grocer/day.csv", "stray.csv", ".hidden/x.csv"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    seen = Seen()
    look(Place(str(tmp_path)), {"cafe", "grocery"}, seen)
    assert [(a.source, a.name) for a in seen.arrivals] == [("cafe", "cafe/2024/day.csv")]
    assert seen.strays == [str(tmp_path / "grocer"), str(tmp_path / "stray.csv")]
    look(Place(str(tmp_path / "gone")), {"cafe"}, seen)
    assert seen.missing == {str(tmp_path / "gone"): "No such file or directory"}
