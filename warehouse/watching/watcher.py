"""The watcher: looks for files, loads what is whole, and builds when it has become quiet."""

import sqlite3
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ingest.counts import counted
from ingest.foreign_text import first_few, shown
from ingest.loader_errors import LoaderError
from warehouse.settings import Settings
from warehouse.watching.arrivals import Arrival, Seen, look
from warehouse.watching.bucket_arrivals import BucketFiles
from warehouse.watching.child_commands import ChildCommands
from warehouse.watching.judged_files import JudgedFiles
from warehouse.watching.known_sources import KnownSources
from warehouse.watching.loading_steps import TRY_LATER, LoadingSteps
from warehouse.watching.patience import Patience
from warehouse.watching.places import Place
from warehouse.watching.wholeness import WHOLE, Verdict, Wholeness

# A look at very many files, or over a slow network, takes at most this share of the time.
_SHARE_OF_LOOKING = 0.1
_LEAST_PAUSE = 0.2
# Nothing arrives from a source that has fallen silent, so no load and no build notices it.
_SECONDS_BETWEEN_CHECKS = 3600.0
_SHOWN_LINES = 60
_SHOWN_FILES = 5


@dataclass(frozen=True)
class Rhythm:
    """How often things happen, in seconds.

    rest: how long a file must not have changed; quiet: how long no file must have arrived before
    a build; build_every: the least time from one build to the next, and the longest wait of loaded
    files while others go on arriving; look, look_in_buckets: from one look to the next.
    """

    rest: float = 30.0
    quiet: float = 60.0
    build_every: float = 900.0
    look: float = 5.0
    look_in_buckets: float = 60.0


