"""Amounts without a currency are never in that of another shop."""

from decimal import Decimal
from pathlib import Path

from scaffold import Scaffold
from tests.scaffold.planning import one_file, plan

_HEADER = "order_id,date,sku,qty,price,currency\n"


def _planned(folder: Path, project_dir: Path, *codes: str, **wishes: object) -> Scaffold:
    rows = [f"A{n},2024-05-0{n},mug,{n},2.00,{code}\n" for n, code in enumerate(codes, 1)]
    return plan(project_dir, one_file(folder, _HEADER + "".join(rows)), **wishes)


def _revenue(found: Scaffold) -> dict[str, Decimal]:
    assert found.figures is not None and found.figures.revenue is not None
    return found.figures.revenue


def _text(found: Scaffold, path: str) -> str:
    return found.files[Path("models/staging/bakery") / path]


def test_of_several_currencies_the_missing_one_is_asked_for(
    tmp_path: Path, project_dir: Path
) -> None:
    codes = ("EUR", "USD", "", "")
    (asked,) = _planned(tmp_path, project_dir, *codes).questions
    assert asked == (
        "In which currency are the 2 rows without one, 14.00 in all? currency names EUR, USD in "
        "others: --currency EUR"
    )
    answered = _planned(tmp_path, project_dir, *codes, currency="EUR")
    assert answered.questions == []
    assert _revenue(answered) == {"EUR": Decimal(16), "USD": Decimal(4)}


def test_the_only_currency_that_is_named_is_that_of_all(tmp_path: Path, project_dir: Path) -> None:
    found = _planned(tmp_path, project_dir, "EUR", "", "EUR")
    assert _revenue(found) == {"EUR": Decimal(12)}
    assert "coalesce(currency, 'EUR')" in _text(found, "stg_bakery__sales.sql")


def test_where_all_rows_name_one_a_row_without_is_a_reject(
    tmp_path: Path, project_dir: Path
) -> None:
    found = _planned(tmp_path, project_dir, "EUR", "USD")
    definition = _text(found, "_bakery__sources.yml")
    assert definition.split("- name: currency")[1].split("- name:")[0].count("required: true") == 1
