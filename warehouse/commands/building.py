"""Commands that build core, marts and the documentation from the raw tables."""

import sys
from pathlib import Path

import click

from warehouse.commands.messages import say, tell, warn
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
@click.option(
    "--no-publish",
    is_flag=True,
    help="Build and test only; readers go on seeing the build before.",
)
@click.pass_obj
def build(
    settings: Settings,
    full_refresh: bool,
    variables: str,
    select: tuple[str, ...],
    force: bool,
    no_publish: bool,
) -> None:
    """Build and test core and marts, then show a summary.

    Only what depends on new files or changed models is built and tested. If nothing changed, the
    command ends within seconds. A change of variables or macros rebuilds everything. Product
    affinity and recommendations are rebuilt once a week.

    Readers see nothing of a build before all of it has passed; then they see all of it at once
    (`warehouse publish`). A build of selected models is not published.

    A source whose own tests fail is held back: its figures stay as they were, all other sources
    are built, and the exit code is 1.

    People are told at the end what is wrong and what is over (`warehouse alerts`).

    \b
    Examples:
      warehouse build
      warehouse build --vars '{as_of_date: 2021-08-31}'
      warehouse build --select +customer_rfm
    """
    from warehouse.alerts.alerting import watched_build
    from warehouse.build import pipeline

    request = pipeline.Request(
        full_refresh=full_refresh,
        variables=pipeline.parse_variables(variables),
        select=select,
        force=force,
        publishes=not no_publish,
    )
    with watched_build(settings, is_whole=not select, warn=warn):
        code = pipeline.build(settings, request)
    sys.exit(code)


@click.command()
@click.option("--back", is_flag=True, help="Show readers again what they saw before.")
@click.pass_obj
def publish(settings: Settings, back: bool) -> None:
    """Show readers what was built: core, aggregates, marts, restricted and reference, all at once.

    `warehouse build` publishes a whole build that passed; this command publishes what was built
    with --select or --no-publish. What readers do not see yet is tested first. No reader waits
    longer than a moment: publishing waits until readers are between two transactions.

    --back undoes the last publication. It cannot be undone twice, nor after somebody was forgotten.

    \b
    Examples:
      warehouse build --select customer_rfm+ && warehouse publish
      warehouse publish --back
    """
    from warehouse.build import publishing

    sys.exit(publishing.publish_alone(settings, is_back=back))


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
