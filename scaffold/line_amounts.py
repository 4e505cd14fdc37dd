"""How the amount columns of lines relate, decided by which equation holds on nearly all rows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from scaffold.lone_discounts import form_of_lone_discount
from warehouse.errors import WarehouseError

Values = Sequence[Decimal | None]

NEARLY_ALL = 0.95
# Half a cent of rounding on the line, and as much on every piece of it.
_HALF_CENT = Decimal("0.0051")
_ZERO, _CENT = Decimal(0), Decimal("0.01")
DISCOUNT_FORMS = ("amount", "share", "percent")


@dataclass(frozen=True)
class LineReading:
    """How a line's gross, discount and net amounts come from its columns.

    `gross` is "price" (quantity × unit_price), "gross" (gross_amount) or "net" (what was paid and
    the discount). `discount` is None or one of DISCOUNT_FORMS; where `is_net_stated`, line_amount
    is the net amount and the discount is what is missing from the gross. `is_discount_negative`:
    the files write a discount with a minus. `is_price_of_line`: unit_price is of all pieces.
    `held` names the identities that held, for the test on every load; `asked` is what no value can
    answer, with the option that answers it.
    """

    gross: str
    discount: str | None = None
    is_net_stated: bool = False
    is_discount_negative: bool = False
    is_price_of_line: bool = False
    held: tuple[str, ...] = ()
    said: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()


@dataclass
class LineColumns:
    """The typed cells of the sample's lines, one entry per row, None where a role has no column.

    `rows` says where each row is, to be quoted; `orders` which order it is of; `products`
    which product it sells.
    """

    rows: Sequence[str]
    orders: Sequence[str | None]
    products: Sequence[str | None]
    quantity: Values | None = None
    unit_price: Values | None = None
    gross_amount: Values | None = None
    line_amount: Values | None = None
    discount_amount: Values | None = None
    headers: dict[str, str] = field(default_factory=dict)
    counts: Sequence[bool] = ()

    def header(self, role: str) -> str:
        """What the file calls the column of a role."""
        return self.headers.get(role, role)


def read_lines(lines: LineColumns, form: str | None = None) -> LineReading:
    """Decides how lines are read; `form` is the form of the discount chosen by the user.

    Raises WarehouseError, quoting rows, if two statements of one amount contradict each other.
    """
    said: list[str] = []
    held: list[str] = []
    asked: list[str] = []
    is_of_line = _is_price_of_line(lines)
    base = _base(lines, is_of_line)
    if is_of_line:
        said.append(
            f"{lines.header('unit_price')} is the price of all pieces of a line, not of one."
        )
    if base is not None and lines.gross_amount is not None and lines.unit_price is not None:
        _check_gross(lines, base)
        held.append("gross")
    is_negative = _is_written_negative(lines.discount_amount, base or lines.line_amount)
    discount = _signed(lines.discount_amount, base, is_negative)
    off = lines.header("discount_amount")
    gross = "price" if lines.unit_price is not None and not is_of_line else "gross"
    if base is None:
        # What was paid is the net amount; a discount beside it says what the line cost before.
        given = form_of_lone_discount(off, discount, lines.line_amount, form, [], [])
        return LineReading("net", given if given == "amount" else None, True, is_negative)
    if lines.line_amount is None:
        given = form_of_lone_discount(off, discount, base, form, said, asked)
        return LineReading(
            gross, given, False, is_negative, is_of_line, tuple(held), tuple(said), tuple(asked)
        )
    return _with_statement(
        lines, base, discount, gross, is_negative, is_of_line, held, said, form, asked
    )


def written(value: Decimal) -> str:
    """An amount as a person writes it, with two decimals at least."""
    return f"{value:.2f}" if value == round(value, 2) else f"{value.normalize():f}"


def discounted(base: Values, discount: Values | None, form: str | None) -> list[Decimal | None]:
    """Net amounts of lines whose discount has a form; None for a line without an amount."""
    if discount is None or form is None:
        return list(base)
    return [
        None if gross is None else gross - _taken_off(gross, off, form)
        for gross, off in zip(base, discount, strict=True)
    ]


def gross_amounts(lines: LineColumns, reading: LineReading) -> list[Decimal | None]:
    """Gross amounts of the lines as a reading has them."""
    base = _base(lines, reading.is_price_of_line)
    if base is not None:
        return list(base)
    assert lines.line_amount is not None
    return [
        None if paid is None else paid + (off or _ZERO)
        for paid, off in zip(
            lines.line_amount, _discounts(lines, reading, lines.line_amount), strict=True
        )
    ]


def net_amounts(lines: LineColumns, reading: LineReading) -> list[Decimal | None]:
    """Net amounts of the lines as a reading has them."""
    if reading.is_net_stated:
        assert lines.line_amount is not None
        return list(lines.line_amount)
    base = gross_amounts(lines, reading)
    return discounted(base, _discounts(lines, reading, base), reading.discount)


def _discounts(lines: LineColumns, reading: LineReading, base: Values) -> Values:
    if reading.discount is None or lines.discount_amount is None:
        return [None] * len(base)
    return _signed(lines.discount_amount, base, reading.is_discount_negative) or []


def _base(lines: LineColumns, is_of_line: bool) -> Values | None:
    """What lines cost before discounts."""
    if lines.unit_price is not None and is_of_line:
        return lines.unit_price
    if lines.unit_price is not None and lines.quantity is not None:
        return [_product(q, p) for q, p in zip(lines.quantity, lines.unit_price, strict=True)]
    return lines.gross_amount


def _with_statement(
    lines: LineColumns,
    base: Values,
    discount: Values | None,
    gross: str,
    is_negative: bool,
    is_of_line: bool,
    held: list[str],
    said: list[str],
    wished: str | None,
    asked: list[str],
) -> LineReading:
    """The reading where a line says both what it costs and what was paid."""
    assert lines.line_amount is not None
    paid, name = _filled(lines.line_amount, base), lines.header("line_amount")
    cost = _words_of_cost(lines, gross)

    def reading(form: str | None, is_stated: bool) -> LineReading:
        return LineReading(
            gross, form, is_stated, is_negative, is_of_line, (*held, "net"), tuple(said),
            tuple(asked),
        )  # fmt: skip

    forms = [wished] if wished else list(DISCOUNT_FORMS)
    off = lines.header("discount_amount")
    has_discounts = discount is not None and any(discount)
    computed = base
    if has_discounts:
        informative = [bool(value) for value in discount or ()]
        shares = {
            form: _share(lines, paid, discounted(base, discount, form), informative)
            for form in forms
        }
        best = max(shares, key=lambda form: shares[form])
        computed = discounted(base, discount, best)
        if min(shares[best], _share(lines, paid, computed)) >= NEARLY_ALL:
            said.append(f"{name} is {cost} less {off}, which is {_A_FORM[best]}.")
            return reading(best, True)
        if min(_share(lines, paid, base, told) for told in (informative, None)) >= NEARLY_ALL:
            said.append(f"{name} is {cost}, before {off} is subtracted.")
            given = form_of_lone_discount(off, discount, base, wished, said, asked)
            return reading(given, False)
    elif _share(lines, paid, base) >= NEARLY_ALL:
        said.append(f"{name} is {cost}.")
        return reading(None, True)
    elif _share(lines, paid, base, fits=_is_part) >= NEARLY_ALL:
        said.append(f"{name} is what was paid; what is missing from {cost} is the discount.")
        return LineReading(
            gross, None, True, is_negative, is_of_line, (*held, "at most"), tuple(said)
        )
    raise WarehouseError(_contradiction(lines, paid, computed, discount, cost))


_A_FORM = {
    "amount": "an amount of money",
    "share": "a share, such as 0.2",
    "percent": "in per cent",
}


def _contradiction(
    lines: LineColumns, paid: Values, computed: Values, discount: Values | None, cost: str
) -> str:
    """Why a line's total is unclear, with rows that contradict the likeliest reading."""
    name = lines.header("line_amount")
    off = f" less {lines.header('discount_amount')}, as an amount, a share or in per cent" if (
        discount is not None and any(discount)) else ""  # fmt: skip
    less = f" less {lines.header('discount_amount')}" if off else ""
    odd: list[str] = []
    for index, (amount, net) in enumerate(zip(computed, paid, strict=True)):
        if amount is None or net is None or not _tells(lines, index, net):
            continue
        if not _fits(lines, index, net, amount) and len(odd) < 3:
            odd.append(
                f"{lines.rows[index]}: {cost}{less} is {written(amount)}, {name} {written(net)}"
            )
    roles = "unit_price" if lines.unit_price is not None else "gross_amount"
    return (
        f"{name} is unclear: it is neither {cost}{off}, nor a part of it, on nearly all rows "
        f"({'; '.join(odd)}). Choose one: --map line_amount= leaves {name} out, "
        f"--map {roles}= leaves {lines.header(roles)} out."
    )


