"""Commands that say how the warehouse is."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from warehouse.commands.messages import say, warn
from warehouse.settings import Settings

if TYPE_CHECKING:
    from warehouse.alerts.alert_book import OpenAlert


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, for programs.")
@click.option(
    "--prometheus",
    "metrics",
    is_flag=False,
    flag_value="-",
    type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
    metavar="[FILE]",
    help="Print metrics in Prometheus' text format, or write them to FILE in one piece, for the "
    "textfile collector of node_exporter.",
)
@click.pass_obj
def status(settings: Settings, as_json: bool, metrics: Path | None) -> None:
    """Show the state of the database, its last load and last build, and what is wrong.

    The exit code is 0 if the database runs and 1 if it does not.

    \b
    Examples:
      warehouse status
      warehouse status --json | jq .last_build.steps
      warehouse status --prometheus /var/lib/node_exporter/warehouse.prom
    """
    from warehouse.health import health_json, health_text
    from warehouse.health.health import read_health
    from warehouse.health.metrics import as_metrics
    from warehouse.server import ownership

    if as_json and metrics:
        raise click.UsageError("Pass --json or --prometheus, not both.")
    if settings.is_embedded:
        ownership.require_free(settings)
    health = read_health(settings)
    if metrics:
        _put(metrics, as_metrics(health))
    else:
        say(health_json.as_json(health) if as_json else health_text.render(health))
    sys.exit(0 if health.is_running else 1)


@click.command()
@click.option(
    "--check",
    is_flag=True,
    help="See whether sources have had no new files, or loads no build, for too long, and tell "
    "people. Prints nothing else. For cron.",
)
@click.option("--test", is_flag=True, help="Send a test message through every channel.")
@click.pass_obj
def alerts(settings: Settings, check: bool, test: bool) -> None:
    """List what is wrong with the warehouse, and send alerts.

    People are told once when something goes wrong, once a day while it lasts, and when it is over:
    a build or a load failed, a source is held back or has had no new files for longer than its
    rhythm explains, loads wait for a build, a load has an unusual number of rows, a build took far
    too long. `warehouse build` and `warehouse load` judge this when they end, and `warehouse watch`
    every hour; --check judges now what needs no build and no load.

    \b
    Channels, from the environment; several may be set:
      WAREHOUSE_ALERT_COMMAND   a program and its arguments; it gets JSON on its
                                standard input
      WAREHOUSE_ALERT_WEBHOOK   a URL that JSON is posted to (Slack, Mattermost)
      WAREHOUSE_ALERT_EMAIL     addresses, with commas between them
      WAREHOUSE_SMTP_URL        the mail server, smtps://user:password@host:465
                                or smtp://host:587 (STARTTLS)
      WAREHOUSE_ALERT_FROM      the sender. Default: the mail server's user
      WAREHOUSE_ALERT_MUTE      what nobody wants to hear of, such as
                                build_slow,source_stale:grocery

    The exit code of --test is 1 if a message did not get through.

    \b
    Examples:
      warehouse alerts
      warehouse alerts --test
      warehouse alerts --check
    """
    from warehouse.alerts import alerting
    from warehouse.alerts.alert_settings import VARIABLES, read_alert_settings
    from warehouse.server import bringup

    given = read_alert_settings()
    if test:
        if not given.channels:
            raise click.UsageError(f"No channel is set. Set {VARIABLES}.")
        failures = alerting.try_channels(settings, given)
        for name, reason in failures:
            say(f"{name}: {reason or 'sent'}")
        sys.exit(int(any(reason for _, reason in failures)))
    if check:
        alerting.check(settings, given, warn)
        return
    bringup.ensure_ready(settings, warn)
    found = alerting.read_open(settings)
    for alert in found:
        say(_told(alert))
    if not found:
        say("Nothing is wrong.")


def _put(file: Path, text: str) -> None:
    """Prints the text (`-`), or writes it to a file that every user may read."""
    from warehouse.safe_files import require_own, write_whole

    if str(file) == "-":
        say(text.rstrip("\n"))
        return
    require_own(file, "Name a file in a folder that only root can write to.")
    write_whole(file.parent.resolve() / file.name, text, 0o644)


def _told(alert: OpenAlert) -> str:
    """One alert as a few lines."""
    from warehouse.alerts import conditions

    one = alert.condition
    told = f"told {_moment(alert.told_at)}" if alert.told_at else "nobody was told"
    return (
        f"{conditions.title(one.kind, one.subject)}\n"
        f"  {one.kind}:{one.subject}, since {_moment(one.since)}, {told}\n"
        f"  {one.what}\n  What to do: {conditions.what_to_do(one.kind)}"
    )


def _moment(value: datetime) -> str:
    return f"{value.astimezone():%Y-%m-%d %H:%M}"
