"""Values that are personal by their form, and all that only resembles them."""

import pyarrow as pa
import pytest

from ingest.personal.personal_cells import personal_cells
from ingest.personal.personal_values import (
    Impersonal,
    canonical,
    is_person,
    personal_id,
    personal_ids,
    personal_value,
)

EMAIL, PHONE, CARD, NAME = "e-mail address", "telephone number", "card number", "name of a person"
ACCOUNT, IDENTITY = "account number", "identity number"
# Card numbers that issuers publish for tests; their check digits are right.
PERSONAL = [
    ("ann@reed.example", EMAIL, EMAIL),
    (" Ann.Reed+shop@reed.example ", EMAIL, EMAIL),
    ("mail ann@reed.example please", EMAIL, EMAIL),
    ("+61 412 345 678", PHONE, PHONE),
    ("+4917112345678", PHONE, PHONE),
    ("+44 (0)20 7946 0958", PHONE, PHONE),
    ("0049 171 1234567", PHONE, PHONE),
    ("0412 345 678", PHONE, None),
    ("0171/1234567", PHONE, None),
    ("(03) 9123 4567", PHONE, None),
    ("(555) 234-5678", PHONE, None),
    ("555-234-5678", PHONE, None),
    ("090-1234-5678", PHONE, None),
    ("4111 1111 1111 1111", CARD, CARD),
    ("3782-822463-10005", CARD, CARD),
    ("4111111111111111", CARD, None),
    ("378282246310005", CARD, None),
    # As other scripts and office programs write them: domains in Cyrillic, Chinese and punycode,
    # blanks that do not break (U+00A0, U+202F), full-width, Arabic and Devanagari digits, hyphens
    # (U+2011) and signs for the direction (U+202A) that come along with a copy.
    ("иван@пример.рф", EMAIL, EMAIL),
    ("用户@例子.广告", EMAIL, EMAIL),
    ("ann＠reed．example", EMAIL, EMAIL),
    ("ann@xn--e1afmkfd.xn--p1ai", EMAIL, EMAIL),
    ("+33\u00a06\u00a012\u00a034\u00a056\u00a078", PHONE, PHONE),
    ("+33\u202f6\u202f12\u202f34\u202f56\u202f78", PHONE, PHONE),
    ("＋４９　１７１　２３４５６７８", PHONE, PHONE),
    ("+٤٩ ١٧١ ٢٣٤٥٦٧٨", PHONE, PHONE),
    ("+९१ ९८७६५ ४३२१०", PHONE, PHONE),
    ("+49\u2011171\u20112345678", PHONE, PHONE),
    ("\u202a+49 171 2345678\u202c", PHONE, PHONE),
    ("06.12.34.56.78", PHONE, None),
    ("0171.2345678", PHONE, None),
    ("01-23-45-67-89", PHONE, None),
    ("Tel. +49 171 2345678", PHONE, PHONE),
    ("call +49 171 2345678 before noon", PHONE, PHONE),
    ("Handy: 0171 2345678", PHONE, None),
    ("電話 0312345678", PHONE, None),
    ("00491712345678", PHONE, None),
    ("4111\u00a01111\u00a01111\u00a01111", CARD, CARD),
    ("4111.1111.1111.1111", CARD, CARD),
    # Maestro: 3 + 3 + 0 + 4 = 10, the doubled 6 being 12 and counted as 3, all others 0.
    ("6304000000000000", CARD, None),
    ("6304 0000 0000 0000", CARD, CARD),
    # Spelt otherwise.
    ("+49 (0) 171 / 2345678", PHONE, PHONE),
    ("+ 49 171 2345678", PHONE, PHONE),
    ("Tel: + 49 171 2345678", PHONE, PHONE),
    ("A+ rating, +49 171 2345678", PHONE, PHONE),
    ("+49_171_2345678", PHONE, PHONE),
    ("+49\t171\t2345678", PHONE, PHONE),
    ("+49|171|2345678", PHONE, PHONE),
    ("+49·171·2345678", PHONE, PHONE),
    ("0049 (0)171 2345678", PHONE, PHONE),
    ("0171 / 2345678", PHONE, None),
    ("0171 - 2345678", PHONE, None),
    ("0171\t2345678", PHONE, None),
    ("0171_2345678", PHONE, None),
    ("0171 | 2345678", PHONE, None),
    ("0171 · 2345678", PHONE, None),
    ("555|234|5678", PHONE, None),
    ("ring Ann on 0171 2345678 at noon", PHONE, None),
    ("Bob (0171) 2345678, evenings", PHONE, None),
    ("appeler 06 12 34 56 78", PHONE, None),
    ("appeler 06.12.34.56.78 vite", PHONE, None),
    ("appeler 06 98 12 34 56", PHONE, None),
    ("ask for Ann, 555-234-5678.", PHONE, None),
    ("paid with 4111 1111 1111 1111 today", CARD, None),
    ("paid with 4111111111111111", CARD, None),
    ("4111/1111/1111/1111", CARD, CARD),
    ("4111  1111  1111  1111", CARD, CARD),
    ("4111 / 1111 / 1111 / 1111", CARD, CARD),
    ("4111_1111_1111_1111", CARD, CARD),
    # The examples of the IBAN registry for Germany, Great Britain and Norway.
    ("DE89370400440532013000", ACCOUNT, ACCOUNT),
    ("DE89 3704 0044 0532 0130 00", ACCOUNT, ACCOUNT),
    ("gb29 nwbk 6016 1331 9268 19", ACCOUNT, ACCOUNT),
    ("refund to NO93 8601 1117 947 please", ACCOUNT, ACCOUNT),
    ("536-22-1234", IDENTITY, None),
    ("his SSN 536-22-1234, he says", IDENTITY, None),
    ("jane(at)example.com", EMAIL, EMAIL),
    ("jane [at] example [dot] com", EMAIL, EMAIL),
    ("write jane{AT}example.co.uk", EMAIL, EMAIL),
]
# EANs, order numbers, dates and times, sizes, amounts: in no column anything personal.
HARMLESS = [
    "4006381333931", "0400638133393", "04006381333931", "12345678901234567890123",
    "4111111111111112", "9111111111111111", "2024-03-01", "01/02/2024",
    "01-02-2024 10-30", "20240301 120000",
    "2024-03-01 23:30:00 -0500", "2024-03-01T23:30:00+0800", "01/01/2024 - 31/01/2024", "09:15",
    "0815", "100-200-300", "000-123-456-789", "R-2024-000123", "0000012345", "00000000000",
    "1.208,50", "-3.50", "+12.50", "9.87654E+11", "17850.0", "2 @ 3.50", "50 x 70 cm", "3.0 - 4.5",
    "0-6 months", "300 400 500 600", "home.de", "@cafe", "Latte @home", "",
    # A GTIN with 00 before it: 3 * (6 + 4 + 4 + 3) + 1 + 1 + 1 = 54, and 6 more are 60.
    "00614141000036", "01.02.2024 10.30", "01.02.24 10:30:15", "31/12/99 23-59-59",
    "2024-03-01 23:30:00 +1000", "0.1234567890", "1,234,567.89", "12.345.678,90", "5018374000013",
    "5038862110112", "2\u00a0000", "١٢٣٤", "Größe 40–42", "Ticket 20240301", "Lamp 1234567",
    "6304000000000001", "3@2.50", "１２３４５", "東京タワー模型 20", "№ 12",
    # Beside the spellings above: lists, sums, amounts, dates and numbers of the shop's in texts.
    "01|02|03|04|05", "01_02_03_04_05", "Sizes 01 02 03 04 05", "+12.50 / 13.50 / 20.00",
    "+10 / 20 / 30 / 40", "Bundle + 500 1000 2000", "Set 3 + 12345678", "1+1 free", "12 | 34 | 56",
    "delivered 01.02.2024 10.30", "valid 01/02/2024 - 31/03/2024", "from 01 02 2024 10 30 on",
    "2024-03-01|2024-03-31", "2024-03-01_23-30-00", "seen 2024-03-01 09:15:00", "at 09:15, 0.75 kg",
    "Order 0412 345 678", "Bestellung 0412 345 678", "Ref. 4111111111111111", "EAN 4006381333931",
    "SKU 555-234-5678", "Lamp 0815-4711", "box of 04006381333931 each", "85123A_22", "012_345",
    "4111/1111/1111/1112", "20240301_123000", "1234_5678_9012_3456", "paid with 4111111111111112",
    "IMG_20240301_123000", "AB12 large red heart", "SET 10 RED NAPKINS", "XL12-RED-LARGE-2024-SALE",
    # One digit less or more than the examples above, and a country without IBANs.
    "DE89370400440532013001", "DE8937040044053201300", "US89370400440532013000",
    # Never given out: groups of zeros, 666, 900 and above.
    "000-12-3456", "666-12-3456", "900-12-3456", "123-00-4567", "123-45-0000", "1-123-45-6789",
    "Item 123-45-6789", "123-45-67890", "open (at) 3.50", "Sale (at) home",
    "look at polka dot dress 2", "12 at 3.50 dot", "dress at market dot pattern 3",
]  # fmt: skip


