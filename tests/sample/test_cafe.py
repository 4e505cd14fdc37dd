"""The cafés' files look like the real tills' and name nobody."""

import csv
import re
from collections import defaultdict
from pathlib import Path

import pandas as pd
import pytest

from sample import cafe
from sample.cafe.menu import PRODUCTS, prices, weights

PRODUCT = re.compile(r"((?:Regular|Large) )?[A-Z][A-Za-z ]+( - [A-Z][A-Za-z ]+)? - \d+\.\d\d")


@pytest.fixture(scope="module")
def tills(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four weeks of three cafés."""
    out = tmp_path_factory.mktemp("tills")
    cafe.write(out / "files", truth=out / "truth")
    return out


@pytest.fixture(scope="module")
def tickets(tills: Path) -> list[list[str]]:
    """All tickets, the name of their file behind them."""
    rows = []
    for path in sorted((tills / "files").iterdir()):
        with path.open(encoding="utf-8", newline="") as file:
            rows += [[*row, path.name] for row in csv.reader(file)]
    return rows


def passes_luhn(digits: str) -> bool:
    """ISO/IEC 7812: every second digit from the right doubled, digits added, a multiple of 10."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def test_one_file_per_branch_and_day(tills: Path) -> None:
    names = [path.name for path in (tills / "files").iterdir()]
    assert len(names) == 3 * 28
    assert all(
        re.fullmatch(r"(ambleford|thornwick|saltmere)_\d\d-\d\d-2022_09-00-00\.csv", n)
        for n in names
    )


def test_tickets_have_seven_cells_of_their_file_s_branch_and_day(tickets: list[list[str]]) -> None:
    for row in tickets:
        assert len(row) == 8
        when, branch, name, _, total, method, card, file = row
        day, month, year = when[:10].split("/")
        assert file.startswith(f"{branch.lower()}_{day}-{month}-{year}_")
        assert re.fullmatch(r"(09|1[0-6]):[0-5]\d", when[11:])
        assert re.fullmatch(r"\d+\.\d{1,2}", total)
        assert name
        assert (method == "CASH") == (card == "")
        assert method in ("CARD", "CASH")


def test_files_are_in_the_order_of_the_till(tills: Path) -> None:
    for path in (tills / "files").iterdir():
        with path.open(encoding="utf-8", newline="") as file:
            times = [row[0][11:] for row in csv.reader(file)]
        assert times == sorted(times)


def test_products_are_spelled_as_the_tills_spell_them(tickets: list[list[str]]) -> None:
    mentions = [re.split(r",\s*", row[3]) for row in tickets]
    assert all(PRODUCT.fullmatch(mention) for of in mentions for mention in of)
    assert {len(of) for of in mentions} >= {1, 2, 3, 4, 5, 6}


def test_some_tills_spell_the_comma_in_their_own_way(tickets: list[list[str]]) -> None:
    odd = [row for row in tickets if re.search(r",(?! [^ ])", row[3])]
    assert 0 < len(odd) < 0.02 * len(tickets)


def test_a_product_costs_the_same_all_month_in_a_branch(tickets: list[list[str]]) -> None:
    seen = defaultdict(set)
    for row in tickets:
        for mention in re.split(r",\s*", row[3]):
            label, price = mention.rsplit(" - ", 1)
            seen[row[1], label].add(price)
    assert all(len(found) == 1 for found in seen.values())
    assert seen["Ambleford", "Regular Latte"] == {"2.15"}
    assert seen["Thornwick", "Large Latte"] == {"2.55"}
    assert seen["Saltmere", "Carrot cake"] == {"2.80"}


def test_cards_come_again_and_no_bank_could_issue_them(tickets: list[list[str]]) -> None:
    assert passes_luhn("79927398713")
    assert not passes_luhn("79927398710")
    cards = pd.Series([row[6] for row in tickets if row[6]])
    assert cards.str.fullmatch(r"9\d{15}").all()
    assert not cards.map(passes_luhn).any()
    assert (cards.value_counts() >= 5).sum() > 200


def test_a_card_has_one_name(tickets: list[list[str]]) -> None:
    names = defaultdict(set)
    for row in tickets:
        if row[6]:
            names[row[6]].add(row[2])
    assert all(len(found) == 1 for found in names.values())


def test_who_stays_away_pays_no_more(tills: Path, tickets: list[list[str]]) -> None:
    truth = pd.read_csv(tills / "truth" / "cafe_customers.csv", dtype={"card_number": str})
    lapsed = truth[truth["has_lapsed"] == 1].set_index("card_number")["lapse_date"]
    assert 0.1 < len(lapsed) / len(truth) < 0.3
    for row in tickets:
        if row[6] in lapsed.index:
            day, month, year = row[0][:10].split("/")
            assert f"{year}-{month}-{day}" < lapsed[row[6]]


def test_identical_tickets_in_a_minute_occur(tmp_path: Path) -> None:
    cafe.write(tmp_path, days=84)
    same = 0
    for path in tmp_path.iterdir():
        with path.open(encoding="utf-8", newline="") as file:
            rows = [(row[0], row[3], row[4], row[5]) for row in csv.reader(file)]
        same += len(rows) - len(set(rows))
    assert same > 0


def test_shares_of_products_add_up() -> None:
    for is_morning in (True, False):
        assert weights(is_morning).sum() == pytest.approx(1.0)
    assert len(PRODUCTS) == len({product.label for product in PRODUCTS}) == len(prices(0))


def test_no_day_is_no_cafe(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least one day"):
        cafe.write(tmp_path, days=0)
