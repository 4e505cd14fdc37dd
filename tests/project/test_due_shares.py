"""Every order is counted within a week of builds, whenever these run."""

from pathlib import Path
from typing import Any

import jinja2
import pytest

# Of weekday 0.
SUNDAY = 738_990
assert SUNDAY % 7 == 0


@pytest.fixture(scope="module")
def due(project_dir: Path) -> Any:
    """The macro shares_due_on(today, counted_on)."""
    answers: list[Any] = []
    environment = jinja2.Environment(extensions=["jinja2.ext.do"], autoescape=False)
    environment.globals["return"] = answers.append
    text = (project_dir / "macros" / "scope" / "due_shares.sql").read_text()
    macro = environment.from_string(text).module.shares_due_on

    def run(today: int, counted_on: dict[int, int]) -> list[int]:
        macro(today, counted_on)
        return list(answers.pop())

    return run


def test_a_share_is_due_from_its_weekday_until_it_is_counted(due: Any) -> None:
    all_on_sunday = dict.fromkeys(range(7), SUNDAY)
    assert due(SUNDAY, all_on_sunday) == []
    assert due(SUNDAY + 1, all_on_sunday) == [1]
    # The first build of the day counted it.
    assert due(SUNDAY + 1, all_on_sunday | {1: SUNDAY + 1}) == []
    # No build on Monday and Tuesday.
    assert due(SUNDAY + 3, all_on_sunday) == [1, 2, 3]
    # Counted early, on Monday, and due on its own day all the same.
    assert due(SUNDAY + 3, dict.fromkeys(range(7), SUNDAY + 1)) == [2, 3]
    # A week without a build, and a share that has no row.
    assert due(SUNDAY + 7, all_on_sunday) == [0, 1, 2, 3, 4, 5, 6]
    assert due(SUNDAY, dict.fromkeys(range(6), SUNDAY)) == [6]


@pytest.mark.parametrize("built_on", [range(7), range(6), (2,), (1, 4)])
def test_builds_on_any_weekdays_count_all_within_a_week(due: Any, built_on: Any) -> None:
    counted_on = dict.fromkeys(range(7), SUNDAY)
    for day in range(SUNDAY + 1, SUNDAY + 60):
        if day % 7 in built_on:
            shares = due(day, counted_on)
            counted_on |= dict.fromkeys(shares, day)
            assert due(day, counted_on) == []
            assert min(counted_on.values()) > day - 7
            assert len(shares) == 1 or built_on != range(7)
