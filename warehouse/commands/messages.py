"""What commands say on stderr, so that stdout stays what was asked for."""

import click


def warn(message: str) -> None:
    """Prints a warning that does not stop the work."""
    click.echo(f"{click.style('warning:', fg='yellow', bold=True)} {message}", err=True)


def tell(message: str) -> None:
    """Prints how the work goes on."""
    click.echo(message, err=True)
