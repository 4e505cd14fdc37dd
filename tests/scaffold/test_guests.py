"""Ids such as 0, GUEST or Walk-in are no customers, nor is one that most orders have."""

from pathlib import Path

import pyarrow as pa
import pytest

from ingest.files.nobody import without_nobody
from scaffold import Scaffold
from scaffold.typed_rows import defined_tables
from tests.scaffold.planning import one_file, plan

_HEADER = "order_id,date,customer_no,sku,qty,price\n"


def _planned(folder: Path, project_dir: Path, *customers: str, **wishes: object) -> Scaffold:
    rows = [f"A{n},2024-05-01,{who},mug,1,2.00\n" for n, who in enumerate(customers)]
    return plan(project_dir, one_file(folder, _HEADER + "".join(rows)), currency="EUR", **wishes)


def _customers(found: Scaffold) -> int | None:
    assert found.figures is not None
    return found.figures.customer_count


@pytest.mark.parametrize(
    "nobody", ["0", "GUEST", "Walk-in", "Laufkunde", "ゲスト", "Consumidor Final"]
)
def test_a_word_for_nobody_is_no_customer(tmp_path: Path, project_dir: Path, nobody: str) -> None:
    found = _planned(tmp_path, project_dir, "7", nobody, "1", nobody, "8", "")
    assert _customers(found) == 3
    assert f"customer_no {nobody.lower()}: means a guest, in 2 rows." in found.design.said
    # The loader leaves the same cells empty, later files' guests, too.
    definition = found.files[Path("models/staging/bakery/_bakery__sources.yml")]
    table = defined_tables("bakery", definition)["sales"]
    rows = pa.table({"customer_no": ["7", f" {nobody.upper()}", "guest", None, "1"]})
    assert without_nobody(rows, table).column(0).to_pylist() == ["7", None, None, None, "1"]


def test_one_id_of_most_orders_is_nobody_unless_the_user_names_the_column(
    tmp_path: Path, project_dir: Path
) -> None:
    buyers = ("C1", "C2", "C3", "C4", *["C999"] * 8)
    found = _planned(tmp_path, project_dir, *buyers)
    assert _customers(found) == 4
    assert "customer_no c999 has 8 of 12 orders and is read as a guest" in " ".join(
        found.design.guessed
    )
    named = _planned(tmp_path, project_dir, *buyers, roles={"customer_id": "customer_no"})
    assert _customers(named) == 5


def test_a_good_customer_of_a_few_is_one(tmp_path: Path, project_dir: Path) -> None:
    # Half of the orders, and the most of two customers.
    assert _customers(_planned(tmp_path, project_dir, *"AAAAAA", *"BCDEFG")) == 7
    assert _customers(_planned(tmp_path, project_dir, *"AAAAAAAAAAA", *"BC")) == 3
