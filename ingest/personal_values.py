"""What a value says about people by its own form: e-mail addresses, telephone and card numbers.

A false alarm costs a row or a column, so a form counts only where hardly anything else has it:
dates, EANs and order numbers have none of these forms.
"""

from __future__ import annotations

import re

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
# Wider than the forms above and quick to look for; what it finds is judged one by one.
_MAYBE = r"@|^[\s(+]*\d[\d ().\-/]{6,}\d\s*$"
_MAYBE_IN_CODE = r"@|^\s*\+\d|^\s*00\d{1,3}[ /\-]|^\s*\d{4}[ \-]\d{4,6}[ \-]"
_MAYBE_ID = r"@|^[\s(+]*\d[\d ().\-/]{6,}\d\s*$|^\s*\D+ \D+$"


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


def has_personal_values(array: pa.Array, is_code: bool) -> bool:
    """Whether personal_value finds something in any text of the column."""
    found = _candidates(array, _MAYBE_IN_CODE if is_code else _MAYBE)
    return any(personal_value(text, is_code) for text in found)


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
    kind = personal_id(text)
    if kind in (EMAIL, NAME):
        return " ".join(text.split()).lower()
    if kind in (PHONE, CARD):
        return re.sub(r"[^\d+]", "", text)
    return text


def _candidates(array: pa.Array, pattern: str) -> list[str]:
    longest = pc.max(pc.binary_length(array)).as_py()
    if longest is None or longest < 5:
        return []
    mask = pc.match_substring_regex(array, pattern)
    if not pc.any(mask).as_py():
        return []
    found: list[str] = array.filter(mask).unique().drop_null().to_pylist()
    return found


def _has_check_digit(digits: str) -> bool:
    values = [int(digit) for digit in digits]
    doubled = [sum(divmod(2 * value, 10)) for value in values[-2::-2]]
    return (sum(values[-1::-2]) + sum(doubled)) % 10 == 0
