"""Whether day or month comes first in dates such as 03/04/2024, and the evidence for it."""

import calendar
import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ingest.counts import counted
from ingest.files.claimed_files import stem
from ingest.loads.file_order import days_in_name
from ingest.tables.month_names import month_in_name
from scaffold.cell_types import CellType, guess_type
from scaffold.header_words import names_of
from scaffold.known_exports import KnownExport
from scaffold.number_forms import NumberStyle
from scaffold.samples import Sample
from scaffold.side_by_side import readings_of

# This many days show whether sales are close together, in a third of the time at most.
_TELLING_DAYS, _TELLING_TIMES = 4, 3
_LONG_AGO = dt.timedelta(days=3653)
_SHORT_YEARS = re.compile(r"(\d\d)[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)")
_DATE = re.compile(r"(\d{1,2})\D(\d{1,2})\D(\d{4}|\d\d)(?!\d)")
_CLOCK_OF_TWELVE = re.compile(r"\d ?[ap]\.?m\b", re.IGNORECASE)
_AMERICAN = {"$", "US$", "USD"}
_MONTH = re.compile(r"(?<!\d)((?:19|20)\d\d)[-_. ]?(0[1-9]|1[0-2])(?!\d)")
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)(?!\d)")

Days = Mapping[str, Sequence[dt.date]]


@dataclass(frozen=True)
class DateOrder:
    """What comes first in dates ("day", "month" or "year"), and the reason if no date of the file
    proves it; `is_sure` if the reason leaves no doubt.
    """

    first: str
    reason: str = ""
    is_sure: bool = False


def order_of_dates(
    sample: Sample, style: NumberStyle, wished: str | None, export: KnownExport | None
) -> DateOrder:
    """Whether day, month or a year of two digits comes first in a file: one column that proves it
    proves it for all. `wished` is what the user says."""
    if wished is not None:
        return DateOrder(wished, is_sure=True)
    if year := _by_years(sample):
        return year
    types = [guess_type(cells, header, style=style)
             for header, cells in zip(sample.headers, sample.columns, strict=True)]  # fmt: skip
    proven = {found.dates.order for found in types if found.dates is not None}
    proven &= {"day", "month"}
    if len(proven) == 1:
        return DateOrder(str(proven.pop()), is_sure=True)
    doubtful = [cells for found, cells in zip(types, sample.columns, strict=True)
                if found.is_ambiguous]  # fmt: skip
    columns = [days for cells in doubtful if (days := _readings(cells))["day"]]
    if not columns:
        return DateOrder("day")
    days = {first: [day for column in columns for day in column[first]]
            for first in ("day", "month")}  # fmt: skip
    judges: list[Callable[[], DateOrder | None]] = [
        lambda: _by_names(sample, days),
        lambda: _by_export(export),
        lambda: _by_density(columns),
        lambda: _by_clock(doubtful),
        lambda: _by_money(types),
        lambda: _by_span(days),
    ]
    found = (judge() for judge in judges)
    return next((order for order in found if order is not None), DateOrder("day"))


def _by_years(sample: Sample) -> DateOrder | None:
    """Year first, as in 24-03-02, if other readings give dates in the future, far apart, or many
    years ago.
    """
    names = set(names_of("ordered_at"))
    for header, cells in zip(sample.headers, sample.columns, strict=True):
        filled = {cell.strip() for cell in cells if cell.strip()}
        found = [_SHORT_YEARS.match(cell) for cell in filled]
        if not found or not all(found) or names.isdisjoint(readings_of(header)):
            continue
        parts = {match.groups() for match in found if match}
        days = {order: _days_of(parts, order) for order in ("year", "day", "month")}
        past = {order: read for order, read in days.items()
                if read and max(read) <= dt.date.today() + dt.timedelta(days=1)}  # fmt: skip
        years = past.pop("year", None)
        if years is None:
            continue
        if not past:
            return DateOrder("year", "because otherwise they are not past dates")
        if all(_span(read) > _TELLING_TIMES * _span(years) for read in past.values()):
            return DateOrder("year", _spans_told("year", {"year": years, **past}))
        if all(max(read) < max(years) - _LONG_AGO and _span(read) >= _span(years)
               for read in past.values()):  # fmt: skip
            last = max(max(read) for read in past.values())
            return DateOrder("year", f"because otherwise the last is {last}")
    return None


