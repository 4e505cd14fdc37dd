"""Columns that say which lines count: kinds of document, statuses, flags, debits and credits."""

from decimal import Decimal
from pathlib import Path

import pytest

from scaffold import Scaffold
from tests.scaffold.planning import one_file, plan, roles_of
from warehouse.errors import WarehouseError

_ROWS = (("A1", "2024-05-01", "mug", 2, "5.00"), ("A2", "2024-05-02", "map", 1, "3.00"),
         ("A3", "2024-05-03", "mug", 1, "5.00"))  # fmt: skip


def _planned(
    folder: Path, project_dir: Path, headers: str, *cells: str, **wishes: object
) -> Scaffold:
    """A plan of three lines of 10, 3 and 5 with more columns, whose cells each row gives."""
    rows = [",".join(map(str, (*row, more))) for row, more in zip(_ROWS, cells, strict=True)]
    text = "\n".join([f"order_id,date,sku,qty,price,{headers}", *rows, ""])
    return plan(project_dir, one_file(folder, text), currency="EUR", **wishes)


def _revenue(scaffold: Scaffold) -> Decimal:
    assert scaffold.figures is not None and scaffold.figures.revenue is not None
    return scaffold.figures.revenue["EUR"]


@pytest.mark.parametrize(
    ("header", "cells", "revenue", "role"),
    [
        # What gives back counts negative: 10 + 3 − 5.
        ("Doc Type", ("Invoice", "Invoice", "Credit memo"), 8, "document_type"),
        ("Rechnungsart", ("Rechnung", "Rechnung", "Stornorechnung"), 8, "document_type"),
        ("Type de document", ("Facture", "Facture", "Avoir"), 8, "document_type"),
        ("is_refund", ("No", "No", "Yes"), 8, "return_flag"),
        ("Czy zwrot", ("nie", "nie", "tak"), 8, "return_flag"),
        ("Soll/Haben-Kz", ("S", "S", "H"), 8, "debit_credit"),
        # Kept from the seller's side, sales are credits.
        ("Dr/Cr", ("Cr", "Cr", "Dr"), 8, "debit_credit"),
        # What is no sale counts nothing: 10 + 3.
        ("Doc Type", ("Invoice", "Invoice", "Quote"), 13, "document_type"),
        ("Row type", ("Item", "Item", "Payment"), 13, "line_type"),
        ("line_status", ("shipped", "shipped", "cancelled"), 13, "line_status"),
        ("voided", ("FALSE", "FALSE", "TRUE"), 13, "void_flag"),
        ("Storniert", ("nein", "nein", "ja"), 13, "void_flag"),
        ("training", ("0", "0", "1"), 13, "test_flag"),
        # What was given back later was sold before: nothing of it remains.
        ("Returned", ("", "", "Yes"), 13, "returned_flag"),
    ],
)
def test_a_column_that_says_what_counts_is_used(
    tmp_path: Path, project_dir: Path, header: str, cells: tuple[str, ...], revenue: int, role: str
) -> None:
    found = _planned(tmp_path, project_dir, header, *cells)
    assert roles_of(found)[role] == f"sales.{header}"
    assert _revenue(found) == revenue
    assert f"{header} {cells[2].lower()}" in "\n".join(found.design.said)


def test_a_line_may_be_called_off_though_its_order_is_not(
    tmp_path: Path, project_dir: Path
) -> None:
    headers = "line_status,order_status,training"
    cells = ("cancelled,completed,no", "shipped,completed,yes", "shipped,completed,no")
    assert _revenue(_planned(tmp_path, project_dir, headers, *cells)) == 5


def test_words_that_no_list_has_are_asked_for(tmp_path: Path, project_dir: Path) -> None:
    cells = ("RE", "RE", "GS")
    with pytest.raises(WarehouseError, match=r"Belegart says what lines count as.* gs, re.*"
                                             r"--effect gs=void.*--ignore Belegart"):  # fmt: skip
        _planned(tmp_path, project_dir, "Belegart", *cells)
    effects = {"re": "sale", "gs": "return"}
    assert _revenue(_planned(tmp_path, project_dir, "Belegart", *cells, effects=effects)) == 8
    ignored = _planned(tmp_path, project_dir, "Belegart", *cells, ignored=("Belegart",))
    assert _revenue(ignored) == 18
    assert "Belegart is ignored (--ignore)" in "\n".join(ignored.look)


@pytest.mark.parametrize(
    ("header", "cells"),
    [
        ("Belegart", ("VK", "VK", "VK")),
        ("voided", ("", "", "")),
        ("Type", ("Mugs", "Maps", "Mugs")),
        ("Fulfillment status", ("picked", "boxed", "boxed")),
    ],
)
def test_what_tells_no_lines_apart_needs_no_word(
    tmp_path: Path, project_dir: Path, header: str, cells: tuple[str, ...]
) -> None:
    assert _revenue(_planned(tmp_path, project_dir, header, *cells)) == 18


def test_words_that_the_sample_lacks_are_known_from_the_start(
    tmp_path: Path, project_dir: Path
) -> None:
    found = _planned(tmp_path, project_dir, "Status", "bezahlt", "bezahlt", "versendet")
    seed = found.files[Path("seeds/bakery/xwalk_bakery_order_statuses.csv")].splitlines()
    assert {"bezahlt,sale", "storniert,void", "erstattet,void", "refunded,void", "pending,sale",
            "cancelled,void"} <= set(seed)  # fmt: skip
    assert "anulado,void" not in seed
    groups = found.files[Path("seeds/xwalk_order_statuses.csv")].splitlines()
    assert {"bakery,refunded,returned", "bakery,storniert,cancelled"} <= set(groups)
    definition = found.files[Path("models/staging/bakery/_bakery__sources.yml")]
    assert "words: seeds/bakery/xwalk_bakery_order_statuses.csv" in definition
