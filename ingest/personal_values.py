"""What a value says about people by its own form: e-mail addresses, telephone and card numbers.

A false alarm costs a row or a column, so a form counts only where hardly anything else has it:
dates, EANs and order numbers have none of these forms.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingest.personal_headers import NAME, is_listed

EMAIL = "e-mail address"
PHONE = "telephone number"
CARD = "card number"

_EMAIL = re.compile(r"""[^\s@,;:()<>"]+@[^\s@,;:()<>"/]+\.[A-Za-z]{2,}""", re.ASCII)
_INTERNATIONAL = re.compile(
    r"\+[1-9](?:[ .()/-]{0,2}\d){7,14}|00[1-9]\d{0,2}[ /-]\d(?:[ /-]?\d){6,12}", re.ASCII
)
# With the 0 that is dialled within a country, and some sign between the digits.
_NATIONAL = re.compile(r"\(?0[ (/-]{0,2}[1-9](?:[ )/-]{0,2}\d){7,10}", re.ASCII)
_AREA_IN_BRACKETS = re.compile(r"\(\d{2,5}\) ?\d(?:[ -]?\d){5,9}", re.ASCII)
_NORTH_AMERICAN = re.compile(r"(?:1[ .-])?\(?[2-9]\d\d\)?[ .-]{1,2}[2-9]\d\d[ .-]\d{4}", re.ASCII)
_DATE = re.compile(r"\d{1,2}([/-])\d{1,2}\1\d{4}(?!\d).*", re.ASCII)
_DIALLED = re.compile(r"0[1-9]\d{8,9}", re.ASCII)
_GROUPED_CARD = re.compile(
    r"\d{4}([ -])(?:\d{4}\1\d{4}\1\d{4}(?:\1\d{1,3})?|\d{6}\1\d{5})", re.ASCII
)
_PLAIN_CARD = re.compile(r"\d{14,19}", re.ASCII)
# Prefixes and lengths by which card numbers are issued (ISO/IEC 7812).
_ISSUED = re.compile(
    r"4(?:\d{15}|\d{18})|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}"
    r"|3(?:0[0-5]|[68]\d)\d{11}|6(?:011|4[4-9]\d|5\d\d)\d{12}|35(?:2[89]|[3-8]\d)\d{12}"
    r"|62\d{14,17}",
    re.ASCII,
)
_WORD = r"[^\W\d_a-z][^\W\d_]*(?:['’-][^\W\d_]+)*"
_PERSON = re.compile(rf"(?:{_WORD}[.,]? ){{1,3}}{_WORD}")
_SIGN = re.compile(r"[^\w]")


class _Form(NamedTuple):
    """A form to look for in whole columns at a time, wider than those above: a regular expression
    for the beginning of a text, the shortest text that has it, and signs of which one is in it."""

    pattern: str
    shortest: int
    signs: bytes = b""


_MAYBE_SIGNED = _Form(r"\s*(?:[+(]|\d[\d ().\-/]*[ ().\-/][\d ().\-/]*\d\s*$)", 9, b" +().-/")
_MAYBE_CARD = _Form(rf"\s*(?:{_ISSUED.pattern})\s*$", 14)
_MAYBE_DIALLED = _Form(rf"\s*{_DIALLED.pattern}\s*$", 10)
_MAYBE_NAME = _Form(r"\s*\D+\s\D+$", 4, b" \t")
_MAYBE_EMAIL = _Form(r"[^@]*@", 6, b"@")
_MAYBE = (_MAYBE_EMAIL, _MAYBE_SIGNED, _MAYBE_CARD)
_MAYBE_IN_CODE = (
    _MAYBE_EMAIL,
    _Form(r"\s*(?:\+\d|00\d{1,3}[ /\-]|\d{4}[ \-]\d{4,6}[ \-])", 9, b" +-/"),
)
_MAYBE_ID = (*_MAYBE, _MAYBE_DIALLED, _MAYBE_NAME)


def is_email(text: str) -> bool:
    """Whether the text is one e-mail address and no more."""
    return _EMAIL.fullmatch(text.strip()) is not None


def is_phone(text: str) -> bool:
    """Whether the text is written as telephone numbers are, and only they: with + or signs."""
    body = text.strip()
    if _INTERNATIONAL.fullmatch(body):
        return True
    if body.isdigit() or _DATE.fullmatch(body):
        return False
    return any(form.fullmatch(body) for form in (_NATIONAL, _AREA_IN_BRACKETS, _NORTH_AMERICAN))


def is_card(text: str) -> bool:
    """Whether the text is a card number: its length, its issuer and its check digit (Luhn)."""
    body = text.strip()
    if not (_PLAIN_CARD.fullmatch(body) or _GROUPED_CARD.fullmatch(body)):
        return False
    digits = re.sub("[ -]", "", body)
    return _ISSUED.fullmatch(digits) is not None and _has_check_digit(digits)


def is_person(text: str) -> bool:
    """Whether the text is written as a person's name: two to four words that begin with a capital,
    none of them a word for customers or things (Guest Customer, Web Shop)."""
    body = " ".join(text.split())
    return (
        len(body) <= 60
        and _PERSON.fullmatch(body) is not None
        and not any(is_listed(word) for word in re.findall(r"[^\W\d_]+", body))
    )


def personal_value(text: str, is_code: bool) -> str | None:
    """What personal thing the text of a column that should hold none is, or None.

    In a column of ids and codes (`is_code`) only forms count that no shop gives its own numbers.
    """
    if "@" in text and _EMAIL.search(text):
        return EMAIL
    body = text.strip()
    if not is_code:
        return PHONE if is_phone(body) else CARD if is_card(body) else None
    if _INTERNATIONAL.fullmatch(body):
        return PHONE
    return CARD if _GROUPED_CARD.fullmatch(body) and is_card(body) else None


@dataclass(frozen=True)
class Impersonal:
    """What a column that holds nothing personal must not hold.

    `is_code`: it holds ids or codes, see personal_value. `names_customers`: these are of customers
    or orders, which nobody calls by a first and a last name. `forms`: regular expressions of
    personal ids of the source.
    """

    is_code: bool
    names_customers: bool = False
    forms: tuple[str, ...] = ()

    def fault(self, text: str) -> str | None:
        """What personal thing the text is, or None."""
        what = personal_value(text, self.is_code)
        if what is None and self.names_customers and is_person(text):
            what = NAME
        if what is None and any(re.fullmatch(form, text, re.ASCII) for form in self.forms):
            what = "personal id"
        return what

    def has_fault(self, array: pa.Array) -> bool:
        """Whether `fault` finds something in any text of the column."""
        known = _MAYBE_IN_CODE if self.is_code else _MAYBE
        names = (_MAYBE_NAME,) if self.names_customers else ()
        own = tuple(_Form(f"(?:{form})$", 1) for form in self.forms)
        return any(map(self.fault, _candidates(array, (*known, *names, *own))))


def is_searchable(pattern: str) -> bool:
    """Whether a regular expression can be looked for in whole columns at a time."""
    try:
        re.compile(pattern)
        pc.match_substring_regex(pa.array([""]), pattern)
    except (re.error, pa.ArrowException):
        return False
    return True


def personal_id(text: str) -> str | None:
    """What personal thing a customer's id is, or None: here also a number dialled without signs."""
    if "@" in text and _EMAIL.search(text):
        return EMAIL
    body = text.strip()
    if is_phone(body) or _DIALLED.fullmatch(body):
        return PHONE
    if is_card(body):
        return CARD
    return NAME if is_person(body) else None


