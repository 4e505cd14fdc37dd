"""What the watcher is given, and what it remembers."""

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from ingest.loader_errors import UsageError
from warehouse.watching.arrivals import Arrival
from warehouse.watching.child_commands import ChildCommands
from warehouse.watching.judged_files import Judged, JudgedFiles
from warehouse.watching.known_sources import KnownSources
from warehouse.watching.loading_steps import LoadingSteps
from warehouse.watching.patience import Patience
from warehouse.watching.places import Place, read_places

SOURCES = ("cafe", "grocery")


def test_places_of_all_kinds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a=b").mkdir()
    given = ["incoming", "cafe=/srv/tills", "./a=b", "s3://shop/out/", "grocery=s3://shop"]
    assert read_places(given, SOURCES) == [
        Place(str(tmp_path / "incoming")),
        Place("/srv/tills", "cafe"),
        Place(str(tmp_path / "a=b")),
        Place("s3://shop/out"),
        Place("s3://shop", "grocery"),
    ]
    assert read_places(["cafe=x"], SOURCES)[0].argument() == f"cafe={tmp_path / 'x'}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("caffe=/srv", r"no source 'caffe' for /srv; known: cafe, grocery"),
        ("s3:/shop", "not a bucket address"),
        ("cafe=s3:///x", "not a bucket address"),
        (__file__, "is a file"),
    ],
)
def test_places_that_cannot_be(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        read_places([text], SOURCES)


def test_outcomes_are_remembered_by_source_and_address(tmp_path: Path) -> None:
    path = tmp_path / "watch.db"
    strange = os.fsdecode(b"/srv/t\xffills/day.csv")
    refused, loaded = Judged(3, "17", "refused", "d1"), Judged(9, "18", "loaded", "d1")
    files = JudgedFiles(path)
    files.put({("cafe", "/a"): refused, ("cafe", strange): refused})
    files.put({("cafe", strange): loaded})
    files.close()
    assert path.stat().st_mode & 0o777 == 0o600

    files = JudgedFiles(path)
    assert files.get("cafe", "/a") == refused and files.get("cafe", strange) == loaded
    assert files.get("grocery", "/a") is None
    files.forget()
    files.close()
    assert JudgedFiles(path).get("cafe", "/a") is None


def test_a_damaged_memory_is_begun_anew(tmp_path: Path) -> None:
    path = tmp_path / "watch.db"
    path.write_text("this is no database, but is long enough to be looked at as one" * 20)
    files = JudgedFiles(path)
    files.put({("cafe", "/a"): Judged(1, "1", "known")})
    files.close()
    assert JudgedFiles(path).get("cafe", "/a") == Judged(1, "1", "known")


def test_waits_double_up_to_ten_minutes_and_begin_anew_after_a_success() -> None:
    patience = Patience()
    assert patience.is_over(0)
    assert [patience.failed(100) for _ in range(8)] == [10, 20, 40, 80, 160, 320, 600, 600]
    assert not patience.is_over(699.9) and patience.is_over(700)
    patience.worked()
    assert patience.is_over(100) and patience.give_time(100) == "Next try in 10 s."
    patience.tries_again = False
    assert patience.give_time(100) == "Try again later."


def test_what_was_judged_is_tried_again_when_it_or_its_definition_changes(
    tmp_path: Path, project_dir: Path
) -> None:
    staging = tmp_path / "models" / "staging"
    for shop in ("cafe", "grocery"):
        (staging / shop).mkdir(parents=True)
        name = f"_{shop}__sources.yml"
        shutil.copy(project_dir / "models" / "staging" / shop / name, staging / shop)
    sources = KnownSources(tmp_path)
    judged = JudgedFiles(tmp_path / "watch.db")
    loading = LoadingSteps(
        ChildCommands(print), judged, sources, Patience(), print, lambda a: Path(a.address), print
    )
    arrivals = [Arrival("cafe", f"/{name}.csv", name, 3, "17") for name in ("loaded", "refused")]
    arrivals.append(Arrival("grocery", "/refused.csv", "refused", 3, "17"))
    assert [loading.is_to_try(one) for one in arrivals] == [True, True, True]
    judged.put({
        (one.source, one.address): Judged(3, "17", one.name, sources.definition(one.source))
        for one in arrivals
    })  # fmt: skip
    assert [loading.is_to_try(one) for one in arrivals] == [False, False, False]
    assert loading.is_to_try(replace(arrivals[0], stamp="18"))
    assert loading.is_to_try(replace(arrivals[0], size=4))

    definition = staging / "cafe" / "_cafe__sources.yml"
    text = definition.read_text()
    definition.write_text(f"{text}# More.\n")
    assert sources.refresh() is None
    assert [loading.is_to_try(one) for one in arrivals] == [False, True, False]
    definition.write_text("sources: [")
    assert sources.refresh() == "_cafe__sources.yml: not valid YAML near line 2"
    assert sources.names == {"cafe", "grocery"}
