"""The definition of a new source's raw tables, as loader and dbt read it."""

import re
from typing import Any

from ingest.foreign_text import jinja_parts
from scaffold.cell_types import UNIT
from scaffold.column_roles import (
    CUSTOMERS,
    LINES,
    MONEY,
    OF_ORDER,
    ORDERS,
    PIECES_BACK,
    PRODUCTS,
    ROLE,
    STORES,
    snake,
)
from scaffold.design import Column, Design, Table
from scaffold.file_names import undated
from scaffold.number_forms import NumberStyle
from scaffold.side_by_side import ITEM
from scaffold.statuses import seed_path
from scaffold.yaml_text import Inline, Quoted, yaml_entries, yaml_file
from warehouse.errors import WarehouseError

Entry = dict[str, Any]

_WHAT = {
    LINES: "Order lines, one row per line.",
    ORDERS: "Orders, one row per order.",
    CUSTOMERS: "Master data of customers.",
    PRODUCTS: "Master data of products.",
    STORES: "Master data of stores.",
}
_MOST_OF: dict[str | None, int] = {"share": 1, "percent": 100}
_MOST_PIECES, _MOST_MONEY = 999999, 99999999


def definition_of(design: Design) -> str:
    """The text of _<source>__sources.yml."""
    head: Entry = {
        "name": design.source,
        "schema": f"raw_{design.source}",
        "description": f"Files of the source {design.source}.",
    }
    tables = [_table(design, table) for table in design.tables]
    return yaml_file("sources", [head]) + yaml_entries("tables", tables, depth=4)


def has_own_line_numbers(table: Table) -> bool:
    """Whether lines have a line number, which identifies them across files."""
    return table.has("line_number")


def control_amount(design: Design) -> str | Entry | None:
    """What the loader sums as control total of the lines: a column or the columns of a line's
    amount; None where only rows can be held against the files."""
    lines, reading, orders = design.lines, design.lines_reading, design.orders_reading
    returns = any("return" in effects.values() for effects in design.effects.values())
    other_currency = design.header is not lines and design.header.has("currency_code")
    given_back = any(lines.has(role) for role in (*PIECES_BACK, "line_refund"))
    computed = lines.has("price_unit") or lines.has("unit_discount") or any(
        column.is_in_cents for column in lines.columns)  # fmt: skip
    # What the files call by no currency is in that which fills the gaps.
    currency = lines.column("currency_code")
    has_gaps = currency is not None and not currency.is_full
    if (
        design.is_price_signed
        or has_gaps
        or returns
        or other_currency
        or design.price_from_master
        or given_back
        or computed
    ):
        return None
    if orders.stated == "subtotal":
        return lines.name_of("order_subtotal")
    if orders.spreads or design.signs_differ:
        return None
    if reading.is_net_stated:
        return lines.name_of("line_amount")
    if reading.gross == "price":
        is_turned = reading.discount == "amount" and reading.is_discount_negative
        if is_turned or not lines.has("quantity", "unit_price"):
            return None
        amount = {"quantity": lines.name_of("quantity"), "unit_price": lines.name_of("unit_price")}
        if reading.discount:
            key = "discount" if reading.discount == "amount" else f"discount_{reading.discount}"
            amount[key] = lines.name_of("discount_amount")
        return amount
    if reading.gross == "gross" and reading.discount is None:
        role = "unit_price" if reading.is_price_of_line else "gross_amount"
        return lines.name_of(role)
    return None


def is_required(design: Design, table: Table, column: Column) -> bool:
    """Whether a row without the column is a reject."""
    reading = design.lines_reading
    needed = {"order_id", "ordered_at", "quantity"}
    ids = {CUSTOMERS: "customer_id", PRODUCTS: "product_id", STORES: "store_id"}
    if table.kind == ORDERS:
        needed = {"order_id", "ordered_at"}
    elif table.kind != LINES:
        needed = {ids.get(table.kind, "")}
    else:
        if reading.gross == "price":
            needed |= {"unit_price"}
        if column.is_full:
            needed |= {"product_id", "line_amount", "gross_amount"}
        if reading.is_net_stated and reading.gross == "net":
            needed |= {"line_amount"}
    # An amount in no currency is in none, and not in that of another shop.
    if column.is_full and table.kind in (LINES, ORDERS):
        needed |= {"currency_code"}
    return bool(needed & set(column.roles))


