"""Words of shops in many languages: names of columns, and what statuses say."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ingest.yaml_reader import read_yaml

_WORDS = Path(__file__).with_name("words")
_PLAIN = str.maketrans({"ß": "ss", "ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ı": "i"})
# Where a system knows no umlauts: Waehrung, Kaeufer.
_SPELT_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"})
_CENTS = re.compile(
    r"[\s_(\[/.-]*\b(?:in[\s_]+)?(?:cents?|minor[\s_]?units?|pence|cts|centimes|c[eé]ntimos|centavos|"
    r"centesimi|eurocents?|groszy?|grosze|öre|øre|rappen)\b[\s)\].]*",
    re.IGNORECASE,
)
_ACCENTS = re.compile("[\u0300-\u036f]")


@dataclass(frozen=True)
class StatusMeaning:
    """What a status or kind of line says: effect (sale, void, return) and group (how far it is)."""

    effect: str
    group: str


def plain(text: str) -> str:
    """A text in lower case without accents, blanks and punctuation: `N° de commande` is
    ndecommande. Letters of all scripts stay; `#` is no and `%` is percent."""
    spelt = text.replace("#", " no ").replace("%", " percent ")
    folded = unicodedata.normalize("NFKC", spelt).lower().translate(_PLAIN)
    letters = _ACCENTS.sub("", unicodedata.normalize("NFD", folded))
    return "".join(x for x in unicodedata.normalize("NFC", letters) if x.isalnum())


@cache
def names_of(role: str) -> tuple[str, ...]:
    """Plain names of the columns that play a role, the likeliest first."""
    found: dict[str, None] = {}
    for names in read_words("headers.yml").get(role, {}).values():
        for name in re.split(r",\s+", names):
            found |= dict.fromkeys(_spellings(name))
    if role == "discount_amount":
        # Rabatt %, Discount Pct, % Sconto
        bare = tuple(found)
        found |= dict.fromkeys(name + word for name in bare for word in _per_cents())
        found |= dict.fromkeys(f"percent{name}" for name in bare)
    return tuple(found)


def _spellings(word: str) -> tuple[str, str]:
    """A word in the form used for comparison, and as written by systems without umlauts."""
    return plain(word), plain(word.lower().translate(_SPELT_OUT))


def meaning_of(word: str) -> StatusMeaning | None:
    """The meaning of a status; None if no list has it."""
    return _statuses().get(plain(word))


def payment_method_of(word: str) -> str | None:
    """The payment method that a word means; None if no list has it."""
    return words_by_kind("payment_methods.yml").get(plain(word))


def known_statuses(words: Iterable[str]) -> dict[str, StatusMeaning]:
    """All words of statuses in English and in the languages of the given words, in lower case."""
    given = {plain(word) for word in words}
    found: dict[str, dict[str, StatusMeaning]] = {}
    for effect, groups in read_words("statuses.yml").items():
        for group, languages in groups.items():
            for language, texts in languages.items():
                for word in re.split(r",\s+", str(texts)):
                    own = found.setdefault(language, {})
                    own.setdefault(word.lower(), StatusMeaning(effect, group))
    spoken = [
        own for language, own in found.items()
        if language == "en" or given & set(map(plain, own))
    ]  # fmt: skip
    return {word: meaning for own in reversed(spoken) for word, meaning in own.items()}


@cache
def _statuses() -> dict[str, StatusMeaning]:
    found: dict[str, StatusMeaning] = {}
    for effect, groups in read_words("statuses.yml").items():
        for group, languages in groups.items():
            for words in languages.values():
                for word in re.split(r",\s+", str(words)):
                    for spelling in _spellings(word):
                        found[spelling] = StatusMeaning(effect, group)
    return found


@cache
def words_by_kind(name: str) -> dict[str, str]:
    """The kind of each plain word of a file that has lists by kind and language."""
    return {
        spelling: kind
        for kind, languages in read_words(name).items()
        for words in languages.values()
        for word in re.split(r",\s+", str(words))
        for spelling in _spellings(word)
    }


def read_words(name: str) -> Any:
    """The content of a file of words."""
    return read_yaml(_WORDS / name)


@cache
def _all_names() -> frozenset[str]:
    return frozenset(name for role in read_words("headers.yml") for name in names_of(role))


def is_role_name(header: str) -> bool:
    """Whether a header is the usual name of some role's column."""
    return plain(header) in _all_names()


def is_of_one_piece(header: str) -> bool:
    """Whether a header says that its price is for one piece, regardless of the quantity."""
    return any(plain(word) in plain(header) for word in words_of("of_one_piece.yml"))


def says_per_cent(header: str) -> bool:
    """Whether a header says that its values are in per cent."""
    return any(word in plain(header) for word in _per_cents())


@cache
def _per_cents() -> tuple[str, ...]:
    return tuple(sorted({plain(word) for word in words_of("per_cent.yml")}))


def is_of_staff(header: str) -> bool:
    """Whether a header names who sells, or the merchant, and no customer."""
    return any(plain(word) in plain(header) for word in words_of("staff.yml"))


@cache
def inclusive_of_tax() -> tuple[str, ...]:
    """Plain words of headers that say: taxes included, the longest first."""
    return tuple(sorted({plain(w) for w in words_of("with_tax.yml")}, key=len, reverse=True))


@cache
def words_of(name: str) -> frozenset[str]:
    """All words of a file that has a list for each language, as they are written there."""
    return frozenset(
        word for text in read_words(name).values() for word in re.split(r",\s+", str(text))
    )


def without_cents(header: str) -> str:
    """A header without the words that say that its amounts are in cents: `unit_amount_cents` is
    unit_amount."""
    spaced = re.sub(r"([a-z])([A-Z])", r"\1 \2", header).replace("_", " ")
    return _CENTS.sub(" ", spaced).strip()


def is_in_cents(header: str) -> bool:
    """Whether a header says that its amounts are in cents."""
    spaced = re.sub(r"([a-z])([A-Z])", r"\1 \2", header).replace("_", " ")
    return _CENTS.search(spaced) is not None
