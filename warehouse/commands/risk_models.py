"""Commands for the risk models."""

from typing import Any

import click

from warehouse.commands.messages import say, tell, warn
from warehouse.settings import Settings

# scikit-learn accepts seeds of 32 bits.
SEEDS = click.IntRange(0, 2**32 - 1)


@click.command()
@click.argument("names", nargs=-1, metavar="[SOURCE|RISK]...")
@click.option("--seed", type=SEEDS, help="Use this random seed.")
@click.option("--force", is_flag=True, help="Train even if the data is unchanged.")
@click.pass_obj
def train(settings: Settings, names: tuple[str, ...], seed: int | None, force: bool) -> None:
    """Train the risk models whose data changed. `warehouse build` does this, too.

    A new model that does not beat the plain rates on unseen rows is refused: the previous model
    stays in use, and the exit code is 0. Names limit the command to these sources or risks.

    \b
    Examples:
      warehouse train
      warehouse train churn grocery --force
    """
    _work_on_models(settings, "train", names, score=False, seed=seed, force=force)


@click.command()
@click.argument("names", nargs=-1, metavar="[SOURCE|RISK]...")
@click.option("--force", is_flag=True, help="Score even if model and customers are unchanged.")
@click.pass_obj
def score(settings: Settings, names: tuple[str, ...], force: bool) -> None:
    """Score customers with the current risk models. `warehouse build` does this, too.

    After the next build, marts.customer_risk holds the scores of the newest run.
    """
    _work_on_models(settings, "score", names, train=False, force=force)


@click.command()
@click.argument("sources", nargs=-1, metavar="[SOURCE]...")
@click.option("--force", is_flag=True, help="Value customers even if nothing changed.")
@click.pass_obj
def value(settings: Settings, sources: tuple[str, ...], force: bool) -> None:
    """Estimate what customers will be worth. `warehouse build` does this once a week, too.

    After the next build, marts.customer_lifetime_value holds the estimates.

    \b
    Examples:
      warehouse value
      warehouse value grocery --force
    """
    from contextlib import closing

    from ingest.console import Terminal
    from ingest.lock import exclusive
    from warehouse.build import risk_step, value_step
    from warehouse.server import bringup

    bringup.ensure_ready(settings, warn)
    bringup.ensure_tables(settings)
    with (
        closing(risk_step.connect(settings)) as connection,
        exclusive(connection, "value", prefix=settings.prefix, notify=tell),
    ):
        found = value_step.value_customers(settings, Terminal(), only=sources, force=force)
    if not found:
        say("Nobody to value yet. `warehouse build` builds the marts that this needs.")


@click.command()
@click.argument("names", nargs=-1, metavar="[SOURCE|RISK]...")
@click.option("--rollback", is_flag=True, help="Reactivate the previous model.")
@click.option(
    "--to", "version", metavar="VERSION", help="With --rollback: reactivate this version."
)
@click.pass_obj
def models(settings: Settings, names: tuple[str, ...], rollback: bool, version: str | None) -> None:
    """List the risk models, or reactivate an earlier one.

    \b
    Examples:
      warehouse models
      warehouse models churn grocery --rollback
      warehouse models warranty --rollback --to 20240301T070000Z-5f2c8a901b7d
    """
    if version and not rollback:
        raise click.UsageError("--to requires --rollback.")
    from contextlib import closing

    from ingest.lock import exclusive
    from warehouse import model_list
    from warehouse.build import risk_step
    from warehouse.server import bringup

    bringup.ensure_ready(settings, warn)
    bringup.ensure_tables(settings)
    workshop = risk_step.open_workshop(settings)
    tasks = risk_step.chosen_tasks(workshop, names)
    if rollback:
        if len(tasks) != 1:
            raise click.UsageError(
                "Name exactly one model, as in `warehouse models churn grocery`."
            )
        # A build that trains at the same time would keep the model it found.
        with (
            closing(risk_step.connect(settings)) as connection,
            exclusive(connection, "rollback", prefix=settings.prefix, notify=tell),
        ):
            entry = workshop.roll_back(tasks[0], version)
        say(
            f"Model {entry.version} is current again for {tasks[0].title}. "
            "`warehouse build` brings its scores back into the marts."
        )
        return
    model_list.print_models(workshop, tasks)


def _work_on_models(
    settings: Settings, command: str, names: tuple[str, ...], **options: Any
) -> None:
    from contextlib import closing

    from ingest.console import Terminal
    from ingest.lock import exclusive
    from warehouse.build import risk_step
    from warehouse.server import bringup

    console = Terminal()
    bringup.ensure_ready(settings, warn)
    bringup.ensure_tables(settings)
    with (
        closing(risk_step.connect(settings)) as connection,
        exclusive(connection, command, prefix=settings.prefix, notify=tell),
    ):
        reports = risk_step.train_and_score(settings, console, only=names, **options)
    risk_step.print_warnings(reports, console)
    if not reports:
        say("Nothing to score yet. `warehouse build` builds the marts that risk models need.")
