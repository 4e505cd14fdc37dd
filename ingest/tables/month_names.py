"""Month names in the languages of shops, from the Unicode locale data in Babel."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Literal

# Abbreviations of Windows, and so of spreadsheets, that are not the start of the name.
_OF_WINDOWS = {"de": {"mrz": 3}, "fr": {"juil": 7}, "nl": {"mrt": 3}}
_SHORTEST = 3
# Languages of the month names that any file may use.
LANGUAGES = ("en", "de", "fr", "es", "pt", "it", "nl", "pl", "sv", "da", "nb")

_CONTEXTS: tuple[Literal["format", "stand-alone"], ...] = ("format", "stand-alone")
_WIDTHS: tuple[Literal["abbreviated", "wide"], ...] = ("abbreviated", "wide")


def is_language(code: str) -> bool:
    """Whether there are month names in this language, written as `de` or `pt_BR`."""
    from babel import Locale, UnknownLocaleError

    try:
        Locale.parse(code)
    except (UnknownLocaleError, ValueError):
        return False
    return True


def month_of(name: str, languages: tuple[str, ...]) -> int | None:
    """The number of the month with this name, full or short, in any case, with or without a full
    stop and accents; None if it is not a month, or not the same one in all these languages."""
    return _names(languages).get(_plain(name))


def month_in_name(word: str) -> int | None:
    """The number of the month that a word in a file name means, in full or abbreviated in one of
    LANGUAGES; None if it is not a month, or not the same one in all of them."""
    return _written_names().get(_plain(word))


@lru_cache
def _written_names() -> dict[str, int]:
    found: dict[str, set[int]] = {}
    for language in LANGUAGES:
        for name, month in _written(language).items():
            found.setdefault(name, set()).add(month)
    return {name: months.pop() for name, months in found.items() if len(months) == 1}


@lru_cache
def _names(languages: tuple[str, ...]) -> dict[str, int]:
    found: dict[str, set[int]] = {}
    for language in languages:
        for name, month in _of_language(language).items():
            found.setdefault(name, set()).add(month)
    return {name: months.pop() for name, months in found.items() if len(months) == 1}


def _of_language(language: str) -> dict[str, int]:
    """Names in the language, and every beginning of a full name that only one month has."""
    from babel.dates import get_month_names

    starts: dict[str, set[int]] = {}
    for context in _CONTEXTS:
        for month, name in get_month_names("wide", context, language).items():
            plain = _plain(name)
            for end in range(_SHORTEST, len(plain) + 1):
                starts.setdefault(plain[:end], set()).add(month)
    names = {start: months.pop() for start, months in starts.items() if len(months) == 1}
    return names | _written(language)


def _written(language: str) -> dict[str, int]:
    """Full names, and abbreviations in the language or on Windows."""
    from babel.dates import get_month_names

    names: dict[str, int] = {}
    for width in _WIDTHS:
        for context in _CONTEXTS:
            named = get_month_names(width, context, language)
            names |= {_plain(name): month for month, name in named.items()}
    return names | _OF_WINDOWS.get(language.split("_")[0], {})


def _plain(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name.strip().rstrip(".").casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))
