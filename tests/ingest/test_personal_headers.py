"""Headers that are about people, in the languages of the list, and those that only look so."""

import pytest

from ingest.personal.personal_headers import (
    is_code,
    is_name_of_thing,
    personal_header,
    words_of,
)

EMAIL, PHONE = "e-mail address", "telephone number"
NAME, ADDRESS = "name of a person", "address"
PERSONAL = {
    EMAIL: "email|E-Mail-Adresse|Email (Billing)|customer_email|courriel|Correo electrónico"
    "|メール|邮箱",
    PHONE: "Telefon|Billing Phone|Téléphone|Teléfono|Telemóvel|Telefoonnummer|mobile_no|電話番号"
    "|お届け先電話番号|手机号码",
    "card or account number": "PAN Suffix|Card Last 4|IBAN|Kontonummer|カード番号"
    "|Loyalty Card No",
    NAME: "Buyer|Ship Name|Recipient|Contact|Vorname|Nachname|Nome|Nom|Prénom|Apellido|氏名"
    "|Billing Name|ShipToName|Kundenname|EMPFAENGER|Empfänger|Nom du client|Nombre del cliente"
    "|klantnaam|Kundnamn|kundenavn|Imię|Nazwisko|お客様氏名|会員名|收货人姓名|customername"
    "|First Name (Billing)|Fornavn|Store Manager Name|Ship To|Sales Rep",
    ADDRESS: "Straße|STRASSE|Endereço|住所|Shipping Address1|Lieferadresse|Rechnungsadresse"
    "|Bezorgadres|Leveransadress|Billing Street|Ship Zipcode|ship-postal-code"
    "|Adresse de livraison|配送先住所|收货地址|PLZ|Ulica",
    "date of birth": "Geburtsdatum|dob|Date de naissance|生年月日",
    "identity number": "CPF|NIF|DNI|PESEL|personnummer|codice fiscale|SSN|身份证号",
    "personal detail": "Customer Note|Kundennotiz|IP Address|Remarks of the buyer",
}  # fmt: skip
HARMLESS = (
    "Product name|Store name|Nominal|Nome do produto|Nom du produit|商品名|商品コード|店舗名"
    "|Produktname|Name|Item Name|Device Name|Price Point Name|Tax 1 Name|Billing Province Name"
    "|Shipping Method Title|Store Address|Ship City|Ship State|Customer ID|Kundennummer|会員番号"
    "|Contact ID|Card Brand|Payment Method|Notes|Headphone|iPhone Model|Email Verified"
    "|VAT Paid by Buyer|Customer Segment|Nomenclature|Panel|Bestellnummer|Employee|Customer"
    "|Kunde|Cliente|Shipping|Delivery Date|Nazwa|Nazwa produktu|Supplier Name|Household Size"
    "|order_status|伝票番号|売上日|Modifiers Applied"
)


@pytest.mark.parametrize(
    ("what", "header"), [(what, h) for what, listed in PERSONAL.items() for h in listed.split("|")]
)
def test_personal_headers_are_known(what: str, header: str) -> None:
    assert personal_header(header) == what


@pytest.mark.parametrize("header", HARMLESS.split("|"))
def test_harmless_headers_pass(header: str) -> None:
    assert personal_header(header) is None


@pytest.mark.parametrize(
    ("header", "what"),
    [("Name", NAME), ("Nazwa", NAME), ("Notes", "personal detail"), ("Region", None)],
)
def test_bare_words_are_a_persons_where_rows_are_people(header: str, what: str | None) -> None:
    assert personal_header(header) is None
    assert personal_header(header, is_about_people=True) == what


def test_compounds_are_cut_into_known_words_alone() -> None:
    assert words_of("ShippingAddress1") == ("shipping", "address", "1")
    assert words_of("Rechnungsadresse") == ("rechnung", "adresse")
    assert words_of("商品名") == ("商品", "名")
    # No list has `inal` or `clature`, so nothing is cut off.
    assert words_of("Nominal") == ("nominal",)
    assert words_of("Nomenclature") == ("nomenclature",)


@pytest.mark.parametrize(
    "header", ["order_id", "Artikelnummer", "sku_no", "EAN13", "商品コード", "Bestellnr"]
)
def test_ids_and_codes_are_known(header: str) -> None:
    assert is_code(header)
    assert not is_code("status") and not is_code("payment_method") and not is_code("product_name")


@pytest.mark.parametrize(
    "header", ["item_name", "Product name", "manufacturer_name", "Nom produit"]
)
def test_what_things_are_called_is_known(header: str) -> None:
    assert is_name_of_thing(header)
    assert not is_name_of_thing("status") and not is_name_of_thing("name")
    assert not is_name_of_thing("customer_name") and not is_name_of_thing("store customer name")
