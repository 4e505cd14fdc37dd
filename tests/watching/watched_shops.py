"""Two shops whose files arrive in folders, and a watcher of them as a program of its own."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from tests.conftest import PROJECT_DIR, temporary_folder, temporary_settings
from tests.platform.two_shops import write_two_shops
from tests.platform.waiting import wait_until
from tests.platform.workshop import Workshop
from warehouse.server import bringup
from warehouse.settings import Settings

PROGRAM = str(Path(sys.executable).with_name("warehouse"))
HEADER = "order_id,store_id,ordered_at,amount\n"
QUICK = ("--rest", "0.4", "--look", "0.2", "--quiet", "0.5", "--build-every", "0.5")
PATIENCE = 60.0


def sales(*orders: str, amount: str = "10.00") -> str:
    """The text of a file with these orders, each of the same amount."""
    return HEADER + "".join(f"{order},S1,2024-01-01 09:00:00,{amount}\n" for order in orders)


class Watching:
    """A watcher that runs, and what it has said."""

    def __init__(self, arguments: list[str], environment: dict[str, str]):
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            arguments,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            # Without the time, which is tested by itself.
            self.lines.append(line.rstrip("\n"))

    def count(self, text: str) -> int:
        """How many lines contain the text."""
        return sum(text in line for line in self.lines)

    def wait_for(self, text: str, times: int = 1, seconds: float = PATIENCE) -> None:
        """Waits for the text to be said so often."""
        try:
            wait_until(lambda: self.count(text) >= times, seconds)
        except AssertionError:
            raise AssertionError(f"{text!r} not said {times} times: {self.lines}") from None

    def send(self, number: int) -> None:
        self.process.send_signal(number)

    def end(self) -> int:
        """Waits for the end; the exit code."""
        code = self.process.wait(PATIENCE)
        self._listener.join(PATIENCE)
        assert self.count("Traceback") == 0, self.lines
        return code


@dataclass
class WatchedShops(Workshop):
    """The shops north and south, with an empty folder each."""

    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "WAREHOUSE_HOME": str(self.settings.home),
            "WAREHOUSE_PORT": str(self.settings.port),
            "WAREHOUSE_PROJECT_DIR": str(self.settings.project_dir),
            "COLUMNS": "200",
        }

    def deliver(self, name: str, text: str) -> Path:
        """Puts a whole file in its place at once, as good programs do."""
        path = self.folder / name
        part = path.with_name(f".{path.name}.part")
        part.write_text(text)
        return part.rename(path)

    def run(
        self, *arguments: str, code: int = 0, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        """Runs a command of the warehouse to its end."""
        done = subprocess.run(
            [PROGRAM, *arguments],
            env={**self.environment, **variables},
            capture_output=True,
            text=True,
            timeout=PATIENCE * 2,
        )
        assert done.returncode == code, done
        assert "Traceback" not in done.stdout + done.stderr
        return done

    def once(self, *options: str, code: int = 0) -> str:
        """One pass over the folder; what it says, without the times."""
        done = self.run("watch", "--once", *QUICK[:4], *options, str(self.folder), code=code)
        return "\n".join(line[21:] for line in done.stdout.splitlines())

    @contextmanager
    def watched(self, *options: str, **variables: str) -> Iterator[Watching]:
        """A watcher of the folder, killed at the end unless it has ended."""
        arguments = [PROGRAM, "watch", *QUICK, *options, str(self.folder)]
        watching = Watching(arguments, {**self.environment, **variables})
        try:
            yield watching
        finally:
            with suppress(ProcessLookupError):
                watching.send(signal.SIGKILL)
            watching.end()

    def live_files(self) -> list[tuple[str, int]]:
        """The files that count, with their rows."""
        return self.query(
            "select file_name, rows_loaded from ops.load_files where is_live order by 1"
        )


@contextmanager
def running_two_shops() -> Iterator[Settings]:
    """The project of two shops in a folder of its own, its server up until the block ends."""
    with temporary_folder() as folder, temporary_settings() as settings:
        write_two_shops(PROJECT_DIR, folder)
        settings = replace(settings, project_dir=folder)
        bringup.bring_up(settings, print)
        yield settings
