"""Reports what went wrong in a build and what to do about it."""

import re
from pathlib import Path

from rich.console import Console
from rich.text import Text

from ingest.counts import counted
from ingest.engine.session import Session
from ingest.foreign_text import shell_word, shown
from ingest.sessions import STILL_LOCKED, lock_holders
from warehouse.build.dbt_run import FAILED, NodeResult, Outcome
from warehouse.build.failing_rows import first_rows
from warehouse.docs.description import read_description
from warehouse.settings import Settings

MOST_SHOWN = 20
_LOCKED = "canceling statement due to lock timeout"


def print_problems(
    outcome: Outcome, settings: Settings, connection: Session, console: Console
) -> None:
    """Prints errors, then warnings, with the first rows that a data test found."""
    if outcome.fatal:
        console.print(Text("\nThe build could not run", style="bold red"))
        _print_lines(console, _tidy(outcome.fatal))
    failed = [result for result in outcome.results if result.status in FAILED]
    warned = [result for result in outcome.results if result.status == "warn"]
    skipped = [result for result in outcome.results if result.status == "skipped"]
    if failed:
        console.print(Text(f"\nFailed ({len(failed)})", style="bold red"))
    for result in failed[:MOST_SHOWN]:
        _print_result(result, settings, connection, console, "red")
    _print_rest(len(failed), console)
    if skipped:
        console.print(f"\n{len(skipped)} downstream models and tests were skipped.")
    if warned or outcome.warnings:
        count = len(warned) + len(outcome.warnings)
        console.print(Text(f"\nWarnings ({count})", style="bold yellow"))
    for result in warned[:MOST_SHOWN]:
        _print_result(result, settings, connection, console, "yellow")
    _print_rest(len(warned), console)
    for message in outcome.warnings[:MOST_SHOWN]:
        _print_lines(console, [shown(message, 1000)])


def _print_result(
    result: NodeResult,
    settings: Settings,
    connection: Session,
    console: Console,
    color: str,
) -> None:
    console.print(Text.assemble("  ", (result.kind, color), " ", (result.name, "bold")))
    if result.description and result.is_test:
        _print_lines(console, [" ".join(result.description.split())], 4)
    if result.is_test and result.status != "error" and result.failures is not None:
        _print_lines(console, [f"{counted(result.failures, 'row')} found by the test."], 4)
        for row in first_rows(connection, settings.project_dir, result):
            told = ", ".join(f"{name} {shown(value)}" for name, value in row.items())
            _print_lines(console, [f"- {told}"], 4)
    else:
        _print_lines(console, _tidy(result.message), 4)
        if _LOCKED in result.message:
            for holder in lock_holders(connection, result.name):
                _print_lines(console, [f"In use by {holder}."], 4)
        if result.description and not result.is_test:
            told = read_description(result.description).first_sentence
            console.print(Text.assemble("    ", ("What it is:", "dim"), f" {told}"))
    if result.compiled_path:
        path = _as_seen_from_here(settings.project_dir / result.compiled_path)
        told = f" {shell_word(str(path))}"
        if not settings.is_redshift:
            told = f" warehouse psql --role transformer -f{told}"
        console.print(Text.assemble("    ", ("Look at it:", "dim"), told), soft_wrap=True)


def _print_rest(count: int, console: Console) -> None:
    if count > MOST_SHOWN:
        console.print(f"  … and {count - MOST_SHOWN} more, in the home's logs/dbt.log")


def _tidy(message: str) -> list[str]:
    """The lines of a message from dbt or the database, without those that show whole rows or keys.
    It may quote a cell.
    """
    lines = [line.strip() for line in message.splitlines()]
    kept = [line for line in lines if line and not re.match(r"compiled code at |DETAIL:", line)]
    if _LOCKED in message:
        kept.append(STILL_LOCKED)
    return [shown(line) for line in kept]


def _print_lines(console: Console, lines: list[str], indent: int = 2) -> None:
    for line in lines:
        console.print(Text(" " * indent + line))


def _as_seen_from_here(path: Path) -> Path:
    try:
        return path.relative_to(Path.cwd())
    except ValueError:
        return path
