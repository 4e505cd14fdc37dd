"""Headers and ways of paying that shops write, in the languages of the scaffold."""

import re
from decimal import Decimal
from pathlib import Path

import pytest

from scaffold.header_words import payment_method_of
from tests.scaffold.planning import one_file, plan, roles_of
from warehouse.errors import WarehouseError


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


@pytest.mark.parametrize(
    ("headers", "roles"),
    [
        ("id_order,date_add,id_customer,product_reference,product_quantity,unit_price_tax_incl,"
         "total_price_tax_incl",
         "order_id ordered_at customer_id product_id quantity unit_price line_amount"),
        ("N° pièce,Date,N° client,Référence article,Quantité facturée,PU HT,Montant HT",
         "order_id ordered_at customer_id product_id quantity unit_price line_amount"),
        ("Receipt #,business_date,Customer #,SKU,Qty,Price,Ext Price",
         "order_id ordered_at customer_id product_id quantity unit_price line_amount"),
        ("Faktura,Fakturadatum,Auftraggeber,Material,Fakturierte Menge,Einzelpreis,Nettowert",
         "order_id ordered_at customer_id product_id quantity unit_price line_amount"),
        ("Auftrag,Datum,Kunde,Artikelnr,Menge,VK Brutto,Gesamt Brutto",
         "order_id ordered_at customer_id product_id quantity unit_price line_amount"),
        ("Auftrag,Datum,Kunde,Artikelnr,Menge,Preis,Endbetrag Position",
         "order_id ordered_at customer_id product_id quantity unit_price line_amount"),
        ("Auftrag,Datum,Kunde,Artikelnr,Menge,Preis,Positionswert",
         "order_id ordered_at customer_id product_id quantity unit_price line_amount"),
        ("Numero ordine,Data,Cod. cliente,Cod. articolo,Quantità fatturata,Prezzo,Totale ivato",
         "order_id ordered_at customer_id product_id quantity unit_price line_amount"),
        ("Factuur,Factuurdatum,Klant,Artikelnummer,Aantal,Stukprijs,Totaal incl. btw",
         "order_id ordered_at customer_id product_id quantity unit_price line_amount"),
        ("Kvitto,Fakturadatum,Kund,Artikelnr,Antal,Pris,Slutpris (SEK)",
         "order_id ordered_at customer_id product_id quantity unit_price line_amount"),
        ("order_no,date,customer,sku,qty,price,line_total_incl_vat",
         "order_id ordered_at customer_id product_id quantity unit_price line_amount"),
        ("Order Reference,Order Date,Customer,Order Lines/Product,Order Lines/Quantity,"
         "Order Lines/Unit Price,Order Lines/Subtotal",
         "order_id ordered_at customer_id product_id quantity unit_price line_amount"),
        ("注文番号,注文日,顧客番号,商品番号,数量,税込単価,小計(税込)",
         "order_id ordered_at customer_id product_id quantity unit_price line_amount"),
    ],
)  # fmt: skip
def test_lines_of_shop_systems_are_understood(
    tmp_path: Path, project_dir: Path, headers: str, roles: str
) -> None:
    rows = "1,2024-05-01,C1,S1,2,3.50,7.00\n2,2024-05-02,C2,S2,1,4.00,4.00\n"
    found = plan(project_dir, one_file(tmp_path, f"{headers}\n{rows}"), currency="EUR")
    names = {role: name.removeprefix("sales.") for role, name in roles_of(found).items()}
    wanted = dict(zip(roles.split(), headers.split(","), strict=True))
    assert {role: names.get(role) for role in wanted} == wanted
    assert found.figures is not None and found.figures.revenue == {"EUR": Decimal("11.00")}


def test_items_side_by_side_may_have_a_sign_before_their_number(
    tmp_path: Path, project_dir: Path
) -> None:
    text = """\
Order ID,Order Date,Order Currency Code,Product Name #1,SKU #1,Qty #1,Price #1,Product Name #2,\
SKU #2,Qty #2,Price #2
1,2024-05-01,EUR,Mug,S1,2,3.50,Cup,S2,1,4.00
"""
    found = plan(project_dir, one_file(tmp_path, text))
    assert roles_of(found)["product_name"] == "sales.Product Name #{n}"
    assert found.figures is not None and found.figures.revenue == {"EUR": Decimal("11.00")}


def test_all_that_is_missing_is_asked_at_once(tmp_path: Path, project_dir: Path) -> None:
    text = "Vorfall,Wann,Was,Wieviel\n1,2024-05-01,Tasse,2\n"
    told = (
        "sales has no known column for an order's number and for a date and for a product and for "
        "a quantity or an amount. Name it: --map order_id=COLUMN --map ordered_at=COLUMN "
        "--map product_id=COLUMN --map quantity=COLUMN. Columns found: Vorfall, Wann, Was, Wieviel."
    )
    with pytest.raises(WarehouseError, match=re.escape(told)):
        plan(project_dir, one_file(tmp_path, text))
    lines = "Order,Quantity,SKU,Wann,Wieviel\n1,2,S1,2024-05-01,2.00\n"
    told = "has no known column for a date and for the price. Name it: --map ordered_at=COLUMN"
    with pytest.raises(WarehouseError, match=re.escape(told)):
        plan(project_dir, one_file(tmp_path, lines))


@pytest.mark.parametrize("header", ["Account", "Server", "Kassör", "Vendeur"])
def test_who_sells_is_not_proposed_as_the_customer(
    tmp_path: Path, project_dir: Path, header: str
) -> None:
    text = (
        f"Order,Date,SKU,Qty,Price,{header},Guest Name\n"
        "1,2024-05-01,S1,1,2,me@shop.example,Kim Sample\n"
        "2,2024-05-02,S1,1,2,me@shop.example,Pat Muster\n"
    )
    told = " ".join(plan(project_dir, one_file(tmp_path, text), currency="EUR").design.advice)
    assert "No column identifies the customer" in told
    assert f"customer_id={header}" not in told


def test_repeated_headers_say_what_to_do(tmp_path: Path, project_dir: Path) -> None:
    text = ";Kunde;;Artikel;\nBon-Nr;Nr;Datum;Nr;Preis\n1;6;2024-05-01;S1;2\n"
    with pytest.raises(WarehouseError, match=r"repeats 'nr'.*two rows of headers, make one"):
        plan(project_dir, one_file(tmp_path, text))
