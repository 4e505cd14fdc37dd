"""Runs `warehouse load`, `build` and `alerts` as programs of their own, one at a time.

Their memory goes back to the system with each end, and nothing that befalls them ends the watcher.
"""

import json
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from warehouse import invocation
from warehouse.safe_files import open_own

_MARKS = ("error: ", "warning: ")


@dataclass(frozen=True)
class FileOutcome:
    """What `warehouse load --json` says of one file."""

    path: str
    result: str
    message: str
    rows_loaded: int
    rows_rejected: int
    may_pass: bool


@dataclass(frozen=True)
class Loaded:
    """How a load ended: its exit code, what it said of each file, and its last words."""

    code: int
    files: list[FileOutcome]
    last_words: str


class ChildCommands:
    """Runs commands; `tell` gets what they say on the way, line by line."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._running: subprocess.Popen[bytes] | None = None

    def load(self, source: str, paths: Sequence[str]) -> Loaded:
        """Loads the files. A file without an outcome was not judged: the load ended before."""
        arguments = ["load", "--json", "--", source, *paths]
        process = self._start(arguments, subprocess.PIPE, subprocess.PIPE)
        assert process.stdout and process.stderr
        words: list[str] = []
        listener = threading.Thread(target=self._listen, args=(process.stderr, words), daemon=True)
        listener.start()
        with process.stdout:
            answer = process.stdout.read()
        code = self._end(process)
        listener.join()
        return Loaded(code, list(_outcomes(answer)), words[-1] if words else "")

    def build(self, log_file: Path) -> int:
        """Builds; all that the build prints replaces the content of the file. Its exit code."""
        log = open_own(log_file, os.O_WRONLY | os.O_TRUNC)
        try:
            return self._end(self._start(["build"], log, subprocess.STDOUT))
        finally:
            os.close(log)

    def check_alerts(self) -> None:
        """Tells people of sources that have had no new files for too long (`warehouse alerts`)."""
        process = self._start(["alerts", "--check"], subprocess.DEVNULL, subprocess.PIPE)
        assert process.stderr
        words: list[str] = []
        self._listen(process.stderr, words)
        if self._end(process) > 0 and words:
            self._tell(f"alerts were not checked: {words[-1]}")

    def interrupt(self) -> None:
        """Interrupts the command that runs, as Ctrl-C does."""
        process = self._running
        if process is not None:
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGINT)

    def _start(self, arguments: Sequence[str], output: int, errors: int) -> subprocess.Popen[bytes]:
        self._running = subprocess.Popen(
            [*invocation.program(), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=errors,
            start_new_session=True,  # Ctrl-C is for the watcher, which waits for the step's end
        )
        return self._running

    def _end(self, process: subprocess.Popen[bytes]) -> int:
        try:
            return process.wait()
        finally:
            self._running = None

    def _listen(self, stream: IO[bytes], words: list[str]) -> None:
        with stream:
            for line in stream:
                text = line.decode(errors="replace").rstrip()
                for mark in _MARKS:
                    text = text.removeprefix(mark)
                if text:
                    words[:] = [text]
                    if line.startswith(b"error: "):
                        continue  # the watcher says it with what follows from it
                    self._tell(text)


def _outcomes(answer: bytes) -> list[FileOutcome]:
    """What the load wrote, without a last line that it did not finish."""
    found = []
    for line in answer.splitlines():
        try:
            one = json.loads(line)
        except ValueError:
            continue
        found.append(
            FileOutcome(
                one["file"],
                one["result"],
                one["message"],
                one["rows_loaded"],
                one["rows_rejected"],
                one["may_pass"],
            )
        )
    return found
