"""How numbers are written in a file: decimal sign, thousands, currency signs, units."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from scaffold.header_words import read_words

_CURRENCIES = read_words("currencies.yml")
CURRENCY_CODES = tuple(_CURRENCIES["codes"].split())
# What a sign says by itself; $ and ¥ are those of most who write nothing but the sign.
CURRENCY_OF_SIGN = {**_CURRENCIES["signs"], **{code: code for code in CURRENCY_CODES}}
LIKELY_CURRENCY = _CURRENCIES["likely"]
_MARKS = sorted(
    [*CURRENCY_OF_SIGN, *LIKELY_CURRENCY, *_CURRENCIES["shared"]], key=len, reverse=True
)
_MARK = "|".join(map(re.escape, _MARKS))
_BLANK = "[ \u00a0\u202f]"
_NUMBER = re.compile(
    rf"(?P<open>\()?{_BLANK}*(?P<minus>[+\-−])?{_BLANK}*(?:(?P<before>{_MARK}){_BLANK}*)?"
    rf"(?P<minus2>[+\-−])?{_BLANK}*(?P<digits>\d(?:[\d.,'’\u00a0\u202f ]*\d)?[.,]?|[.,]\d+)"
    rf"(?:{_BLANK}*(?P<after>{_MARK}|%))?{_BLANK}*(?P<minus3>[-−])?{_BLANK}*(?P<close>\))?",
)
_WITH_UNIT = re.compile(r"(?P<number>.*?\d)\s*(?P<unit>[^\W\d_]{1,12}\.?)")
_FLOAT = re.compile(r"[+-]?\d+(?:\.\d*)?[eE][+-]?\d{1,3}")


@dataclass(frozen=True)
class NumberStyle:
    """The signs in a file's numbers. `is_proven`: a cell shows which is the decimal sign."""

    decimal: str = "."
    thousands: str | None = None
    is_proven: bool = field(default=True, compare=False)


@dataclass(frozen=True)
class Number:
    """A number as it was read: its value, and the currency sign or unit beside it."""

    value: Decimal
    mark: str | None = None
    is_plain: bool = True


def read_number(text: str, style: NumberStyle) -> Number | None:
    """The number in a cell; None if it is not a number."""
    match = _NUMBER.fullmatch(text.strip())
    if match is None:
        if style.decimal == "." and _FLOAT.fullmatch(text.strip()):
            return Number(Decimal(text.strip()))
        return None
    if bool(match["open"]) != bool(match["close"]):
        return None
    digits = _plain_digits(match["digits"].strip(), style)
    if digits is None:
        return None
    minuses = sum((match[name] or "+") != "+" for name in ("minus", "minus2", "minus3"))
    if minuses > 1 or (match["open"] and minuses):
        return None
    value = Decimal(digits)
    mark = match["before"] or match["after"]
    is_plain = not (mark or match["open"] or match["minus3"]) and match["digits"] == digits
    return Number(-value if minuses or match["open"] else value, mark, is_plain)


def guess_style(
    columns: Iterable[list[str]], delimiter: str = ",", decimal: str | None = None
) -> NumberStyle:
    """The style that the cells of a file's columns prove; `decimal` is what the user says.

    Where nothing is proven a comma sets off thousands (1,480), and so does a point beside cells
    that are separated by semicolons, as they are where the decimal sign is a comma.
    """
    points = commas = maybe = 0
    thousands = {".": 0, ",": 0, "'": 0, " ": 0}
    for cells in columns:
        found = [m for cell in {*cells[:5000]} if (m := _NUMBER.fullmatch(cell.strip()))]
        filled = sum(1 for cell in {*cells[:5000]} if cell.strip())
        if not found or len(found) < 0.9 * filled:
            continue
        for match in found:
            digits = match["digits"].strip()
            sign, group = _proof(digits)
            maybe += sign is group is None and "," in digits
            points += sign == "."
            commas += sign == ","
            if group:
                thousands[group] += 1
    is_proven = decimal is not None or points + commas > 0
    if decimal is None:
        decimal = "," if commas > points or (not points and delimiter == ";") else "."
    if maybe and not commas and not points and decimal == ".":
        thousands[","] += maybe
    # 1.208 proves nothing alone; beside 12,90 its point can only set off thousands.
    other = "." if decimal == "," else ","
    groups = {sign: count for sign, count in thousands.items() if count and sign != decimal}
    best = max(groups, key=lambda sign: groups[sign], default=None)
    if best is None and decimal == ",":
        best = other
    return NumberStyle(decimal, best, is_proven)


def style_of_quantities(cells: list[str], style: NumberStyle) -> NumberStyle:
    """The style of a column of quantities: 1.000 on all rows is one piece with three decimals, as
    no shop sells thousands each time, whatever sets off thousands in the file's prices."""
    filled = [match["digits"] if (match := _NUMBER.fullmatch(cell.strip())) else ""
              for cell in cells if cell.strip()]  # fmt: skip
    other = "." if style.decimal == "," else ","
    if filled and all(digits.count(other) == 1 and is_doubtful(digits) for digits in filled):
        return NumberStyle(other, None)
    return style


def is_doubtful(text: str) -> bool:
    """Whether a cell such as 1.250 or 1,250 may be above a thousand or not."""
    match = _NUMBER.fullmatch(text.strip())
    digits = match["digits"].strip() if match else ""
    return ("." in digits or "," in digits) and _proof(digits) == (None, None)


def unit_of(text: str) -> tuple[str, str] | None:
    """The number and the unit of a cell such as `2 pcs`; None if it has no unit."""
    match = _WITH_UNIT.fullmatch(text.strip())
    return (match["number"], match["unit"]) if match else None


def _proof(digits: str) -> tuple[str | None, str | None]:
    """What a number proves: its decimal sign, and its sign of thousands."""
    kinds = [sign for sign in ".," if sign in digits]
    for sign in ("'", "’", " ", "\u00a0", "\u202f"):
        if sign in digits:
            decimal = kinds[0] if len(kinds) == 1 else None
            if not _is_grouped(digits.partition(decimal or ".")[0], sign):
                return None, None
            return decimal, "'" if sign in "'’" else " "
    if len(kinds) == 2:
        last = max(kinds, key=digits.rfind)
        return last, next(kind for kind in kinds if kind != last)
    if len(kinds) == 1:
        sign = kinds[0]
        parts = digits.split(sign)
        if len(parts) > 2:
            # 02.03.2024 and 192.168.1.1 have points, and no thousands.
            return None, sign if _is_grouped(digits, sign) else None
        if len(parts[1]) != 3 or len(parts[0].lstrip("0")) > 3 or parts[0] in ("", "0"):
            return sign, None
    return None, None


def _is_grouped(digits: str, sign: str) -> bool:
    """Whether a sign sets off groups of three digits, or India's of two and three at last."""
    first, *groups, last = digits.split(sign)
    return 1 <= len(first) <= 3 and len(last) == 3 and all(len(g) in (2, 3) for g in groups)


def _plain_digits(text: str, style: NumberStyle) -> str | None:
    whole, sign, fraction = text.partition(style.decimal)
    if style.decimal in fraction or (fraction and not fraction.isdigit()):
        return None
    whole = whole.replace("’", "'").replace("\u00a0", " ").replace("\u202f", " ").strip()
    if style.thousands and style.thousands in whole:
        if not _is_grouped(whole, style.thousands):
            return None
        whole = whole.replace(style.thousands, "")
    if (whole and not whole.isdigit()) or not (whole or fraction):
        return None
    return f"{whole or '0'}.{fraction}" if sign and fraction else (whole or "0")
