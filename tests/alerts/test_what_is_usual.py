"""What is usual, with figures worked out by hand."""

from datetime import UTC, datetime, timedelta

import pytest

from warehouse.alerts.rhythm import rhythm_of
from warehouse.alerts.usual_range import usual_range

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
FIRST = datetime(2026, 1, 5, 6, tzinfo=UTC)  # a Monday


def test_nothing_is_usual_before_the_eighth() -> None:
    assert usual_range([100] * 7, 10) is None
    assert usual_range([100] * 8, 10) is not None


def test_equal_numbers_may_double_or_halve() -> None:
    found = usual_range([100] * 8, 10)
    # One more than each, on logarithms: 101 / 2 - 1, 101 * 2 - 1.
    assert found is not None
    assert (found.median, found.low, found.high) == pytest.approx((100, 49.5, 201))


def test_small_numbers_may_differ_by_the_least_distance() -> None:
    found = usual_range([2] * 8, 10)
    assert found is not None
    assert (found.low, found.high) == pytest.approx((0, 12))


def test_what_was_seen_is_usual() -> None:
    found = usual_range([100] * 8 + [0, 1000], 10)
    assert found is not None
    assert (found.low, found.high) == pytest.approx((0, 1000))


def test_numbers_that_vary_may_vary_more() -> None:
    # One more than each: 50, 100, 200, 400, 800 (twice each). The median is 200; the distances on
    # logarithms are 0, 1, 1, 2 and 2 times log 2, and their median is log 2. So five deviations
    # are 5 * 1.4826 doublings.
    found = usual_range([49, 99, 199, 399, 799] * 2, 10)
    assert found is not None
    factor = 2 ** (5 * 1.4826)
    assert found.high == pytest.approx(200 * factor - 1)
    assert found.low == pytest.approx(200 / factor - 1)
    assert 0.1 < found.low < 0.2  # a load without rows is unusual


def test_only_the_last_thirty_count() -> None:
    found = usual_range([1_000_000] * 50 + [100] * 30, 10)
    assert found is not None and found.high == pytest.approx(201)


def test_a_daily_source_is_stale_after_three_days() -> None:
    rhythm = rhythm_of("cafe", [FIRST + DAY * n for n in range(9)])
    assert (rhythm.usual_gap, rhythm.longest_gap) == (DAY, 3 * DAY)
    last = FIRST + DAY * 8
    assert not rhythm.is_stale(last + 3 * DAY)
    assert rhythm.is_stale(last + 3 * DAY + timedelta(seconds=1))


def test_seven_gaps_are_no_rhythm() -> None:
    rhythm = rhythm_of("cafe", [FIRST + DAY * n for n in range(8)])
    assert rhythm.longest_gap is None and not rhythm.is_stale(FIRST + 1000 * DAY)


def test_weekends_are_part_of_a_rhythm() -> None:
    days = [FIRST + DAY * n for n in range(14 * 7) if n % 7 < 5]
    rhythm = rhythm_of("cafe", days)
    # Of the last 60 gaps every fifth is three days, so nearly the longest is, and a quarter more.
    assert (rhythm.usual_gap, rhythm.longest_gap) == (DAY, 3.75 * DAY)


def test_a_source_of_every_hour_has_two_hours_at_least() -> None:
    rhythm = rhythm_of("cafe", [FIRST + HOUR * n / 2 for n in range(20)])
    assert rhythm.longest_gap == 2 * HOUR  # not 3 * 30 minutes
    rhythm = rhythm_of("cafe", [FIRST + HOUR * n for n in range(20)])
    assert rhythm.longest_gap == 3 * HOUR


def test_one_long_pause_does_not_set_the_rhythm() -> None:
    # 59 gaps of a day and one of 30 days: the 0.98 quantile is at 0.98 * 59 = 57.82 of 0 to 59,
    # among gaps of a day.
    days = [FIRST - 30 * DAY, *(FIRST + DAY * n for n in range(60))]
    assert rhythm_of("cafe", days).longest_gap == 3 * DAY
