"""Whether a source has fallen silent, judged by its own rhythm."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median, quantiles

from psycopg import sql

from ingest.engine.session import Session
from ingest.yaml_reader import read_yaml
from warehouse.alerts.conditions import Condition
from warehouse.alerts.usual_range import FEWEST
from warehouse.settings import Settings

# Gaps between deliveries that count: the last ones.
_GAPS = 60
_TIMES_MEDIAN = 3
# How much longer than nearly the longest gap: a delivery after a weekend may also be late.
_TIMES_LONG_GAP = 1.25
_LEAST = timedelta(hours=2)


@dataclass(frozen=True)
class Rhythm:
    """When a source last loaded something; its usual gap, and the gap after which it is stale, both
    None while too few gaps are known.
    """

    source: str
    last_load_at: datetime
    usual_gap: timedelta | None = None
    longest_gap: timedelta | None = None

    def is_stale(self, now: datetime) -> bool:
        """Whether the source should have loaded something by now."""
        return self.longest_gap is not None and now - self.last_load_at > self.longest_gap


def rhythm_of(source: str, deliveries: Sequence[datetime]) -> Rhythm:
    """The rhythm of a source from the moments of its deliveries, oldest first, at least one.

    The longest gap is three times the median, a quarter more than the 0.98 quantile of the gaps,
    or two hours, whichever is longest.
    """
    last = deliveries[-(_GAPS + 1) :]
    gaps = [(b - a).total_seconds() for a, b in pairwise(last)]
    if len(gaps) < FEWEST:
        return Rhythm(source, deliveries[-1])
    usual = median(gaps)
    long = quantiles(gaps, n=50, method="inclusive")[-1]
    longest = max(_TIMES_MEDIAN * usual, _TIMES_LONG_GAP * long, _LEAST.total_seconds())
    return Rhythm(source, deliveries[-1], timedelta(seconds=usual), timedelta(seconds=longest))


def read_rhythms(connection: Session, settings: Settings) -> list[Rhythm]:
    """The rhythm of each source that the project has and has switched on.

    All that a source loads within one hour of the clock is one delivery, so that a folder of files
    is not a rhythm of seconds.
    """
    rows = connection.execute(
        sql.SQL(
            "select source_system, date_trunc('hour', finished_at), max(finished_at) from {} "
            "group by 1, 2 order by 1, 2"
        ).format(sql.Identifier(settings.prefix + "ops", "load_files"))
    ).fetchall()
    deliveries: dict[str, list[datetime]] = {}
    for source, _, moment in rows:
        deliveries.setdefault(source, []).append(moment)
    on = _sources_on(settings)
    return [
        rhythm_of(source, moments)
        for source, moments in deliveries.items()
        if (on is None or source in on)
        and (settings.project_dir / "models" / "staging" / source).is_dir()
    ]


def stale_source(rhythm: Rhythm, now: datetime) -> Condition | None:
    """The condition of a source that is stale."""
    if not rhythm.is_stale(now) or rhythm.usual_gap is None or rhythm.longest_gap is None:
        return None
    what = (
        f"The last file came on {rhythm.last_load_at.astimezone():%Y-%m-%d at %H:%M}. Files "
        f"usually come every {_hours(rhythm.usual_gap)}; more than {_hours(rhythm.longest_gap)} "
        "without one is out of this rhythm."
    )
    return Condition("source_stale", rhythm.source, what, rhythm.last_load_at)


def _sources_on(settings: Settings) -> set[str] | None:
    """The sources that dbt_project.yml switches on; None if it does not say."""
    variables = (read_yaml(settings.project_dir / "dbt_project.yml") or {}).get("vars") or {}
    on = variables.get("source_systems")
    return set(on) if isinstance(on, list) else None


def _hours(gap: timedelta) -> str:
    hours = gap.total_seconds() / 3600
    if hours >= 48:
        return f"{hours / 24:.1f} days"
    return f"{hours:.1f} hours"
