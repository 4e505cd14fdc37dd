"""SQL of what a line costs and of what is taken off, for each way in which files say it."""

from dataclasses import dataclass

from scaffold.column_roles import EFFECTS_OF_LINES, OF_ORDER, PIECES_BACK
from scaffold.design import Design
from scaffold.order_totals import STATED
from scaffold.staging import AMOUNT
from scaffold.statuses import alias_of

_HEADER_ROLES = ("customer_id", "store_id", "employee_id", "payment_method", "order_status")
_CODE, _ID = "varchar(64)", "varchar(256)"


@dataclass(frozen=True)
class LineSql:
    """What the templates of lines are filled with; each a piece of SQL over the CTE before."""

    columns: str
    amounts: str
    discount: str
    net: str
    passed: list[str]
    order_words: list[str]
    order_amounts: list[str]
    to_spread: str | None
    stated: str | None


def line_sql(design: Design, staged: set[str], header_staged: set[str]) -> LineSql:
    """The SQL of a design's lines; `staged` are the columns of their view, `header_staged` those of
    the view of orders."""
    is_own = design.header is design.lines
    words = [role for role in _HEADER_ROLES if is_own and role in staged]
    amounts = [f"{role}_amount" for role in OF_ORDER if f"{role}_amount" in staged]
    passed = ["product_id", *words, *(["currency_code"] if is_own else []), *amounts]
    stated = _stated(design)
    to_spread = _to_spread(design, stated)
    return LineSql(
        _columns(design, staged, header_staged, passed),
        _amounts(design),
        _discount(design),
        _net(design),
        passed,
        words,
        amounts,
        to_spread,
        stated,
    )


def has_effects(design: Design) -> bool:
    """Whether statuses of the header say what an order does."""
    return "order_status" in design.effects or design.header.has("cancelled_at")


def _columns(design: Design, staged: set[str], header_staged: set[str], passed: list[str]) -> str:
    """The select list that gives staged lines every column that the models count on."""
    types = {"payment_method": _CODE, "order_status": _CODE}
    names = ["load_id", "file_line", "order_id"]
    names += ["given_line_number"] if "given_line_number" in staged else []
    rows = [f"lines.{name}" for name in names]
    for name in passed:
        kind = types.get(name, AMOUNT if name.endswith("_amount") else _ID)
        rows.append(f"lines.{name}" if name in staged else f"cast(null as {kind}) as {name}")
    rows.append(_given_type(design))
    rows.append(f"{_is_void(design, staged, header_staged)} as is_void")
    rows.append(_quantity(design, staged))
    if design.price_from_master:
        rows.append("products.list_price as unit_price")
    for name in ("unit_price", "given_amount", "given_gross_amount", "given_discount_amount",
                 "given_discount_share", "given_discount_percentage"):  # fmt: skip
        back = " or ".join(
            f"{alias_of(role)}.effect = 'return'"
            for role in EFFECTS_OF_LINES
            if role in design.effects
        )
        if name == "unit_price" and name in staged and back:
            # What is called a return may be priced with a minus or without.
            rows.append(
                "case\n"
                f"            when {back} then abs(lines.unit_price)\n"
                "            else lines.unit_price\n"
                "        end as unit_price"
            )
        elif name in staged:
            rows.append(f"lines.{name}")
    if design.given_back.has_pieces:
        gone = " + ".join(f"coalesce(abs(lines.{role}), 0)"
                          for role in PIECES_BACK if role in staged)  # fmt: skip
        rows.append(f"{gone} as pieces_back")
    if design.given_back.has_amounts:
        rows.append("coalesce(abs(lines.line_refund), 0) as refund_of_line")
    rows.append(
        "lines.unit_cost" if "unit_cost" in staged else f"cast(null as {AMOUNT}) as unit_cost"
    )
    rows += ["lines.ordered_at"] if design.header is design.lines else []
    return ",\n".join(f"        {row}" for row in rows)


