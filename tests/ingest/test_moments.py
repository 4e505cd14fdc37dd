"""Dates and times in the forms that shops write; each value worked out by hand."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from ingest.checks.cell_rules import Rule
from ingest.checks.cells import CellFault, read_cell
from ingest.tables.column_types import parse_type
from ingest.tables.table_definitions import Column


def read(
    text: str,
    *formats: str,
    zone: str | None = None,
    languages: tuple[str, ...] = ("en",),
    kind: str = "timestamp",
    is_utc: bool = False,
) -> object:
    """What the loader makes of a cell, as text; a fault's reason where it makes nothing of it."""
    column = Column("at", parse_type(kind), format=formats or None, is_utc=is_utc)
    time_zone = ZoneInfo(zone) if zone else None
    rule = Rule(column, formats=formats, languages=languages, time_zone=time_zone)
    try:
        return str(read_cell(text, rule))
    except CellFault as fault:
        return str(fault)


@pytest.mark.parametrize(
    ("text", "form", "language", "expected"),
    [
        ("1-Mar-24", "%-d-%b-%y", "en", "2024-03-01"),
        ("15-APR-24", "%-d-%b-%y", "en", "2024-04-15"),
        ("September 24, 2026", "%B %-d, %Y", "en", "2026-09-24"),
        ("Sept. 24, 2026", "%b %-d, %Y", "en", "2026-09-24"),
        ("Friday, March 1, 2024", "%A, %B %-d, %Y", "en", "2024-03-01"),
        ("1. März 2024", "%-d. %B %Y", "de", "2024-03-01"),
        ("01-Mrz-24", "%d-%b-%y", "de", "2024-03-01"),
        ("01-MAERZ-24", "%d-%b-%y", "de", "no such date or time"),
        ("31 déc. 2024", "%d %b %Y", "fr", "2024-12-31"),
        ("31 decembre 2024", "%d %b %Y", "fr", "2024-12-31"),
        ("01/ago/2024", "%d/%b/%Y", "pt_BR", "2024-08-01"),
        ("1 set 2024", "%-d %b %Y", "it", "2024-09-01"),
        ("1 mrt. 2024", "%-d %b %Y", "nl", "2024-03-01"),
        ("2 stycznia 2024", "%-d %B %Y", "pl", "2024-01-02"),
        ("2024年3月1日", "%Y年%B%-d日", "ja", "2024-03-01"),
        ("1 Mars 2024", "%-d %B %Y", "en", "no such date or time"),
        # In French juin and juillet begin alike: what only begins a name must tell them apart.
        ("1 jui 2024", "%-d %b %Y", "fr", "no such date or time"),
    ],
)
def test_months_have_names(text: str, form: str, language: str, expected: str) -> None:
    assert read(text, form, languages=(language,), kind="date") == expected


def test_a_name_of_two_months_in_two_languages_is_none() -> None:
    # listopad is November in Polish and October in Croatian.
    assert read("1 listopad 2024", "%-d %B %Y", languages=("pl",), kind="date") == "2024-11-01"
    both = read("1 listopad 2024", "%-d %B %Y", languages=("pl", "hr"), kind="date")
    assert both == "no such date or time"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("9:05 PM", "2024-04-13 21:05:00"),
        ("12:15 am", "2024-04-13 00:15:00"),
        ("12:15 p.m.", "2024-04-13 12:15:00"),
        ("13:00 PM", "no such date or time"),
        ("0:30 AM", "no such date or time"),
    ],
)
def test_the_clock_of_twelve_hours(text: str, expected: str) -> None:
    assert read(f"13/04/2024 {text}", "%d/%m/%Y %-I:%M %p") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-03-01", "2024-03-01"),
        ("13/04/2024", "2024-04-13"),
        ("04/13/2024", "2024-04-13"),
        ("03/03/2024", "2024-03-03"),
        ("03/04/2024", "a date that two of the column's formats read differently"),
        ("31/02/2024", "no such date or time"),
        ("2024/03/01", "not a date written as %Y-%m-%d or %d/%m/%Y or %m/%d/%Y"),
    ],
)
def test_of_several_formats_one_must_fit(text: str, expected: str) -> None:
    assert read(text, "%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y", kind="date") == expected