@pytest.mark.parametrize(("text", "in_text", "in_code"), PERSONAL)
def test_personal_values_are_known(text: str, in_text: str, in_code: str | None) -> None:
    assert personal_value(text, is_code=False) == in_text
    assert personal_value(text, is_code=True) == in_code
    # A whole column at once comes to the same.
    column = pa.array(["A1", None, text])
    assert Impersonal(is_code=False).has_fault(column)
    assert Impersonal(is_code=True).has_fault(column) == (in_code is not None)
    assert Impersonal(is_code=False).has_fault(column.slice(2))
    assert not Impersonal(is_code=False).has_fault(column.slice(0, 2))


@pytest.mark.parametrize("text", ["Maria Callas CD", "hans müller", "Müller,Hans", "山田太郎"])
def test_names_count_in_ids_of_customers_and_orders_alone(text: str) -> None:
    assert not Impersonal(is_code=False).has_fault(pa.array([text]))
    assert not Impersonal(is_code=True).has_fault(pa.array([text]))


@pytest.mark.parametrize("text", HARMLESS)
def test_harmless_values_pass(text: str) -> None:
    assert personal_value(text, is_code=False) is None
    assert personal_value(text, is_code=True) is None
    assert not Impersonal(is_code=False).has_fault(pa.array([text]))
    assert personal_id(text) is None


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("Ann Reedham", True), ("O'Brien, Mary", True), ("Anna-Lena Müller", True),
        ("MARY ANN SMITH", True), ("J. Smith", True), ("Bill Smith", True),
        ("Guest Customer", False), ("Web Shop", False), ("Walk In", False), ("Blue mug", False),
        ("C 1", False), ("Reedham", False), ("Ann Reedham 2", False),
    ],
)  # fmt: skip
def test_names_are_two_words_with_capitals(text: str, is_one: bool) -> None:
    assert is_person(text) == is_one


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("hans müller", True), ("Müller,Hans", True), ("山田太郎", True), ("김철수", True),
        ("高橋みなみ", True), ("Nguyễn Văn An", True), ("van der Berg Jan", True),
        ("Maria dos Santos", True), ("Иван Петров", True), ("محمد علي", True), ("राम कुमार", True),
        ("ジョン・スミス", True), ("Mu\u0308ller\u00a0Hans", True), ("Ann Reedham", True),
        ("cash sale", False), ("Gift Card", False), ("no customer", False), ("test order", False),
        ("ゲスト", False), ("普通会员", False), ("현금", False), ("walk-in", False),
        ("guest", False),
        ("R-2024-000123", False), ("A B", False), ("EUR", False), ("Reedham", False), ("", False),
    ],
)  # fmt: skip
def test_ids_of_customers_and_orders_are_no_names(text: str, is_one: bool) -> None:
    """In any script, in small letters and with or without blanks, but of no word of a shop."""
    ids = Impersonal(is_code=True, names_customers=True)
    assert ids.fault(text) == (NAME if is_one else None)
    assert ids.has_fault(pa.array(["A1", text])) == is_one
    assert personal_id(text) == (NAME if is_one else None)
    assert not Impersonal(is_code=True).has_fault(pa.array([text]))


