"""Numbers of the sample as they count: cents as money, prices of a hundred pieces as prices of one.

The staging views compute the same (staging.py).
"""

from collections.abc import Sequence
from decimal import Decimal

from scaffold.design import Table
from scaffold.typed_rows import TypedRows

_ONE = Decimal(1)


def numbers_of(table: Table, rows: TypedRows, role: str) -> Sequence[Decimal | None]:
    """The numbers of a role's column; None for empty cells."""
    column = table.column(role)
    if column is None:
        raise KeyError(role)
    values = rows.numbers(column.name)
    if column.is_in_cents:
        values = [None if value is None else value / 100 for value in values]
    if role == "unit_price" and table.has("price_unit"):
        units = rows.numbers(table.name_of("price_unit"))
        values = [None if value is None else value / (unit or _ONE)
                  for value, unit in zip(values, units, strict=True)]  # fmt: skip
    return values
