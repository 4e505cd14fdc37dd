"""Recognises personal columns by their headers, in the languages of personal_words.yml."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ingest.yaml_reader import read_yaml

NAME = "name of a person"
DETAIL = "personal detail"

_WORDS = Path(__file__).with_name("personal_words.yml")
_NO_HEADERS = "streets"
_PLAIN = str.maketrans({"ß": "ss", "ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ı": "i"})
_ACCENTS = re.compile("[\u0300-\u036f]")
# Systems without umlauts write ä as ae.
_SPELT_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"})
_CAMEL = re.compile(r"(?<=[^\W\d_][a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_RUN = re.compile(r"[^\W\d_]+|\d+")
# Between the parts of a compound: Rechnungsadresse, Kundenname.
_LINKS = ("", "s", "es", "n", "en", "e", "の", "的")
_SHORTEST_PART = 3
_SHORT_ENDS = {"id", "nr", "no"}
_LONGEST_WORD = 40
_CODES = {"sku", "upc", "ean", "gtin", "barcode", "plu", "isbn", "asin", "mpn", "serial"}

Words = tuple[str, ...]


@dataclass(frozen=True)
class _Lexicon:
    """The list: the kinds of each phrase, and all `words` that compounds are made of."""

    phrases: dict[Words, frozenset[str]]
    words: frozenset[str]
    longest: int


def personal_header(header: str, is_about_people: bool = False) -> str | None:
    """The kind of personal data a header names (`e-mail address`, `name of a person`, …), or None.

    `is_about_people` says that the table has one row per person, so that a bare `name` or `notes`
    is a person's. A header about the shop's things (Product name, Store address) is not personal.
    """
    parts = _parts(header)
    marks = [mark for mark in parts if "fillers" not in mark]
    kinds = {name for mark in marks for name in mark}
    has_people = "people" in kinds
    sure = [name.removeprefix("sure ") for mark in marks for name in mark if name[:5] == "sure "]
    if sure:
        if "about" in kinds:
            return None
        if "things" in kinds and not has_people and set(sure) == {"address"}:
            return None
        return sure[0]
    if any(_names_a_person(marks, index) for index in range(len(marks))):
        return NAME
    if "notes" in kinds and has_people and "things" not in kinds:
        return DETAIL
    if marks and all("people" in mark or "people_alone" in mark for mark in marks):
        return NAME if "people_alone" in kinds else None
    if len(marks) == 1 and "names_alone" in kinds:
        return NAME
    if is_about_people and marks and all(mark & {"names", "notes"} for mark in marks):
        return NAME if "names" in kinds else DETAIL
    return None


def names_people(header: str) -> bool:
    """Whether a header is only a word for people: Customer, Kunde, 顧客.

    Such a column may hold ids or names: the cells decide.
    """
    marks = [mark for mark in _parts(header) if "fillers" not in mark]
    return bool(marks) and all("people" in mark for mark in marks)


def names_thing(header: str) -> bool:
    """Whether a header is about the shop's things and not about people: Store address."""
    kinds = frozenset[str]().union(*_parts(header))
    return "things" in kinds and "people" not in kinds


def is_name_of_thing(header: str) -> bool:
    """Whether a header means names of the shop's things: item_name, Store name, Markenname."""
    return names_thing(header) and any("names" in mark for mark in _parts(header))


def is_code(header: str) -> bool:
    """Whether a header names an id, a number or a code: order_id, Artikelnummer, SKU."""
    words = words_of(header)
    return any(word in _CODES or "numbers" in mark for word, mark in
               zip(words, _marks_of_words(words), strict=True))  # fmt: skip


def words_of(header: str) -> Words:
    """A header's words in plain lower case, with compounds split: `ShippingAddress1` becomes
    shipping, address, 1."""
    found: list[str] = []
    for run in _RUN.findall(_CAMEL.sub(" ", unicodedata.normalize("NFKC", header))):
        word = plain_word(run)
        found += _cut(word) or (word,)
    return tuple(found)


