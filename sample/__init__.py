"""Made-up input files with known answers, in the formats of the real sources.

One module per source; each writes its own folder. Scale 1 is the small sample that `make build`
uses. The grocery panel grows in proportion: scale 10 is the full size (2,500 households, 711
days, 2.6 million lines, 276 thousand baskets, 92,353 products, 582 stores), scale 100 has ten
times as many households and lines. The cafés grow by days: 28 at scale 1, up to 364. The shoe
company, the online shop and the shop with standard files grow by sales per day, up to scale 10; the
electronics shop by customers.
The same scale and seed give the same bytes.
"""

import json
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from sample import cafe, ecommerce, electronics, footwear, grocery, standard
from sample.source_report import SampleError, SampleReport, SourceReport
from sample.streams import SEED

__all__ = ["SEED", "SOURCES", "SampleError", "SampleReport", "parse_scale", "write_sample"]

SOURCES: dict[str, Callable[[Path, float, int, bool], SourceReport]] = {
    "cafe": cafe.write_scaled,
    "grocery": grocery.write_scaled,
    "ecommerce": ecommerce.write_scaled,
    "electronics": electronics.write_scaled,
    "footwear": footwear.write_scaled,
    "standard": standard.write_scaled,
}
"""Source → function that writes its part of a sample: (root folder, scale, seed, defects)."""

_WORDS = {"full": 10.0, "full10": 100.0}
_UNFINISHED = ".unfinished"
_ANSWERS = "answers.json"


def parse_scale(text: str) -> float:
    """Return the scale that a user wrote: a positive number, or `full` (10) or `full10` (100).

    Raises SampleError for anything else.
    """
    try:
        scale = _WORDS[text] if text in _WORDS else float(text)
    except ValueError:
        scale = 0.0
    if not 0 < scale <= 1000:
        raise SampleError(
            f"Scale {text!r} is neither a number above 0 (up to 1000) nor `full` (10) or "
            "`full10` (100)."
        )
    return scale


def write_sample(
    out: Path, scale: float = 1.0, seed: int = SEED, defects: bool = False
) -> SampleReport:
    """Write a sample of all sources into the folder `out` and return what was written.

    out: gets one folder per source, `truth` with facts that no file contains (who lapsed and when,
    what a campaign brought), `answers.json` with the expected results of loading and building, and,
    with defects, `late` with the files that arrive after the others.
    An earlier sample in the folder is replaced; the folder changes only once everything is written.
    defects: injects faults; each file's fault is named in the answers.
    Raises SampleError if the folder holds other files or cannot be written, if the scale is not
    positive, or if it is too small for all faults.
    """
    if scale <= 0 or seed < 0:
        raise SampleError("A sample needs a scale above 0 and a non-negative seed.")
    _refuse_foreign(out)
    unfinished = out / _UNFINISHED
    try:
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        made = _write_sources(unfinished, scale, seed, defects)
    except OSError as error:
        _clear_up(out)
        raise SampleError(f"{out} cannot be written: {error.strerror or error}.") from error
    except BaseException:
        _clear_up(out)
        raise
    _put_in_place(unfinished, out)
    sources = {
        name: replace(report, files=[out / path.relative_to(unfinished) for path in report.files])
        for name, report in made.items()
    }
    return SampleReport(out, scale, seed, defects, sources)


def _write_sources(folder: Path, scale: float, seed: int, defects: bool) -> dict[str, SourceReport]:
    made = {name: write(folder, scale, seed, defects) for name, write in SOURCES.items()}
    files = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
    answers = {
        "scale": scale,
        "seed": seed,
        "defects": defects,
        "written": sorted(files),
        "sources": {name: report.answers.as_json() for name, report in made.items()},
    }
    text = json.dumps(answers, indent=1) + "\n"
    (folder / _ANSWERS).write_text(text, encoding="utf-8")
    return made


def _clear_up(out: Path) -> None:
    """Remove an unfinished sample, and its folder if that is otherwise empty."""
    shutil.rmtree(out / _UNFINISHED, ignore_errors=True)
    with suppress(OSError):
        out.rmdir()


def _refuse_foreign(out: Path) -> None:
    """Raise SampleError unless this generator wrote everything in the folder."""
    if not out.exists():
        return
    if not out.is_dir():
        raise SampleError(f"{out} is a file; give a folder for the sample.")
    unfinished = out / _UNFINISHED
    own = _written(out) | _written(unfinished)
    for path in out.rglob("*"):
        is_ours = path.is_dir() or path.relative_to(out).as_posix() in own
        if not is_ours and unfinished not in path.parents:
            raise SampleError(
                f"{out} holds {path.relative_to(out)}, which is not part of an earlier sample; "
                "give a new or empty folder."
            )


def _written(folder: Path) -> set[str]:
    """Return the files that the answers in the folder list."""
    path = folder / _ANSWERS
    if not path.is_file():
        return set()
    try:
        return {_ANSWERS, *json.loads(path.read_text(encoding="utf-8"))["written"]}
    except (ValueError, KeyError, TypeError):
        return set()


def _put_in_place(unfinished: Path, out: Path) -> None:
    # The answers move last: until then both lists of files exist, and a new run can clean up.
    for name in (*SOURCES, "truth", "late"):
        if (out / name).exists():
            shutil.rmtree(out / name)
        if (unfinished / name).exists():
            (unfinished / name).rename(out / name)
    (unfinished / _ANSWERS).replace(out / _ANSWERS)
    unfinished.rmdir()
