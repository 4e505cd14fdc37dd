"""How the amounts of a source come from its columns, decided by the rows of the sample."""

from collections.abc import Sequence
from decimal import Decimal
from itertools import combinations

from ingest.foreign_text import shell_word
from scaffold.claims import claimants
from scaffold.column_roles import LINES, MONEY, OF_ORDER
from scaffold.design import Column, Design, Wishes
from scaffold.given_back import amounts_back, read_given_back, without_statement
from scaffold.header_words import is_of_one_piece
from scaffold.line_amounts import (
    NEARLY_ALL,
    LineColumns,
    Values,
    gross_amounts,
    net_amounts,
    read_lines,
)
from scaffold.order_files import return_rows, void_rows
from scaffold.order_totals import OrderColumns, read_orders, taken_off
from scaffold.paid_prices import settle_paid_price
from scaffold.per_cents import form_of_cells, is_in_per_cent
from scaffold.stated_numbers import numbers_of
from scaffold.typed_rows import TypedRows
from warehouse.errors import WarehouseError

_ZERO = Decimal(0)
_CENT = Decimal("0.0151")
# Roles of amounts that orders state beside what their lines cost.
_EXTRAS = {"order_shipping", "order_tax"}
# A total may hold so many of them; of more columns than that, each is tried alone.
_MOST_EXTRAS, _MOST_COMBINED = 3, 8
_FIRST_ROWS = 200


def read_money(design: Design, rows: TypedRows, wishes: Wishes) -> None:
    """Settles which amounts are of lines and which of orders, and how both are read.

    `rows` are those of the lines. Raises WarehouseError where two statements contradict.
    """
    lines = design.lines
    roles = [role for role in (*MONEY, *OF_ORDER) if lines.has(role)]
    given: dict[str, Values] = {role: numbers_of(lines, rows, role) for role in roles}
    orders = rows.texts(lines.name_of("order_id"))
    _move_to_orders(design, given, orders, rows, wishes)
    if "unit_price" in given and "quantity" not in given:
        _require_quantity(design, wishes)
        _move(design, given, "unit_price", "gross_amount")
    if "discount_amount" not in given and "order_discount" in given:
        index = _rows_of_orders(orders)
        if _of_orders(given["order_discount"], index) is None:
            _move(design, given, "order_discount", "discount_amount")
    _settle_signed_prices(design, given)
    _say_units(design)
    if lines.export is None:
        settle_paid_price(design, given, rows)
    _settle_unit_discount(design, given, rows)
    pieces, refunds = read_given_back(design, given, orders, rows)
    _settle_line_amount(design, given, rows, wishes)
    _require_amounts(design, given)
    headers = {role: c.shown for role in (*MONEY, *OF_ORDER) if (c := lines.column(role))}
    if each := lines.column("unit_discount"):
        headers["discount_amount"] = f"{each.shown} × {headers['quantity']}"
    products = rows.texts(lines.name_of("product_id")) if lines.has("product_id") else [None] * len(
        orders)  # fmt: skip
    counts = design.counts = _counting(design, rows)
    columns = LineColumns(
        rows.places,
        orders,
        products,
        given.get("quantity"),
        given.get("unit_price"),
        given.get("gross_amount"),
        given.get("line_amount"),
        given.get("discount_amount"),
        headers,
        counts,
    )
    if design.price_from_master:
        return
    # What a well-known export calls a discount is an amount of money.
    known = "amount" if lines.export is not None or lines.has("unit_discount") else None
    form = wishes.discount or form_of_cells(lines) or known
    reading = read_lines(columns, form)
    design.lines_reading = reading
    design.said += [text for text in reading.said if "--" not in text]
    design.guessed += [text for text in reading.said if "--" in text]
    design.questions += reading.asked
    design.net_amounts = _with_signs(
        net_amounts(columns, reading),
        given.get("quantity"),
        return_rows(design, rows),
        is_total=reading.is_net_stated or reading.gross != "price",
    )
    stated = given.get("line_amount") if reading.is_net_stated else given.get("gross_amount")
    design.signs_differ = any(
        q is not None and amount is not None and q < 0 < amount
        for q, amount in zip(given.get("quantity") or (), stated or (), strict=False)
    )
    back = amounts_back(design.net_amounts, given.get("quantity"), pieces, refunds)
    _read_orders(design, columns, given, counts)
    without_statement(design, any(back))
    design.net_amounts = [
        None if amount is None else amount - off
        for amount, off in zip(design.net_amounts, back, strict=True)
    ]


