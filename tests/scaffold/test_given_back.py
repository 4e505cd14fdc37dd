"""Pieces and amounts that a line has less, prices of many pieces, discounts of each, and cents."""

from decimal import Decimal
from pathlib import Path

import pytest

from scaffold import Scaffold
from tests.scaffold.planning import one_file, plan, roles_of
from warehouse.errors import WarehouseError

_START = "order_id,date,sku,"


def _planned(
    folder: Path, project_dir: Path, headers: str, *cells: str, **wishes: object
) -> Scaffold:
    rows = [
        f"A{number // 2},2024-05-0{number},{sku},{cell}"
        for number, (sku, cell) in enumerate(zip(("mug", "map", "pen"), cells, strict=True), 1)
    ]
    text = "\n".join([_START + headers, *rows, ""])
    return plan(project_dir, one_file(folder, text), currency="EUR", **wishes)


def _revenue(scaffold: Scaffold) -> Decimal:
    assert scaffold.figures is not None and scaffold.figures.revenue is not None
    return scaffold.figures.revenue["EUR"]


@pytest.mark.parametrize(
    ("headers", "cells", "revenue"),
    [
        # 3 less 1 and 1 at 5.00, 2 at 3.00: 5 + 6 + 0.
        ("qty_ordered,qty_cancelled,qty_returned,price",
         ("3,1,1,5.00", "2,0,0,3.00", "1,0,1,4.00"), 11),
        ("Menge,Stornomenge,Retourenmenge,Preis", ("3,1,1,5.00", "2,0,0,3.00", "1,0,1,4.00"), 11),
        # The total is what remains: of 3 pieces 2.
        ("qty,qty_returned,price,line_total", ("3,1,5.00,10.00", "2,0,3.00,6.00", "1,0,4.00,4.00"),
         20),
        # A third of 10.00 is 3.33.
        ("qty,qty_returned,gross_amount", ("3,1,10.00", "2,0,6.00", "1,0,4.00"), "16.67"),
        # 7 came back of what is 3: what remains stands there.
        ("qty,qty_returned,price", ("3,7,5.00", "2,0,3.00", "1,0,4.00"), 25),
        # 15 less 5, 6, 4 less 4.
        ("qty,price,line_total,line_refund", ("3,5.00,15.00,5.00", "2,3.00,6.00,", "1,4.00,4.00,4"),
         16),
        # The same where totals lack the refunds already, written with a minus.
        ("qty,price,line_total,refunds", ("3,5.00,10.00,-5.00", "2,3.00,6.00,0", "1,4.00,0,-4.00"),
         16),
        # 300 at 9.90 a hundred, 2 at 3.00 each, 1000 at 5 a thousand.
        ("Menge,Einzelpreis,Preiseinheit", ("300,9.90,100", "2,3.00,1", "1000,5.00,1000"), "40.70"),
        # 0.50 off each of three mugs: 15 less 1.50.
        ("qty,price,unit_discount", ("3,5.00,0.50", "2,3.00,0", "1,4.00,0"), "23.50"),
        ("qty,unit_amount_cents", ("3,500", "2,300", "1,400"), 25),
        ("Menge,Einzelpreis (Cent)", ("3,500", "2,300", "1,400"), 25),
    ],
)  # fmt: skip
def test_revenue_is_what_remains(
    tmp_path: Path, project_dir: Path, headers: str, cells: tuple[str, ...], revenue: int | str
) -> None:
    assert _revenue(_planned(tmp_path, project_dir, headers, *cells)) == Decimal(revenue)


def test_a_column_may_be_left_out_knowingly(tmp_path: Path, project_dir: Path) -> None:
    cells = ("3,1,5.00", "2,0,3.00", "1,0,4.00")
    found = _planned(
        tmp_path, project_dir, "qty,qty_returned,price", *cells, ignored=("qty_returned",)
    )
    assert _revenue(found) == 25
    assert "qty_returned is ignored (--ignore)" in "\n".join(found.look)
    assert "quantity_returned" not in roles_of(found)


@pytest.mark.parametrize(
    ("header", "cells"),
    [
        ("amount_of_returns", ("0", "5.00", "0")),
        ("Refunded on", ("", "2024-05-04", "")),
        ("Gutschriftsbetrag", ("0,00", "3.00", "0")),
        ("was_cancelled_late", ("no", "yes", "no")),
        ("返金日", ("", "2024-05-04", "")),
    ],
)
def test_what_changes_what_counts_in_an_unknown_way_is_refused(
    tmp_path: Path, project_dir: Path, header: str, cells: tuple[str, ...]
) -> None:
    cells = tuple(cell.replace(",", ".") for cell in cells)
    rows = [f"{qty},{price},{cell}" for (qty, price), cell in zip(
        ((3, "5.00"), (2, "3.00"), (1, "4.00")), cells, strict=True)]  # fmt: skip
    with pytest.raises(WarehouseError, match=f"{header}.* in 1 of 3 cells such as .*--ignore"):
        _planned(tmp_path, project_dir, f"qty,price,{header}", *rows)
    ignored = _planned(tmp_path, project_dir, f"qty,price,{header}", *rows, ignored=(header,))
    assert _revenue(ignored) == 25


@pytest.mark.parametrize(
    ("header", "cells"),
    [
        ("amount_of_returns", ("0", "0.00", "")),
        ("is_returning_customer", ("yes", "no", "yes")),
        ("Return reason", ("", "too small", "")),
        ("return_days", ("14", "30", "14")),
        ("cancellation_policy_id", ("1", "2", "1")),
    ],
)
def test_what_changes_nothing_needs_no_word(
    tmp_path: Path, project_dir: Path, header: str, cells: tuple[str, ...]
) -> None:
    rows = [f"{qty},{price},{cell}" for (qty, price), cell in zip(
        ((3, "5.00"), (2, "3.00"), (1, "4.00")), cells, strict=True)]  # fmt: skip
    assert _revenue(_planned(tmp_path, project_dir, f"qty,price,{header}", *rows)) == 25
