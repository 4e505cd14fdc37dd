"""Recognises personal columns by all their cells; one cell would prove too little here."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any

from stdnum import iban
from stdnum.br import cpf
from stdnum.cn import ric
from stdnum.dk import cpr
from stdnum.es import dni, nie
from stdnum.fr import nir
from stdnum.it import codicefiscale
from stdnum.nl import bsn
from stdnum.no import fodselsnummer
from stdnum.pl import pesel
from stdnum.pt import nif
from stdnum.se import personnummer
from stdnum.us import ssn

from ingest.personal.personal_headers import NAME, names_people, names_thing, word_list
from ingest.personal.personal_values import (
    EMAIL,
    IDENTITY,
    PHONE,
    is_card,
    is_email,
    is_person,
    is_phone,
)

ADDRESS = "address"
CARD = "card or account number"

_JUDGED = 2000
# This many distinct numbers with a correct check digit are not chance; fewer are enough if the form
# also has separators or letters.
_ENOUGH, _ENOUGH_WITH_SIGNS = 8, 2
_NATIONAL: tuple[tuple[str, Any], ...] = (
    (r"\d{3}\.?\d{3}\.?\d{3}-?\d{2}", cpf),
    (r"\d{17}[\dXx]", ric),
    (r"\d{6}-\d{4}", cpr),
    (r"\d{8}-?[A-Za-z]", dni),
    (r"[XYZxyz]-?\d{7}-?[A-Za-z]", nie),
    (r"[12] ?\d\d ?\d\d ?\d[\dABab] ?\d{3} ?\d{3} ?\d\d", nir),
    (r"[A-Za-z]{6}[\dA-Za-z]{2}[A-Za-z][\dA-Za-z]{2}[A-Za-z][\dA-Za-z]{3}[A-Za-z]", codicefiscale),
    (r"\d{9}", bsn),
    (r"\d{6} ?\d{5}", fodselsnummer),
    (r"\d{11}", pesel),
    (r"[123]\d{8}", nif),
    (r"(?:\d\d)?\d{6}[-+]\d{4}", personnummer),
    (r"\d{3}-\d{2}-\d{4}", ssn),
)  # fmt: skip
_SIGN = re.compile(r"\D", re.ASCII)


def personal_cells(header: str, cells: list[str]) -> str | None:
    """The kind of personal data that most of the cells are, or None.

    `header` only decides whether names under it are people's (Customer, Kunde), and whether
    addresses are the shop's own (Store address).
    """
    values = [cell.strip() for cell in cells[:_JUDGED] if cell.strip()]
    if not values:
        return None

    def most(test: Callable[[str], object]) -> bool:
        return 2 * sum(bool(test(value)) for value in values) > len(values)

    tests: tuple[tuple[Callable[[str], object], str], ...] = (
        (is_email, EMAIL),
        (is_phone, PHONE),
        (is_card, CARD),
        (iban.is_valid, CARD),
    )
    for test, what in tests:
        if most(test):
            return what
    if most(is_postal_address) and not names_thing(header):
        return ADDRESS
    if _are_identity_numbers(values):
        return IDENTITY
    return NAME if names_people(header) and most(is_person) else None


def is_postal_address(text: str) -> bool:
    """Whether a text looks like a street with a number: `4 Mill Rd`, `Rua Augusta, 12`."""
    return len(text) <= 200 and any(form.search(text) for form in _address_forms())


def _are_identity_numbers(values: list[str]) -> bool:
    distinct = set(values)
    for shape, module in _NATIONAL:
        form = re.compile(shape, re.ASCII)
        valid = {v for v in distinct if form.fullmatch(v) and module.is_valid(v)}
        has_signs = any(_SIGN.search(v) for v in valid)
        is_certain = len(valid) >= (_ENOUGH_WITH_SIGNS if has_signs else _ENOUGH)
        if is_certain and 2 * sum(v in valid for v in values) > len(values):
            return True
    return False


@cache
def _address_forms() -> tuple[re.Pattern[str], ...]:
    words = {
        key: "|".join(map(re.escape, listed)) for key, listed in word_list()["streets"].items()
    }
    return (
        re.compile(rf"^\d{{1,5}}[a-z]?,? .*\b(?:{words['behind_the_number']})\b", re.I),
        re.compile(rf"^(?:{words['before_the_number']})\b\.? .*\d", re.I),
        re.compile(rf"\w(?:{words['at_the_end_of_a_word']})\b\.? \d{{1,4}}\b", re.I),
        re.compile(rf"[\u3040-\u9fff](?:{words['between_signs']}).*\d|\d(?:丁目|番地)"),
    )
