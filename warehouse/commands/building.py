"""Commands that build core, marts and the documentation from the raw tables."""

import sys
from pathlib import Path

import click

from warehouse.commands.messages import say, tell
from warehouse.settings import Settings


@click.command()
@click.option(
    "--full-refresh",
    is_flag=True,
    help="Rebuild every table from scratch, incremental and weekly ones included.",
)
@click.option("--vars", "variables", default="{}", help="dbt variables, as YAML.")
@click.option("--select", multiple=True, help="Build only these models (dbt's selection syntax).")
@click.option(
    "--force",
    is_flag=True,
    help="Build everything, even if nothing changed. Weekly tables still wait until they are due.",
)
@click.pass_obj
def build(
    settings: Settings, full_refresh: bool, variables: str, select: tuple[str, ...], force: bool
) -> None:
    """Build and test core and marts, then show a summary.

    Only what depends on new files or changed models is built and tested. If nothing changed, the
    command ends within seconds. A change of variables or macros rebuilds everything. Product
    affinity and recommendations are rebuilt once a week.

    A source whose own tests fail is held back: its figures stay as they were, all other sources
    are built, and the exit code is 1.

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
    help="Folder to write to. Default: the folder site in the home.",
)
@click.pass_obj
def docs(settings: Settings, out: Path | None) -> None:
    """Write the documentation as an offline website.

    Open index.html in any browser. It needs neither a server nor a network.
    """
    from warehouse.docs import build_site

    out = out or settings.home / "site"
    index = build_site(settings.project_dir, out, settings, say=tell)
    say(f"Open {index}")
