"""Finds telephone, card and account numbers within a longer text.

A number must be written as people write theirs, because texts are full of other numbers: the word
before it (Order, Ref, Nr) may show that it is one of those; dates and lists of sizes do not count.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

from stdnum import iban
from stdnum.us import ssn

from ingest.personal.personal_headers import is_listed, personal_header

# With the leading 0 and separators, in groups; or as North America writes them.
_DIALLED = re.compile(
    r"(?<![\w.,:/+#-])(?:\(0[1-9]\d{0,4}\)|0[1-9]\d{0,4})[ /-]{1,3}\d{2,8}(?:[ -]\d{2,5}){0,4}"
    r"(?![\w:/-]|[.,]\d)|(?<![\w.,:/+#-])0[1-9](?:\.\d\d){4}(?![\w:/-]|[.,]\d)",
    re.ASCII,
)
_NORTH_AMERICAN = re.compile(
    r"(?<![\w.,:/+#-])(?:\([2-9]\d\d\) ?|[2-9]\d\d[.-])[2-9]\d\d[.-]\d{4}(?![\w:/-]|[.,]\d)",
    re.ASCII,
)
_DATE = re.compile(r"(?:0[1-9]|[12]\d|3[01])([ ./-])(?:0[1-9]|1[0-2])\1(?:19|20)\d\d", re.ASCII)
_CARD = re.compile(r"(?<![\w.,+-])\d(?:[ ./_|\t-]{0,2}\d){13,18}(?![\w/-]|[.,]\d)", re.ASCII)
_ACCOUNT = re.compile(r"\b[A-Za-z]{2}\d\d(?:[ ._/-]{0,2}[A-Za-z\d]){11,40}", re.ASCII)
_US_IDENTITY = re.compile(r"(?<![\w.+-])\d{3}-\d\d-\d{4}(?![\w-])", re.ASCII)
_WORD_BEFORE = re.compile(r"([^\W\d_]+)[\s.:#°-]*\Z")
_LENGTHS_OF_ACCOUNTS = range(15, 35)


def phones_in(text: str) -> Iterator[str]:
    """Telephone numbers in the text without + and country code."""
    for found in _DIALLED.finditer(text):
        groups = re.findall(r"\d+", found[0])
        steps = {int(b) - int(a) for a, b in pairwise(groups)}
        if (
            9 <= sum(map(len, groups)) <= 11
            and not _DATE.match(found[0])
            and (len(groups) < 3 or len(steps) > 1)
            and not _counts_things(text[: found.start()])
        ):
            yield found[0]
    for found in _NORTH_AMERICAN.finditer(text):
        if not _counts_things(text[: found.start()]):
            yield found[0]


def cards_in(text: str) -> Iterator[str]:
    """Texts that look like card numbers; the check digit decides whether they are."""
    for found in _CARD.finditer(text):
        if not found[0].isdigit() or not _counts_things(text[: found.start()]):
            yield found[0]


def account_in(text: str) -> str | None:
    """The first account number (IBAN) in the text, by its country's form and check digits."""
    for found in _ACCOUNT.finditer(text):
        number = ""
        for place, sign in enumerate(found[0]):
            number += sign if sign.isalnum() else ""
            is_end = not text[found.start() + place + 1 : found.start() + place + 2].isalnum()
            if is_end and len(number) in _LENGTHS_OF_ACCOUNTS and iban.is_valid(number):
                return number.upper()
    return None


def us_identity_in(text: str) -> str | None:
    """The first number in the text that is written and issued like a US social security number."""
    for found in _US_IDENTITY.finditer(text):
        if ssn.is_valid(found[0]) and not _counts_things(text[: found.start()]):
            return found[0]
    return None


def _counts_things(before: str) -> bool:
    """Whether the word before a number makes it one of the shop's own: Order 0412 345 678."""
    word = _WORD_BEFORE.search(before)
    return word is not None and _is_of_the_shop(word[1].lower())


@lru_cache(maxsize=4096)
def _is_of_the_shop(word: str) -> bool:
    return word != "card" and is_listed(word) and personal_header(word) is None
