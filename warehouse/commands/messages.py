"""Output of the commands: results go to stdout, everything else to stderr."""

import click

from ingest.foreign_text import visible


def say(message: str, is_answer: bool = True) -> None:
    """Prints lines that may hold foreign text: an answer to stdout, everything else to stderr."""
    click.echo(visible(message), err=not is_answer)


def warn(message: str) -> None:
    """Prints a warning; the command goes on."""
    _print_marked("warning:", "yellow", message)


def fail(message: str) -> None:
    """Prints the reason why the command fails."""
    _print_marked("error:", "red", message)


def tell(message: str) -> None:
    """Prints progress."""
    say(message, is_answer=False)


def _print_marked(mark: str, colour: str, message: str) -> None:
    click.echo(f"{click.style(mark, fg=colour, bold=True)} {visible(message)}", err=True)
