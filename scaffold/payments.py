"""Lines that a file repeats for each payment of their order, and so would count twice."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from scaffold.column_roles import MONEY
from scaffold.design import Design, Wishes
from scaffold.typed_rows import TypedRows
from warehouse.errors import WarehouseError

_CENT = Decimal("0.0151")
_ZERO = Decimal(0)
Payment = tuple[str | None, Decimal | None]


@dataclass(frozen=True)
class _Row:
    """One row: where it is, what it sells, what that costs by each statement of it, and how
    it was paid."""

    place: str
    line: tuple[str | None, ...]
    costs: tuple[Decimal, ...]
    payment: Payment


def refuse_lines_per_payment(design: Design, rows: TypedRows, wishes: Wishes) -> None:
    """Raises WarehouseError, quoting two rows, if lines of an order are repeated for each payment.
    `--map line_number=` says that such rows are lines of their own.
    """
    lines = design.lines
    if not lines.has("payment_method") or wishes.roles.get("line_number") == "":
        return
    design.is_paid_apart = lines.has("payment_amount")
    for (file, _), found in _orders(design, rows).items():
        repeated = _repeated(found)
        if repeated is None:
            continue
        first, second = repeated
        roles = ("payment_method", _role_of_amount(design))
        names = [column.shown for role in roles if (column := lines.column(role))]
        raise WarehouseError(
            f"{first.place} and {second.place.removeprefix(file).strip()} are the same line of an "
            f"order, paid by {_written(first.payment)} and by {_written(second.payment)} "
            f"({' and '.join(names)}), so it would count twice. Export each line once (without "
            "payments), or pass --map line_number= if these are two lines."
        )


def _role_of_amount(design: Design) -> str:
    """The role of the column that may say what each payment was: an amount beside price and
    quantity, as in `Zahlart;Betrag`, where no column is known to be of payments."""
    if not design.lines.has("payment_amount") and design.lines.has("unit_price", "quantity"):
        return "line_amount"
    return "payment_amount"


def _orders(design: Design, rows: TypedRows) -> dict[tuple[str, str], list[_Row]]:
    """Rows by file and order."""
    lines = design.lines
    given = {role: rows.numbers(lines.name_of(role))
             for role in (*MONEY, "payment_amount") if lines.has(role)}  # fmt: skip
    paid = given.pop(_role_of_amount(design), None)
    keys = [rows.texts(lines.name_of(role))
            for role in ("line_number", "product_id", "product_name", *given)
            if lines.has(role)]  # fmt: skip
    costs: list[Sequence[Decimal | None]] = [
        given[role] for role in ("line_amount", "gross_amount") if role in given
    ]
    if "unit_price" in given and "quantity" in given:
        costs.append([(q or _ZERO) * (p or _ZERO) for q, p in zip(
            given["quantity"], given["unit_price"], strict=True)])  # fmt: skip
    methods = rows.texts(lines.name_of("payment_method"))
    found: dict[tuple[str, str], list[_Row]] = defaultdict(list)
    for index, order in enumerate(rows.texts(lines.name_of("order_id"))):
        if order is not None:
            place = rows.places[index]
            found[place.rsplit(" ", 2)[0], order].append(_Row(
                place,
                tuple(cells[index] for cells in keys),
                tuple(values[index] or _ZERO for values in costs),
                (methods[index], paid[index] if paid is not None else None),
            ))  # fmt: skip
    return found


def _repeated(order: list[_Row]) -> tuple[_Row, _Row] | None:
    """Two rows of an order that are one line with two payments; None where there are none."""
    by_line: dict[tuple[str | None, ...], list[_Row]] = defaultdict(list)
    for row in order:
        by_line[row.line].append(row)
    for alike in by_line.values():
        first = alike[0]
        others = [row for row in alike[1:] if None not in (row.payment[0], first.payment[0])]
        other = next((row for row in others if row.payment != first.payment), None)
        if other is None:
            other = others[0] if others and _share_equally(by_line.values()) else None
        elif not _are_of_all(by_line.values()) or _add_up(order, {row.payment for row in order}):
            other = None
        if other is not None:
            return first, other
    return None


def _are_of_all(lines: Iterable[list[_Row]]) -> bool:
    """Whether every line of the order has the same payments: a till that says of each line how it
    was paid has not, as soon as there is another line."""
    return len({frozenset(row.payment for row in alike) for alike in lines}) == 1


def _add_up(rows: Iterable[_Row], payments: Iterable[Payment]) -> bool:
    """Whether the payments are what all rows cost together, each counted."""
    paid = [amount for _, amount in payments if amount is not None]
    return bool(paid) and any(abs(sum(paid, _ZERO) - cost) <= _CENT for cost in _sums(rows))


def _share_equally(lines: Iterable[list[_Row]]) -> bool:
    """Whether each of several equal payments is an equal part of what the lines cost once."""
    groups = list(lines)
    payments = {row.payment for alike in groups for row in alike}
    amount = next(iter(payments))[1]
    times = {len(alike) for alike in groups}
    if len(payments) > 1 or not amount or len(times) > 1:
        return False
    once = _sums(alike[0] for alike in groups)
    return any(abs(amount * min(times) - cost) <= _CENT for cost in once)


def _sums(rows: Iterable[_Row]) -> list[Decimal]:
    return [sum(costs, _ZERO) for costs in zip(*(row.costs for row in rows), strict=True)]


def _written(payment: Payment) -> str:
    method, amount = payment
    return f"{method} {amount:.2f}" if amount is not None else str(method)
