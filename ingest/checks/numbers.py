"""Converts numbers as shops write them to a plain form."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

_MINUS = "-\u2212"
_BLANKS = " \t\u00a0\u2009\u202f"
# The forms of a thousands separator in files.
_GROUPS = {" ": "[ \u00a0\u2009\u202f]", "'": "['\u2019]"}
_SIGNS = re.compile(r"[$£€¥₹₽₩₪₫₴₺₱฿]")
_NUMBER = r"[0-9][0-9.,'\u2019 \u00a0\u2009\u202f]*"


class NotPlain(ValueError):
    """A cell that is not a number in its table's notation; the message does not quote the cell."""


@dataclass(frozen=True)
class Notation:
    """How a column writes numbers: decimal sign, thousands separator, currency signs and units."""

    decimal: str = "."
    thousands: str | None = None
    currency: tuple[str, ...] = ()
    units: tuple[str, ...] = ()

    def plain(self, text: str) -> str:
        """The number with a decimal point, a leading minus and nothing else; raises NotPlain.

        Brackets around a number, or a minus after it, make it negative. Either all thousands are
        separated, or none.
        """
        body, is_negative = self._bare(text)
        match = self._shape.fullmatch(body)
        if match is None:
            raise NotPlain(self._why_not(body))
        whole = self._separators.sub("", match["whole"]) if self.thousands else match["whole"]
        fraction = f".{match['fraction']}" if match["fraction"] else ""
        return f"{'-' if is_negative else ''}{whole or '0'}{fraction}{match['exponent'] or ''}"

    def _bare(self, text: str) -> tuple[str, bool]:
        """The cell without what surrounds the number, and whether it is negative."""
        body, signs, has_affix = text.strip(_BLANKS), 0, False
        while True:
            before = body
            if body[:1] == "(" and body[-1:] == ")":
                body, signs = body[1:-1].strip(_BLANKS), signs + 1
            elif body[:1] and body[0] in _MINUS:
                body, signs = body[1:].strip(_BLANKS), signs + 1
            elif body[-1:] and body[-1] in _MINUS:
                body, signs = body[:-1].strip(_BLANKS), signs + 1
            elif body[:1] == "+":
                body = body[1:].strip(_BLANKS)
            elif not has_affix:
                body = self._without_affix(body)
                has_affix = body != before
            if body == before:
                break
        if signs > 1:
            raise NotPlain("a number with two signs")
        return body, signs == 1

    def _without_affix(self, body: str) -> str:
        folded = body.casefold()
        for word in self._affixes:
            if word in self.currency and folded.startswith(word.casefold()):
                return body[len(word) :].strip(_BLANKS)
            if folded.endswith(word.casefold()):
                return body[: -len(word)].strip(_BLANKS)
        return body

    @cached_property
    def _affixes(self) -> list[str]:
        return sorted((*self.currency, *self.units), key=len, reverse=True)

    @cached_property
    def _separators(self) -> re.Pattern[str]:
        sign = self.thousands or ""
        return re.compile(_GROUPS.get(sign, re.escape(sign)))

    @cached_property
    def _shape(self) -> re.Pattern[str]:
        whole = "[0-9]*"
        if self.thousands:
            sign = _GROUPS.get(self.thousands, re.escape(self.thousands))
            # India uses groups of two: 1,00,000.
            whole = f"(?:[0-9]{{1,3}}(?:{sign}[0-9]{{2,3}})*{sign}[0-9]{{3}}|[0-9]*)"
        mark = re.escape(self.decimal)
        return re.compile(
            f"(?=[0-9]|{mark}[0-9])(?P<whole>{whole})(?:{mark}(?P<fraction>[0-9]*))?"
            "(?P<exponent>[eE][+-]?[0-9]+)?"
        )

    def _why_not(self, body: str) -> str:
        if body.startswith("="):
            return "a formula, not a number"
        if body.casefold() in ("nan", "inf", "infinity"):
            return "not a finite number"
        if _SIGNS.search(body):
            return "a number with a currency sign that the definition does not name"
        if re.fullmatch(_NUMBER, body):
            names = {",": "comma", ".": "point"}
            return (
                f"a number in another notation; the table has a decimal {names[self.decimal]}"
                + (f" and thousands as {self.thousands!r}" if self.thousands else "")
            )
        if re.fullmatch(rf"(?:[^\W\d]+\s*{_NUMBER}|{_NUMBER}[^\W\d]+)", body):
            return "a number with a word that the definition does not name"
        return "not a number"