def _days_of(parts: set[tuple[str, ...]], order: str) -> list[dt.date]:
    """The dates that texts of three numbers mean in an order; empty if one is not a date."""
    places = {"year": (0, 1, 2), "day": (2, 1, 0), "month": (2, 0, 1)}[order]
    if any(len(p[places[0]]) == 1 for p in parts):
        return []
    try:
        return [dt.date(2000 + int(p[places[0]]), int(p[places[1]]), int(p[places[2]]))
                for p in parts]  # fmt: skip
    except ValueError:
        return []


def _readings(cells: Sequence[str]) -> Days:
    """The days of a column, read day first and month first."""
    found = {match.groups() for cell in cells if (match := _DATE.match(cell.strip()))}
    parts = [(int(one), int(two), int(year) + (2000 if len(year) == 2 else 0))
             for one, two, year in found if int(one) and int(two) and int(year)]  # fmt: skip
    return {
        "day": [dt.date(year, two, one) for one, two, year in parts],
        "month": [dt.date(year, one, two) for one, two, year in parts],
    }


def _by_names(sample: Sample, days: Days) -> DateOrder | None:
    """What dates in file names show: the dates in the files are between them, or none is later and
    the last of them is near.
    """
    spans = [span for path in sample.files if (span := _span_of_name(path.name))]
    if len(spans) < len(sample.files):
        return None
    first, last = min(span[0] for span in spans), max(span[1] for span in spans)
    inside = [order for order, found in days.items() if first <= min(found) <= max(found) <= last]
    if len(inside) == 1 and all(start < end for start, end in spans):
        return DateOrder(inside[0], f"because of the file name ({first} to {last})", True)
    reason = f"because the file name has {last}"
    earlier = [order for order, found in days.items() if max(found) <= last]
    if len(earlier) == 1:
        return DateOrder(earlier[0], reason)
    gaps = {order: abs(last - max(found)) for order, found in days.items()}
    if gaps["day"] == gaps["month"]:
        return None
    return DateOrder(min(gaps, key=lambda order: gaps[order]), reason)


def _span_of_name(name: str) -> tuple[dt.date, dt.date] | None:
    """The first and the last day that a file's name names, or those of the month that it names."""
    days = days_in_name(name)
    if days:
        return min(days), max(days)
    text = stem(name)
    months = [(int(year), int(month)) for year, month in _MONTH.findall(text)]
    if not months:
        named = [month for word in re.findall(r"[^\W\d_]+", text) if (month := month_in_name(word))]
        months = [(int(year), month) for year in _YEAR.findall(text) for month in named]
    if not months:
        return None
    year, month = max(months)
    return dt.date(*min(months), 1), dt.date(year, month, calendar.monthrange(year, month)[1])


def _by_export(export: KnownExport | None) -> DateOrder | None:
    if export is None or not export.month_first:
        return None
    return DateOrder("month", f"as in {export.name}", True)


def _by_density(columns: Sequence[Days]) -> DateOrder | None:
    """Sales of neighbouring days, and not of one day in each of many months."""
    near = set()
    for days in columns:
        if len(days["day"]) < _TELLING_DAYS:
            continue
        spans = {order: _span(found) for order, found in days.items()}
        order, other = sorted(spans, key=lambda name: spans[name])
        near.add(order if spans[order] * _TELLING_TIMES < spans[other] else "")
    order = near.pop() if len(near) == 1 else ""
    days = {name: [day for column in columns for day in column[name]] for name in ("day", "month")}
    return DateOrder(order, _spans_told(order, days)) if order else None


def _by_clock(doubtful: Sequence[Sequence[str]]) -> DateOrder | None:
    has = any(_CLOCK_OF_TWELVE.search(cell) for cells in doubtful for cell in cells)
    return DateOrder("month", "because times have AM or PM") if has else None


def _by_money(types: Sequence[CellType]) -> DateOrder | None:
    signs = {mark for found in types for mark in found.marks} & _AMERICAN
    return DateOrder("month", f"because amounts are in {min(signs)}") if signs else None


def _by_span(days: Days) -> DateOrder | None:
    spans = {order: _span(found) for order, found in days.items()}
    if spans["day"] == spans["month"]:
        return None
    order = min(spans, key=lambda name: spans[name])
    return DateOrder(order, _spans_told(order, days))


def _spans_told(order: str, days: Days) -> str:
    others = min(_span(found) for name, found in days.items() if name != order)
    return f"because the dates then span {counted(_span(days[order]), 'day')}, otherwise {others:,}"


def _span(days: Sequence[dt.date]) -> int:
    return (max(days) - min(days)).days + 1
