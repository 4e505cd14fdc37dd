"""Commands that let the warehouse work by itself: watch folders, and write the units for it."""

import signal
import sqlite3
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from types import FrameType
from typing import Any

import click

from warehouse.commands.messages import fail, say, tell
from warehouse.errors import WarehouseError
from warehouse.settings import Settings

_UNITS_OF_USER = Path("~/.config/systemd/user")
_UNITS_OF_MACHINE = Path("/etc/systemd/system")
_PLACES = click.argument("places", nargs=-1, required=True, metavar="FOLDER...")
_RHYTHM: tuple[Callable[..., Any], ...] = (
    click.option(
        "--rest",
        type=click.FloatRange(min=0),
        default=30,
        show_default=True,
        help="Seconds for which size and time of a file must not have changed.",
    ),
    click.option(
        "--marked-only",
        is_flag=True,
        help="Load only files that a marker or a list of hashes says are whole.",
    ),
    click.option(
        "--quiet",
        type=click.FloatRange(min=0),
        default=60,
        show_default=True,
        help="Build once no file has arrived for this many seconds.",
    ),
    click.option(
        "--build-every",
        type=click.FloatRange(min=0),
        default=900,
        show_default=True,
        help="At least this many seconds from one build to the next. If files go on arriving, "
        "those that are loaded wait no longer than this.",
    ),
    click.option(
        "--look",
        type=click.FloatRange(min=0.1),
        default=5,
        show_default=True,
        help="Seconds from one look at the folders to the next; buckets: a minute at least.",
    ),
)