def test_ids_that_are_personal_are_found_and_compared_alike() -> None:
    ids = ["C-1", "Kim@Example.com ", "0412345678", "0412 345 678", "Ann  Reedham", "17850", "C-1"]
    assert personal_ids(pa.array(ids)) == ids[1:5]
    assert canonical("Kim@Example.com ") == "kim@example.com"
    assert canonical("0412 345 678") == canonical("0412345678") == "0412345678"
    assert canonical("+61 (412) 345-678") == "+61412345678"
    assert canonical("Ann  Reedham") == "ann reedham"
    assert canonical("C-1 ") == "C-1 "
    # In whatever signs a file writes them.
    assert canonical("+49\u00a0171\u20112345678") == canonical("＋４９１７１２３４５６７８")
    assert canonical("＋４９１７１２３４５６７８") == "+491712345678"
    assert canonical("Tel. +49 171 2345678") == "+491712345678"
    assert canonical("Mu\u0308ller,Hans") == canonical("müller, hans") == "müller, hans"
    assert canonical("ＡＢＣ") == "ＡＢＣ"
    # Spelt otherwise.
    assert canonical("Jane (at) Example.com") == canonical("jane@example.com") == "jane@example.com"
    assert canonical("de89 3704 0044 0532 0130 00") == "DE89370400440532013000"
    assert canonical("0171 / 2345678") == canonical("0171_2345678") == "01712345678"
    assert canonical("536-22-1234") == "536221234"


@pytest.mark.parametrize(
    ("header", "cells", "what"),
    [
        ("x", ["a@b.example", "c@d.example", ""], EMAIL),
        ("x", ["4 Mill Rd", "12 Penny Lane"], "address"),
        ("x", ["Hauptstraße 5", "Kalverstraat 92", "Storgatan 4"], "address"),
        ("x", ["Rua Augusta, 12", "Via Roma 2", "ul. Prosta 3"], "address"),
        ("Store address", ["4 Mill Rd", "12 Penny Lane"], None),
        # Check digits by hand: 529.982.247-25 and 111.444.777-35 are CPFs of textbooks.
        ("x", ["529.982.247-25", "111.444.777-35"], "identity number"),
        ("x", ["529.982.247-26", "111.444.777-36"], None),
        ("x", ["DE89370400440532013000", "GB82WEST12345698765432"], "card or account number"),
        ("Customer", ["Ann Reedham", "Bob Marsh"], NAME),
        ("Product", ["Ann Reedham", "Bob Marsh"], None),
        ("x", ["Gold Ring 52", "12 ct eggs", "Street style 5"], None),
        ("x", ["4006381333931", "4006381333948"], None),
    ],
)
def test_most_cells_decide(header: str, cells: list[str], what: str | None) -> None:
    assert personal_cells(header, cells) == what