class Watcher:
    """Watches places until it is stopped, or once."""

    def __init__(
        self,
        settings: Settings,
        places: Sequence[Place],
        sources: KnownSources,
        rhythm: Rhythm,
        tell: Callable[[str], None],
        *,
        marked_only: bool = False,
        again: bool = False,
    ) -> None:
        """The caller holds the home's lock for watchers.

        tell: gets one line per event. marked_only: see Wholeness. again: forget what became of
        earlier files. Raises OSError or sqlite3.Error if the home cannot be written to.
        """
        self._settings = settings
        self._folders = [place for place in places if not place.is_bucket]
        copies = settings.home / f"{settings.prefix}arrivals"
        self._buckets = {
            place.address: BucketFiles(place, copies) for place in places if place.is_bucket
        }
        self._sources = sources
        self._rhythm = rhythm
        self._tell = tell
        self._wholeness = Wholeness(rhythm.rest, marked_only)
        self._patience, self._build_patience = Patience(), Patience()
        self._commands = ChildCommands(tell)
        self._judged = JudgedFiles(settings.home / f"{settings.prefix}watch.db")
        if again:
            self._judged.forget()
        self._loading = LoadingSteps(
            self._commands,
            self._judged,
            sources,
            self._patience,
            tell,
            self._local_path,
            self._discard,
        )
        self._in_buckets = Seen()
        self._looked_in_buckets: float | None = None
        self._said: dict[str, str] = {}
        self._missing: dict[str, str] = {}
        self._stops = 0
        self._pause = 0.0
        self._arrived_at = self._built_at = float("-inf")
        self._news_since: float | None = None
        self._checked_at = time.monotonic()

    def stop(self) -> None:
        """Ends the watcher after the current step; called again, interrupts that step."""
        self._stops += 1
        if self._stops > 1:
            self._commands.interrupt()

    def watch(self) -> int:
        """Watches until it is stopped. Returns 0, or 130 if a step was interrupted."""
        # A crash may have come between the last load and its build.
        self._news_since = self._arrived_at = time.monotonic()
        for bucket in self._buckets.values():
            bucket.discard()  # what a crash left
        while not self._stops:
            try:
                self._step()
            except (OSError, sqlite3.Error) as error:
                next_try = self._patience.give_time(time.monotonic())
                self._tell(f"{shown(str(error).rstrip('.'))}. {next_try}")
            self._sleep(max(self._rhythm.look, self._pause))
        return 130 if self._stops > 1 else 0

    def once(self) -> int:
        """Loads what is here and builds. Returns the highest exit code of what it did."""
        until = time.monotonic() + self._rhythm.rest + self._rhythm.look
        self._patience.tries_again = self._build_patience.tries_again = False
        while True:
            arrivals, verdicts = self._look()
            moving = [a for a in arrivals if verdicts[a.address].is_moving]
            if not moving or self._stops or time.monotonic() >= until:
                break
            self._sleep(min(1.0, self._rhythm.look))
        if moving and not self._stops:
            named = first_few([arrival.name for arrival in moving], _SHOWN_FILES)
            self._tell(f"still arriving, left for the next time: {named}")
        codes = [int(bool(self._missing) or any(v.is_fault for v in verdicts.values()))]
        whole = [arrival for arrival in arrivals if verdicts[arrival.address].is_whole]
        loads = self._loading.load(whole, self._is_stopping)
        codes += loads.codes
        if not self._stops and TRY_LATER not in codes:
            codes.append(self._build(is_silent=not loads.loaded))
        return 130 if self._stops > 1 else max(codes)

    def close(self) -> None:
        """Closes the record of files."""
        self._judged.close()

    def _is_stopping(self) -> bool:
        return self._stops > 0

    def _step(self) -> None:
        arrivals, verdicts = self._look()
        if any(verdict.is_moving for verdict in verdicts.values()):
            self._arrived_at = time.monotonic()
        if not self._patience.is_over(time.monotonic()):
            return
        whole = [arrival for arrival in arrivals if verdicts[arrival.address].is_whole]
        if whole and self._loading.load(whole, self._is_stopping).loaded:
            self._arrived_at = time.monotonic()
            self._news_since = self._news_since or self._arrived_at
        if not self._stops and self._is_build_due(time.monotonic()):
            self._build()
        if not self._stops and time.monotonic() - self._checked_at >= _SECONDS_BETWEEN_CHECKS:
            self._checked_at = time.monotonic()
            self._commands.check_alerts()

    def _is_build_due(self, now: float) -> bool:
        rhythm = self._rhythm
        if self._news_since is None:
            return False
        # A build that waits for something keeps no file from being loaded.
        if not (self._patience.is_over(now) and self._build_patience.is_over(now)):
            return False
        if now - self._built_at < rhythm.build_every:
            return False
        is_quiet = now - self._arrived_at >= rhythm.quiet
        return is_quiet or now - self._news_since >= rhythm.build_every

    def _build(self, is_silent: bool = False) -> int:
        """Builds. A failed build is not tried again before something new is loaded."""
        log_file = self._settings.log_dir / f"{self._settings.prefix}watch_build.log"
        began = self._built_at = time.monotonic()
        code = self._commands.build(log_file)
        seconds = time.monotonic() - began
        if self._stops > 1:
            return code
        lines = log_file.read_text(errors="replace").splitlines()
        if code == 0:
            self._build_patience.worked()
            self._news_since = None
            if not is_silent:
                self._tell(f"built in {seconds:.0f} s")
            return 0
        if code == TRY_LATER or code < 0 or code == 130:
            self._built_at = float("-inf")
            self._say_output(lines)
            next_try = self._build_patience.give_time(time.monotonic())
            self._tell(f"not built: the build ended with exit code {code}. {next_try}")
            return TRY_LATER
        self._news_since = None
        self._say_output(lines)
        self._tell(
            f"the build ended with exit code {code} after {seconds:.0f} s; all it printed is in "
            f"{log_file}. The next build comes with the next file, or run one by hand."
        )
        return code

    def _say_output(self, lines: Sequence[str]) -> None:
        for line in lines[-_SHOWN_LINES:]:
            if line.strip():
                self._tell(f"  {line}")

    def _look(self) -> tuple[list[Arrival], dict[str, Verdict]]:
        """The files to try, with a verdict on each."""
        began = time.monotonic()
        wrong = self._sources.refresh()
        seen = Seen()
        for place in self._folders:
            look(place, self._sources.names, seen)
        self._look_in_buckets(began)
        seen.arrivals = [a for a in seen.arrivals if self._loading.is_to_try(a)]
        verdicts = self._wholeness.judge(seen, began)
        in_buckets = [a for a in self._in_buckets.arrivals if self._loading.is_to_try(a)]
        found = list(dict.fromkeys(seen.arrivals + in_buckets))
        self._missing = seen.missing | self._in_buckets.missing
        self._announce(wrong, seen, found, verdicts)
        self._pause = (time.monotonic() - began) / _SHARE_OF_LOOKING
        return found, {a.address: verdicts.get(a.address, WHOLE) for a in found}

    def _look_in_buckets(self, now: float) -> None:
        last = self._looked_in_buckets
        if last is not None and now - last < self._rhythm.look_in_buckets:
            return
        self._looked_in_buckets = now
        self._in_buckets = Seen()
        for address, bucket in self._buckets.items():
            try:
                bucket.look(self._sources.names, self._in_buckets)
            except LoaderError as error:
                self._in_buckets.missing[address] = str(error)

    def _announce(
        self,
        wrong: str | None,
        seen: Seen,
        found: Sequence[Arrival],
        verdicts: dict[str, Verdict],
    ) -> None:
        """Says what keeps files out, each once for as long as it lasts."""
        said = {f"missing {key}": f"{shown(key)}: {why}" for key, why in self._missing.items()}
        if wrong:
            said["definitions"] = f"the definitions of before stay in use: {shown(wrong, 500)}"
        strays = seen.strays + self._in_buckets.strays
        if strays:
            known = ", ".join(sorted(self._sources.names))
            said["strays"] = (
                f"{counted(len(strays), 'file or folder is', 'files or folders are')} in no "
                f"source's folder: {first_few(strays, _SHOWN_FILES)}; sources are {known}"
            )
        if seen.links:
            named = first_few(seen.links, _SHOWN_FILES)
            said["links"] = f"links are not followed: {named}"
        for arrival in found:
            verdict = verdicts.get(arrival.address, WHOLE)
            if verdict.reason:
                name = f"{arrival.source}: {shown(arrival.name)}"
                said[arrival.address] = f"{name} waits: {verdict.reason}"
        for key, text in said.items():
            if self._said.get(key) != text:
                self._tell(text)
        self._said = said

    def _local_path(self, arrival: Arrival) -> Path:
        bucket = self._bucket_of(arrival)
        return bucket.fetch(arrival) if bucket else Path(arrival.address)

    def _discard(self, arrivals: Sequence[Arrival]) -> None:
        for bucket in {id(b): b for a in arrivals if (b := self._bucket_of(a))}.values():
            bucket.discard()

    def _bucket_of(self, arrival: Arrival) -> BucketFiles | None:
        if not arrival.address.startswith("s3://"):
            return None
        around = [one for one in self._buckets if arrival.address.startswith(f"{one}/")]
        return self._buckets[max(around, key=len)]

    def _sleep(self, seconds: float) -> None:
        """Sleeps in short pieces, so that a stop is heeded soon."""
        until = time.monotonic() + seconds
        while not self._stops and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, _LEAST_PAUSE))
