"""Recognises personal values by their form: e-mail addresses, telephone and card numbers.

A false alarm costs a row or a column, so a form counts only if hardly anything else has it: dates,
EANs and order numbers have none of these forms. Values are compared as `plain_text` returns them,
so blanks, hyphens and digits of any script are equal.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from stdnum import ean, luhn

from ingest.personal.personal_headers import NAME, is_listed, personal_header, words_of
from ingest.personal.spellings import even_email, even_number, is_spelt_out
from ingest.personal.values_in_text import (
    account_in,
    cards_in,
    phones_in,
    us_identity_in,
)

EMAIL = "e-mail address"
PHONE = "telephone number"
CARD = "card number"
ACCOUNT = "account number"
IDENTITY = "identity number"

# Letters of all scripts in both parts; the ending is letters, or punycode of them.
_EMAIL = re.compile(
    r"""[^\s@,;:()<>"]+@[^\s@,;:()<>"/]+\.(?:xn--[a-z\d-]+|[^\W\d_][^\s@,;:()<>"/.\d_-]+)""", re.I
)
_ABROAD = re.compile(r"(?<![\w+])\+[1-9](?:[ .()/-]{0,2}\d){7,14}(?!\d)", re.ASCII)
_DIALLED_ABROAD = re.compile(
    r"00[1-9]\d{0,2}(?:[ ./-]| ?\(0\)[ ./-]?)\d(?:[ ./-]?\d){6,12}", re.ASCII
)
# The same without separators; a GTIN of 14 digits may look like it.
_DIGITS_ABROAD = re.compile(r"00[1-9]\d{10,12}", re.ASCII)
# National numbers: with the leading 0, and separators between the digits.
_NATIONAL = re.compile(r"\(?0[ (/-]{0,2}[1-9](?:[ )./-]{0,2}\d){7,10}", re.ASCII)
_AREA_IN_BRACKETS = re.compile(r"\(\d{2,5}\) ?\d(?:[ -]?\d){5,9}", re.ASCII)
_NORTH_AMERICAN = re.compile(r"(?:1[ .-])?\(?[2-9]\d\d\)?[ .-]{1,2}[2-9]\d\d[ .-]\d{4}", re.ASCII)
_LABELLED = re.compile(r"([^\W\d_][^\d+(]{0,24}?)[\s.:#-]*([+(0-9][0-9 ().\-/]{6,})")
_DATE = re.compile(
    r"(?:0?[1-9]|[12]\d|3[01])([./-])(?:0?[1-9]|[12]\d|3[01])\1(?:\d{4}|\d\d(?=[ T]))(?!\d).*",
    re.ASCII,
)
_DIALLED = re.compile(r"0[1-9]\d{8,9}", re.ASCII)
_SEVEN_DIGITS = re.compile(r"\d(?:\D{0,3}\d){6}", re.ASCII)
_NINE_DIGITS = re.compile(r"\d(?:\D{0,3}\d){8}", re.ASCII)
_GROUPED_CARD = re.compile(
    r"\d{4}([./_|\t·-]| {1,2}| [/|·-] )(?:\d{4}\1\d{4}\1\d{4}(?:\1\d{1,3})?|\d{6}\1\d{5})", re.ASCII
)
_PLAIN_CARD = re.compile(r"\d{14,19}", re.ASCII)
# Prefixes and lengths by which card numbers are issued (ISO/IEC 7812). Maestro also issues shorter
# ones, which EANs of the United Kingdom look like.
_ISSUED = re.compile(
    r"4(?:\d{15}|\d{18})|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}"
    r"|3(?:0[0-5]|[68]\d)\d{11}|6(?:011|4[4-9]\d|5\d\d)\d{12}|35(?:2[89]|[3-8]\d)\d{12}"
    r"|62\d{14,17}|(?:5018|5020|5038|5893|6304|6759|676[1-3])\d{12,15}|(?:220[0-4]|9792)\d{12}",
    re.ASCII,
)
_WORD = r"[^\W\d_a-z][^\W\d_]*(?:['’-][^\W\d_]+)*"
_PERSON = re.compile(rf"(?:{_WORD}[.,]? ){{1,3}}{_WORD}")
_SIGN = re.compile(r"[\W_]")
_BETWEEN_NAMES = re.compile(r"[\s,・·]+")
_IN_NAMES = "'’-."
# Written without a blank, family name first: 山田太郎, 高橋みなみ, 김철수.
_EAST_ASIAN = re.compile(
    r"[\u4e00-\u9fff々]{2,5}|[\u4e00-\u9fff々]{1,4}[\u3041-\u30fa]{1,6}|[\uac00-\ud7a3]{2,5}"
)


class _Form(NamedTuple):
    """A form to look for in whole columns at a time, wider than those above: a regular expression
    for the beginning of a text, the shortest text that has it, signs of which one is in it, and
    those of which one is its first. `wider` is looked for before, where that is much faster."""

    pattern: str
    shortest: int
    signs: bytes = b""
    first: bytes = b""
    wider: str = ""


_BLANKS = b" \t"
_DIGITS = b"0123456789"
_MAYBE_EMAIL = _Form(r"[^@]*@", 6, b"@")
_MAYBE_BRACKETED = _Form(r".*[\[({<] ?(?:[Aa][Tt]|@) ?[\])}>]", 10, b"[({<")
_MAYBE_ABROAD = _Form(r".*\+[ (]{0,3}[1-9]", 9, b"+")
_MAYBE_ACCOUNT = _Form(r"(?:.*[^A-Za-z0-9])?[A-Za-z]{2}\d\d(?:[ ._/\-]{0,2}[A-Za-z\d]){11}", 15)
_MAYBE_SIGNED = _Form(
    r"\s*(?:\(|\d[\d ().\-/]*[ ().\-/][\d ().\-/]*\d\s*$)", 9, b" ().-/", b"(" + _DIGITS + _BLANKS
)
_MAYBE_DIGITS = _Form(rf"\s*(?:{_ISSUED.pattern}|00[1-9]\d+)\s*$", 13, b"", _DIGITS + _BLANKS)
_MAYBE_LABELLED = _Form(r"\s*[A-Za-z][^\d+(]{0,30}[+(\d][\d ().\-/]{6,}\s*$", 9, _DIGITS)
_MAYBE_SPACED = _Form(
    r"\s*\(?\d{2,5}\)? *[\t_| /\-] *(?:\d+[\t_| /.\-]*){1,5}$",
    9,
    b"\t_| ",
    b"(" + _DIGITS + _BLANKS,
)
# Within a text: with the leading 0 and a separator, as in North America, or a card.
_MAYBE_IN_TEXT = _Form(
    r".*\b(?:0[1-9]\d{0,4}\)?[ ./\-]{1,3}\d\d(?:[ .\-]?\d){4}"
    r"|[2-9]\d\d(?:\) ?|[.\-])\d{3}[.\-]\d{4}|\d{3}-\d\d-\d{4}"
    r"|[2-6](?:[ ./_|\t\-]{0,3}\d){13})",
    9,
    _DIGITS,
    wider=r".*\d(?:[ ()./_|\t\-]{0,3}\d){8}",
)
_MAYBE_DIALLED = _Form(rf"\s*{_DIALLED.pattern}\s*$", 10, b"", b"0" + _BLANKS)
_MAYBE_NAME = _Form(r"\s*\D+[\s,]\D+$", 4, b" \t,")
_MAYBE_ANYWHERE = (_MAYBE_EMAIL, _MAYBE_BRACKETED, _MAYBE_ABROAD, _MAYBE_ACCOUNT)
_MAYBE = (
    *_MAYBE_ANYWHERE,
    _MAYBE_SIGNED,
    _MAYBE_DIGITS,
    _MAYBE_LABELLED,
    _MAYBE_SPACED,
    _MAYBE_IN_TEXT,
)
_MAYBE_IN_CODE = (
    *_MAYBE_ANYWHERE,
    _Form(
        r"\s*(?:00\d{1,3}[ ./(\-]|\d{4}[ ./_|\t\-]{1,3}\d{4,6}[ ./_|\t\-])",
        9,
        b" .-/_|\t",
        _DIGITS + _BLANKS,
    ),
)
_MAYBE_ID = (*_MAYBE, _MAYBE_DIALLED, _MAYBE_NAME)
# Texts with non-ASCII characters are always checked one by one.
_NO_ASCII = r"[^\x00-\x7f]"


def plain_text(text: str) -> str:
    """The text with plain blanks, hyphens and digits instead of those of other scripts, letters in
    Unicode normal form (NFKC), and without invisible characters."""
    if text.isascii():
        return text
    return "".join(map(_plain_sign, unicodedata.normalize("NFKC", text)))


@cache
def _plain_sign(sign: str) -> str:
    category = unicodedata.category(sign)
    if category == "Nd":
        return str(unicodedata.decimal(sign))
    if sign == "\u3002":  # the full stop of Chinese and Japanese, also in domains
        return "."
    if sign == "\u2212":  # minus
        return "-"
    return {"Zs": " ", "Pd": "-", "Cf": ""}.get(category, sign)


def is_email(text: str) -> bool:
    """Whether the text is one e-mail address and nothing else."""
    return _EMAIL.fullmatch(even_email(plain_text(text)).strip()) is not None


def is_phone(text: str) -> bool:
    """Whether the text is written as only telephone numbers are: with +, with separators, with 00
    and a country code, or after a word for it (Tel., Mobile)."""
    body = even_number(plain_text(text).strip())
    if _is_abroad(body):
        return True
    if body.isdigit():
        return _DIGITS_ABROAD.fullmatch(body) is not None and not ean.is_valid(body)
    if _DATE.fullmatch(body):
        return False
    if any(form.fullmatch(body) for form in (_NATIONAL, _AREA_IN_BRACKETS, _NORTH_AMERICAN)):
        return True
    labelled = _LABELLED.fullmatch(body)
    return labelled is not None and _is_label_of_phone(labelled[1])


def _is_abroad(body: str) -> bool:
    return _ABROAD.search(body) is not None or _DIALLED_ABROAD.fullmatch(body) is not None


@lru_cache(maxsize=4096)
def _is_label_of_phone(label: str) -> bool:
    return personal_header(label) == PHONE


def is_card(text: str) -> bool:
    """Whether the text is a card number: its length, its issuer and its check digit (Luhn)."""
    body = plain_text(text).strip()
    if not (_PLAIN_CARD.fullmatch(body) or _GROUPED_CARD.fullmatch(body)):
        return False
    digits = re.sub(r"\D", "", body)
    return _ISSUED.fullmatch(digits) is not None and luhn.is_valid(digits)


def is_person(text: str) -> bool:
    """Whether the text is written like a person's name: two to four capitalised words, none of them
    a word for customers or things (Guest Customer, Web Shop)."""
    body = " ".join(plain_text(text).split())
    return (
        len(body) <= 60
        and _PERSON.fullmatch(body) is not None
        and not any(is_listed(word) for word in re.findall(r"[^\W\d_]+", body))
    )


def is_persons_id(text: str) -> bool:
    """Whether an id of a customer or an order is a name: here also lower-case words, words with a
    comma between them (Reedham,Ann), and names written without a blank (山田太郎)."""
    body = plain_text(text).strip()
    words = [word for word in _BETWEEN_NAMES.split(body) if word]
    if len(body) > 60 or any(map(is_listed, {*words, *words_of(body)})):
        return False
    if len(words) == 1:
        return _EAST_ASIAN.fullmatch(body) is not None
    return (
        2 <= len(words) <= 5
        and all(map(_is_of_letters, words))
        and any(len(word.rstrip(".")) > 1 for word in words)
    )


def _is_of_letters(word: str) -> bool:
    """Whether a word has only letters, with the marks that some scripts add to them."""
    return word[0] not in _IN_NAMES and all(
        sign in _IN_NAMES or unicodedata.category(sign)[0] in "LM" for sign in word
    )


def personal_value(text: str, is_code: bool) -> str | None:
    """The kind of personal data a text is, in a column that should hold none; or None.

    In a column of ids and codes (`is_code`), only forms count that no shop uses for its own
    numbers.
    """
    body = plain_text(text).strip()
    if _has_email(body):
        return EMAIL
    if _SEVEN_DIGITS.search(body) is None:
        return None
    if account_in(body):
        return ACCOUNT
    if is_code:
        if _is_abroad(even_number(body)):
            return PHONE
        return CARD if _GROUPED_CARD.fullmatch(body) and is_card(body) else None
    if is_phone(body):
        return PHONE
    if is_card(body):
        return CARD
    return _within(body) if _NINE_DIGITS.search(body) else None


def _within(body: str) -> str | None:
    if any(map(is_phone, phones_in(body))):
        return PHONE
    if any(map(is_card, cards_in(body))):
        return CARD
    return IDENTITY if us_identity_in(body) else None


def _has_email(body: str) -> bool:
    if "@" in body and _EMAIL.search(body):
        return True
    return is_spelt_out(body) and _EMAIL.search(even_email(body)) is not None


@dataclass(frozen=True)
class Impersonal:
    """What an impersonal column must not hold.

    `is_code`: it holds ids or codes, see personal_value. `names_customers`: they are ids of
    customers or orders, which must not be a first and last name. `forms`: regular expressions of
    the source's personal ids.
    """

    is_code: bool
    names_customers: bool = False
    forms: tuple[str, ...] = ()

    def fault(self, text: str) -> str | None:
        """The kind of personal data the text is, or None."""
        what = personal_value(text, self.is_code)
        if what is None and self.names_customers and is_persons_id(text):
            what = NAME
        if what is None and self._has_form(plain_text(text).strip()):
            what = "personal id"
        return what

    def has_fault(self, array: pa.Array) -> bool:
        """Whether `fault` finds something in any text of the column."""
        known = _MAYBE_IN_CODE if self.is_code else _MAYBE
        names = (_MAYBE_NAME,) if self.names_customers else ()
        own = tuple(_Form(rf"\s*(?:{form})\s*$", 1) for form in self.forms)
        return any(map(self.fault, _candidates(array, (*known, *names, *own))))

    def _has_form(self, body: str) -> bool:
        if not any(re.fullmatch(form, body, re.ASCII) for form in self.forms):
            return False
        # Item_25302 is one of the shop's numbers, although people have similar ones.
        return not all(map(is_listed, re.findall(r"[^\W\d_]+", body)))


def is_searchable(pattern: str) -> bool:
    """Whether a regular expression can be searched for in whole columns."""
    try:
        re.compile(pattern)
        pc.match_substring_regex(pa.array([""]), pattern)
    except (re.error, pa.ArrowException):
        return False
    return True


def personal_id(text: str) -> str | None:
    """The kind of personal data a customer id is, or None; also a number without separators."""
    body = plain_text(text).strip()
    if _has_email(body):
        return EMAIL
    if account_in(body):
        return ACCOUNT
    if us_identity_in(body):
        return IDENTITY
    if is_phone(body) or _DIALLED.fullmatch(body):
        return PHONE
    if is_card(body):
        return CARD
    return NAME if is_persons_id(body) else None


def personal_ids(array: pa.Array) -> list[str]:
    """The distinct ids of the column that are personal."""
    return [text for text in _candidates(array, _MAYBE_ID) if personal_id(text)]


def canonical(text: str) -> str:
    """A personal value in the form for comparison: an e-mail address or a name without case and
    surrounding blanks, a telephone or card number without separators, all in plain characters.
    Other values stay as given."""
    if text.isascii() and _SIGN.search(text) is None:
        return text
    kind = personal_id(text)
    if kind == NAME:
        return re.sub(r" ?, ?", ", ", " ".join(plain_text(text).split()).lower())
    if kind == EMAIL:
        return " ".join(even_email(plain_text(text)).split()).lower()
    if kind == ACCOUNT:
        return account_in(plain_text(text)) or text
    if kind in (PHONE, CARD, IDENTITY):
        return re.sub(r"[^\d+]", "", plain_text(text))
    return text


def _candidates(array: pa.Array, forms: tuple[_Form, ...]) -> list[str]:
    """The distinct texts that may have one of the forms. Most columns have none of the characters,
    which is quick to find out."""
    longest = pc.max(pc.binary_length(array)).as_py() or 0
    if longest < min(form.shortest for form in forms):
        return []
    starts, text = _bytes(array)
    begins = set(np.flatnonzero(np.bincount(starts, minlength=256)).tolist())
    chosen = [
        form
        for form in forms
        if longest >= form.shortest
        and (not form.first or not begins.isdisjoint(form.first))
        and (not form.signs or any(form.signs[i : i + 1] in text for i in range(len(form.signs))))
    ]
    other = () if text.isascii() else (_NO_ASCII,)
    for patterns in ([form.wider or form.pattern for form in chosen], [f.pattern for f in chosen]):
        wanted = "|".join([*(f"^(?:{pattern})" for pattern in patterns), *other])
        if not wanted:
            return []
        array = array.filter(pc.match_substring_regex(array, wanted))
    found: list[str] = array.unique().drop_null().to_pylist()
    return found


def _bytes(array: pa.Array) -> tuple[npt.NDArray[np.uint8], bytes]:
    """The first byte of each text, and all texts of the column concatenated."""
    _, offsets, data = array.buffers()
    if data is None:
        return np.empty(0, np.uint8), b""
    ends = np.frombuffer(offsets, np.int32)[array.offset : array.offset + len(array) + 1]
    begins = ends[:-1][ends[1:] > ends[:-1]]
    first, last = int(ends[0]), int(ends[-1])
    return np.frombuffer(data, np.uint8)[begins], bytes(memoryview(data)[first:last])