def _given_type(design: Design) -> str:
    """The kind of line where files say it: that it is a return, a gift or an exchange. What is
    sold or given back otherwise, the sign of the quantity says."""
    found = [
        f"case when {words}.effect not in ('sale', 'void') then {words}.effect end"
        for words in (alias_of(role) for role in EFFECTS_OF_LINES if role in design.effects)
    ]
    if "order_status" in design.effects:
        found.append("case when order_statuses.effect = 'return' then 'return' end")
    if not found:
        return f"cast(null as {_CODE}) as given_line_type"
    rows = ",\n                ".join(found)
    text = f"coalesce(\n                {rows}\n            )" if len(found) > 1 else rows
    return f"cast(\n            {text}\n            as {_CODE}\n        ) as given_line_type"


def _is_void(design: Design, staged: set[str], header_staged: set[str]) -> str:
    found = [f"coalesce({alias_of(role)}.effect = 'void', false)" for role in design.effects]
    if design.header is design.lines and "cancelled_at" in staged:
        found.append("lines.cancelled_at is not null")
    elif "cancelled_at" in header_staged:
        found.append("orders.cancelled_at is not null")
    return "\n        or ".join(found) or "false"


def _quantity(design: Design, staged: set[str]) -> str:
    """What a line's quantity is. A negative amount is money given back, so pieces came back."""
    reading = design.lines_reading
    amount = "given_amount" if reading.is_net_stated else "given_gross_amount"
    if design.price_from_master or (reading.gross == "price" and not reading.is_net_stated):
        return "lines.given_quantity"
    if "given_quantity" in staged:
        return (
            "case\n"
            f"            when lines.{amount} < 0 and lines.given_quantity > 0\n"
            "                then -lines.given_quantity\n"
            "            else lines.given_quantity\n"
            "        end as given_quantity"
        )
    return f"cast(case when lines.{amount} < 0 then -1 else 1 end as {AMOUNT}) as given_quantity"


def _amounts(design: Design) -> str:
    reading = design.lines_reading
    rows = []
    product = "given_quantity * unit_price"
    if reading.is_net_stated:
        rows.append(("net_amount", _signed("with_quantity", "given_amount")))
    if reading.gross == "price" or design.price_from_master:
        kind = "with_quantity" if reading.is_net_stated else "amount"
        rows.append(("gross_amount", _signed(kind, product)))
    elif reading.gross == "gross":
        rows.append(("gross_amount", _signed("with_quantity", "given_gross_amount")))
    return ",\n".join(
        f"        cast(\n            {expression}\n            as {AMOUNT}\n        ) as "
        f"{'stated_net_amount' if name == 'net_amount' else 'priced_amount'}"
        for name, expression in rows
    )


def _signed(kind: str, expression: str) -> str:
    return f"{{{{ signed_{kind}('{expression}', 'given_quantity', 'line_type') }}}}"


def _discount(design: Design) -> str:
    reading = design.lines_reading
    sign = "-" if reading.is_discount_negative else ""
    if reading.is_net_stated and reading.gross != "net":
        return "priced_amount - stated_net_amount"
    if reading.discount == "share":
        return "round(priced_amount * abs(given_discount_share), 2)"
    if reading.discount == "percent":
        return "round(priced_amount * abs(given_discount_percentage) / 100, 2)"
    if reading.discount == "amount":
        return _signed("with_quantity", f"{sign}given_discount_amount")
    return "0"


def _net(design: Design) -> str:
    if design.lines_reading.is_net_stated:
        return "stated_net_amount"
    return "priced_amount - own_discount_amount"


def gross_sql(design: Design) -> str:
    """SQL of a line's gross amount."""
    if design.lines_reading.gross == "net" and not design.price_from_master:
        return "stated_net_amount + own_discount_amount"
    return "priced_amount"


def _stated(design: Design) -> str | None:
    key = design.orders_reading.stated
    if key is None:
        return None
    text = STATED[key]
    for role in ("order_discount", "order_shipping", "order_tax"):
        own = f"{role}_amount"
        zero = f"coalesce({own}, 0)" if role != "order_discount" else f"abs(coalesce({own}, 0))"
        text = text.replace(f"- {own}", f"- {zero}")
    return text


def _to_spread(design: Design, stated: str | None) -> str | None:
    spreads = design.orders_reading.spreads
    if spreads == "discount":
        return "abs(coalesce(order_discount_amount, 0))"
    return f"coalesce(lines_amount - ({stated}), 0)" if spreads == "difference" else None
