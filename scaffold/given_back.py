"""Returns and cancellations of lines that are stated in columns of their own, as pieces or as
amounts.
"""

from collections.abc import Sequence
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal

from scaffold.column_roles import PIECES_BACK
from scaffold.design import Design, GivenBack
from scaffold.line_amounts import NEARLY_ALL, Values
from scaffold.stated_numbers import numbers_of
from scaffold.typed_rows import TypedRows
from warehouse.errors import WarehouseError

_ZERO, _CENT = Decimal(0), Decimal("0.01")
# Half a cent of rounding, and as much again.
_NEAR = Decimal("0.0151")


def read_given_back(
    design: Design, given: dict[str, Values], orders: Sequence[str | None], rows: TypedRows
) -> tuple[Values, Values]:
    """Pieces and amounts that each line has less. Settles whether quantities and totals are what
    was sold or what remains; `given` then has what was sold, quantities of which pieces are off
    already excepted."""
    _move_refunds_to_lines(design, given, orders)
    lines = design.lines
    nothing: Values = [_ZERO] * len(orders)
    pieces, refunds = nothing, nothing
    roles = [role for role in PIECES_BACK if lines.has(role)]
    if roles and "quantity" in given:
        several = [numbers_of(lines, rows, role) for role in roles]
        pieces = [sum((abs(n or _ZERO) for n in found), _ZERO)
                  for found in zip(*several, strict=True)]  # fmt: skip
        pieces = _settle_pieces(design, given, pieces, roles)
    if "line_refund" in given:
        refunds = [abs(n or _ZERO) for n in given.pop("line_refund")]
        _settle_refunds(design, given, refunds)
    elif lines.has("line_refund"):
        refunds = [abs(n or _ZERO) for n in numbers_of(lines, rows, "line_refund")]
        _settle_refunds(design, given, refunds)
    _settle_order_refund(design, given, any(pieces) or any(refunds))
    has_pieces = (
        any(lines.has(role) for role in PIECES_BACK) and not design.given_back.is_quantity_less
    )
    design.given_back = replace(
        design.given_back, has_pieces=has_pieces, has_amounts=lines.has("line_refund")
    )
    return pieces, refunds


def amounts_back(
    net: Sequence[Decimal | None], quantity: Values | None, pieces: Values, refunds: Values
) -> list[Decimal]:
    """What each line has less: the refund that it states, else what its pieces cost."""
    found = []
    counts = quantity or [None] * len(net)
    for amount, count, gone, refund in zip(net, counts, pieces, refunds, strict=True):
        off = _ZERO
        if amount is not None and amount > 0:
            if refund:
                off = min(refund, amount)
            elif gone and count:
                share = amount * gone / abs(count)
                off = amount if gone >= abs(count) else share.quantize(_CENT, ROUND_HALF_UP)
        found.append(off)
    return found


def _move_refunds_to_lines(
    design: Design, given: dict[str, Values], orders: Sequence[str | None]
) -> None:
    """A refund that differs between the lines of an order is that of each line."""
    refunds = given.get("order_refund")
    column = design.lines.column("order_refund")
    if refunds is None or column is None or design.lines.has("line_refund"):
        return
    said: dict[str | None, set[Decimal]] = {}
    for order, value in zip(orders, refunds, strict=True):
        if value is not None:
            said.setdefault(order, set()).add(value)
    paid, cost = given.get("line_amount"), _cost(given)
    is_of_lines = any(len(values) > 1 for values in said.values())
    if not is_of_lines and paid is not None and cost is not None:
        backs = [abs(n or _ZERO) for n in refunds]
        is_of_lines = any(backs) and _are_less(paid, backs, _before(given, cost))
    if is_of_lines:
        column.roles[column.roles.index("order_refund")] = "line_refund"
        given["line_refund"] = given.pop("order_refund")


def _settle_pieces(
    design: Design, given: dict[str, Values], pieces: Values, roles: list[str]
) -> Values:
    quantity, lines = given["quantity"], design.lines
    columns = [column for role in roles if (column := lines.column(role))]
    names = " and ".join(column.shown for column in columns)
    own = lines.column("quantity")
    sold = own.shown if own else "quantity"
    if any(gone > abs(q or _ZERO) for gone, q in zip(pieces, quantity, strict=True) if gone):
        for column, role in zip(columns, roles, strict=True):
            column.roles.remove(role)
        design.said.append(
            f"{names} is not used: it is sometimes larger than {sold}, which is what remains."
        )
        return [_ZERO] * len(pieces)
    if not any(pieces):
        return pieces
    paid, price = given.get("line_amount") or given.get("gross_amount"), given.get("unit_price")
    kept = [None if q is None else q - ((gone or _ZERO) if q > 0 else -(gone or _ZERO))
            for q, gone in zip(quantity, pieces, strict=True)]  # fmt: skip
    if paid is not None and price is not None:
        whole = _before(given, _times(quantity, price))
        less = _before(given, _times(kept, price))
        is_after = _fits_any(paid, less, pieces) and not _fits_any(paid, whole, pieces)
        if is_after:
            given["quantity"] = kept
            design.given_back = replace(design.given_back, is_quantity_less=True)
            design.said.append(
                f"{names}: these pieces are subtracted from {sold}; totals already exclude them."
            )
            return [_ZERO] * len(pieces)
    design.guessed.append(
        f"{names}: these pieces and their cost are subtracted from {sold}; --ignore leaves a "
        "column out."
    )
    return pieces