@pytest.mark.parametrize(
    ("text", "zone", "expected"),
    [
        # Berlin is an hour ahead of UTC in winter, two in summer.
        ("2024-03-01T23:15:00+00:00", "Europe/Berlin", "2024-03-02 00:15:00"),
        ("2024-03-01T23:15:00Z", "Europe/Berlin", "2024-03-02 00:15:00"),
        ("2024-07-01 22:15:00 UTC", "Europe/Berlin", "2024-07-02 00:15:00"),
        # Perth is eight hours ahead, always: its own clock stays as written.
        ("2024-03-01 23:30:00 +0800", "Australia/Perth", "2024-03-01 23:30:00"),
        ("2024-03-01 23:30:00 +0800", None, "2024-03-01 23:30:00"),
        # 23:30 five hours behind UTC is 04:30 of the next day there.
        ("2024-03-01 23:30:00 -0500", "Europe/London", "2024-03-02 04:30:00"),
        ("2024-03-01T23:30:00-05:00", None, "2024-03-01 23:30:00"),
        ("2024-03-01T23:30:00", "Europe/London", "2024-03-01 23:30:00"),
        ("2024-03-01", "Europe/London", "2024-03-01 00:00:00"),
        ("2024-03-01T23:30:00+24:00", None, "no such date or time"),
    ],
)
def test_an_offset_makes_an_instant(text: str, zone: str | None, expected: str) -> None:
    assert read(text, zone=zone) == expected


@pytest.mark.parametrize("offset", ["Z", "+00:00", "-0000", " +00:00", " UTC"])
def test_utc_asks_for_the_time_zone(offset: str) -> None:
    reason = read(f"2024-03-01T10:30:00{offset}")
    assert f"a time in UTC ({offset.strip()}), not on the shop's clock" in str(reason)
    assert "give the shop's time zone (load --time-zone Europe/Berlin)" in str(reason)
    assert read(f"2024-03-01T10:30:00{offset}", zone="UTC") == "2024-03-01 10:30:00"


def test_a_column_may_be_utc_without_saying_so() -> None:
    assert read("2024-03-01 23:15", is_utc=True, zone="Europe/Berlin") == "2024-03-02 00:15:00"
    assert "a time in UTC" in str(read("2024-03-01 23:15", is_utc=True))


def test_a_format_may_name_the_offset() -> None:
    form = "%d/%m/%Y %H:%M:%S %z"
    assert read("01/03/2024 23:15:00 +0000", form, zone="Europe/Berlin") == "2024-03-02 00:15:00"
    # The day of an instant is that of the shop.
    day = read("01/03/2024 23:15:00 Z", form, zone="Europe/Berlin", kind="date")
    assert day == "2024-03-02"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("9:05 PM", "21:05:00"),
        ("12:15 AM", "00:15:00"),
        ("21:05", "not a time of day written as %-I:%M %p"),
        ("13:05 PM", "no such time of day"),
    ],
)
def test_a_text_may_be_a_time_of_day(text: str, expected: str) -> None:
    assert read(text, "%-I:%M %p", kind="varchar(16)") == expected


@pytest.mark.parametrize(
    ("text", "form", "kind", "expected"),
    [
        ("Mar 2, 2024 2:24:06 AM PST", "%b %-d, %Y %-I:%M:%S %p %Z", "timestamp",
         "2024-03-02 02:24:06"),
        ("Sat Mar 02 16:26:35 CET 2024", "%a %b %d %H:%M:%S %Z %Y", "timestamp",
         "2024-03-02 16:26:35"),
        ("Sat Mar 02 16:26:35 UTC 2024", "%a %b %d %H:%M:%S %Z %Y", "timestamp",
         "not a date and time written as %a %b %d %H:%M:%S %Z %Y"),
        # 45292 is 1 January 2024; 31 and 29 days on is 1 March.
        ("45352", "%E", "date", "2024-03-01"),
        ("45353.5", "%E", "timestamp", "2024-03-02 12:00:00"),
        ("45353,36390", "%E", "timestamp", "2024-03-02 08:44:01"),
        ("4535", "%E", "date", "not a date written as %E"),
    ],
)  # fmt: skip
def test_clocks_with_letters_and_days_that_are_counted(
    text: str, form: str, kind: str, expected: str
) -> None:
    assert read(text, form, kind=kind) == expected


def test_seconds_since_1970_are_an_instant() -> None:
    # 1,709,369,041 seconds are 19,784 days, to 2 March 2024, and 08:44:01 of UTC.
    assert read("1709369041", "%s", zone="Europe/Berlin") == "2024-03-02 09:44:01"
    assert read("1709369041500", "%s", zone="UTC") == "2024-03-02 08:44:01.500000"
    assert "give the shop's time zone" in str(read("1709369041", "%s"))
    assert read("17093690", "%s", zone="UTC") == "not a date and time written as %s"
