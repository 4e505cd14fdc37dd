"""Keeps dbt's parse results, one copy for each set of variables.

dbt keeps one result, for the variables of the last run. With other variables it parses every model
again, which takes far longer than most builds.
"""

import hashlib
import shutil
from contextlib import suppress
from importlib import metadata
from pathlib import Path

MOST_COPIES = 4
_READING = "partial_parse.msgpack"


def clear_if_of_other_dbt(target: Path) -> None:
    """Deletes what another version of dbt wrote: one version may write a file where another wrote
    a folder.
    """
    mark, version = target / "dbt_version", metadata.version("dbt-core")
    if mark.is_file() and mark.read_text() == version:
        return
    for folder in ("run", "compiled", "parsed"):
        shutil.rmtree(target / folder, ignore_errors=True)
    (target / _READING).unlink(missing_ok=True)
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    mark.write_text(version)


def bring_back(target: Path, variables: str) -> None:
    """Gives dbt the parse result for these variables, if there is one.

    target: dbt's target folder. variables: as passed to dbt.
    """
    with suppress(OSError):  # without it dbt parses the project again
        shutil.copyfile(_copy(target, variables), target / _READING)


def keep(target: Path, variables: str) -> None:
    """Keeps dbt's latest parse result for the next run with these variables; deletes old ones."""
    copy = _copy(target, variables)
    with suppress(OSError):
        copy.parent.mkdir(exist_ok=True)
        shutil.copyfile(target / _READING, copy)
        newest_first = sorted(copy.parent.iterdir(), key=lambda path: -path.stat().st_mtime)
        for path in newest_first[MOST_COPIES:]:
            path.unlink()


def _copy(target: Path, variables: str) -> Path:
    return target / "parsed" / f"{hashlib.sha256(variables.encode()).hexdigest()[:16]}.msgpack"