def _settle_signed_prices(design: Design, given: dict[str, Values]) -> None:
    """A negative price of a negative quantity is what came back, with its minus twice: unless
    prices of what is sold are negative, too, or the total says otherwise."""
    quantity, price = given.get("quantity"), given.get("unit_price")
    if quantity is None or price is None:
        return
    totals = given.get("line_amount") or given.get("gross_amount") or [None] * len(price)
    pairs = list(zip(quantity, price, totals, strict=True))
    twice = [total for q, p, total in pairs if q is not None and p is not None and q < 0 and p < 0]
    is_sold = any(q is not None and p is not None and q > 0 > p for q, p, _ in pairs)
    positive = sum(total is not None and total > 0 for total in twice)
    if not twice or is_sold or positive * 2 > len(twice):
        return
    design.is_price_signed = True
    given["unit_price"] = [abs(p) if p is not None and q is not None and q < 0 else p
                           for q, p, _ in pairs]  # fmt: skip
    column = design.lines.column("unit_price")
    assert column is not None
    design.said.append(f"{column.shown} is negative for returned pieces, as their quantity is.")


def _say_units(design: Design) -> None:
    lines = design.lines
    if cents := [column.shown for column in lines.columns if column.is_in_cents]:
        design.said.append(f"{', '.join(cents)}: in cents, according to the header.")
    if unit := lines.column("price_unit"):
        design.said.append(f"Prices are for the number of pieces in {unit.shown}.")
    if each := lines.column("unit_discount"):
        design.said.append(f"{each.shown} is subtracted from the price of each piece.")


def _settle_unit_discount(design: Design, given: dict[str, Values], rows: TypedRows) -> None:
    """Takes a discount of each piece as often as there are pieces."""
    column = design.lines.column("unit_discount")
    if column is None:
        return
    quantity = given.get("quantity")
    if quantity is None or "discount_amount" in given:
        column.roles.remove("unit_discount")
        return
    each = numbers_of(design.lines, rows, "unit_discount")
    given["discount_amount"] = [
        None if off is None or pieces is None else off * abs(pieces)
        for off, pieces in zip(each, quantity, strict=True)
    ]


def _with_signs(
    amounts: Values, quantities: Values | None, returned: Sequence[bool], *, is_total: bool
) -> list[Decimal | None]:
    """Net amounts with the sign that they count with, however the file writes what came back.

    `is_total`: the amounts are totals, which take the sign of their quantity."""
    pieces = quantities or [None] * len(amounts)
    return [
        -abs(amount)
        if amount is not None
        and (comes_back or (is_total and quantity is not None and quantity < 0))
        else amount
        for amount, quantity, comes_back in zip(amounts, pieces, returned, strict=True)
    ]


def _read_orders(
    design: Design, columns: LineColumns, given: dict[str, Values], counts: Sequence[bool]
) -> None:
    if not any(role in given for role in OF_ORDER):
        return
    gross = gross_amounts(columns, design.lines_reading)
    net = design.net_amounts
    index = _rows_of_orders(columns.orders)
    per_order: dict[str, Values | None] = {}
    for role in OF_ORDER:
        values = given.get(role)
        per_order[role] = None if values is None else _of_orders(values, index)
        if values is not None and per_order[role] is None:
            column = design.lines.column(role)
            assert column is not None
            column.roles.remove(role)
            if role == "order_discount":
                raise WarehouseError(
                    f"{column.shown} differs between the lines of an order, and "
                    f"{columns.header('discount_amount')} is their discount already. Choose one: "
                    f"pass {shell_word(f'--map discount_amount={column.header}')}, or leave "
                    f"{column.shown} out: --map order_discount="
                )
            design.said.append(f"{column.shown} differs within orders; it is not used.")
    whole = OrderColumns(
        list(index),
        [sum((gross[row] or _ZERO for row in rows), _ZERO) for rows in index.values()],
        [sum((net[row] or _ZERO for row in rows), _ZERO) for rows in index.values()],
        per_order["order_subtotal"], per_order["order_total"], per_order["order_discount"],
        per_order["order_shipping"], per_order["order_tax"], per_order["order_refund"],
        columns.headers,
        [all(counts[row] for row in rows) for rows in index.values()],
    )  # fmt: skip
    design.orders_reading = read_orders(whole)
    design.said += design.orders_reading.said
    design.taken_off = taken_off(whole, design.orders_reading)


