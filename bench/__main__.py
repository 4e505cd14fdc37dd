"""`python -m bench`: measures, prints the table and writes the figures as JSON."""

import sys

import click
from rich.console import Console

from bench.figures import Figures
from bench.measure import measure
from bench.project import ProjectFigures, measure_project
from bench.report import print_table, project_rows, rows, write_json
from warehouse.known_errors import explain
from warehouse.settings import Settings

HOUSEHOLDS = 2_500
QUICK_HOUSEHOLDS = 40
WIDTH = 140


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--scale",
    type=click.FloatRange(min=1),
    default=1,
    show_default=True,
    help="Also measure a panel this many times the size of the full one, and the growth between "
    "the two: 10 is 26 million lines. (`warehouse sample --scale 10` is the full panel itself.)",
)
@click.option(
    "--repetitions",
    type=click.IntRange(min=1),
    default=3,
    show_default=True,
    help="How often to repeat loads, DuckDB and the models alone at scale 1; the median counts.",
)
@click.option("--quick", is_flag=True, help="A small panel, once: only shows that it runs.")
@click.option(
    "--project",
    is_flag=True,
    help="Measure the whole project instead: builds after five changes to the samples, all "
    "sources, dbt's overhead, builds with nothing new.",
)
def main(scale: float, repetitions: int, quick: bool, project: bool) -> None:
    """Measure loading and building of a made-up grocery panel against plain psql and DuckDB.

    Scale 1 is the full panel, 2.6 million lines; scale 10 is 26 million (about an hour and 40 GB of
    disk). The benchmark has its own database, which is deleted at the end; the figures stay in
    bench/ of the home.
    """
    console = Console()
    console.width = max(console.width, WIDTH)
    households = QUICK_HOUSEHOLDS if quick else HOUSEHOLDS
    folder = Settings.from_environment().home / "bench"

    def say(step: str) -> None:
        console.print(f"[dim]{step}[/]")

    measured: list[Figures | ProjectFigures] = []
    if project:
        whole = measure_project(folder, round(households * scale), say)
        measured, found = [whole], project_rows(whole)
    else:
        plan = [(households, 1 if quick else repetitions)]
        if scale > 1:
            plan.append((round(households * scale), 1))
        sizes = [measure(folder, size, times, say) for size, times in plan]
        measured, found = [*sizes], rows(sizes)
    print_table(found, console)
    console.print(f"Written to {write_json(measured, found, folder)}")


if __name__ == "__main__":
    try:
        main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped.", err=True)
        sys.exit(130)
    except Exception as error:
        message = explain(error)
        if message is None:
            raise
        click.echo(f"error: {message}", err=True)
        sys.exit(1)
