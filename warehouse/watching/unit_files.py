"""systemd units: a timer with its service, and a service that watches."""

from collections.abc import Sequence
from pathlib import Path

from warehouse.errors import WarehouseError
from warehouse.watching.kept_environment import KeptEnvironment
from warehouse.watching.times_of_day import TimeOfDay

MADE_BY = "# Written by `warehouse schedule`, which replaces it when it is run again."

_SERVICE = """\
{made_by}
[Unit]
Description={description}
{unit}
[Service]
Type={type}
# The colon: no variable is replaced in the command.
ExecStart=:{command}
{environment}
# Secrets, such as WAREHOUSE_TOKEN_KEY: NAME=value lines in this file, which you make (mode 0600).
EnvironmentFile=-{secrets_file}
UMask=0077
# The database's server may have been started from here, and must outlive this service.
KillMode=process
{service}"""

_TIMED = """\
# Exit code 3: the database was locked or gone, or a disk full. Files that were refused and builds
# that failed (1) wait for the next run.
Restart=on-failure
RestartPreventExitStatus=1 2
RestartSec=5min
"""

_WATCHING = """\
Restart=always
RestartSec=10s
# A stop waits for the end of a load or a build.
TimeoutStopSec=30min

[Install]
WantedBy=default.target
"""

_TIMER = """\
{made_by}
[Unit]
Description=When {name}.service loads and builds

[Timer]
{calendar}
# A run that was missed while the machine was off is caught up when it is on again.
Persistent=true

[Install]
WantedBy=timers.target
"""


def unit_files(
    name: str,
    once: Sequence[str],
    watch: Sequence[str],
    times: Sequence[TimeOfDay],
    environment: KeptEnvironment,
) -> dict[str, str]:
    """The text of each unit, by file name.

    once, watch: the command lines that load and build once, and that watch. Raises WarehouseError
    for a path that a unit cannot hold.
    """
    given = {
        "made_by": MADE_BY,
        "environment": "\n".join(
            f"Environment={quoted(f'{key}={value}')}" for key, value in environment.values.items()
        ),
        "secrets_file": _plain(str(environment.secrets_file)),
    }
    return {
        f"{name}.service": _SERVICE.format(
            description="Retail warehouse: load what has arrived, then build",
            unit="",
            type="oneshot",
            command=_command(once),
            service=_TIMED,
            **given,
        ),
        f"{name}.timer": _TIMER.format(
            made_by=MADE_BY,
            name=name,
            calendar="\n".join(f"OnCalendar={time.calendar}" for time in times),
        ),
        f"{name}-watch.service": _SERVICE.format(
            description="Retail warehouse: load what arrives, and build",
            unit="# Never give up.\nStartLimitIntervalSec=0\n",
            type="exec",
            command=_command(watch),
            service=_WATCHING,
            **given,
        ),
    }


def _command(words: Sequence[str]) -> str:
    return " ".join(quoted(word) for word in words)


def quoted(word: str) -> str:
    """One word of a command line or a setting, as systemd unquotes it."""
    escaped = _plain(word).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _plain(text: str) -> str:
    """The text without specifiers. Raises WarehouseError for what no unit can hold."""
    if not text.isprintable():
        raise WarehouseError(
            f"{text!r} has characters that cannot be written into a unit. Rename it."
        )
    return text.replace("%", "%%")


def write_units(folder: Path, units: dict[str, str]) -> None:
    """Writes the files into the folder, which is made if it is missing.

    Raises WarehouseError, before anything is written, if a file of such a name is not one of ours;
    OSError.
    """
    for name in units:
        path = folder / name
        if path.is_symlink() or (path.exists() and not path.read_text().startswith(MADE_BY)):
            raise WarehouseError(
                f"{path} was not written by `warehouse schedule`. "
                "Choose other names with --name, or delete it."
            )
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in units.items():
        part = folder / f".{name}.part"
        part.write_text(text)
        part.replace(folder / name)
