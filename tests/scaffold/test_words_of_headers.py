"""Headers and ways of paying that shops write, in the languages of the scaffold."""

from decimal import Decimal
from pathlib import Path

import pytest

from tests.scaffold.planning import one_file, plan, roles_of
from warehouse.scaffold.header_words import payment_method_of


@pytest.mark.parametrize(
    ("headers", "product", "price", "customer"),
    [
        ("Bonnr;Datum;Omschrijving;Aantal;Prijs incl;Klant e-mail", 2, 4, 5),
        ("Bonnr;Datum;Artikelnaam;Aantal;Prijs incl. btw;E-mailadres", 2, 4, 5),
        ("Order;Date;Description;Qty;Retail;Customer Email", 2, 4, 5),
        ("Order;Date;Product Description;Qty;Price incl. VAT;E-mail address", 2, 4, 5),
        ("Beleg;Datum;Artikelname;Menge;Preis inkl. MwSt;Kunden-E-Mail", 2, 4, 5),
        ("Bon-Nr;Datum;Produktbezeichnung;Menge;Bruttopreis;E-Mail-Adresse", 2, 4, 5),
        ("Commande;Date;Description;Quantité;Prix TTC;E-mail client", 2, 4, 5),
        ("Pedido;Fecha;Descripción;Cantidad;Precio con IVA;Correo electrónico", 2, 4, 5),
        ("Pedido;Data;Descrição;Quantidade;Preço com IVA;E-mail do cliente", 2, 4, 5),
        ("Ordine;Data;Descrizione;Quantità;Prezzo IVA inclusa;Email cliente", 2, 4, 5),
        ("Paragon;Data;Opis;Ilość;Cena z VAT;E-mail klienta", 2, 4, 5),
        ("Kvitto;Datum;Benämning;Antal;Pris inkl. moms;Kundens e-post", 2, 4, 5),
        ("Kvittering;Dato;Varenavn;Antall;Pris inkl. mva;E-postadresse", 2, 4, 5),
        ("注文番号;注文日;商品名称;数量;税込価格;メールアドレス", 2, 4, 5),
        ("订单号;日期;商品名称;数量;含税单价;客户邮箱", 2, 4, 5),
    ],
)
def test_a_till_that_names_products_and_customers(
    tmp_path: Path, project_dir: Path, headers: str, product: int, price: int, customer: int
) -> None:
    rows = "1;2024-05-01;Mok;2;3,50;an@shop.example\n2;2024-05-02;Kaart;1;4,00;bo@shop.example\n"
    found = plan(project_dir, one_file(tmp_path, f"{headers}\n{rows}"), currency="EUR")
    names = headers.split(";")
    roles = roles_of(found)
    assert roles["product_id"] == roles["product_name"] == f"sales.{names[product]}"
    assert roles["unit_price"] == f"sales.{names[price]}"
    assert roles["customer_id"] == f"sales.{names[customer]}"
    assert found.figures is not None and found.figures.revenue == {"EUR": Decimal("11.00")}


def test_a_products_number_goes_before_its_description(tmp_path: Path, project_dir: Path) -> None:
    text = "Order,Date,Description,Stock Code,Qty,Price\n1,2024-05-01,Mug,S1,2,3.50\n"
    roles = roles_of(plan(project_dir, one_file(tmp_path, text), currency="EUR"))
    assert (roles["product_id"], roles["product_name"]) == ("sales.Stock Code", "sales.Description")


@pytest.mark.parametrize(
    ("words", "method"),
    [
        ("Carta EC EC-Karte Tarjeta Cartão Karta Kort Pin カード 刷卡 Bancomat", "card"),
        ("Contanti Bar BARZAHLUNG Espèces especes Efectivo Dinheiro Contant Gotówka Gotowka 現金",
         "cash"),
        ("Gutschein Buono Cadeaubon Presentkort", "gift_card"),
        ("Überweisung Ueberweisung Virement Bonifico Przelew Pix", "bank_transfer"),
        ("Assegno Scheck Chèque", "cheque"),
        ("Swish BLIK Satispay 支付宝", "wallet"),
        ("Altro Sonstiges", "other"),
    ],
)  # fmt: skip
def test_ways_of_paying_are_known_in_other_languages(words: str, method: str) -> None:
    assert {word: payment_method_of(word) for word in words.split()} == dict.fromkeys(
        words.split(), method
    )


def test_known_ways_of_paying_are_filled_in(tmp_path: Path, project_dir: Path) -> None:
    text = "Ordine,Data,Prodotto,Quantità,Prezzo,Pagamento\n"
    text += "1,2024-05-01,tazza,1,2.00,Contanti\n2,2024-05-01,tazza,1,2.00,carta\n"
    text += "3,2024-05-01,tazza,1,2.00,Klarna\n"
    found = plan(project_dir, one_file(tmp_path, text), currency="EUR")
    (seed,) = [t for p, t in found.files.items() if p.name == "xwalk_payment_methods.csv"]
    rows = [line for line in seed.splitlines() if line.startswith("bakery,")]
    assert rows == ["bakery,Contanti,cash", "bakery,Klarna,other", "bakery,carta,card"]
    assert any("Klarna count as other" in sentence for sentence in found.design.advice)
