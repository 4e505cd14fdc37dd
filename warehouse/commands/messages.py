"""What commands say, on stderr where stdout stays what was asked for."""

import click

from ingest.foreign_text import visible


def say(message: str, is_answer: bool = True) -> None:
    """Prints lines that may hold text from outside; an answer on stdout, all else on stderr."""
    click.echo(visible(message), err=not is_answer)


def warn(message: str) -> None:
    """Prints a warning that does not stop the work."""
    _print_marked("warning:", "yellow", message)


def fail(message: str) -> None:
    """Prints why the command ends."""
    _print_marked("error:", "red", message)


def tell(message: str) -> None:
    """Prints how the work goes on."""
    say(message, is_answer=False)


def _print_marked(mark: str, colour: str, message: str) -> None:
    click.echo(f"{click.style(mark, fg=colour, bold=True)} {visible(message)}", err=True)