def _with_rhythm(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed(_RHYTHM):
        command = option(command)
    return command


@click.command()
@_PLACES
@_with_rhythm
@click.option(
    "--once",
    is_flag=True,
    help="Load what is there, build and exit, for cron and timers. The exit code is the highest "
    "of all steps.",
)
@click.option(
    "--again", is_flag=True, help="Forget which files were refused and try every file once more."
)
@click.pass_obj
def watch(
    settings: Settings,
    places: tuple[str, ...],
    rest: float,
    marked_only: bool,
    quiet: float,
    build_every: float,
    look: float,
    once: bool,
    again: bool,
) -> None:
    """Load files as they arrive, and build when no more come.

    FOLDER has one folder per source, as `warehouse sample` writes them: files in FOLDER/cafe
    belong to source cafe. SOURCE=FOLDER is a folder of one source. Both may be a bucket,
    s3://bucket/prefix, with credentials from the AWS settings. Folders below are looked into, too.
    Nothing is moved, changed or deleted.

    \b
    A file is loaded once it is whole:
      - its name says so: names such as .x.csv, x.csv.part, x.csv.tmp, x.csv~ and
        x.csv.crdownload are left alone until the file has its own name;
      - and a marker x.csv.done, not older than the file, is beside it; or it
        has the SHA-256 that x.csv.sha256 or SHA256SUMS gives, as the program
        sha256sum writes them; or, without either, it has not changed for --rest
        seconds and no program has it open for writing.
    In a bucket every object is whole.

    Each file is tried once. What was refused is tried again when the file or the definition of its
    source changes, or with --again. A file that was loaded too early and has grown since replaces
    what was loaded. Any other change of a loaded file is refused, unless the definition of its
    table says `same_name: corrects`.

    After a failed build, the next one comes with the next file. If the database is locked or gone
    or a disk is full, the watcher tries again, after 10 seconds first and 10 minutes at most.

    Ctrl-C or SIGTERM ends the watcher after the current step; a second one interrupts that step.
    One watcher per home works at a time. `warehouse schedule` writes the files that start it with
    the machine.

    \b
    Examples:
      warehouse watch incoming
      warehouse watch cafe=/srv/tills grocery=s3://chain-exports/grocery
      warehouse watch --once incoming
    """
    from warehouse.watching.known_sources import KnownSources
    from warehouse.watching.one_watcher import AnotherWatcher, only_watcher
    from warehouse.watching.places import read_places
    from warehouse.watching.watcher import Rhythm, Watcher

    sources = KnownSources(settings.project_dir)
    found = read_places(places, sources.names)
    rhythm = Rhythm(rest, quiet, build_every, look, max(look, 60.0))
    try:
        with only_watcher(settings):
            watcher = Watcher(
                settings, found, sources, rhythm, _event, marked_only=marked_only, again=again
            )
            _end_when_told(watcher.stop)
            if not once:
                _event(f"watching {', '.join(place.argument() for place in found)}")
            code = watcher.once() if once else watcher.watch()
            watcher.close()
            if not once:
                _event("stopped")
    except AnotherWatcher as error:
        fail(str(error))
        sys.exit(3)
    except sqlite3.Error as error:
        raise WarehouseError(f"{settings.home} cannot be written to: {error}.") from None
    sys.exit(code)


@click.command()
@_PLACES
@click.option("--print", "form", flag_value="print", default=True, help="Show systemd units.")
@click.option("--systemd", "form", flag_value="systemd", help="Write systemd units.")
@click.option("--cron", "form", flag_value="cron", help="Show lines for a crontab.")
@click.option(
    "--at",
    multiple=True,
    metavar="TIME",
    default=(":15",),
    show_default=True,
    help="When the timer runs: 20:00 for each day, :15 for each hour. Repeat it for several times.",
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for the units. Default: ~/.config/systemd/user; for the whole machine, as root: "
    "/etc/systemd/system.",
)
@click.option(
    "--name",
    default="warehouse",
    show_default=True,
    help="Name of the units. Each warehouse of a machine needs another one.",
)
@_with_rhythm
@click.pass_obj
def schedule(
    settings: Settings,
    /,
    places: tuple[str, ...],
    form: str,
    at: tuple[str, ...],
    out: Path | None,
    name: str,
    **rhythm: Any,
) -> None:
    """Write what makes systemd or cron load and build by itself.

    There are two ways; enable one of them. NAME.timer runs `warehouse watch --once FOLDER...` at
    fixed times, by default each hour at a quarter past. NAME-watch.service runs `warehouse watch
    FOLDER...` from the start of the machine and loads files as they arrive. FOLDER is as for
    `warehouse watch`, and so are the options for the rhythm.

    systemd catches up on runs missed while the machine was off, and runs a timer's command again
    after five minutes if the database was locked or gone (exit code 3). Cron does neither; its
    lines include one that runs after each start of the machine.

    Home, port, schema prefix, target and the connection (PG..., AWS...) are taken from the
    environment of this command. Secrets are not written down: put them into the file that the
    units name.

    \b
    Examples:
      warehouse schedule incoming
      warehouse schedule --systemd incoming
      warehouse schedule --systemd --at 20:00 cafe=/srv/tills
      warehouse schedule --cron --at :15 --at 20:00 incoming
    """
    import os
    import re

    from warehouse import invocation
    from warehouse.watching import crontab_lines, unit_files
    from warehouse.watching.kept_environment import keep_environment
    from warehouse.watching.known_sources import KnownSources
    from warehouse.watching.places import read_places
    from warehouse.watching.times_of_day import read_time

    if not re.fullmatch(r"[A-Za-z0-9_-]+", name):
        raise click.BadParameter("--name takes letters, digits, - and _ only.")
    if out and form != "systemd":
        raise click.UsageError("--out is for --systemd.")
    found = read_places(places, KnownSources(settings.project_dir).names)
    times = [read_time(text) for text in at]
    environment = keep_environment(settings, os.environ)
    watching = [*invocation.program(), "watch", *_changed(rhythm)]
    arguments = [place.argument() for place in found]
    once = [*watching, "--once", *arguments]
    if form == "cron":
        say(crontab_lines.crontab_lines(once, times, environment).rstrip("\n"))
    else:
        units = unit_files.unit_files(name, once, [*watching, *arguments], times, environment)
        if form == "print":
            for file, text in units.items():
                say(f"# ---- {file}\n{text}")
        else:
            _write_units(settings, out or _UNITS_OF_USER.expanduser(), name, units)
    if environment.left_out:
        tell(
            f"Not written down, because they are or may be secret: "
            f"{', '.join(environment.left_out)}. If the schedule needs them, put NAME=value lines "
            f"into {environment.secrets_file} (mode 0600)."
        )


def _changed(rhythm: dict[str, Any]) -> list[str]:
    """The options of the rhythm that differ from their defaults, as words of a command line."""
    defaults = {option.name: option.default for option in watch.params}
    words: list[str] = []
    for option, value in rhythm.items():
        if value != defaults[option]:
            words.append("--" + option.replace("_", "-"))
            if value is not True:
                words.append(f"{value:g}")
    return words


def _write_units(settings: Settings, folder: Path, name: str, units: dict[str, str]) -> None:
    from ingest.foreign_text import shell_word
    from warehouse import safe_files
    from warehouse.watching.unit_files import write_units

    safe_files.require_own(folder, "Name a folder that only root can write to.")
    with safe_files.shared_outside(settings.home, folder):
        write_units(folder, units)
    for file in units:
        say(f"Wrote {folder / file}")
    is_of_machine = folder == _UNITS_OF_MACHINE
    control = "systemctl" if is_of_machine else "systemctl --user"
    if not is_of_machine:
        say("So that they also run while you are not logged in:\n  loginctl enable-linger")
    if folder not in (_UNITS_OF_MACHINE, _UNITS_OF_USER.expanduser()):
        paths = " ".join(shell_word(str((folder / file).absolute())) for file in units)
        say(f"So that systemd finds them there:\n  {control} link {paths}")
    say(f"To load and build at fixed times:\n  {control} enable --now {name}.timer")
    say(f"Or, to load what arrives at once:\n  {control} enable --now {name}-watch.service")


def _event(message: str) -> None:
    for line in message.splitlines():
        say(f"{datetime.now():%Y-%m-%d %H:%M:%S}  {line}")


def _end_when_told(stop: Callable[[], None]) -> None:
    def heed(number: int, frame: FrameType | None) -> None:
        stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, heed)
    if hasattr(signal, "SIGIO"):
        # Sent when a program opens a file while we ask whether one has it open.
        signal.signal(signal.SIGIO, signal.SIG_IGN)
