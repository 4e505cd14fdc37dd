"""Says plainly what went wrong in a build and what to do about it."""

import re
from pathlib import Path

import psycopg
from rich.console import Console
from rich.markup import escape

from warehouse.dbt_run import NodeResult, Outcome
from warehouse.docs.description import read_description
from warehouse.failing_rows import first_rows
from warehouse.settings import Settings

_FAILED = {"fail", "error", "runtime error"}
MOST_SHOWN = 20


def print_problems(
    outcome: Outcome, settings: Settings, connection: psycopg.Connection, console: Console
) -> None:
    """Prints errors, then warnings, with the first rows that a data test found.

    Nothing when there are none.
    """
    if outcome.fatal:
        console.print("\n[bold red]The build could not run[/]")
        console.print(_indent(_tidy(outcome.fatal)), highlight=False)
    failed = [result for result in outcome.results if result.status in _FAILED]
    warned = [result for result in outcome.results if result.status == "warn"]
    skipped = [result for result in outcome.results if result.status == "skipped"]
    if failed:
        console.print(f"\n[bold red]Failed ({len(failed)})[/]")
    for result in failed[:MOST_SHOWN]:
        _print_result(result, settings, connection, console, "red")
    _print_rest(len(failed), console)
    if skipped:
        console.print(f"\n{len(skipped)} models and tests behind these were left as they were.")
    if warned or outcome.warnings:
        console.print(f"\n[bold yellow]Warnings ({len(warned) + len(outcome.warnings)})[/]")
    for result in warned[:MOST_SHOWN]:
        _print_result(result, settings, connection, console, "yellow")
    _print_rest(len(warned), console)
    for message in outcome.warnings[:MOST_SHOWN]:
        console.print(_indent(escape(message)), highlight=False)


def _print_result(
    result: NodeResult,
    settings: Settings,
    connection: psycopg.Connection,
    console: Console,
    color: str,
) -> None:
    console.print(f"  [{color}]{result.kind}[/] [bold]{escape(result.name)}[/]", highlight=False)
    if result.description and result.is_test:
        console.print(_indent(escape(" ".join(result.description.split())), 4), highlight=False)
    if result.is_test and result.status != "error" and result.failures is not None:
        rows = "1 row" if result.failures == 1 else f"{result.failures:,} rows"
        console.print(_indent(f"{rows} found by the test.", 4), highlight=False)
        for row in first_rows(connection, settings.project_dir, result):
            told = ", ".join(f"{name} {value}" for name, value in row.items())
            console.print(_indent(escape(f"- {told}"), 4), highlight=False)
    else:
        console.print(_indent(_tidy(result.message), 4), highlight=False)
        if result.description and not result.is_test:
            told = escape(read_description(result.description).first_sentence)
            console.print(f"    [dim]What it is:[/] {told}", highlight=False)
    if result.compiled_path:
        path = _as_seen_from_here(settings.project_dir / result.compiled_path)
        console.print(
            f"    [dim]Look at it:[/] warehouse psql -f {escape(str(path))}",
            highlight=False,
            soft_wrap=True,
        )


def _print_rest(count: int, console: Console) -> None:
    if count > MOST_SHOWN:
        console.print(f"  … and {count - MOST_SHOWN} more, in the home's logs/dbt.log")


def _tidy(message: str) -> str:
    lines = [line.strip() for line in message.splitlines()]
    kept = [line for line in lines if line and not re.match(r"compiled code at ", line)]
    return escape("\n".join(kept))


def _indent(text: str, width: int = 2) -> str:
    return "\n".join(" " * width + line for line in text.splitlines())


def _as_seen_from_here(path: Path) -> Path:
    try:
        return path.relative_to(Path.cwd())
    except ValueError:
        return path
