"""Numbers of which a file does not tell whether they are above a thousand."""

from decimal import Decimal
from pathlib import Path

import pytest

from scaffold.number_forms import NumberStyle, guess_style
from tests.scaffold.planning import one_file, plan
from tests.scaffold.test_amounts_found import revenue


def sales(*rows: str, delimiter: str = ";") -> str:
    head = "Beleg;Datum;Artikel;Menge;Preis"
    lines = [f"{n};02.03.2024;Tasse;{row}" for n, row in enumerate(rows, 1)]
    return "\n".join((head, *lines)).replace(";", delimiter) + "\n"


@pytest.mark.parametrize(
    ("rows", "found", "turn", "turned", "told"),
    [
        # Three decimals on every quantity, and a comma in prices: 1 × 1149.50 + 2 × 3.50.
        (["1.000;1149,50", "2.000;3,50"], "1156.50", ",", "1156500.00",
         "Menge: `1.000` is read as 1, because otherwise every row would be in thousands; "
         "--decimal comma changes it."),
        # Prices without cents: 2499 + 2 × 1250.
        (["1;2.499", "2;1.250"], "4999.00", ".", "4.999",
         "Preis: `2.499` is read as 2499, because no cell of the file shows the decimal sign; "
         "--decimal point changes it."),
    ],
)  # fmt: skip
def test_a_guess_is_told_with_what_turns_it(
    tmp_path: Path, project_dir: Path, rows: list[str], found: str, turn: str, turned: str,
    told: str,
) -> None:  # fmt: skip
    path = one_file(tmp_path, sales(*rows))
    guessed = plan(project_dir, path, currency="EUR")
    assert guessed.design.guessed == [told]
    assert revenue(guessed) == Decimal(found)
    other = plan(project_dir, path, currency="EUR", decimal=turn)
    assert other.design.guessed == []
    assert revenue(other) == Decimal(turned)


def test_some_quantities_below_a_thousand_leave_it_thousands(
    tmp_path: Path, project_dir: Path
) -> None:
    # 1000 × 0.05 + 500 × 0.10
    path = one_file(tmp_path, sales("1.000;0,05", "500;0,10"))
    found = plan(project_dir, path, currency="EUR")
    assert revenue(found) == Decimal("100.00")
    assert found.design.guessed == []


def test_a_price_that_may_be_a_thousandth_is_asked_for(tmp_path: Path, project_dir: Path) -> None:
    path = one_file(tmp_path, sales("1;2.499", "2;1.250", delimiter=","))
    asked = plan(project_dir, path, currency="EUR")
    assert asked.questions == [
        "Is `2.499` in Preis above a thousand? No cell of the file shows it (--decimal point if it "
        "is not): --decimal comma"
    ]
    assert revenue(plan(project_dir, path, currency="EUR", decimal=",")) == Decimal("4999.00")
    assert revenue(plan(project_dir, path, currency="EUR", decimal=".")) == Decimal("4.999")
    # Dinars of Kuwait have three decimals.
    assert revenue(plan(project_dir, path, currency="KWD")) == Decimal("4.999")


@pytest.mark.parametrize("blank", [" ", "\u00a0", "\u202f"])
def test_dates_with_points_are_no_thousands(blank: str) -> None:
    columns = [["02.03.2024", "03.03.2024", "04.03.2024"], [f"1{blank}149,00", "3,50", "9,90"]]
    assert guess_style(columns, ";") == NumberStyle(",", " ")


@pytest.mark.parametrize("cells", [["192.168.1.1"], ["0171 12 34 56", "030 12 34 56"]])
def test_what_has_no_groups_of_three_proves_nothing(cells: list[str]) -> None:
    assert guess_style([cells, ["3.50"]]) == NumberStyle(".", None)


def test_groups_of_india_are_thousands(tmp_path: Path, project_dir: Path) -> None:
    path = one_file(tmp_path, 'Order,Date,Item,Qty,Rate\n1,2024-03-02,mug,1,"₹1,37,600.00"\n'
                              '2,2024-03-02,mug,1,₹350.00\n')  # fmt: skip
    found = plan(project_dir, path)
    assert found.figures is not None and found.figures.revenue == {"INR": Decimal("137950.00")}
