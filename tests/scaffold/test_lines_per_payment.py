"""A line that a file repeats once for each payment of its order would count twice."""

from decimal import Decimal
from pathlib import Path

import pytest

from tests.scaffold.planning import one_file, plan
from warehouse.errors import WarehouseError

# 2 × 6.00 paid by card and voucher, and 10.70: 22.70, and 12.00 more where both rows count.
ROWS = (
    "7001;01.05.2024;Kanne;2;6,00;{0};7,00",
    "7001;01.05.2024;Kanne;2;6,00;{1};5,00",
    "7002;13.05.2024;Tasse;1;10,70;{0};10,70",
)


def till(folder: Path, method: str, amount: str, *rows: str, words: tuple[str, str]) -> Path:
    text = f"Bon-Nr;Datum;Artikel;Menge;Einzelpreis;{method};{amount}\n"
    return one_file(folder, text + "".join(f"{row.format(*words)}\n" for row in rows or ROWS))


@pytest.mark.parametrize(
    ("method", "amount"),
    [
        ("Zahlart", "Zahlbetrag"), ("Zahlungsart", "Zahlungsbetrag"), ("Zahlart", "Betrag"),
        ("Payment Method", "Payment Amount"), ("Tender", "Amount Tendered"),
        ("Mode de paiement", "Montant du paiement"), ("Moyen de paiement", "Montant réglé"),
        ("Forma de pago", "Importe del pago"), ("Método de pago", "Monto pagado"),
        ("Forma de pagamento", "Valor do pagamento"), ("Metodo di pagamento", "Importo pagato"),
        ("Betaalwijze", "Betaald bedrag"), ("Forma płatności", "Kwota płatności"),
        ("Betalsätt", "Betalat belopp"), ("Betalingsmåde", "Betalt beløb"),
        ("支払方法", "支払金額"), ("支付方式", "支付金额"),
    ],
)  # fmt: skip
def test_a_line_with_two_payments_is_refused(
    tmp_path: Path, project_dir: Path, method: str, amount: str
) -> None:
    path = till(tmp_path, method, amount, words=("Visa", "Gutschein"))
    quoted = (
        r"sales.csv line 2 and line 3 are the same line of an order, paid by Visa 7.00 and by "
        rf"Gutschein 5.00 \({method} and {amount}\), so it would count twice.*--map line_number="
    )
    with pytest.raises(WarehouseError, match=quoted):
        plan(project_dir, path, currency="EUR")
    roles = {"line_number": "", "line_amount": ""}
    both = plan(project_dir, path, currency="EUR", roles=roles)
    assert both.figures is not None and both.figures.revenue == {"EUR": Decimal("34.70")}


def test_ways_of_paying_without_amounts_repeat_lines_as_well(
    tmp_path: Path, project_dir: Path
) -> None:
    text = (
        "Order,Date,Product,Qty,Price,Payment\n"
        "1,2024-05-01,mug,1,8.00,Card\n1,2024-05-01,cup,1,3.00,Card\n"
        "1,2024-05-01,mug,1,8.00,Cash\n1,2024-05-01,cup,1,3.00,Cash\n"
    )
    with pytest.raises(WarehouseError, match=r"line 2 and line 4 are .* by Card and by Cash"):
        plan(project_dir, one_file(tmp_path, text), currency="EUR")
    # A till that says of each line how it was paid: two cups, of which one was paid in cash.
    apart = text.replace("mug,1,8.00,Cash\n1,2024-05-01,cup,1,3.00,Cash", "cup,1,3.00,Cash")
    found = plan(project_dir, one_file(tmp_path, apart), currency="EUR")
    assert found.figures is not None and found.figures.revenue == {"EUR": Decimal("14.00")}


@pytest.mark.parametrize(
    ("rows", "revenue"),
    [
        # One kettle of 24.00, half of it on each of two cards.
        (["1;1.5.2024;Kessel;1;24,00;EC;12,00"] * 2, None),
        # Two kettles on one card, and two of which each has a card of its own.
        (["1;1.5.2024;Kessel;1;24,00;EC;48,00"] * 2, "48.00"),
        (["1;1.5.2024;Kessel;1;24,00;EC;24,00", "1;1.5.2024;Kessel;1;24,00;Visa;24,00"], "48.00"),
    ],
)
def test_two_lines_that_are_alike_stay_two(
    tmp_path: Path, project_dir: Path, rows: list[str], revenue: str | None
) -> None:
    rows = [*rows, "2;13.5.2024;Tasse;1;3,00;EC;3,00"]
    path = till(tmp_path, "Zahlart", "Zahlbetrag", *rows, words=("", ""))
    if revenue is None:
        with pytest.raises(WarehouseError, match="line 2 and line 3 are the same line"):
            plan(project_dir, path, currency="EUR")
        return
    found = plan(project_dir, path, currency="EUR")
    assert found.figures is not None
    assert found.figures.revenue == {"EUR": Decimal(revenue) + 3}


def test_every_load_is_tested_for_lines_that_payments_repeat(
    tmp_path: Path, project_dir: Path
) -> None:
    path = till(tmp_path, "Zahlart", "Zahlbetrag", ROWS[0], ROWS[2], words=("Visa", ""))
    for roles, is_tested in (({}, True), ({"line_number": ""}, False)):
        files = plan(project_dir, path, currency="EUR", roles=roles).files
        (models,) = [t for p, t in files.items() if p.name == "_bakery__models.yml"
                     and "staging" in p.parts]  # fmt: skip
        assert ("name: bakery_line_stands_once" in models) == is_tested
