"""Commands that build what lies behind the raw tables, and its documentation."""

import sys
from pathlib import Path

import click

from warehouse.commands.messages import say, tell
from warehouse.settings import Settings


@click.command()
@click.option(
    "--full-refresh",
    is_flag=True,
    help="Rebuild all tables from the start, incremental and weekly.",
)
@click.option("--vars", "variables", default="{}", help="dbt variables, as YAML.")
@click.option("--select", multiple=True, help="Build only these models (dbt's selection syntax).")
@click.option(
    "--force",
    is_flag=True,
    help="Build everything; what is rebuilt weekly waits until it is due.",
)
@click.pass_obj
def build(
    settings: Settings, full_refresh: bool, variables: str, select: tuple[str, ...], force: bool
) -> None:
    """Build and test everything behind the raw tables, then show a first look.

    Builds and tests what new files and changed models call for; with nothing new it ends
    within seconds. Other variables or macros call for everything. Product affinity and
    recommendations are rebuilt once a week.
    A source whose own tests fail is held back: its figures stay, all others are
    built, and the exit code is 1.

    \b
    Examples:
      warehouse build
      warehouse build --vars '{as_of_date: 2021-08-31}'
      warehouse build --select +customer_rfm
    """
    from warehouse.build import pipeline

    request = pipeline.Request(
        full_refresh=full_refresh,
        variables=pipeline.parse_variables(variables),
        select=select,
        force=force,
    )
    sys.exit(pipeline.build(settings, request))


@click.command()
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where to write; by default the folder site in the home.",
)
@click.pass_obj
def docs(settings: Settings, out: Path | None) -> None:
    """Write the documentation as one offline site.

    Open index.html in any browser; it needs no server and no network.
    """
    from warehouse.docs import build_site

    out = out or settings.home / "site"
    index = build_site(settings.project_dir, out, settings, say=tell)
    say(f"Open {index}")
