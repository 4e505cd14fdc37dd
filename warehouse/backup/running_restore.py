"""Runs pg_restore and psql on a backup, in one transaction."""

import os
import re
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import psycopg

from ingest.foreign_text import shown
from warehouse.backup import restore_script
from warehouse.backup.backup_file import DATABASE, BackupReader
from warehouse.errors import TryAgainLater, WarehouseError
from warehouse.server.client_programs import client_environment, client_program
from warehouse.server.view_lock import LOCK_ALL
from warehouse.settings import Settings

# Rights to what roles will make later, which only they may give; rights to use languages; and the
# function, which only the owner may write. The server is set up for that before and afterwards.
_LEFT_OUT = (
    rf"\d+; \d+ \d+ (DEFAULT ACL |ACL - LANGUAGE |(FUNCTION|ACL) \S+ (FUNCTION )?{LOCK_ALL}\()"
)
_SQLSTATE = re.compile(r"psql:<stdin>:(\d+): (?:ERROR|FATAL):\s+([0-9A-Z]{5})")
# Disk full and other missing resources, shutdown, lost connections, deadlocks and locks.
_DISK_FULL = "53100"
_PASSING = ("53", "57", "08", "40", "55P03")


def listed_contents(settings: Settings, backup: BackupReader, major_version: int) -> list[str]:
    """pg_restore's list of what it would make, without what a restore leaves out.

    Raises WarehouseError for a part that is not a dump.
    """
    part = backup.manifest.part(DATABASE)
    assert part is not None
    program = client_program(settings, "pg_restore", major_version)
    with tempfile.TemporaryFile() as told, tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            [program, "--list"], env=_plain(), stdin=subprocess.PIPE, stdout=told, stderr=errors
        )
        _feed(process, backup.chunks(part), is_whole=False)
        if process.wait():
            raise WarehouseError(f"Its part {DATABASE} is not a dump: {_first_error(errors)}")
        told.seek(0)
        lines = told.read().decode().splitlines()
    return [line for line in lines if not re.match(_LEFT_OUT, line)]


@contextmanager
def running_restore(
    settings: Settings, role: str, backup: BackupReader, major_version: int
) -> Iterator["Restore"]:
    """One transaction of psql, which is rolled back unless `commit` was called in the block."""
    psql = client_program(settings, "psql", major_version)
    command = [
        *(str(psql), "--no-psqlrc", "--quiet", "--no-password", "--file=-"),
        *("--set=ON_ERROR_STOP=1", "--set=VERBOSITY=sqlstate"),
    ]
    with (
        tempfile.TemporaryFile() as errors,
        subprocess.Popen(
            command,
            env=client_environment(settings, role),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
        ) as process,
    ):
        try:
            program = client_program(settings, "pg_restore", major_version)
            yield Restore(process, errors, program, backup)
        finally:
            process.kill()
            assert process.stdin is not None
            with suppress(BrokenPipeError):  # what it did not read any more
                process.stdin.close()