def _settle_refunds(design: Design, given: dict[str, Values], refunds: Values) -> None:
    column = design.lines.column("line_refund")
    if column is None or not any(refunds):
        return
    paid, cost = given.get("line_amount"), _cost(given)
    total = design.lines.column("line_amount")
    if paid is not None and total is not None and cost is not None and _are_less(
        paid, refunds, _before(given, cost)
    ):  # fmt: skip
        given["line_amount"] = [None if p is None else p + (r or _ZERO)
                                for p, r in zip(paid, refunds, strict=True)]  # fmt: skip
        design.given_back = replace(design.given_back, is_total_less=True)
        design.said.append(f"{column.shown} is already subtracted from {total.shown}.")
        return
    design.guessed.append(
        f"{column.shown} is subtracted from the lines' amounts; --ignore leaves it out."
    )


def _settle_order_refund(design: Design, given: dict[str, Values], has_own: bool) -> None:
    """Ignores refunds of whole orders if their lines have refunds."""
    column = design.lines.column("order_refund")
    if column is None or "order_refund" not in given:
        return
    if has_own:
        column.roles.remove("order_refund")
        del given["order_refund"]
        design.said.append(f"{column.shown} repeats the refunds of the lines; it is not used.")


def without_statement(design: Design, has_some: bool) -> None:
    """Stated totals of orders cover what was sold, so they cannot test what remains.

    Raises WarehouseError if lines would get shares of an order's reduction.
    """
    back, reading = design.given_back, design.orders_reading
    if not (back.has_pieces or back.has_amounts) or reading.stated is None:
        return
    if reading.spreads == "difference":
        names = [column.shown for role in (*PIECES_BACK, "line_refund")
                 if (column := design.lines.column(role))]  # fmt: skip
        if not has_some:
            for role in (*PIECES_BACK, "line_refund"):
                if column := design.lines.column(role):
                    column.roles.remove(role)
            design.given_back = GivenBack()
            return
        raise WarehouseError(
            f"{' and '.join(names)} and a discount on whole orders both reduce lines, and the "
            "files do not show how they combine. Leave one out: --ignore COLUMN"
        )
    design.orders_reading = replace(reading, stated=None)


def _cost(given: dict[str, Values]) -> Values | None:
    if "unit_price" in given and "quantity" in given:
        return _times(given["quantity"], given["unit_price"])
    return given.get("gross_amount")


def _times(one: Values, other: Values) -> Values:
    return [None if a is None or b is None else a * b for a, b in zip(one, other, strict=True)]


def _before(given: dict[str, Values], cost: Values) -> list[Values]:
    """What lines cost, and that less their discount, read as an amount, a share and per cent."""
    off = given.get("discount_amount")
    if off is None:
        return [cost]
    pairs = [(c, abs(d or _ZERO)) for c, d in zip(cost, off, strict=True)]
    return [
        cost,
        [None if c is None else c - d for c, d in pairs],
        [None if c is None else c * (1 - d) for c, d in pairs],
        [None if c is None else c * (1 - d / 100) for c, d in pairs],
    ]


def _are_less(paid: Values, backs: Values, bases: list[Values]) -> bool:
    """Whether totals are what lines cost less what was given back, on nearly all such lines."""
    whole = [None if p is None else p + (b or _ZERO) for p, b in zip(paid, backs, strict=True)]
    return _fits_any(whole, bases, backs) and not _fits_any(paid, bases, backs)


def _fits_any(stated: Values, bases: list[Values], told: Values) -> bool:
    return any(_share(stated, base, told) >= NEARLY_ALL for base in bases)


def _share(stated: Values, base: Values, told: Values) -> float:
    found = [
        abs(value - cost) <= _NEAR
        for value, cost, tells in zip(stated, base, told, strict=True)
        if tells and value is not None and cost is not None
    ]
    return sum(found) / len(found) if found else 0.0