def _check_gross(lines: LineColumns, base: Values) -> None:
    assert lines.gross_amount is not None
    given = _filled(lines.gross_amount, base)
    if _share(lines, given, base) >= NEARLY_ALL:
        return
    name, cost = lines.header("gross_amount"), _words_of_cost(lines, "price")
    odd = [
        f"{lines.rows[index]}: {cost} is {written(one)}, {name} {written(other)}"
        for index, (one, other) in enumerate(zip(base, given, strict=True))
        if one is not None and other is not None and not _fits(lines, index, other, one)
    ]
    raise WarehouseError(
        f"{name} is not {cost} on nearly all rows ({'; '.join(odd[:3])}). Choose one: "
        "--map gross_amount= or --map unit_price= leaves that column out."
    )


def _filled(stated: Values, base: Values) -> Values:
    """What lines state, 0 where a line that costs something states nothing, as it is loaded."""
    return [
        _ZERO if value is None and cost is not None else value
        for value, cost in zip(stated, base, strict=True)
    ]


def _words_of_cost(lines: LineColumns, gross: str) -> str:
    if gross == "price":
        return f"{lines.header('quantity')} × {lines.header('unit_price')}"
    role = "unit_price" if lines.gross_amount is None else "gross_amount"
    return lines.header(role)


