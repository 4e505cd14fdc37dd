"""What tells day from month where no date of a file does, and that it is said."""

from pathlib import Path

import pytest

from tests.scaffold.planning import one_file, plan
from warehouse.errors import WarehouseError

MAY = "vendite_2024-05-03.csv"
NAMED = "first, because the file name has 2024-05-03"


def sales(dates: list[str], price: str = "5.00") -> str:
    rows = "".join(f"{n},{date},mug,1,{price}\n" for n, date in enumerate(dates))
    return "Order,Date,Product,Quantity,Price\n" + rows


@pytest.mark.parametrize(
    ("name", "dates", "price", "first_day", "reason"),
    [
        # A day in the name: no sale is later, and the last is near.
        (MAY, ["4/5/2024"], "5.00", "2024-04-05", f"month {NAMED}"),
        (MAY, ["3/5/2024"], "5.00", "2024-05-03", f"day {NAMED}"),
        (MAY, ["1/3/2024"], "5.00", "2024-03-01", f"day {NAMED}"),
        # A month in the name holds all days.
        ("till 2024-05.csv", ["5/1/2024", "5/2/2024"], "5.00", "2024-05-01",
         "month first, because of the file name (2024-05-01 to 2024-05-31)."),
        ("Umsatz Mai 2024.csv", ["1/5/2024"], "5.00", "2024-05-01",
         "day first, because of the file name (2024-05-01 to 2024-05-31)."),
        ("till.csv", ["3/4/2024 2:05 PM"], "5.00", "2024-03-04",
         "month first, because times have AM or PM"),
        ("till.csv", ["3/4/2024"], "$5.00", "2024-03-04", "month first, because amounts are in $."),
        ("till.csv", ["3/4/2024"], "A$5.00", "2024-04-03", "day first. --month-first changes it."),
        ("till.csv", ["3/4/2024"], "€5.00", "2024-04-03", "day first. --month-first changes it."),
        # Two days, or a month and a day.
        ("till.csv", ["3/4/2024", "4/4/2024"], "5.00", "2024-04-03",
         "day first, because the dates then span 2 days, otherwise 32."),
        ("till.csv", ["3/4/24", "3/5/24"], "5.00", "2024-03-04",
         "month first, because the dates then span 2 days, otherwise 31."),
        # Days side by side speak louder than a sign.
        ("till.csv", ["1/3/2024", "2/3/2024", "3/3/2024", "4/3/2024"], "$5.00", "2024-03-01",
         "day first, because the dates then span 4 days, otherwise 92."),
    ],
)  # fmt: skip
def test_what_is_open_is_told_by_what_else_there_is(
    tmp_path: Path, project_dir: Path, name: str, dates: list[str], price: str, first_day: str,
    reason: str,
) -> None:  # fmt: skip
    path = one_file(tmp_path, sales(dates, price), name)
    found = plan(project_dir, path, currency="EUR" if price[0] in "5€" else None)
    assert found.figures is not None and found.figures.first_day == first_day
    told = [s for s in (*found.design.said, *found.design.guessed) if "dates are ambiguous" in s]
    assert len(told) == 1 and f"Date: dates are ambiguous; read {reason}" in told[0]


def test_a_date_that_proves_it_is_not_doubted(tmp_path: Path, project_dir: Path) -> None:
    path = one_file(tmp_path, sales(["4/5/2024 1:00 PM", "13/4/2024 1:00 PM"], "$5.00"), MAY)
    found = plan(project_dir, path)
    assert found.figures is not None and found.figures.last_day == "2024-05-04"
    assert "dates are ambiguous" not in " ".join((*found.design.said, *found.design.guessed))


@pytest.mark.parametrize(
    ("dates", "first_day", "told"),
    [
        # Read day first: 24 March of 2002, 2003 and 2004.
        (["24-03-02", "24-03-03", "24-03-04"], "2024-03-02",
         "Date: read year first, because the dates then span 3 days, otherwise 732. --day-first "
         "changes it."),
        (["24/3/2 9:05", "24/3/9 9:05"], "2024-03-02",
         "Date: read year first, because otherwise they are not past dates. --day-first changes "
         "it."),
        (["24-03-02"], "2024-03-02",
         "Date: read year first, because otherwise the last is 2002-03-24. --day-first changes "
         "it."),
        (["24-03-30", "24-03-31"], "2024-03-30",
         "Date: read year first, because otherwise they are not past dates. --day-first changes "
         "it."),
        # Read year first: 24 March of 2001, 2002 and 2003; 24 March 2023.
        (["01-03-24", "02-03-24", "03-03-24", "14-03-24"], "2024-03-01", ""),
        (["23-03-24"], "2024-03-23", ""),
        (["31.12.23", "02.01.24"], "2023-12-31", ""),
    ],
)  # fmt: skip
def test_years_of_two_digits_may_come_first(
    tmp_path: Path, project_dir: Path, dates: list[str], first_day: str, told: str
) -> None:
    path = one_file(tmp_path, sales(dates))
    found = plan(project_dir, path, currency="EUR")
    assert found.figures is not None and found.figures.first_day == first_day
    assert [s for s in found.design.guessed if "year first" in s] == ([told] if told else [])


def test_the_user_says_what_comes_first(tmp_path: Path, project_dir: Path) -> None:
    path = one_file(tmp_path, sales(["05-03-04"]))
    days = {
        first: found.first_day
        for first in ("day", "month", "year")
        if (found := plan(project_dir, path, currency="EUR", dates=first).figures)
    }
    assert days == {"day": "2004-03-05", "month": "2004-05-03", "year": "2005-03-04"}


@pytest.mark.parametrize(
    ("dates", "first_day"),
    [
        (["Mar 2, 2024 2:24:06 AM PST", "Apr 2, 2024 2:24:06 PM PDT"], "2024-03-02"),
        (["Sat Mar 02 16:26:35 CET 2024"], "2024-03-02"),
        (["45353", "45354"], "2024-03-02"),
        (["45353.36390", "45354.5"], "2024-03-02"),
        # 23:44:01 of UTC on 2 March, an hour later in Berlin
        (["1709423041"], "2024-03-03"),
        (["1709423041000"], "2024-03-03"),
    ],
)
def test_dates_as_machines_write_them(
    tmp_path: Path, project_dir: Path, dates: list[str], first_day: str
) -> None:
    path = one_file(tmp_path, sales([f'"{date}"' for date in dates]))
    found = plan(project_dir, path, currency="EUR", time_zone="Europe/Berlin")
    assert found.figures is not None and found.figures.first_day == first_day
    assert found.figures.rejects == []


def test_seconds_since_1970_ask_for_the_time_zone(tmp_path: Path, project_dir: Path) -> None:
    (asked,) = plan(
        project_dir, one_file(tmp_path, sales(["1709423041"])), currency="EUR"
    ).questions
    assert asked.endswith("--time-zone Europe/Berlin")


def test_rows_that_are_all_rejects_say_why(tmp_path: Path, project_dir: Path) -> None:
    path = one_file(tmp_path, sales(["2024-02-30", "2023-02-29"]))
    told = (
        r"all 2 rows of sales would be rejected. The first is sales.csv line 2, date: no such date"
    )
    with pytest.raises(WarehouseError, match=told):
        plan(project_dir, path, currency="EUR")
