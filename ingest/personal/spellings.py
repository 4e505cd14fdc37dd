"""Restores the usual spelling of e-mail addresses and numbers."""

from __future__ import annotations

import re

# jane(at)example[dot]com
_AT = re.compile(r" ?[\[({<] ?(?:at|ät|@) ?[\])}>] ?", re.I)
_DOT = re.compile(r" ?[\[({<] ?(?:dot|punkt|\.) ?[\])}>] ?", re.I)
# Characters as common between numbers as within one, so only few of them may occur.
_RARE = re.compile(r" *([\t_|·•・]) *")
_MOST_RARE = 2
# 171 / 2345678, but neither 12.50 / 13.50 nor a second one.
_SPACED = re.compile(r"(?<![.,]\d\d) +([/-]) +(?=[\d(])", re.ASCII)
_PLUS_APART = re.compile(r"(^|[:(,;.] ?)\+ +(?=[(1-9])", re.ASCII)
_UNEVEN = re.compile(r"[\t_|·•・]| [/-] |\+ |  ")
_BLANKS = re.compile(r"(?<=[\d)]) {2,}(?=[\d(])", re.ASCII)


def is_spelt_out(text: str) -> bool:
    """Whether `even_email` may change the text."""
    return any(bracket in text for bracket in "[({<")


def even_email(text: str) -> str:
    """The text with @ and full stops instead of the words in brackets for them."""
    return _DOT.sub(".", _AT.sub("@", text))


def even_number(text: str) -> str:
    """The text with one blank, `/` or `-` between the groups of a telephone number."""
    if _UNEVEN.search(text) is None:
        return text
    rare = _RARE.findall(text)
    if len(set(rare)) == 1 and len(rare) <= _MOST_RARE + text.startswith("+"):
        text = _RARE.sub(" ", text)
    text = _SPACED.sub(r"\1", _PLUS_APART.sub(r"\1+", text), count=1)
    return _BLANKS.sub(" ", text)