def file_pattern(table: Table) -> str | None:
    """Regular expression on file names, if they do not begin with the table's name."""
    if all(path.name.casefold().startswith(table.name) for path in table.sample.files):
        return None
    stem = undated(table.sample.stem)
    words = []
    for word in re.findall(r"[^\W_]+", re.sub(r"^[\d\W_]+|[\d\W_]+$", "", stem)):
        words += snake(word).split("_") if word.isascii() else [word]
    if not words:
        return r"[\d\W_]+"
    begins = all(
        re.match(rf"[\d\W_]*{re.escape(stem)}", path.name, re.IGNORECASE)
        for path in table.sample.files
    )
    before = r"[\d\W_]*" if begins else ".*?"
    return before + r"[\W_]*".join(words) + ".*"


def _table(design: Design, table: Table) -> Entry:
    is_sales = table.kind in (LINES, ORDERS)
    meta: Entry = {"mode": "append" if is_sales else "replace"}
    pattern = file_pattern(table)
    if pattern:
        meta["file_pattern"] = Quoted(pattern)
    if not design.has_header:
        meta["header"] = False
    dialect = _dialect(design, table)
    if dialect is not None:
        meta["dialect"] = dialect
    if design.time_zone and is_sales:
        meta["time_zone"] = design.time_zone
    filled = [column.name for column in table.columns if column.fills_down]
    if filled:
        meta["fill_down"] = filled
    if is_sales:
        meta |= _control(design, table)
    if table.has("customer_id"):
        meta["customer"] = table.name_of("customer_id")
    columns = [_column(design, table, column) for column in table.columns]
    return {
        "name": table.name,
        "description": _WHAT.get(
            table.kind, "Unchanged rows of the files; not used by any model yet."
        ),
        "config": {"meta": meta},
        "columns": columns,
    }


def _dialect(design: Design, table: Table) -> Inline | None:
    text, style = table.sample.dialect, table.style
    found = Inline()
    if text is not None:
        if text.encoding != "utf-8":
            found["encoding"] = text.encoding
        if text.delimiter != ",":
            found["delimiter"] = Quoted(text.delimiter_name)
        if text.total_rows:
            found["total_rows"] = sorted(text.total_rows)
            found["total_rows_lack"] = _lacked_by_totals(design, table, text.total_rows_lack)
    if style != NumberStyle():
        found["decimal"] = Quoted(style.decimal)
        if style.thousands:
            found["thousands"] = Quoted(style.thousands)
    languages = {language for column in table.columns if column.type.dates
                 for language in column.type.dates.languages}  # fmt: skip
    if languages - {"en"}:
        found["language"] = sorted(languages)
    needs = any(c.fills_down or c.type.marks or ITEM in c.header for c in table.columns)
    needs = needs or any(c.type.odd for c in table.columns)
    is_plain = text is None or text.is_plain
    return found if found or needs or not is_plain else None


def _lacked_by_totals(design: Design, table: Table, headers: frozenset[str]) -> list[str]:
    """Names of the columns that rows of totals lack. One must be required, or else an order line
    could be taken for a row of totals."""
    lacked = [c for c in table.columns if c.header in headers and not c.fills_down]
    needed = [c.name for c in lacked if is_required(design, table, c)]
    if needed or (lacked and table.kind not in (LINES, ORDERS)):
        return needed or [column.name for column in lacked]
    raise WarehouseError(
        f"{table.name} has rows with totals that cannot be distinguished from lines. Remove them "
        "from the files."
    )