def _rows_of_orders(orders: Sequence[str | None]) -> dict[str, list[int]]:
    index: dict[str, list[int]] = {}
    for row, order in enumerate(orders):
        if order is not None:
            index.setdefault(order, []).append(row)
    return index


def _of_orders(values: Values, index: dict[str, list[int]]) -> Values | None:
    """The value of each order, where its rows do not say different ones; None where they do."""
    found: list[Decimal | None] = []
    several = different = 0
    for rows in index.values():
        said = {value for row in rows if (value := values[row]) is not None}
        found.append(max(said, key=abs) if said else None)
        several += len(rows) > 1
        different += len(said) > 1
    return None if different > (1 - NEARLY_ALL) * max(several, 1) else found


def _require_quantity(design: Design, wishes: Wishes) -> None:
    """Refuses a price per piece, by its header, if the quantity is unknown."""
    price = design.lines.column("unit_price")
    if price is None or "quantity" in wishes.roles or not is_of_one_piece(price.header):
        return
    raise WarehouseError(
        f"{price.shown} is the price of one piece, but the quantity column is unknown. Name it: "
        "--map quantity=COLUMN; if every line is one piece: --map quantity="
    )


def _require_amounts(design: Design, given: dict[str, Values]) -> None:
    """Refuses lines without any amount except their order's total."""
    total = next(filter(None, map(design.lines.column, ("order_subtotal", "order_total"))), None)
    if design.price_from_master or total is None or _cost(given) or "line_amount" in given:
        return
    raise WarehouseError(
        f"{total.shown} is for the whole order: rows of one order repeat it, or only its first row "
        f"has it. {design.lines.name} has no known column for the price of a line. Name it: "
        "--map unit_price=COLUMN (of one piece) or --map line_amount=COLUMN (of the whole line); "
        f"if {total.shown} is the amount of a line, --map line_amount={shell_word(total.header)}"
    )


def _settle_line_amount(
    design: Design, given: dict[str, Values], rows: TypedRows, wishes: Wishes
) -> None:
    """Of several amounts that may be what was paid for a line, takes the one that is what the line
    costs, less its discount. One that holds shipping or taxes as well is not revenue and loses the
    role."""
    cost, paid = _cost(given), given.get("line_amount")
    total = design.lines.column("line_amount")
    if paid is None or total is None:
        return
    if cost is None:
        _take_before_extras(design, given, rows, wishes)
        return
    less = _less_discounts(cost, given.get("discount_amount"))
    if any(_share_of_sums(paid, base) >= NEARLY_ALL for base in (*less, cost)):
        return
    # What is less than the cost may be what was paid, where no column has the discount.
    bases = less or ([cost] if _exceeds(paid, cost) else [])
    for other in claimants(design.lines, "line_amount", LINES, wishes):
        if other.roles or other.pii or not other.type.is_number:
            continue
        values = rows.numbers(other.name)
        if any(values) and any(_share_of_sums(values, base) >= NEARLY_ALL for base in bases):
            total.roles.remove("line_amount")
            other.roles.append("line_amount")
            given["line_amount"] = values
            design.said.append(f"{total.shown} is more than the lines' amounts; it is not used.")
            return
    if held := _extras_in(design, rows, [total], paid, cost, *less):
        total.roles.remove("line_amount")
        del given["line_amount"]
        is_or_are = "are" if " and " in held else "is"
        design.said.append(
            f"{total.shown} includes {held}, which {is_or_are} not revenue; it is not used."
        )


def _take_before_extras(
    design: Design, given: dict[str, Values], rows: TypedRows, wishes: Wishes
) -> None:
    """Where no price says what lines cost: of two amounts that differ by shipping or taxes in a
    column of their own, takes the one without."""
    total = design.lines.column("line_amount")
    assert total is not None
    for other in claimants(design.lines, "line_amount", LINES, wishes):
        if other.roles or other.pii or not other.type.is_number:
            continue
        values = rows.numbers(other.name)
        held = _extras_in(design, rows, [total, other], given["line_amount"], values)
        if held and any(values):
            total.roles.remove("line_amount")
            other.roles.append("line_amount")
            given["line_amount"] = values
            design.said.append(
                f"{total.shown} is {other.shown} plus {held}; {other.shown} is the revenue."
            )
            return


