"""Tests on every load: whether amounts in the files still relate as they did in the sample."""

import re
from typing import Any

from scaffold.design import Design, PriceBefore
from scaffold.line_sql import LineSql
from scaffold.staging import STAGED
from scaffold.yaml_text import Inline

Entry = dict[str, Any]

# What distinguishes the lines of an order in staging.
_OF_LINE = ("given_line_number", "product_id", "product_name", "given_quantity", "unit_price",
            "given_gross_amount", "given_amount", "given_discount_amount", "given_discount_share",
            "given_discount_percentage")  # fmt: skip
_PLAIN_WORD = re.compile(r"[\w .-]+")
_SOLD = "coalesce(given_quantity, 0) <> 0"


def row_checks(design: Design, staged: list[str]) -> list[Entry]:
    """Tests of the staged lines, whose columns are named: each pair of columns that says one amount
    twice, and a line that is there once for each payment.

    They ask the rows that the scaffold asked (line_amounts.py), with its tolerance and its limit.
    """
    reading, source = design.lines_reading, design.source
    found = []
    product = "given_quantity * unit_price"
    base = product if reading.gross == "price" else "given_gross_amount"
    among = _counting(design)
    if "gross" in reading.held:
        condition = _equal(design, "given_gross_amount", f"abs({product})")
        found.append(_nearly_all(f"{source}_gross_is_price_times_quantity", among, condition))
    if "net" in reading.held:
        paid = f"abs({_paid(design, base)})"
        condition = _equal(design, "given_amount", paid)
        found.append(_nearly_all(f"{source}_paid_is_price_less_discount", among, condition))
    if "at most" in reading.held:
        condition = f"abs(given_amount) <= abs({base}) + {_tolerance(design)}"
        found.append(_nearly_all(f"{source}_paid_is_at_most_the_price", among, condition))
    if design.price_before is not None:
        found.append(_nearly_all(f"{source}_price_paid_is_less_discount", among,
                                 _price_paid(design.price_before, staged)))  # fmt: skip
    if design.is_paid_apart:
        line = [name for name in staged if name in _OF_LINE]
        found.append({
            "line_once_per_payment": {
                "name": f"{source}_line_stands_once",
                "arguments": Inline(line=line, payment=["payment_method", "payment_amount"]),
            }
        })  # fmt: skip
    return found


def order_checks(design: Design, sql: LineSql) -> list[Entry]:
    """Tests of orders, on their first lines: what they state is what their lines add up to."""
    reading = design.orders_reading
    if reading.stated is None or sql.stated is None:
        return []
    among = "position = 1 and line_type <> 'void'"
    if reading.refunds == "taken off":
        among += " and coalesce(order_refund_amount, 0) = 0"
    off = "abs(coalesce(order_discount_amount, 0))"
    has_column = "order_discount_amount" in sql.order_amounts
    lines = "lines_amount"
    if reading.stated != "subtotal" and reading.spreads == "difference" and has_column:
        # A part of an order's discount may be off its shipping.
        condition = f"{sql.stated} between {lines} - {off} - 0.0151 and {lines} + 0.0151"
    elif reading.stated != "subtotal":
        lines += f" - {off}" if reading.spreads and has_column else ""
        condition = f"abs({sql.stated} - ({lines})) <= 0.0151"
    elif not has_column:
        condition = f"{sql.stated} between -0.0151 and lines_amount + 0.0151"
    elif reading.has_discounts or design.lines.export is not None:
        condition = f"{sql.stated} between {lines} - {off} - 0.0151 and {lines} + 0.0151"
    else:
        condition = f"abs({sql.stated} - ({lines} - {off})) <= 0.0151"
    return [_nearly_all(f"{design.source}_orders_state_the_sum_of_their_lines", among, condition)]


def _counting(design: Design) -> str:
    """The rows to test: sold and not cancelled."""
    conditions = [_SOLD if design.lines.has("quantity") else "given_amount <> 0"]
    for role in design.effects:
        if not design.lines.has(role):
            continue
        name = STAGED.get(role, role)
        void = [word for word, effect in design.effects[role].items() if effect == "void"]
        listed = ", ".join(f"'{word}'" for word in void if _PLAIN_WORD.fullmatch(word))
        if listed:
            conditions.append(f"coalesce(lower(trim({name})), '') not in ({listed})")
    if design.lines.has("cancelled_at"):
        conditions.append("cancelled_at is null")
    return " and ".join(conditions)


def _paid(design: Design, base: str) -> str:
    """What a line costs less its discount; of what came back, the discount lessens that, too."""
    reading = design.lines_reading
    form = reading.discount if reading.is_net_stated else None
    if form == "share":
        return f"{base} * (1 - abs(coalesce(given_discount_share, 0)))"
    if form == "percent":
        return f"{base} * (1 - abs(coalesce(given_discount_percentage, 0)) / 100)"
    if form is None:
        return base
    off = "coalesce(given_discount_amount, 0)"
    sign = "+" if reading.is_discount_negative else "-"
    return f"case when {base} < 0 then {base} + abs({off}) else {base} {sign} {off} end"


def _price_paid(before: PriceBefore, staged: list[str]) -> str:
    price, off = (f"{name}_as_given" if f"{name}_as_given" in staged else name
                  for name in (before.price, before.discount))  # fmt: skip
    less = f"{price} * abs(coalesce({off}, 0))"
    less = {"share": less, "percent": f"{less} / 100"}.get(before.form, f"abs(coalesce({off}, 0))")
    return f"abs({price} - {less} - unit_price) <= 0.0151"


def _equal(design: Design, stated: str, computed: str) -> str:
    return f"abs(abs({stated}) - {computed}) <= {_tolerance(design)}"


def _tolerance(design: Design) -> str:
    """Half a cent of rounding on the line, and as much on every piece of it."""
    pieces = "abs(given_quantity)" if design.lines.has("quantity") else "1"
    return f"0.0051 * (1 + {pieces})"


def _nearly_all(name: str, among: str, condition: str) -> Entry:
    return {
        "holds_on_nearly_all": {
            "name": name,
            "arguments": Inline(among=among, condition=condition),
        }
    }