def _is_price_of_line(lines: LineColumns) -> bool:
    """Whether unit_price is what all pieces of a line cost: judged by what was paid, else by what
    the same product costs in other quantities."""
    quantity, price = lines.quantity, lines.unit_price
    if quantity is None or price is None:
        return False
    several = [q is not None and abs(q) > 1 for q in quantity]
    product = [_product(q, p) for q, p in zip(quantity, price, strict=True)]
    for stated in (lines.line_amount, lines.gross_amount):
        if stated is None or not any(several):
            continue
        off = _signed(
            lines.discount_amount, price, _is_written_negative(lines.discount_amount, price)
        )
        for form in (None, *DISCOUNT_FORMS):
            whole = _share(lines, stated, discounted(price, off, form), several)
            each = _share(lines, stated, discounted(product, off, form), several)
            if each >= NEARLY_ALL:
                return False
            if whole >= NEARLY_ALL:
                return True
    return _grows_with_quantity(lines)


def _grows_with_quantity(lines: LineColumns) -> bool:
    """Whether products cost twice as much where two are bought, on nearly all that show it."""
    assert lines.quantity is not None and lines.unit_price is not None
    seen: dict[str, dict[Decimal, set[Decimal]]] = {}
    for index, (product, count, price) in enumerate(
        zip(lines.products, lines.quantity, lines.unit_price, strict=True)
    ):
        if product and count and price and _counts(lines, index):
            seen.setdefault(product, {}).setdefault(abs(count), set()).add(abs(price))
    constant = growing = 0
    for by_count in seen.values():
        if len(by_count) < 2:
            continue
        prices = [price for found in by_count.values() for price in found]
        each = [price / count for count, found in by_count.items() for price in found]
        spread, spread_each = max(prices) / min(prices), max(each) / min(each)
        if spread_each < Decimal("1.02") < spread:
            growing += 1
        elif spread < spread_each:
            constant += 1
    return growing >= 3 and growing >= NEARLY_ALL * (growing + constant)


def _signed(discount: Values | None, base: Values | None, is_negative: bool) -> Values | None:
    """Discounts that lessen what is sold, and what is given back: with the sign of the line."""
    if discount is None:
        return None
    flipped = [None if off is None else (-off if is_negative else off) for off in discount]
    if base is None:
        return flipped
    return [
        off if off is None or gross is None or gross >= 0 else -abs(off)
        for off, gross in zip(flipped, base, strict=True)
    ]


def _is_written_negative(discount: Values | None, base: Values | None) -> bool:
    if discount is None:
        return False
    sold = [
        off
        for off, gross in zip(discount, base or [None] * len(discount), strict=True)
        if off and (gross is None or gross > 0)
    ]
    return bool(sold) and sum(off < 0 for off in sold) >= NEARLY_ALL * len(sold)


def _taken_off(gross: Decimal, off: Decimal | None, form: str) -> Decimal:
    if not off:
        return _ZERO
    if form == "amount":
        return off
    taken = gross * abs(off) / (100 if form == "percent" else 1)
    return taken.quantize(_CENT, ROUND_HALF_UP)


def _product(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    return None if one is None or other is None else one * other


def _counts(lines: LineColumns, index: int) -> bool:
    return not lines.counts or lines.counts[index]


def _tells(lines: LineColumns, index: int, stated: Decimal) -> bool:
    """Whether a row counts and sells something; the test on every load asks the same rows."""
    sold = stated if lines.quantity is None else lines.quantity[index]
    return _counts(lines, index) and bool(sold)


def _fits(lines: LineColumns, index: int, stated: Decimal, computed: Decimal) -> bool:
    given = lines.quantity[index] if lines.quantity is not None else None
    pieces = abs(given) if given else Decimal(1)
    tolerance = _HALF_CENT * (1 + pieces)
    return abs(abs(stated) - abs(computed)) <= tolerance


def _is_part(lines: LineColumns, index: int, stated: Decimal, computed: Decimal) -> bool:
    """Whether what was paid is some of what it costs, with the same sign."""
    return _fits(lines, index, stated, computed) or (
        abs(stated) < abs(computed) and stated * computed >= 0
    )


def _share(
    lines: LineColumns,
    stated: Values,
    computed: Values,
    informative: Sequence[bool] | None = None,
    fits: Callable[[LineColumns, int, Decimal, Decimal], bool] = _fits,
) -> float:
    """Of the rows that can show it, the share on which a statement is what was computed."""
    told = right = 0
    for index, (one, other) in enumerate(zip(stated, computed, strict=True)):
        if one is None or other is None or not _tells(lines, index, one):
            continue
        if informative is not None and not informative[index]:
            continue
        told += 1
        right += fits(lines, index, one, other)
    return right / told if told else 0.0