def personal_ids(array: pa.Array) -> list[str]:
    """The different ids of the column that are personal."""
    return [text for text in _candidates(array, _MAYBE_ID) if personal_id(text)]


def canonical(text: str) -> str:
    """A personal value as it is compared: an e-mail address and a name without case and blanks
    around it, a telephone or card number without signs between the digits. Others stay as given."""
    if _SIGN.search(text) is None:
        return text
    kind = personal_id(text)
    if kind in (EMAIL, NAME):
        return " ".join(text.split()).lower()
    if kind in (PHONE, CARD):
        return re.sub(r"[^\d+]", "", text)
    return text


def _candidates(array: pa.Array, forms: tuple[_Form, ...]) -> list[str]:
    """The different texts that may have one of the forms."""
    longest = pc.max(pc.binary_length(array)).as_py() or 0
    text = _bytes(array)
    patterns = [
        form.pattern
        for form in forms
        if longest >= form.shortest
        and (not form.signs or any(form.signs[i : i + 1] in text for i in range(len(form.signs))))
    ]
    if not patterns:
        return []
    mask = pc.match_substring_regex(array, f"^(?:{'|'.join(patterns)})")
    found: list[str] = array.filter(mask).unique().drop_null().to_pylist()
    return found


def _bytes(array: pa.Array) -> bytes:
    """All texts of the column one behind the other."""
    _, offsets, data = array.buffers()
    if data is None:
        return b""
    ends = np.frombuffer(offsets, np.int32)
    first, last = int(ends[array.offset]), int(ends[array.offset + len(array)])
    return bytes(memoryview(data)[first:last])


def _has_check_digit(digits: str) -> bool:
    values = [int(digit) for digit in digits]
    doubled = [sum(divmod(2 * value, 10)) for value in values[-2::-2]]
    return (sum(values[-1::-2]) + sum(doubled)) % 10 == 0
