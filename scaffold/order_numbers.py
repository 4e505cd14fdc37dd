"""Order numbers that restart, such as a till's receipts 1, 2, 3 of each day."""

from dataclasses import replace

import pyarrow as pa

from scaffold.design import Design, Wishes
from scaffold.typed_rows import TypedRows

_LEAST_NUMBERS = 3
_MOST_PART = 0.5


def settle_order_numbers(design: Design, rows: TypedRows, wishes: Wishes) -> TypedRows:
    """The rows with unique order names: if a number is on several days, an order is identified by
    its day, its store and its number. Says so.
    """
    lines = design.lines
    if design.header is not lines or wishes.order_numbers == "once":
        return rows
    numbers = rows.texts(lines.name_of("order_id"))
    days = [None if moment is None else str(moment)[:10]
            for moment in rows.values(lines.name_of("ordered_at"))]  # fmt: skip
    if wishes.order_numbers != "restart" and not _restart(numbers, days):
        return rows
    store = lines.column("store_id")
    has_store = store is not None and store.pii is None
    design.order_parts = ("ordered_at", "store_id") if has_store else ("ordered_at",)
    stores = rows.texts(store.name) if store is not None and has_store else [None] * len(numbers)
    named = [
        None if number is None or day is None
        else " ".join([day, *([place or ""] if has_store else []), number])
        for number, day, place in zip(numbers, days, stores, strict=True)
    ]  # fmt: skip
    parts = " and ".join(column.shown for role in design.order_parts
                         if (column := lines.column(role)))  # fmt: skip
    number_column = lines.column("order_id")
    assert number_column is not None
    design.guessed.append(
        f"{number_column.shown} restarts: several days have the same number. Orders are identified "
        f"by {parts} and {number_column.shown}; --order-numbers once uses only the number."
    )
    index = rows.rows.column_names.index(number_column.name)
    column = pa.array(named, pa.string())
    return replace(rows, rows=rows.rows.set_column(index, number_column.name, column))


def _restart(numbers: list[str | None], days: list[str | None]) -> bool:
    """Whether most numbers that are on several rows are on several days."""
    found: dict[str, list[str]] = {}
    for number, day in zip(numbers, days, strict=True):
        if number is not None and day is not None:
            found.setdefault(number, []).append(day)
    several = [of_number for of_number in found.values() if len(of_number) > 1]
    spread = [of_number for of_number in several if len(set(of_number)) > 1]
    return len(spread) >= _LEAST_NUMBERS and len(spread) > _MOST_PART * len(several)
