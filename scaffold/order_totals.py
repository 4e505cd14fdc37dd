"""Amounts of whole orders: their total, and a discount that their lines do not have."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from scaffold.line_amounts import NEARLY_ALL, Values, written
from warehouse.errors import WarehouseError

_CENT = Decimal("0.0151")
_ZERO = Decimal(0)
# SQL of what an order states of its lines' net amount, by the reading's `stated`.
STATED = {
    "subtotal": "order_subtotal_amount",
    "subtotal less discount": "order_subtotal_amount - order_discount_amount",
    "total": "order_total_amount",
    "total less shipping": "order_total_amount - order_shipping_amount",
    "total less tax": "order_total_amount - order_tax_amount",
    "total less shipping and tax":
        "order_total_amount - order_shipping_amount - order_tax_amount",
}  # fmt: skip


@dataclass(frozen=True)
class OrderReading:
    """How the amounts of an order as a whole are to be read.

    `stated` is a key of STATED, or None where the order states no total of its lines. `spreads`
    says what is taken off its lines beside their own discounts: "discount" (order_discount),
    "difference" (what the stated total lacks) or None. `has_discounts`: orders of the sample have
    some, so that this is certain. `refunds` is "given back" where a refund is
    not in the lines yet, "taken off" where it is, and None where there is none.
    """

    stated: str | None = None
    spreads: str | None = None
    refunds: str | None = None
    has_discounts: bool = False
    said: tuple[str, ...] = ()


@dataclass
class OrderColumns:
    """Per order: the sums of its lines, and what its own columns say (None where they do not)."""

    ids: Sequence[str]
    gross: Sequence[Decimal]
    net: Sequence[Decimal]
    subtotal: Values | None = None
    total: Values | None = None
    discount: Values | None = None
    shipping: Values | None = None
    tax: Values | None = None
    refund: Values | None = None
    headers: dict[str, str] = field(default_factory=dict)
    # Of each order, whether it counts: nothing can be said of one that was cancelled.
    counts: Sequence[bool] = ()

    def header(self, role: str) -> str:
        """What the file calls the column of a role."""
        return self.headers.get(role, role)


def read_orders(orders: OrderColumns) -> OrderReading:
    """Decides which total the lines add up to, and whether a discount is still to be taken off.

    Raises WarehouseError, quoting orders, where a subtotal fits nothing.
    """
    said: list[str] = []
    refunds = None
    if orders.refund is not None:
        refunds = "taken off" if _are_taken_off(orders) else "given back"
        if refunds == "taken off":
            said.append(f"{orders.header('order_refund')} is already subtracted from the lines.")
    stated, spreads = _stated(orders, said)
    has_discounts = orders.discount is not None and any(orders.discount)
    return OrderReading(stated, spreads, refunds, has_discounts, tuple(said))


def taken_off(orders: OrderColumns, reading: OrderReading) -> dict[str, Decimal]:
    """What each order counts less than its lines: discounts that are spread, refunds."""
    zeros = {
        name: _zeros(orders, values)
        for name, values in (
            ("subtotal", orders.subtotal), ("total", orders.total), ("discount", orders.discount),
            ("shipping", orders.shipping), ("tax", orders.tax), ("refund", orders.refund),
        )
    }  # fmt: skip
    found = {}
    for index, order in enumerate(orders.ids):
        off = _ZERO
        if reading.spreads == "discount":
            off = zeros["discount"][index]
        elif reading.spreads == "difference" and reading.stated is not None:
            first, *rest = reading.stated.replace(" and ", " less ").split(" less ")
            stated = zeros[first][index] - sum((zeros[name][index] for name in rest), _ZERO)
            off = orders.net[index] - stated
        if reading.refunds == "given back":
            off += min(abs(zeros["refund"][index]), max(orders.net[index] - off, _ZERO))
        found[order] = off
    return found


def _stated(orders: OrderColumns, said: list[str]) -> tuple[str | None, str | None]:
    """The reading where orders state a subtotal: judged by the orders that have a discount."""
    if orders.subtotal is None:
        return _by_total(orders, said)
    subtotal, net, gross = orders.subtotal, list(orders.net), list(orders.gross)
    discount = _zeros(orders, orders.discount)
    has = [bool(off) for off in discount]
    less = [line - off for line, off in zip(net, discount, strict=True)]
    name, off = orders.header("order_subtotal"), orders.header("order_discount")
    lines = "the sum of an order's lines"
    spread = "what is taken off the order is spread over its lines by amount"
    if not any(h and _counts(orders, index) for index, h in enumerate(has)):
        if _share(orders, subtotal, net) >= NEARLY_ALL:
            said.append(f"{name} is {lines}.")
            return "subtotal", "difference"
        if _share(orders, subtotal, [_ZERO] * len(net), net, _between) >= NEARLY_ALL:
            said.append(f"{name} is {lines} less a discount without a column; {spread}.")
            return "subtotal", "difference"
        if _share(orders, subtotal, gross) >= NEARLY_ALL:
            return _by_total(orders, said)
        raise WarehouseError(_contradiction(orders))
    hasnt = [not h for h in has]
    without = _share(orders, subtotal, gross, told=hasnt)
    given = [one - other for one, other in zip(gross, net, strict=True)]
    before = [line + off for line, off in zip(net, discount, strict=True)]
    if (
        min(
            without,
            _share(orders, subtotal, gross, told=has),
            _share(orders, discount, given, told=has),
            _share(orders, subtotal, before),
        )
        >= NEARLY_ALL
    ):
        said.append(
            f"{name} is {lines} before discounts; {off} is the sum of the lines' discounts."
        )
        return "subtotal less discount", None
    without = _share(orders, subtotal, net, told=hasnt)
    after = _share(orders, subtotal, less, told=has)
    is_paid = after >= 0.5 or _total_has_subtotal(orders, has)
    is_before = _share(orders, subtotal, net, told=has) >= NEARLY_ALL
    if without >= NEARLY_ALL and is_paid and (after >= 0.5 or not is_before) and (
        _share(orders, subtotal, less, net, _between, told=has) >= NEARLY_ALL
    ):  # fmt: skip
        said.append(f"{name} is {lines} less {off}; {spread}.")
        return "subtotal", "difference"
    if without >= NEARLY_ALL and is_before:
        if _total_lacks_discount(orders, less, has):
            said.append(f"{name} is {lines}, before {off}, which is spread over them by amount.")
            return "subtotal less discount", "discount"
        said.append(f"{name} is {lines}; {off} is already subtracted from them.")
        return "subtotal", "difference"
    raise WarehouseError(_contradiction(orders))


def _by_total(orders: OrderColumns, said: list[str]) -> tuple[str | None, str | None]:
    """The reading where only a total may say what the lines add up to."""
    discount = _zeros(orders, orders.discount)
    shipping, tax = _zeros(orders, orders.shipping), _zeros(orders, orders.tax)
    net = list(orders.net)
    less = [line - off for line, off in zip(net, discount, strict=True)]
    has_discount = any(discount)
    if orders.total is None:
        return _without_statement(orders, has_discount, said)
    total = orders.total
    extras = {
        "total": [_ZERO] * len(net),
        "total less shipping": shipping,
        "total less tax": tax,
        "total less shipping and tax": [a + b for a, b in zip(shipping, tax, strict=True)],
    }
    if orders.shipping is None:
        extras = {key: value for key, value in extras.items() if "shipping" not in key}
    if orders.tax is None:
        extras = {key: value for key, value in extras.items() if "tax" not in key}
    name = orders.header("order_total")
    found: list[tuple[float, str, str | None]] = []
    for key, extra in extras.items():
        with_extra = [a + b for a, b in zip(net, extra, strict=True)]
        found.append((_share(orders, total, with_extra), key, None))
        if has_discount:
            with_extra = [a + b for a, b in zip(less, extra, strict=True)]
            found.append((_share(orders, total, with_extra), key, "difference"))
    share, key, spreads = max(found, key=lambda item: item[0])
    if share >= NEARLY_ALL:
        parts = key.removeprefix("total").replace(" less ", "with ").strip()
        off = (
            f" less {orders.header('order_discount')}, which is spread over them" if spreads else ""
        )
        said.append(f"{name} is the sum of its lines{off}{f', {parts}' if parts else ''}.")
        return key, spreads
    part = _total_between(orders, extras, less, net) if has_discount else None
    if part is not None:
        said.append(
            f"{name} is the sum of its lines less {orders.header('order_discount')}, of which a "
            f"part is off {orders.header('order_shipping')}; it is spread over them."
        )
        return part, "difference"
    if _share(orders, total, less, fits=_is_more) >= NEARLY_ALL:
        said.append(
            f"{name} is more than the lines, by shipping or taxes without a column; it is not used."
        )
        return _without_statement(orders, has_discount, said)
    raise WarehouseError(_contradiction(orders))


def _without_statement(
    orders: OrderColumns, has_discount: bool, said: list[str]
) -> tuple[str | None, str | None]:
    if not has_discount:
        return None, None
    discount = _zeros(orders, orders.discount)
    given = [one - other for one, other in zip(orders.gross, orders.net, strict=True)]
    name = orders.header("order_discount")
    if _share(orders, discount, given) >= NEARLY_ALL:
        said.append(f"{name} is the sum of the lines' discounts.")
        return None, None
    said.append(f"{name} is subtracted from the order, spread over its lines by amount.")
    return None, "discount"


def _total_lacks_discount(orders: OrderColumns, less: list[Decimal], told: Sequence[bool]) -> bool:
    """Whether the total says that the discount is taken off after the subtotal; so it is, too,
    where there is no total to ask."""
    if orders.total is None:
        return True
    shipping, tax = _zeros(orders, orders.shipping), _zeros(orders, orders.tax)
    both = [a + b for a, b in zip(shipping, tax, strict=True)]

    def fits(lines: Sequence[Decimal]) -> bool:
        sums = ([a + b for a, b in zip(lines, extra, strict=True)]
                for extra in (both, shipping, tax, [_ZERO] * len(lines)))  # fmt: skip
        return any(_share(orders, orders.total or (), s, told=told) >= NEARLY_ALL for s in sums)

    if fits(less):
        return True
    if fits(orders.net):
        return False
    raise WarehouseError(_contradiction(orders, "order_total"))


def _total_between(
    orders: OrderColumns, extras: dict[str, list[Decimal]], less: list[Decimal], net: list[Decimal]
) -> str | None:
    """The reading of a total from which a part of each discount is taken, as the rest is off
    shipping: exact where orders have no discount, and between both sums where they have."""
    assert orders.total is not None
    has = [bool(off) for off in _zeros(orders, orders.discount)]
    hasnt = [not h for h in has]
    if not any(h and _counts(orders, index) for index, h in enumerate(hasnt)):
        return None
    for key, extra in extras.items():
        high = [a + b for a, b in zip(net, extra, strict=True)]
        low = [a + b for a, b in zip(less, extra, strict=True)]
        if (
            _share(orders, orders.total, high, told=hasnt) >= NEARLY_ALL
            and _share(orders, orders.total, low, high, _between, told=has) >= NEARLY_ALL
        ):
            return key
    return None


def _total_has_subtotal(orders: OrderColumns, told: Sequence[bool]) -> bool:
    """Whether the total is the subtotal with shipping and taxes, so that nothing else is off."""
    if orders.total is None or orders.subtotal is None:
        return False
    shipping, tax = _zeros(orders, orders.shipping), _zeros(orders, orders.tax)
    paid = _zeros(orders, orders.subtotal)
    both = [a + b for a, b in zip(shipping, tax, strict=True)]
    return any(
        _share(orders, orders.total, [a + b for a, b in zip(paid, extra, strict=True)], told=told)
        >= NEARLY_ALL
        for extra in (both, shipping, tax)
    )


def _are_taken_off(orders: OrderColumns) -> bool:
    """Whether lines of refunded orders lack what was refunded: their subtotal is more than they."""
    told = [
        lines < subtotal - _CENT
        for refund, lines, subtotal in zip(
            orders.refund or (), orders.gross, orders.subtotal or (), strict=False
        )
        if refund and subtotal is not None
    ]
    return bool(told) and sum(told) >= NEARLY_ALL * len(told)


def _contradiction(orders: OrderColumns, role: str = "") -> str:
    role = role or ("order_subtotal" if orders.subtotal is not None else "order_total")
    stated = orders.subtotal if role == "order_subtotal" else orders.total
    assert stated is not None
    discount = _zeros(orders, orders.discount)
    odd: list[str] = []
    for index, value in enumerate(stated):
        if value is None or not _counts(orders, index) or len(odd) == 3:
            continue
        if not _fits(value, orders.net[index], orders.net[index]):
            off = f", less {written(discount[index])}" if discount[index] else ""
            odd.append(f"order {orders.ids[index]}: lines {written(orders.net[index])}{off}, "
                       f"{orders.header(role)} {written(value)}")  # fmt: skip
    return (
        f"{orders.header(role)} is not what the lines of orders add up to, nor less their discount "
        f"({'; '.join(odd)}). If the lines are correct, --map {role}= leaves it out."
    )


def _zeros(orders: OrderColumns, values: Values | None) -> list[Decimal]:
    """The values, 0 if missing; the sign of a negative discount is turned."""
    found = [value or _ZERO for value in values or [None] * len(orders.ids)]
    if (
        values is not None
        and values is orders.discount
        and sum(v < 0 for v in found) > sum(v > 0 for v in found)
    ):
        return [-value for value in found]
    return found


def _counts(orders: OrderColumns, index: int) -> bool:
    return not orders.counts or orders.counts[index]


def _fits(stated: Decimal, low: Decimal, high: Decimal) -> bool:
    return abs(stated - low) <= _CENT


def _between(stated: Decimal, low: Decimal, high: Decimal) -> bool:
    return low - _CENT <= stated <= high + _CENT


def _is_more(stated: Decimal, low: Decimal, high: Decimal) -> bool:
    return stated >= low - _CENT


def _share(
    orders: OrderColumns,
    stated: Values,
    computed: Sequence[Decimal],
    high: Sequence[Decimal] | None = None,
    fits: Callable[[Decimal, Decimal, Decimal], bool] = _fits,
    told: Sequence[bool] | None = None,
) -> float:
    """The share of the deciding orders whose statement fits what was computed; 1 where none."""
    count = right = 0
    for index, (value, low) in enumerate(zip(stated, computed, strict=True)):
        if value is None or not _counts(orders, index) or (told is not None and not told[index]):
            continue
        count += 1
        right += fits(value, low, (high or computed)[index])
    return right / count if count else 1.0
