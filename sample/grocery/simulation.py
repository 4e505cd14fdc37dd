"""Simulates the panel day by day: who comes, what they buy, what a campaign adds."""

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from sample.grocery.baskets import Lines, Shelf, Trips, fill, plan_trips, tastes
from sample.grocery.calendar import is_closed, season_weight, week_of, weekday_weight
from sample.grocery.households import NEVER
from sample.grocery.panel import Panel
from sample.streams import stream

Ints = npt.NDArray[np.int64]

_VISITS, _EXTRA, _SHELF = 104, 105, 106
_FIRST_BASKET = 26_900_000_000
_BASKETS_PER_DAY = 20_000_000


@dataclass(frozen=True)
class Day:
    """All baskets of one day, ordered by time; basket_id: one per trip."""

    day: int
    trips: Trips
    lines: Lines
    basket_id: Ints


def simulate(panel: Panel, has_campaigns: bool = True) -> Iterator[Day]:
    """Yield the days of the panel one after another, including those without baskets.

    Memory holds the households and one day. What households buy anyway does not depend on the
    campaigns: without them, the lines are the same except for those that campaigns cause.
    """
    who = panel.households
    next_visit = who.first_day.copy()
    shelf = Shelf(panel.catalogue, stream(panel.seed, _SHELF))
    extra_shelf = Shelf(panel.catalogue, stream(panel.seed, _SHELF, 1))
    week, edges = 0, tastes(1)
    for day in range(1, panel.shape.days + 1):
        if is_closed(day):
            yield join_parts(day, [])
            continue
        if week_of(day) != week:
            week, edges = week_of(day), tastes(day)
        rng = stream(panel.seed, _VISITS, day)
        coming = np.flatnonzero((next_visit <= day) & (who.lapse_day > day))
        trips = plan_trips(rng, panel, day, coming)
        lines = fill(rng, panel, day, trips, edges, shelf)
        next_visit[coming] = _next_visits(rng, panel, day, coming)
        parts = [(trips, lines)]
        if has_campaigns:
            extra = stream(panel.seed, _EXTRA, day)
            trips = _caused_trips(extra, panel, day)
            if len(trips.household):
                parts.append((trips, fill(extra, panel, day, trips, edges, extra_shelf)))
        yield join_parts(day, parts)


def _next_visits(rng: np.random.Generator, panel: Panel, day: int, household: Ints) -> Ints:
    """Draw gamma-distributed gaps around each household's rhythm, favouring busy weekdays."""
    who = panel.households
    mean = who.gap_days[household] / season_weight(day)
    shape = who.regularity[household]
    gap = np.round(rng.gamma(shape, mean / shape)).astype(np.int64)
    nearby = day + np.maximum(1, gap)[:, None] + np.array([-1, 0, 1])
    pull = 2 * np.log(weekday_weight(nearby)) + np.log([0.22, 0.56, 0.22])
    picked = np.argmax(pull + rng.gumbel(size=nearby.shape), axis=1)
    chosen = np.maximum(day + 1, nearby[np.arange(len(household)), picked])
    return np.where(who.is_one_day[household], NEVER, chosen)


def _caused_trips(rng: np.random.Generator, panel: Panel, day: int) -> Trips:
    """Extra visits of mailed households, according to the campaign's true lift."""
    mail, who = panel.campaigns, panel.households
    start, end = mail.start_day[mail.campaign], mail.end_day[mail.campaign]
    household = mail.household
    is_active = (start <= day) & (day <= end)
    is_active &= (who.first_day[household] <= day) & (day < who.lapse_day[household])
    often = mail.lift[mail.campaign] / who.gap_days[household]
    often *= season_weight(day) * weekday_weight(np.array([day]))[0] * 1.05
    comes = np.flatnonzero(is_active & (rng.random(len(household)) < often))
    return plan_trips(rng, panel, day, household[comes], mail.campaign[comes])


def join_parts(day: int, parts: list[tuple[Trips, Lines]]) -> Day:
    """Return the trips and lines of all parts as one day, ordered by time, with basket numbers."""
    trips = Trips(**_concatenate(Trips, [trips for trips, _ in parts]))
    order = np.argsort(trips.time, kind="stable")
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))

    lines = Lines(**_concatenate(Lines, [lines for _, lines in parts]))
    if len(lines.trip):
        first = np.cumsum([0] + [len(trips.time) for trips, _ in parts[:-1]])
        shift = np.repeat(first, [len(lines.trip) for _, lines in parts])
        trip = place[lines.trip + shift]
        lines = replace(lines, trip=trip).take(np.argsort(trip, kind="stable"))
    trips = Trips(**{f.name: getattr(trips, f.name)[order] for f in fields(Trips)})
    basket_id = _FIRST_BASKET + day * _BASKETS_PER_DAY + np.arange(len(order)) * 37
    return Day(day, trips, lines, basket_id)


def _concatenate(kind: type[Trips] | type[Lines], parts: list[Any]) -> dict[str, Any]:
    nothing = np.zeros(0, dtype=np.int64)
    return {
        column.name: np.concatenate([nothing, *(getattr(part, column.name) for part in parts)])
        for column in fields(kind)
    }