class Restore:
    """What psql is told and answers; see `running_restore`."""

    def __init__(
        self,
        psql: "subprocess.Popen[bytes]",
        errors: IO[bytes],
        pg_restore: Path,
        backup: BackupReader,
    ) -> None:
        self._psql = psql
        self._errors = errors
        self._pg_restore = pg_restore
        self._backup = backup
        self._opening_lines = 0

    def make(
        self,
        existing: list[str],
        contents: list[str],
        keeps_owners: bool,
        progress: Callable[[int], None],
    ) -> None:
        """Renames the existing schemas, makes those of the backup and counts their rows.

        Raises WarehouseError.
        """
        part = self._backup.manifest.part(DATABASE)
        assert part is not None
        opening = restore_script.opening(existing, self._backup.manifest.prefix)
        self._opening_lines = opening.count("\n")
        self._say(opening)
        with (
            tempfile.NamedTemporaryFile("w") as listed,
            tempfile.TemporaryFile() as errors,
        ):
            listed.write("\n".join(contents) + "\n")
            listed.flush()
            command = [str(self._pg_restore), "--file=-", f"--use-list={listed.name}"]
            process = subprocess.Popen(
                [*command, "--no-tablespaces", *([] if keeps_owners else ["--no-owner"])],
                env=_plain(),
                stdin=subprocess.PIPE,
                stdout=self._psql.stdin,
                stderr=errors,
            )
            try:
                _feed(process, self._backup.chunks(part, progress))
            except BaseException:
                process.kill()
                raise
            finally:
                code = process.wait()
            if code:
                self._end()
                if self._psql.returncode:  # pg_restore stopped because psql did
                    raise self._refusal()
                raise WarehouseError(f"pg_restore stopped: {_first_error(errors)}")
        self._say(restore_script.counting(self._backup.manifest))
        answer = self._answer()
        if answer.startswith(restore_script.DIFFERENT):
            named = shown(answer.removeprefix(restore_script.DIFFERENT).strip())
            raise WarehouseError(f"These tables do not have the rows that they had: {named}")
        self._require(answer, restore_script.COUNTED)

    def commit(self, existing: list[str]) -> None:
        """Makes it what everybody sees. Raises WarehouseError if nothing changed."""
        self._say(restore_script.closing(self._backup.manifest, existing))
        self._require(self._answer(), restore_script.COMMITTED)

    def _say(self, text: str) -> None:
        assert self._psql.stdin is not None
        with suppress(BrokenPipeError):  # psql has ended: its answer says why
            self._psql.stdin.write(text.encode())
            self._psql.stdin.flush()

    def _answer(self) -> str:
        assert self._psql.stdout is not None
        return self._psql.stdout.readline().decode().strip()

    def _require(self, answer: str, wanted: str) -> None:
        if answer != wanted:
            self._end()
            raise self._refusal()

    def _end(self) -> None:
        """Lets psql end, without a commit unless it is done."""
        assert self._psql.stdin is not None
        with suppress(BrokenPipeError):
            self._psql.stdin.close()
        self._psql.wait()

    def _refusal(self) -> WarehouseError:
        """Why psql stopped, by code alone: the text may quote a row."""
        self._errors.seek(0)
        told = self._errors.read().decode(errors="replace")
        found = _SQLSTATE.search(told)
        if found is None:
            lines = [line for line in told.splitlines() if "connection" in line]
            reason = shown(lines[0]) if lines else "psql gave no reason"
            raised = TryAgainLater if lines else WarehouseError
            return raised(f"The database stopped the restore: {reason}")
        line, code = int(found[1]) - self._opening_lines, found[2]
        if code == _DISK_FULL:
            return TryAgainLater("The database's disk is full")
        try:
            kind = re.sub(r"(?<!^)(?=[A-Z])", " ", psycopg.errors.lookup(code).__name__).lower()
        except KeyError:
            kind = "error"
        raised = TryAgainLater if code.startswith(_PASSING) else WarehouseError
        return raised(
            f"The database refused line {line:,} of pg_restore's statements: {kind} "
            f"(SQLSTATE {code})"
        )


def _feed(
    process: "subprocess.Popen[bytes]", chunks: Iterator[bytes], *, is_whole: bool = True
) -> None:
    """Writes to a program until it has read enough; `is_whole`: reads all chunks in any case, since
    only behind the last it is known whether they are right.
    """
    assert process.stdin is not None
    takes = True
    for chunk in chunks:
        if takes:
            try:
                process.stdin.write(chunk)
            except BrokenPipeError:
                takes = False
        elif not is_whole:
            break
    with suppress(BrokenPipeError):
        process.stdin.close()


def _plain() -> dict[str, str]:
    """An environment in which programs tell errors in English."""
    return {**os.environ, "LC_ALL": "C"}


def _first_error(errors: IO[bytes]) -> str:
    errors.seek(0)
    lines = errors.read().decode(errors="replace").splitlines()
    return shown(next((line for line in lines if "error:" in line), "no reason given"))
