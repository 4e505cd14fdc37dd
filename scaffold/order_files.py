"""Orders in a file of their own, and checks of them against their lines."""

from decimal import Decimal

from ingest.counts import counted
from ingest.foreign_text import shown
from scaffold.claims import claimants
from scaffold.column_roles import EFFECTS_OF_LINES, LINES, MONEY
from scaffold.design import Design, OrderHead, Table, Wishes
from scaffold.line_amounts import NEARLY_ALL, written
from scaffold.number_forms import read_number
from scaffold.side_by_side import ITEM
from scaffold.stated_numbers import numbers_of
from scaffold.typed_rows import TypedRows
from warehouse.errors import WarehouseError

_CENT = Decimal("0.0151")
_ZERO = Decimal(0)
# What an order's file may take off its lines.
_TAKEN_OFF = ("order_discount", "discount_amount", "order_refund")


def read_heads(design: Design, heads: TypedRows, lines: TypedRows) -> None:
    """Fills the design's orders; should one come again, its last row holds. Raises WarehouseError
    where no line is of any of them."""
    header = design.header
    ids = heads.texts(header.name_of("order_id"))
    customers = _texts(header, heads, "customer_id")
    currencies = _texts(header, heads, "currency_code")
    moments = heads.values(header.name_of("ordered_at"))
    void = void_rows(design, header, heads)
    for index, order in enumerate(ids):
        if order is not None:
            design.orders[order] = OrderHead(
                moments[index], customers[index], currencies[index], void[index]
            )
    names = {order for order in lines.texts(design.lines.name_of("order_id")) if order is not None}
    _tell_what_is_missing(design, names, lines.is_whole, heads.is_whole)
    if not heads.is_whole:
        unread = OrderHead(None, None, None, is_void=False)
        design.orders |= dict.fromkeys(names - set(design.orders), unread)


def void_rows(design: Design, table: Table, rows: TypedRows) -> list[bool]:
    """Of each row of a table, whether its status says that nothing of the order counts."""
    void = [False] * len(rows.places)
    for role in design.effects:
        found = _effect_rows(design, table, rows, role, "void")
        void = [one or other for one, other in zip(void, found, strict=True)]
    cancelled = table.column("cancelled_at")
    for index, cell in enumerate(rows.texts(cancelled.name) if cancelled else ()):
        void[index] |= cell is not None
    return void


def refuse_repeated_lines(design: Design, rows: TypedRows) -> None:
    """Raises WarehouseError where a file has the same line of an order twice with the same amounts,
    as a list of payments does that repeats what was bought: it would count twice."""
    lines = design.lines
    number = lines.column("line_number")
    if number is None or number.header == ITEM:
        return
    roles = ["order_id", "line_number", "product_id", *filter(lines.has, MONEY)]
    parts = [rows.texts(lines.name_of(role)) for role in roles]
    seen: dict[tuple[str | None, ...], str] = {}
    for place, *key in zip(rows.places, *parts, strict=True):
        if None in key[:3]:
            continue
        file = place.rsplit(" ", 2)[0]
        first = seen.setdefault((file, *key), place)
        if first != place:
            raise WarehouseError(
                f"{first} and {place.removeprefix(file).strip()} are the same line of an order by "
                f"{number.shown}, so it would count twice. Export each line once (without "
                "payments or shipments), or pass --map line_number= if these are two lines."
            )


def return_rows(design: Design, rows: TypedRows) -> list[bool]:
    """For each line, whether its type says that it is a return."""
    back = [False] * len(rows.places)
    for role in EFFECTS_OF_LINES:
        found = _effect_rows(design, design.lines, rows, role, "return")
        back = [one or other for one, other in zip(back, found, strict=True)]
    return back


def _effect_rows(
    design: Design, table: Table, rows: TypedRows, role: str, effect: str
) -> list[bool]:
    """For each row of a table, whether its status or line type has the effect."""
    words = {word for word, found in design.effects.get(role, {}).items() if found == effect}
    return [
        cell is not None and cell.strip().lower() in words for cell in _texts(table, rows, role)
    ]


def _texts(table: Table, rows: TypedRows, role: str) -> list[str | None]:
    return rows.texts(table.name_of(role)) if table.has(role) else [None] * len(rows.places)


def _tell_what_is_missing(
    design: Design, names: set[str], has_all_lines: bool, has_all_orders: bool
) -> None:
    header, lines = design.header.name, design.lines.name
    if not names & set(design.orders):
        raise WarehouseError(
            f"no order of {header} has a line in {lines}: {header} has order numbers such as "
            f"{shown(next(iter(design.orders), ''))}, {lines} such as "
            f"{shown(min(names, default=''))}. Use files of the same orders, or pass "
            "--map order_id=COLUMN."
        )
    empty = [order for order in design.orders if order not in names]
    if empty and has_all_lines:
        design.advice.append(
            f"{len(empty):,} of {counted(len(design.orders), 'order')} "
            f"{'has' if len(empty) == 1 else 'have'} no line in {lines}, such as "
            f"{shown(empty[0])}: no revenue."
        )
    alone = sorted(names - set(design.orders))
    if alone and has_all_orders:
        design.advice.append(
            f"{counted(len(alone), f'order of {lines} is', f'orders of {lines} are')} not in "
            f"{header}, such as {shown(alone[0])}; lines count once a file has their order."
        )


def check_orders(design: Design, lines: TypedRows, heads: TypedRows, wishes: Wishes) -> None:
    """Keeps the stated total of orders if it is the sum of their lines, and says so if it is not.

    Raises WarehouseError if the file of orders has a discount or a refund that lines lack.
    """
    header = design.header
    sums = _sums(design, lines)
    stated = header.column("stated_total_amount")
    fits = False
    if stated is not None:
        stated_totals = numbers_of(header, heads, "stated_total_amount")
        totals = dict(zip(heads.texts(header.name_of("order_id")), stated_totals, strict=True))
        told = [(total, sums[order]) for order, total in totals.items()
                if order in sums and total is not None]  # fmt: skip
        fits = sum(abs(a - b) <= _CENT for a, b in told) >= NEARLY_ALL * len(told)
        if not fits:
            stated.roles.remove("stated_total_amount")
            order, total = next((o, t) for o, t in totals.items()
                                if t is not None and abs(t - sums.get(o, t)) > _CENT)  # fmt: skip
            design.advice.append(
                f"{stated.shown} is not the sum of an order's lines (order {order}: "
                f"{written(total)}, lines {written(sums[order])}), perhaps because of shipping or "
                "taxes; it is not used."
            )
    if fits:
        return
    for role in _TAKEN_OFF:
        for column in claimants(header, role, LINES, wishes):
            found = [read_number(cell, header.style) for cell in column.cells if cell.strip()]
            if any(number is not None and number.value for number in found):
                raise WarehouseError(
                    f"{header.name}.{column.shown} reduces whole orders, but the lines of "
                    f"{design.lines.name} do not show this. Export the lines with their discounts, "
                    f"or pass --map {role}= if the lines are what was paid."
                )


def _sums(design: Design, rows: TypedRows) -> dict[str | None, Decimal]:
    sums: dict[str | None, Decimal] = {}
    orders = rows.texts(design.lines.name_of("order_id"))
    for order, net in zip(orders, design.net_amounts, strict=True):
        sums[order] = sums.get(order, _ZERO) + (net or _ZERO)
    return sums
