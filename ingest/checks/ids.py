"""Ids that programs changed on the way: blanks at the end, whole numbers as 17850.0."""

from __future__ import annotations

import re

import pyarrow as pa
import pyarrow.compute as pc

# Above this, floating-point numbers cannot represent every whole number.
LARGEST_EXACT = 2**53
NO_WHOLE = "not a whole number up to 2^53: other ids must not be stored as floating-point numbers"
TOO_LARGE = "a number too large to be exact: ids above 2^53 must be written as text"

LOST_DIGITS = "an id in scientific notation, as Excel writes long numbers: its digits are lost"

_BLANKS = " \t\u00a0\u3000"
_WHOLE = r"^-?(?:0|[1-9][0-9]*)(?:\.0+)?$"
_FLOAT = r"^-?(?:0|[1-9][0-9]*)\.0+$"
# With two decimals, as Excel saves long numbers. With more it is a real id: 9.87654E+11.
_SCIENTIFIC = r"^-?[0-9](?:[.,][0-9]{1,2})?E\+[0-9]{1,3}$"
_IS_SCIENTIFIC = re.compile(_SCIENTIFIC)
_IS_FLOAT = re.compile(_FLOAT)


class WrittenAsFloats(Exception):
    """An id such as 17850.0 was found: whether it means 17850 depends on the rest of its column."""


def is_float(text: str) -> bool:
    """Whether an id is a whole number written as 17850.0."""
    return text.endswith("0") and _IS_FLOAT.fullmatch(text) is not None


def is_scientific(text: str) -> bool:
    """Whether an id is a long number that Excel wrote as 8.71E+12."""
    return "E+" in text and _IS_SCIENTIFIC.fullmatch(text) is not None


def is_whole(text: str) -> bool:
    """Whether an id has only digits."""
    return text.removeprefix("-").isdecimal()


def are_whole(array: pa.Array) -> bool:
    """Whether all ids have only digits."""
    return bool(pc.all(pc.match_substring_regex(array, "^-?[0-9]+$"), min_count=0).as_py())


def whole(text: str) -> str | None:
    """17850 for 17850.0; None if the number is too large to be exact."""
    digits = text.partition(".")[0]
    return digits if abs(int(digits)) <= LARGEST_EXACT else None


def trim(text: str) -> str:
    """An id without trailing blanks."""
    return text.rstrip(_BLANKS)


def trimmed(array: pa.Array) -> pa.Array:
    """Ids without trailing blanks, empty ones as null; the same array if none has any."""
    data = _bytes(array)
    if data.isascii() and b" " not in data and b"\t" not in data:
        return array
    cut = pc.utf8_rtrim(array, _BLANKS)
    changed = pc.not_equal(pc.binary_length(cut), pc.binary_length(array))
    if not pc.any(changed, min_count=0).as_py():
        return array
    return pc.if_else(pc.equal(cut, ""), None, cut)


def has_floats(array: pa.Array) -> bool:
    """Whether any id is a whole number written as 17850.0."""
    if b".0" not in _bytes(array):
        return False
    return bool(pc.any(pc.match_substring_regex(array, _FLOAT), min_count=0).as_py())


def has_scientific(array: pa.Array) -> bool:
    """Whether any id is a long number that Excel wrote as 8.71E+12."""
    if b"E+" not in _bytes(array):
        return False
    return bool(pc.any(pc.match_substring_regex(array, _SCIENTIFIC), min_count=0).as_py())


def without_floats(array: pa.Array) -> pa.Array | None:
    """17850 for 17850.0; None if one of them is too large to be exact."""
    encoded = array.dictionary_encode()
    values = [whole(x) if is_float(x) else x for x in encoded.dictionary.to_pylist()]
    if None in values:
        return None
    return pa.array(values, pa.string()).take(encoded.indices)


def are_numbers(array: pa.Array) -> bool:
    """Whether all ids are whole numbers, with or without a trailing .0."""
    cut = pc.utf8_rtrim(array, _BLANKS)
    fits = pc.or_(pc.match_substring_regex(cut, _WHOLE), pc.equal(cut, ""))
    return bool(pc.all(fits, min_count=0).as_py())


def _bytes(array: pa.Array) -> bytes:
    """All cells of a column, concatenated."""
    offsets, data = array.buffers()[1:]
    if data is None:
        return b""
    bounds = memoryview(offsets).cast("i")
    start, end = bounds[array.offset], bounds[array.offset + len(array)]
    return bytes(memoryview(data)[start:end])