def _control(design: Design, table: Table) -> Entry:
    meta: Entry = {"order_id": table.name_of("order_id")}
    is_lines = table is design.lines
    if design.order_parts:
        meta["order_numbers"] = "restart"
    if not is_lines:
        meta["line_key"] = [table.name_of("order_id")]
    elif has_own_line_numbers(table):
        meta["line_key"] = [table.name_of("order_id"), table.name_of("line_number")]
    else:
        meta["order_again"] = "newest"
    control: Entry = {}
    amount = control_amount(design) if is_lines else None
    if not is_lines and table.has("stated_total_amount"):
        amount = table.name_of("stated_total_amount")
    if amount is not None:
        control["amount"] = amount
    if table is design.header:
        control["business_date"] = table.name_of("ordered_at")
    if amount is not None and table.has("currency_code"):
        control["currency"] = Inline(column=table.name_of("currency_code"))
    elif amount is not None and design.currency:
        control["currency"] = design.currency
    if control:
        meta["control"] = control
    return meta


def _column(design: Design, table: Table, column: Column) -> Entry:
    if column.pii == "drop":
        text = f"Not stored, because it looks personal ({column.personal})."
    elif column.pii == "token":
        text = "Keyed token that identifies the customer."
    elif column.roles:
        text = f"{ROLE[column.roles[0]].meaning.capitalize()}."
    else:
        text = "Unchanged value of the files."
    meta = Inline()
    if design.has_header and column.header.lower() != column.name:
        parts = [Quoted(part) for part in jinja_parts(column.header)]
        meta["header"] = parts[0] if len(parts) == 1 else parts
    if column.pii:
        meta["pii"] = column.pii
    if column.personal_values:
        meta["personal_values"] = column.personal_values
    if is_required(design, table, column):
        meta["required"] = True
    is_text_of_time = column.type.is_time and column.data_type.startswith("varchar")
    if column.type.formats and column.pii is None and (column.type.is_moment or is_text_of_time):
        forms = [Quoted(form) for form in column.type.formats]
        meta["format"] = forms[0] if len(forms) == 1 else forms
    if column.pii is None and column.type.marks and column.data_type.startswith("numeric"):
        meta |= _marks(column.type.marks)
    if column.type.is_number and column.style.decimal != table.style.decimal:
        meta["decimal"] = Quoted(column.style.decimal)
    if column.nobody:
        meta["nobody"] = [Quoted(text) for text in column.nobody]
    told = [role for role in column.roles if role in design.effects]
    if told:
        meta["words"] = seed_path(design.source, told[0]).as_posix()
    if set(column.roles) & {"product_id", "product_id_else", "store_id", "employee_id"}:
        meta["id"] = True
    meta |= _bounds(design, table, column)
    entry: Entry = {"name": column.name, "data_type": column.data_type, "description": text}
    return entry | ({"config": {"meta": meta}} if meta else {})


def _marks(marks: tuple[str, ...]) -> Inline:
    found = Inline()
    units = [mark.removeprefix(UNIT) for mark in marks if mark.startswith(UNIT) or mark == "%"]
    signs = [mark for mark in marks if mark != "%" and not mark.startswith(UNIT)]
    if signs:
        found["currency"] = signs
    if units:
        found["units"] = units
    return found


def _bounds(design: Design, table: Table, column: Column) -> Inline:
    """Bounds of amounts: what fits the raw column must fit its sums, too."""
    found = Inline()
    if table is not design.lines:
        return found
    quantity = table.column("quantity")
    for role in column.roles:
        if role == "quantity":
            found |= {"minimum": -_MOST_PIECES, "maximum": _MOST_PIECES}
        elif role == "discount_amount" and design.lines_reading.discount in _MOST_OF:
            most = _MOST_OF[design.lines_reading.discount]
            found |= {"minimum": -most, "maximum": most}
        elif role in (*MONEY, *OF_ORDER, "unit_cost"):
            found |= {"minimum": -_MOST_MONEY, "maximum": _MOST_MONEY}
        if role in ("unit_price", "unit_cost") and quantity and column is not quantity:
            found["times"] = quantity.name
    return found
