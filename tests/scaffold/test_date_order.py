"""What tells day from month where no date of a file does, and that it is said."""

from pathlib import Path

import pytest

from tests.scaffold.planning import one_file, plan

MAY = "vendite_2024-05-03.csv"
NAMED = "first, as the name of the file has 2024-05-03"


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
         "month first, as the name of the file says (2024-05-01 to 2024-05-31)."),
        ("Umsatz Mai 2024.csv", ["1/5/2024"], "5.00", "2024-05-01",
         "day first, as the name of the file says (2024-05-01 to 2024-05-31)."),
        ("till.csv", ["3/4/2024 2:05 PM"], "5.00", "2024-03-04",
         "month first, as times have AM or PM"),
        ("till.csv", ["3/4/2024"], "$5.00", "2024-03-04", "month first, as amounts are in $."),
        ("till.csv", ["3/4/2024"], "A$5.00", "2024-04-03", "day first. --month-first turns it."),
        ("till.csv", ["3/4/2024"], "€5.00", "2024-04-03", "day first. --month-first turns it."),
        # Two days, or a month and a day.
        ("till.csv", ["3/4/2024", "4/4/2024"], "5.00", "2024-04-03",
         "day first, as the dates then span 2 days, and else 32."),
        ("till.csv", ["3/4/24", "3/5/24"], "5.00", "2024-03-04",
         "month first, as the dates then span 2 days, and else 31."),
        # Days side by side speak louder than a sign.
        ("till.csv", ["1/3/2024", "2/3/2024", "3/3/2024", "4/3/2024"], "$5.00", "2024-03-01",
         "day first, as the dates then span 4 days, and else 92."),
    ],
)  # fmt: skip
def test_what_is_open_is_told_by_what_else_there_is(
    tmp_path: Path, project_dir: Path, name: str, dates: list[str], price: str, first_day: str,
    reason: str,
) -> None:  # fmt: skip
    path = one_file(tmp_path, sales(dates, price), name)
    found = plan(project_dir, path, currency="EUR" if price[0] in "5€" else None)
    assert found.figures is not None and found.figures.first_day == first_day
    told = [s for s in (*found.design.said, *found.design.guessed) if "tells day from month" in s]
    assert len(told) == 1 and f"Date: no date tells day from month; read {reason}" in told[0]


def test_a_date_that_proves_it_is_not_doubted(tmp_path: Path, project_dir: Path) -> None:
    path = one_file(tmp_path, sales(["4/5/2024 1:00 PM", "13/4/2024 1:00 PM"], "$5.00"), MAY)
    found = plan(project_dir, path)
    assert found.figures is not None and found.figures.last_day == "2024-05-04"
    assert "tells day from month" not in " ".join((*found.design.said, *found.design.guessed))
