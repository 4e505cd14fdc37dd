"""Tests on every load: that the files still say of amounts what the sample said."""

from typing import Any

from warehouse.scaffold.design import Design
from warehouse.scaffold.line_sql import LineSql
from warehouse.scaffold.yaml_files import Inline

Entry = dict[str, Any]

# What tells the lines of an order apart in staging.
_OF_LINE = ("given_line_number", "product_id", "product_name", "given_quantity", "unit_price",
            "given_gross_amount", "given_amount", "given_discount_amount", "given_discount_share",
            "given_discount_percentage")  # fmt: skip
_SOLD = "coalesce(given_quantity, 0) <> 0"


def row_checks(design: Design, staged: list[str]) -> list[Entry]:
    """Tests of the staged lines, whose columns are named: each pair of columns that says one amount
    twice, and a line that is there once for each payment."""
    reading, source = design.lines_reading, design.source
    found = []
    product = "given_quantity * unit_price"
    base = product if reading.gross == "price" else "given_gross_amount"
    if "gross" in reading.held:
        found.append(_nearly_all(f"{source}_gross_is_price_times_quantity", _SOLD,
                                 _equal("given_gross_amount", f"abs({product})")))  # fmt: skip
    if "net" in reading.held:
        off = {"amount": "abs(given_discount_amount)",
               "share": f"abs({base} * given_discount_share)",
               "percent": f"abs({base} * given_discount_percentage / 100)"}  # fmt: skip
        form = reading.discount if reading.is_net_stated else None
        less = f"abs({base})" + (f" - {off[form]}" if form else "")
        found.append(_nearly_all(f"{source}_paid_is_price_less_discount", _where(design),
                                 _equal("given_amount", less)))  # fmt: skip
    if "at most" in reading.held:
        found.append(_nearly_all(f"{source}_paid_is_at_most_the_price", _where(design),
                                 f"abs(given_amount) <= abs({base}) + 0.02"))  # fmt: skip
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
    if reading.stated != "subtotal":
        lines += f" - {off}" if reading.spreads and has_column else ""
        condition = f"abs({sql.stated} - ({lines})) <= 0.0151"
    elif not has_column:
        condition = f"{sql.stated} between -0.0151 and lines_amount + 0.0151"
    elif reading.has_discounts or design.lines.export is not None:
        condition = f"{sql.stated} between {lines} - {off} - 0.0151 and {lines} + 0.0151"
    else:
        condition = f"abs({sql.stated} - ({lines} - {off})) <= 0.0151"
    return [_nearly_all(f"{design.source}_orders_state_the_sum_of_their_lines", among, condition)]


def _where(design: Design) -> str:
    return _SOLD if design.lines.has("quantity") else "given_amount <> 0"


def _equal(stated: str, computed: str) -> str:
    tolerance = "0.0051 * (1 + abs(coalesce(given_quantity, 1)))"
    if "given_quantity" not in computed:
        tolerance = "0.0151"
    return f"abs(abs({stated}) - ({computed})) <= {tolerance}"


def _nearly_all(name: str, among: str, condition: str) -> Entry:
    return {
        "holds_on_nearly_all": {
            "name": name,
            "arguments": Inline(among=among, condition=condition),
        }
    }
