"""Checks whole columns at a time: returns a clean column typed, and None for a doubtful one.

None does not say which cell is wrong: the rows then go through `cells.py`.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ingest.checks import ids
from ingest.checks.cell_rules import Rule, plain
from ingest.checks.cells import (
    CellFault,
    check_moment,
    constant_of,
    read_moment,
    time_of_day,
)

_EPOCH = dt.date(1970, 1, 1)


def clean(array: pa.Array, rule: Rule) -> pa.Array | None:
    """The column with the raw table's type if every cell satisfies the rule; otherwise None.

    `array` holds text for dates, times and text columns, and the column's own Arrow type for all
    others.
    """
    column = rule.column
    if column.is_id:
        found = _ids(array, rule)
        if found is None:
            return None
        array = found
    if column.required and array.null_count:
        return None
    if len(array) == array.null_count:
        return array.cast(column.type.arrow)
    if column.type.is_integer:
        return array if _integers_are_clean(array, rule) else None
    if column.type.kind == "numeric":
        return array if _decimals_are_clean(array, rule) else None
    if column.type.kind == "double precision":
        return array if pc.all(pc.is_finite(array), min_count=0).as_py() else None
    if column.type.kind in ("date", "timestamp"):
        return _moments(array, rule)
    if column.type.kind == "varchar" and rule.formats:
        return _times_of_day(array, rule)
    if column.type.kind == "varchar":
        return array if _texts_are_clean(array, rule) else None
    return array


def absent(rule: Rule, count: int) -> pa.Array:
    """A column that the file does not have: empty, or filled with the value in the folder name."""
    value = constant_of(rule)
    if value is None:
        return pa.nulls(count, rule.column.type.arrow)
    return pa.array([value], rule.column.type.arrow).take(integer_array(np.zeros(count, np.int64)))


def integers(array: pa.Array) -> npt.NDArray[np.int64]:
    """A whole-number column without nulls as a NumPy array.

    Reads the buffer: Arrow's own to_numpy would import pandas if that is installed.
    """
    values = array.cast(pa.int64())
    found = np.frombuffer(values.buffers()[1], np.int64)
    return found[values.offset : values.offset + len(values)]


def truths(array: pa.Array) -> npt.NDArray[np.bool_]:
    """A boolean column as a NumPy array, nulls as false."""
    found: npt.NDArray[np.bool_] = pc.fill_null(array, False).to_numpy(zero_copy_only=False)
    return found


def integer_array(values: npt.NDArray[np.int64]) -> pa.Array:
    """A NumPy array as an Arrow column; the inverse of `integers`."""
    buffer = pa.py_buffer(np.ascontiguousarray(values))
    return pa.Array.from_buffers(pa.int64(), len(values), [None, buffer])


def unscaled(array: pa.Array) -> npt.NDArray[np.int64]:
    """A decimal column of at most 18 digits as whole numbers of its last decimal; nulls as 0."""
    values = array if array.null_count == 0 else pc.fill_null(array, Decimal(0))
    pairs = np.frombuffer(values.buffers()[1], np.int64)
    start = 2 * values.offset
    return pairs[start : start + 2 * len(values) : 2]


def day_numbers(array: pa.Array, day_zero: dt.date | None) -> npt.NDArray[np.int64]:
    """A business date column without nulls as days since 1970-01-01."""
    if day_zero is not None:
        return integers(array) + (day_zero - _EPOCH).days
    return integers(array.cast(pa.date32()).cast(pa.int32()))


def _ids(array: pa.Array, rule: Rule) -> pa.Array | None:
    array = ids.trimmed(array)
    if ids.has_scientific(array):
        return None
    if rule.has_float_ids and not ids.are_whole(array):
        return None
    if rule.has_whole_ids is False or not ids.has_floats(array):
        return array
    if rule.has_whole_ids is None:
        raise ids.WrittenAsFloats
    return ids.without_floats(array)


def _integers_are_clean(array: pa.Array, rule: Rule) -> bool:
    assert rule.low is not None and rule.high is not None
    extremes = pc.min_max(array).as_py()
    low, high = rule.low, rule.high
    if rule.first_day is not None and rule.last_day is not None and rule.day_zero is not None:
        first, last = rule.day or rule.first_day, rule.day or rule.last_day
        low = max(low, Decimal((first - rule.day_zero).days))
        high = min(high, Decimal((last - rule.day_zero).days))
    if extremes["min"] < low or extremes["max"] > high:
        return False
    if rule.column.format == "HHMM":
        return bool((integers(array.drop_null()) % 100).max() <= 59)
    return True


def _decimals_are_clean(array: pa.Array, rule: Rule) -> bool:
    assert rule.low is not None and rule.high is not None
    extremes = pc.min_max(array).as_py()
    return bool(rule.low <= extremes["min"] and extremes["max"] <= rule.high)


def _moments(array: pa.Array, rule: Rule) -> pa.Array | None:
    """Parse each distinct text once: files repeat their dates and times."""
    encoded = pc.dictionary_encode(array)
    values = []
    try:
        for text in encoded.dictionary.to_pylist():
            moment = read_moment(text, rule)
            check_moment(moment, rule)
            values.append(moment)
    except CellFault:
        return None
    return pa.array(values, rule.column.type.arrow).take(encoded.indices)


def _times_of_day(array: pa.Array, rule: Rule) -> pa.Array | None:
    encoded = pc.dictionary_encode(array)
    try:
        values = [time_of_day(text, rule) for text in encoded.dictionary.to_pylist()]
    except CellFault:
        return None
    return pa.array(values, pa.string()).take(encoded.indices)


def _texts_are_clean(array: pa.Array, rule: Rule) -> bool:
    column = rule.column
    if column.pii != "token":
        longest = pc.max(pc.binary_length(array)).as_py()
        if longest > column.type.length:
            longest = pc.max(pc.utf8_length(array)).as_py()
        if longest > column.type.length:
            return False
    if rule.impersonal is not None and rule.impersonal.has_fault(array):
        return False
    if column.accepted:
        words = pa.array(column.accepted, pa.string())
        if not pc.all(pc.is_in(array.drop_null(), words)).as_py():
            return False
    if rule.pattern is not None or rule.expected is not None:
        for text in array.unique().drop_null().to_pylist():
            if rule.pattern is not None and rule.pattern.fullmatch(text) is None:
                return False
            if rule.expected is not None and plain(text) != rule.expected:
                return False
            if rule.spelling is not None and text != rule.spelling:
                return False
    return True