def _extras_in(
    design: Design, rows: TypedRows, besides: list[Column], stated: Values, *bases: Values
) -> str:
    """The headers of columns, such as taxes, that make what is stated of a base; or nothing."""
    columns = [
        column
        for column in design.lines.columns
        if column not in besides and column.pii is None and column.type.is_number
        and not set(column.roles) - _EXTRAS
    ]  # fmt: skip
    numbers = {column.name: rows.numbers(column.name) for column in columns}
    extras = [column for column in columns if any(numbers[column.name])]
    for count in range(1, (_MOST_EXTRAS if len(extras) <= _MOST_COMBINED else 1) + 1):
        for several in combinations(extras, count):
            parts = [numbers[column.name] for column in several]
            if any(_adds_up(stated, base, *parts) for base in bases):
                return " and ".join(column.shown for column in several)
    return ""


def _adds_up(stated: Values, *parts: Values) -> bool:
    """Whether the parts add up to what is stated on nearly all rows; the first rows refute it."""
    first = [values[:_FIRST_ROWS] for values in (stated, *parts)]
    return _share_of_sums(*first) >= NEARLY_ALL / 2 and _share_of_sums(stated, *parts) >= NEARLY_ALL


def _less_discounts(cost: Values, discount: Values | None) -> list[Values]:
    """What lines cost less their discount, read as an amount, a share and per cent."""
    if discount is None:
        return []
    pairs = [(c, abs(d or _ZERO)) for c, d in zip(cost, discount, strict=True)]
    return [
        [None if c is None else c - (d if c >= 0 else -d) for c, d in pairs],
        [None if c is None else c * (1 - d) for c, d in pairs],
        [None if c is None else c * (1 - d / 100) for c, d in pairs],
    ]


def _exceeds(values: Values, cost: Values) -> bool:
    """Whether any value is more than the line costs."""
    return any(
        value is not None and c is not None and abs(value) > abs(c) + _CENT
        for value, c in zip(values, cost, strict=True)
    )


def _share_of_sums(stated: Values, *parts: Values) -> float:
    """The share of rows in which the parts add up to what is stated, to the cent."""
    told = [
        abs(value - sum((part or _ZERO for part in several), _ZERO)) <= _CENT
        for value, *several in zip(stated, *parts, strict=True)
        if value is not None
    ]
    return sum(told) / len(told) if told else 1.0


def _move_to_orders(
    design: Design,
    given: dict[str, Values],
    orders: Sequence[str | None],
    rows: TypedRows,
    wishes: Wishes,
) -> None:
    """Gives amounts that an order's rows repeat, or its first row alone has, to the order."""
    cost, sold = _cost(given), _sold(design, given, rows)
    has_first_rows = any(column.fills_down for column in design.lines.columns)
    for role, new in (("line_amount", "order_total"), ("discount_amount", "order_discount")):
        if role == "line_amount" and cost is None and wishes.roles.get(role):
            continue
        is_subtotal = role == "line_amount" and "order_subtotal" not in given
        wanted = "order_subtotal" if is_subtotal else new
        if role not in given or wanted in given:
            continue
        # A discount on an order's first line alone, or the same on all, may be chance.
        needed = 5 if role == "discount_amount" and not has_first_rows else 1
        is_percent = role == "discount_amount" and is_in_per_cent(design.lines, role)
        if is_percent and not has_first_rows:
            continue
        if role == "discount_amount" and not has_first_rows and _may_be_percents(given[role]):
            continue
        if not _is_of_order(given[role], cost or sold, orders, needed, may_repeat=not is_percent):
            continue
        if cost is None and _is_known_by(sold, given[role], orders):
            continue
        name = design.lines.column(role)
        assert name is not None
        if is_percent:
            raise WarehouseError(
                f"{name.shown} is in per cent and for the whole order. Export the discount of each "
                "line, in money or per cent; --map discount_amount= leaves the column out."
            )
        _move(design, given, role, wanted)
        if is_subtotal:
            name = _settle_subtotal(design, given, cost, orders, rows, wishes) or name
        design.said.append(f"{name.shown} is for the whole order, not for a line.")