def _names_a_person(marks: list[frozenset[str]], index: int) -> bool:
    """Whether the mark is a name and its owner is a person.

    The owner is the word before it or, if there is none, the word after it (nom du client).
    """
    if "names" not in marks[index]:
        return False
    before = marks[index - 1] if index else None
    after = marks[index + 1] if index + 1 < len(marks) else frozenset()
    owner = after if before is None else before
    return "people" in owner and "things" not in owner


def _parts(header: str) -> list[frozenset[str]]:
    """The kinds of the header's phrases; the longest phrase that fits is taken first."""
    words = words_of(header)
    lexicon = _lexicon()
    found = []
    index = 0
    while index < len(words):
        for length in range(min(lexicon.longest, len(words) - index), 0, -1):
            marks = lexicon.phrases.get(words[index : index + length])
            if marks is not None:
                found.append(marks)
                index += length
                break
        else:
            if not words[index].isdigit():
                found.append(frozenset({"unknown"}))
            index += 1
    return found


def _marks_of_words(words: Words) -> Iterator[frozenset[str]]:
    for word in words:
        yield _lexicon().phrases.get((word,), frozenset())


@cache
def word_list() -> dict[str, Any]:
    """The content of personal_words.yml."""
    content: dict[str, Any] = read_yaml(_WORDS)
    return content


def is_listed(word: str) -> bool:
    """Whether a word is on the list, and therefore not a person's name: Guest, Shop, Kunde. Words
    that only link others are also part of names: van, de, dos."""
    kinds = _lexicon().phrases.get((plain_word(word),), frozenset())
    return bool(kinds - {"fillers"})


@cache
def _lexicon() -> _Lexicon:
    phrases: dict[Words, set[str]] = {}
    for name, text in _entries(word_list()):
        for written in (text, text.lower().translate(_SPELT_OUT)):
            words = tuple(plain_word(run) for run in _RUN.findall(_CAMEL.sub(" ", written)))
            phrases.setdefault(words, set()).add(name)
    return _Lexicon(
        {words: frozenset(names) for words, names in phrases.items()},
        frozenset(word for words in phrases for word in words),
        max(map(len, phrases)),
    )


def _entries(content: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for section, listed in content.items():
        if section == _NO_HEADERS:
            continue
        if section == "sure":
            for kind, by_language in listed.items():
                for entries in by_language.values():
                    yield from ((f"sure {kind}", text) for text in entries)
        else:
            for entries in listed.values():
                yield from ((section, text) for text in entries)


def plain_word(word: str) -> str:
    """A word without case and accents, ß as ss."""
    text = unicodedata.normalize("NFKC", word).lower().translate(_PLAIN)
    # Removes only accents: the marks of ガ and ペ make different letters.
    return unicodedata.normalize("NFC", _ACCENTS.sub("", unicodedata.normalize("NFD", text)))


def _cut(word: str) -> Words | None:
    """The fewest words of the list that together make up a word."""
    words = _lexicon().words
    if word in words or word.isdigit() or len(word) > _LONGEST_WORD:
        return (word,)
    best: list[Words | None] = [()] + [None] * len(word)
    for end in range(1, len(word) + 1):
        for start in range(end):
            head = best[start]
            if head is None or (best[end] is not None and len(head) + 1 >= len(best[end] or ())):
                continue
            part = word[start:end]
            for link in _LINKS if head else ("",):
                core = part.removeprefix(link)
                if core in words and part.startswith(link) and _may_be_part(core, bool(head)):
                    best[end] = (*head, core)
                    break
    return best[len(word)]


def _may_be_part(core: str, is_behind: bool) -> bool:
    is_long = not core.isascii() or len(core) >= _SHORTEST_PART
    return is_long or (is_behind and core in _SHORT_ENDS)
