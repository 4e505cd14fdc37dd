"""Loads files that are whole, and remembers what became of each."""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ingest.counts import counted
from ingest.foreign_text import shown
from ingest.loader_errors import LoaderError
from warehouse.watching.arrivals import Arrival
from warehouse.watching.child_commands import ChildCommands, FileOutcome
from warehouse.watching.judged_files import Judged, JudgedFiles
from warehouse.watching.known_sources import KnownSources
from warehouse.watching.patience import Patience

TRY_LATER = 3
# A stop is heeded between two calls, and one call's command line has a limit.
_FILES_AT_ONCE = 500
_MESSAGE_LENGTH = 500
_DEFINITION_DECIDES = ("refused", "unclaimed")
_WORDS = {"refused": "refused", "unclaimed": "left alone", "superseded": "passed over"}


@dataclass(frozen=True)
class Loads:
    """How several loads ended: the exit code of each call, and how many files were loaded."""

    codes: list[int]
    loaded: int


class LoadingSteps:
    """Loads what was not tried yet, in calls of `warehouse load`.

    local_path: gives the file on this machine; it may have to be fetched, and raises LoaderError or
    OSError if that fails. done_with: called with the files of a call when it has ended.
    """

    def __init__(
        self,
        commands: ChildCommands,
        judged: JudgedFiles,
        sources: KnownSources,
        patience: Patience,
        tell: Callable[[str], None],
        local_path: Callable[[Arrival], Path],
        done_with: Callable[[Sequence[Arrival]], None],
    ) -> None:
        self._commands = commands
        self._judged = judged
        self._sources = sources
        self._patience = patience
        self._tell = tell
        self._local_path = local_path
        self._done_with = done_with

    def is_to_try(self, arrival: Arrival) -> bool:
        """Whether the file was never tried, has changed since, or may fare better now: a source's
        definition decides which files it refuses.
        """
        judged = self._judged.get(arrival.source, arrival.address)
        if judged is None or (judged.size, judged.stamp) != (arrival.size, arrival.stamp):
            return True
        if judged.outcome not in _DEFINITION_DECIDES:
            return False
        return judged.definition != self._sources.definition(arrival.source)

    def load(self, arrivals: Iterable[Arrival], is_stopping: Callable[[], bool]) -> Loads:
        """Loads the files by source; a stop or a reason to wait leaves out the rest."""
        by_source: dict[str, list[Arrival]] = {}
        for arrival in arrivals:
            by_source.setdefault(arrival.source, []).append(arrival)
        codes: list[int] = []
        loaded = 0
        for source, found in by_source.items():
            for start in range(0, len(found), _FILES_AT_ONCE):
                if is_stopping() or not self._patience.is_over(time.monotonic()):
                    return Loads(codes, loaded)
                part = found[start : start + _FILES_AT_ONCE]
                try:
                    code, count = self._call(source, part, is_stopping)
                finally:
                    self._done_with(part)
                codes.append(code)
                loaded += count
        return Loads(codes, loaded)

    def _call(
        self, source: str, arrivals: Sequence[Arrival], is_stopping: Callable[[], bool]
    ) -> tuple[int, int]:
        paths: dict[str, Arrival] = {}
        try:
            for arrival in arrivals:
                paths[str(self._local_path(arrival))] = arrival
        except (LoaderError, OSError) as error:
            self._put_off(source, len(arrivals), str(error))
            return TRY_LATER, 0
        result = self._commands.load(source, list(paths))
        judged: dict[tuple[str, str], Judged] = {}
        reason = result.last_words
        loaded = 0
        for outcome in result.files:
            if outcome.path not in paths:
                continue
            if outcome.may_pass:
                reason = outcome.message
                continue
            arrival = paths[outcome.path]
            loaded += outcome.result == "loaded"
            self._say(arrival, outcome)
            definition = self._sources.definition(source)
            judged[source, arrival.address] = Judged(
                arrival.size, arrival.stamp, outcome.result, definition
            )
        self._judged.put(judged)
        waiting = len(paths) - len(judged)
        if not waiting:
            self._patience.worked()
        elif not is_stopping():
            self._put_off(source, waiting, reason or f"the load ended with {result.code}")
            return result.code if result.code > 0 else TRY_LATER, loaded
        return max(result.code, 0), loaded

    def _put_off(self, source: str, count: int, reason: str) -> None:
        waiting = counted(count, "file waits", "files wait")
        why = shown(reason.rstrip("."), _MESSAGE_LENGTH)
        self._tell(f"{source}: {waiting}: {why}. {self._patience.give_time(time.monotonic())}")

    def _say(self, arrival: Arrival, outcome: FileOutcome) -> None:
        name = f"{arrival.source}: {shown(arrival.name)}"
        if outcome.result == "loaded":
            rejected = f", {outcome.rows_rejected:,} rejected" if outcome.rows_rejected else ""
            remark = f" ({shown(outcome.message, _MESSAGE_LENGTH)})" if outcome.message else ""
            rows = counted(outcome.rows_loaded, "row")
            self._tell(f"{name} loaded, {rows}{rejected}{remark}")
        elif outcome.result in _WORDS:
            message = shown(outcome.message, _MESSAGE_LENGTH)
            self._tell(f"{name} {_WORDS[outcome.result]}: {message}")
