"""The whole sample: the same bytes for the same seed, a folder that is never half a sample."""

import hashlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import sample
from sample import SampleError, parse_scale, write_sample
from sample.streams import fixed_uniform, stream


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Samples of the cafés alone, for tests that are about the folder."""
    monkeypatch.setattr(sample, "SOURCES", {"cafe": sample.SOURCES["cafe"]})


def digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.mark.parametrize("defects", [False, True])
def test_the_same_seed_gives_the_same_bytes(tmp_path: Path, defects: bool) -> None:
    write_sample(tmp_path / "one", scale=0.1, seed=7, defects=defects)
    write_sample(tmp_path / "two", scale=0.1, seed=7, defects=defects)
    first = digests(tmp_path / "one")
    assert first == digests(tmp_path / "two")
    assert len(first) > 30


def test_another_seed_gives_other_files(tmp_path: Path) -> None:
    write_sample(tmp_path / "one", scale=0.02, seed=7)
    write_sample(tmp_path / "two", scale=0.02, seed=8)
    first, second = digests(tmp_path / "one"), digests(tmp_path / "two")
    differing = {name for name in first if first[name] != second.get(name)}
    assert "grocery/transaction_data.csv" in differing
    assert "grocery/product.csv" in differing
    assert all(name in differing for name in first if name.startswith("cafe/"))


def test_the_report_names_the_files_and_folders(tmp_path: Path) -> None:
    report = write_sample(tmp_path / "out", scale=0.02)
    assert {"cafe", "grocery", "footwear", "standard"} <= set(sample.SOURCES)
    assert report.folders == {name: tmp_path / "out" / name for name in sample.SOURCES}
    assert all(path.is_file() for source in report.sources.values() for path in source.files)
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == sorted(["answers.json", "truth", *sample.SOURCES])


@pytest.mark.usefixtures("quick")
def test_a_sample_takes_the_place_of_an_earlier_one(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write_sample(out, scale=0.1, seed=1, defects=True)
    write_sample(out, scale=0.02, seed=2)
    write_sample(tmp_path / "fresh", scale=0.02, seed=2)
    assert digests(out) == digests(tmp_path / "fresh")


@pytest.mark.usefixtures("quick")
def test_files_of_others_are_left_alone(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write_sample(out, scale=0.02)
    mine = out / "cafe" / "mine.csv"
    mine.write_text("keep me", encoding="utf-8")
    before = digests(out)
    with pytest.raises(SampleError, match=r"mine\.csv"):
        write_sample(out, scale=0.02, seed=2)
    assert digests(out) == before


def test_a_file_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("", encoding="utf-8")
    with pytest.raises(SampleError, match="is a file; give a folder"):
        write_sample(tmp_path / "out", scale=0.02)


@pytest.mark.usefixtures("quick")
def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(SampleError, match=r"file/out cannot be written: Not a directory\."):
        write_sample(tmp_path / "file" / "out", scale=0.02)


LIMITED = """
import resource, sys
from pathlib import Path
from sample import SampleError, write_sample
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    write_sample(Path(sys.argv[1]), scale=0.02)
except SampleError as error:
    print(error)
"""


def test_a_disk_that_takes_no_more_is_one_clear_line(tmp_path: Path) -> None:
    out = tmp_path / "out"
    command = [sys.executable, "-c", LIMITED, str(out)]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    assert result.stdout == f"{out} cannot be written: File too large.\n"
    assert result.stderr == ""
    assert not out.exists()


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("stage", ["rename", "replace"])
def test_what_a_crash_left_behind_is_cleared_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    out = tmp_path / "out"
    write_sample(out, scale=0.02, seed=1)

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Path, stage, crash)
        with pytest.raises(KeyboardInterrupt):
            write_sample(out, scale=0.02, seed=2)
    write_sample(out, scale=0.02, seed=3)
    write_sample(tmp_path / "fresh", scale=0.02, seed=3)
    assert digests(out) == digests(tmp_path / "fresh")


@pytest.mark.parametrize(
    ("text", "scale"), [("1", 1.0), ("0.1", 0.1), ("full", 10.0), ("full10", 100.0)]
)
def test_scales(text: str, scale: float) -> None:
    assert parse_scale(text) == scale


@pytest.mark.parametrize("text", ["0", "-1", "nan", "inf", "huge", "", "1e9"])
def test_wrong_scales_are_named(text: str) -> None:
    with pytest.raises(SampleError, match="Scale"):
        parse_scale(text)


@pytest.mark.parametrize(("scale", "seed"), [(0.0, 1), (-1.0, 1), (1.0, -1)])
def test_wrong_sizes_are_refused(tmp_path: Path, scale: float, seed: int) -> None:
    with pytest.raises(SampleError, match="scale above 0"):
        write_sample(tmp_path / "out", scale=scale, seed=seed)
    assert not (tmp_path / "out").exists()


def test_fixed_numbers_are_splitmix64() -> None:
    # First output of SplitMix64 from state 0, as published with the algorithm.
    assert fixed_uniform(0, 0) == (0xE220A8397B1DCDAF >> 11) * 2.0**-53


def test_fixed_numbers_are_even_and_depend_on_every_part() -> None:
    drawn = fixed_uniform(1, np.arange(100)[:, None], np.arange(100))
    assert drawn.shape == (100, 100)
    assert len(np.unique(drawn)) == 10_000
    assert drawn.mean() == pytest.approx(0.5, abs=0.01)
    assert not np.isclose(drawn, drawn.T).all()


def test_streams_are_independent() -> None:
    first = stream(1, 2, 3).random(5)
    assert (first == stream(1, 2, 3).random(5)).all()
    for other in (stream(1, 2, 4), stream(2, 2, 3), stream(1, 2)):
        assert not (first == other.random(5)).any()
