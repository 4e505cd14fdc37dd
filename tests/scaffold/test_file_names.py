"""Next month's file belongs to the table that this month's made, whatever months are called."""

from pathlib import Path

import pytest

from ingest.files.claimed_files import Candidate, claim
from ingest.loads.loader import load
from ingest.tables.definition_files import read_definitions
from scaffold.file_names import undated
from scaffold.typed_rows import defined_tables
from tests.scaffold.planning import one_file, plan

LINES = "order_id,date,product_id,quantity,price\n{0},2024-05-01,mug,1,2.00\n"


@pytest.mark.parametrize(
    ("stem", "name"),
    [
        ("vendite_maggio", "vendite"), ("maggio vendite", "vendite"),
        ("2024-05 vendite", "vendite"), ("vendite_maggio_2024", "vendite"),
        ("ventes-août-2024", "ventes"), ("VentesJanvier", "Ventes"),
        ("JanvierVentes", "Ventes"), ("Umsatz Mrz 24", "Umsatz"), ("Umsätze_März", "Umsätze"),
        ("Salg desember", "Salg"), ("sprzedaż_lis_2024", "sprzedaż"), ("2024年5月売上", "売上"),
        ("verkoop_mrt", "verkoop"), ("sales_may_june", "sales"), ("2024_05", "2024_05"),
        ("mai", "mai"), ("price_list", "price_list"), ("store_marketing", "store_marketing"),
        ("may_north", "north"), ("Tickets 2024-06", "Tickets"),
    ],
)  # fmt: skip
def test_days_and_months_are_cut_off(stem: str, name: str) -> None:
    assert undated(stem) == name


@pytest.mark.parametrize(
    ("given", "table", "later", "never"),
    [
        (["vendite_maggio.csv"], "vendite", ["vendite_giugno.csv", "Vendite dic 24.csv"], ["resi"]),
        (["vendite_maggio.csv", "vendite_marzo.csv"], "vendite", ["vendite_giugno.csv"], ["ven"]),
        (["maggio_vendite.csv"], "vendite", ["giugno_vendite.csv", "2024 luglio vendite.csv"], []),
        (["2024年5月売上.csv"], "sales", ["2024年6月売上.csv"], ["2024年6月商品.csv"]),
        (["01-2024-Bons.csv"], "bons", ["02-2024-Bons.csv"], ["Alte Bons.csv"]),
    ],
)  # fmt: skip
def test_next_months_file_is_of_the_same_table(
    tmp_path: Path, project_dir: Path, given: list[str], table: str, later: list[str],
    never: list[str],
) -> None:  # fmt: skip
    for number, name in enumerate(given):
        one_file(tmp_path, LINES.format(number), name)
    found = plan(project_dir, tmp_path, currency="EUR")
    (text,) = [t for p, t in found.files.items() if p.name == "_bakery__sources.yml"]
    tables = defined_tables("bakery", text)
    assert list(tables) == [table]
    source = read_definitions(project_dir)["standard"]
    source.tables.clear()
    source.tables.update(tables)
    claimed = {name: claim(Path(name), source).table for name in [*given, *later, *never]}
    assert [name for name, found in claimed.items() if found is None] == never


def test_months_of_names_are_in_the_order_of_the_year() -> None:
    names = ["p_gennaio_2025", "p_maggio_2024", "p_giugno_2024", "p_dicembre_2023"]
    by_day = sorted(names, key=lambda name: Candidate(Path(f"{name}.csv"), None).sort_key)
    assert by_day == ["p_dicembre_2023", "p_maggio_2024", "p_giugno_2024", "p_gennaio_2025"]
    bare = sorted(["p_giugno", "p_aprile", "p_maggio"],
                  key=lambda name: Candidate(Path(name), None).sort_key)  # fmt: skip
    assert bare == ["p_aprile", "p_maggio", "p_giugno"]


def test_a_file_that_fits_no_table_is_told_what_to_do(tmp_path: Path, project_dir: Path) -> None:
    """Nothing is asked of a database."""
    path = one_file(tmp_path, LINES.format(1), "verkauf.csv")
    (result,) = load("", project_dir, "standard", [path]).files
    assert "takes files with this name" in result.message
    assert result.message.endswith("one of them, name it, as in --table order_lines")
