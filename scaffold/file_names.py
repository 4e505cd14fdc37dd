"""What files of one table share in their names: the table's name, without days and months."""

import re

from ingest.tables.month_names import month_in_name

# Digits and separators, with the signs for year, month and day of Japanese and Chinese names.
_NUMBERS = r"[\d\W_]|(?<=\d)[年月日号]"
_FIRST_WORD = re.compile(r"[^\W\d_]+")
_LAST_WORD = re.compile(r"[^\W\d_]+$")
# The last word of `VentesMai`.
_LAST_CAPITAL = re.compile(r"(?<=[^\W\d_])[A-Z][^\W\d_A-Z]*$")
_FIRST_CAPITAL = re.compile(r"[A-Z]?[^\W\d_A-Z]+(?=[A-Z])")


def undated(stem: str) -> str:
    """A file's name without the days, months and numbers that it begins or ends with:
    `vendite_maggio_2024` is vendite, and so is `2024-05 vendite`. A name of nothing else stays."""
    text = stem
    while True:
        cut = re.sub(rf"^(?:{_NUMBERS})+|(?:{_NUMBERS})+$", "", text)
        for pattern in (_LAST_WORD, _LAST_CAPITAL):
            match = pattern.search(cut)
            if match and month_in_name(match[0]):
                cut = cut[: match.start()]
                break
        for pattern in (_FIRST_WORD, _FIRST_CAPITAL):
            match = pattern.match(cut)
            if match and month_in_name(match[0]):
                cut = cut[match.end() :]
                break
        if not cut.strip("_- "):
            return text
        if cut == text:
            return text
        text = cut