def _settle_subtotal(
    design: Design,
    given: dict[str, Values],
    cost: Values | None,
    orders: Sequence[str | None],
    rows: TypedRows,
    wishes: Wishes,
) -> Column | None:
    """Of several amounts that may be an order's subtotal, takes the one that its lines add up to,
    and returns its column; the one taken first is then the order's total."""
    first = design.lines.column("order_subtotal")
    if cost is None or first is None:
        return None
    sums: dict[str | None, Decimal] = {}
    for order, value in zip(orders, cost, strict=True):
        sums[order] = sums.get(order, _ZERO) + (value or _ZERO)
    lines = [sums[order] for order in orders]
    if _share_of_sums(given["order_subtotal"], lines) >= NEARLY_ALL:
        return None
    for other in claimants(design.lines, "line_amount", LINES, wishes):
        if other.roles or other.pii or not other.type.is_number:
            continue
        values = rows.numbers(other.name)
        if _share_of_sums(values, lines) >= NEARLY_ALL:
            if "order_total" in given:
                first.roles.remove("order_subtotal")
            else:
                _move(design, given, "order_subtotal", "order_total")
            other.roles.append("order_subtotal")
            given["order_subtotal"] = values
            return other
    return None


def _move(design: Design, given: dict[str, Values], role: str, new: str) -> None:
    column = design.lines.column(role)
    assert column is not None
    column.roles[column.roles.index(role)] = new
    given[new] = given.pop(role)


def _cost(given: dict[str, Values]) -> Values | None:
    if "unit_price" in given and "quantity" in given:
        return [None if q is None or p is None else q * p
                for q, p in zip(given["quantity"], given["unit_price"], strict=True)]  # fmt: skip
    return given.get("gross_amount") or given.get("unit_price")


def _is_of_order(
    values: Values,
    sold: Sequence[object],
    orders: Sequence[str | None],
    needed: int,
    *,
    may_repeat: bool,
) -> bool:
    """Whether orders of several lines have one value: repeated although their lines cost or sell
    different things (if lines `may_repeat` it), or on their first row alone. At least `needed`
    orders must show it."""
    index = _rows_of_orders(orders)
    told = of_order = 0
    for rows in index.values():
        said = [values[row] for row in rows]
        differ = len({sold[row] for row in rows}) > 1
        is_first_only = all(value is None for value in said[1:])
        if len(rows) < 2 or not any(said) or not (is_first_only or differ):
            continue
        told += 1
        of_order += is_first_only or (may_repeat and len(set(said)) == 1)
    return told >= needed and of_order >= NEARLY_ALL * told


def _sold(design: Design, given: dict[str, Values], rows: TypedRows) -> list[object]:
    """What each line sells: the product and how many, as far as columns say it."""
    parts: list[Sequence[object]] = [given["quantity"]] if "quantity" in given else []
    if design.lines.has("product_id"):
        parts.append(rows.texts(design.lines.name_of("product_id")))
    return list(zip(*parts, strict=True)) or [None] * len(rows.places)


def _is_known_by(sold: Sequence[object], values: Values, orders: Sequence[str | None]) -> bool:
    """Whether what is sold in several orders has one value in all of them, as prices have."""
    found: dict[object, dict[str | None, Decimal | None]] = {}
    for what, value, order in zip(sold, values, orders, strict=True):
        found.setdefault(what, {})[order] = value
    told = [set(by_order.values()) for by_order in found.values() if len(by_order) > 1]
    return bool(told) and sum(len(said) == 1 for said in told) >= NEARLY_ALL * len(told)


def _may_be_percents(values: Values) -> bool:
    """Whether discounts may be shares or per cent, which lines of an order have in common."""
    given = {abs(value) for value in values if value}
    return max(given, default=_ZERO) <= 100 and len(given) <= 20


def _counting(design: Design, rows: TypedRows) -> list[bool]:
    """Of each row, whether it counts: nothing is to be learnt of orders that were cancelled, and
    lines whose order is not in the file of orders wait for it."""
    counts = [not is_void for is_void in void_rows(design, design.lines, rows)]
    if design.header is not design.lines:
        for index, order in enumerate(rows.texts(design.lines.name_of("order_id"))):
            head = design.orders.get(order or "")
            counts[index] &= head is not None and not head.is_void
    if not any(counts):
        raise WarehouseError(
            "all orders of the sample are cancelled or refunded. Use a sample with sales."
        )
    return counts
