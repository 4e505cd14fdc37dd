"""How a new source is worked out from sample files and from what the user wishes."""

import math
import re
import statistics

from ingest.foreign_text import shell_word, shown, shown_names
from warehouse.errors import WarehouseError
from warehouse.scaffold.cell_types import guess_type, masked
from warehouse.scaffold.design import AMOUNTS, OTHER, Column, Design, Table, Wishes
from warehouse.scaffold.personal import looks_personal
from warehouse.scaffold.reserved_words import RESERVED_WORDS
from warehouse.scaffold.roles import (
    CUSTOMERS,
    LINES,
    ORDERS,
    PRODUCTS,
    ROLE,
    ROLES,
    STORES,
    best_column,
    plain,
    shares,
    snake,
)
from warehouse.scaffold.samples import Sample

# Names that the loader and the models give to columns of their own.
_GIVEN_NAMES = {"load_id", "file_line", "newest_first"}
# PostgreSQL takes names of 63 bytes. dbt and the models put words around them: unit tests read a
# table's view as `__dbt__cte__stg_<source>__<table>`, a column may end in `_as_given`.
_NAME_LENGTH, _COLUMN_LENGTH = 63, 50


def design_source(source: str, samples: list[Sample], wishes: Wishes) -> Design:
    """Works out tables, kinds, types, roles and personal columns.

    Raises WarehouseError when no table can serve as order lines, or a wish names no column.
    """
    tables = _tables(source, samples, wishes)
    _check_wishes(tables, wishes)
    for table in tables:
        table.kind = _kind(table, wishes)
    advice = _one_of_each_kind(tables, wishes)
    for table in tables:
        _give_roles(table, wishes)
    design = Design(source, tables, wishes.currency, wishes.has_header, advice)
    _check_lines(design)
    advice += _settle_discounts(design.lines, wishes)
    for table in tables:
        _mask(table, design, wishes)
    advice += _advice(design, wishes)
    return design


def _tables(source: str, samples: list[Sample], wishes: Wishes) -> list[Table]:
    length = _NAME_LENGTH - len(f"__dbt__cte__stg_{source}__")
    tables: list[Table] = []
    for sample in samples:
        name = re.sub(r"^[\d_]+|[\d_]+$", "", snake(sample.stem)) or "sales"
        name = _free_name(name, {table.name for table in tables}, length)
        columns: list[Column] = []
        for header, cells in zip(sample.headers, sample.columns, strict=True):
            own = snake(header)
            own = own if own and own[0].isalpha() else f"column_{own or len(columns) + 1}"
            if own in RESERVED_WORDS | _GIVEN_NAMES:
                own += "_column"
            own = _free_name(own, {column.name for column in columns}, _COLUMN_LENGTH)
            kind = guess_type(cells, header, wishes.month_first)
            columns.append(Column(own, header, kind, cells))
        tables.append(Table(name, OTHER, sample, columns))
    return tables


def _free_name(wanted: str, taken: set[str], length: int) -> str:
    """The wanted name, cut to the length, with a number where another has it already."""
    name, number = wanted[:length].rstrip("_"), 1
    while name in taken:
        number += 1
        end = f"_{number}"
        name = wanted[: length - len(end)].rstrip("_") + end
    return name


def _wish(table: Table, role: str, wishes: Wishes) -> Column | None:
    """The column of the table that the user named for the role."""
    text = wishes.roles.get(role, "")
    for column in table.columns if text else []:
        given = {column.header, column.name, f"{table.name}.{column.name}",
                 f"{table.name}.{column.header}"}  # fmt: skip
        if text.casefold() in {name.casefold() for name in given}:
            return column
    return None


def _check_wishes(tables: list[Table], wishes: Wishes) -> None:
    known = shown_names(f"{t.name}.{c.header}" for t in tables for c in t.columns)
    for role, text in wishes.roles.items():
        if role not in ROLE:
            raise WarehouseError(f"--map {role}=…: no such role; there are {', '.join(ROLE)}.")
        if text and not any(_wish(table, role, wishes) for table in tables):
            raise WarehouseError(f"--map {role}={text}: no such column; there are {known}.")
    for text in wishes.keep:
        if not any(_named(column, text) for table in tables for column in table.columns):
            raise WarehouseError(f"--keep {text}: no such column; there are {known}.")


def _named(column: Column, text: str) -> bool:
    return text.casefold() in (column.header.casefold(), column.name)


def _find(table: Table, role: str, kind: str, wishes: Wishes) -> Column | None:
    if role in wishes.roles:
        return _wish(table, role, wishes)
    names = [column.header for column in table.columns]
    types = [column.type for column in table.columns]
    index = best_column(ROLE[role], kind, names, types, [c.cells for c in table.columns])
    return None if index is None else table.columns[index]


def _kind(table: Table, wishes: Wishes) -> str:
    def has(role: str, kind: str = LINES) -> bool:
        return _find(table, role, kind, wishes) is not None

    if has("order_id") and has("product_id") and (has("quantity") or has("unit_price")
                                                  or has("line_amount")):  # fmt: skip
        return LINES
    if has("order_id") and not has("product_id") and has("ordered_at"):
        return ORDERS
    if has("order_id"):
        return OTHER
    if has("product_id") and _is_master(table, "product_id", PRODUCTS, wishes):
        return PRODUCTS
    if has("customer_id") and _is_master(table, "customer_id", CUSTOMERS, wishes):
        return CUSTOMERS
    if has("store_id") and _is_master(table, "store_id", STORES, wishes):
        return STORES
    return OTHER


def _is_master(table: Table, role: str, kind: str, wishes: Wishes) -> bool:
    """Whether the table has one row for each id, give or take a few."""
    column = _find(table, role, kind, wishes)
    assert column is not None
    filled = [cell for cell in column.cells if cell]
    return bool(filled) and len(set(filled)) * 10 >= len(column.cells) * 9


def _one_of_each_kind(tables: list[Table], wishes: Wishes) -> list[str]:
    advice = []
    for kind in (LINES, ORDERS, CUSTOMERS, PRODUCTS, STORES):
        alike = [table for table in tables if table.kind == kind]
        alike.sort(key=lambda table: -table.sample.row_count)
        for table in alike[1:]:
            table.kind = OTHER
            advice.append(
                f"{table.name} looks like {kind}, and so does {alike[0].name}, which is used; "
                f"{table.name} is staged only."
            )
    lines = next((table for table in tables if table.kind == LINES), None)
    for table in tables:
        if table.kind == ORDERS and lines and _find(lines, "ordered_at", LINES, wishes):
            table.kind = OTHER
            advice.append(
                f"{table.name} is staged only: {lines.name} says itself when an order was placed."
            )
    return advice


def _give_roles(table: Table, wishes: Wishes) -> None:
    for role in ROLES:
        if table.kind not in role.kinds:
            continue
        column = _find(table, role.name, table.kind, wishes)
        taken = column.roles if column else []
        is_free = all(shares(other, role.name) for other in taken)
        if column and (is_free or role.name in wishes.roles):
            column.roles.append(role.name)


def _check_lines(design: Design) -> None:
    lines = design.table(LINES)
    if lines is None:
        headers = "; ".join(
            f"{table.name}: {', '.join(shown(column.header) for column in table.columns)}"
            for table in design.tables
        )
        raise WarehouseError(
            "no file has lines of orders: an order's number, a product, and a quantity or an "
            "amount. Say which columns they are, as in --map order_id=TicketNo --map "
            f"product_id=Article --map unit_price=Price. Columns found: {headers}."
        )
    if not design.header.has("ordered_at"):
        raise WarehouseError(_no_date(design.header))
    if not lines.has("line_amount") and not lines.has("unit_price"):
        raise WarehouseError(
            f"{lines.name} has no column for the price. Say which it is: --map unit_price=COLUMN "
            "(of one piece) or --map line_amount=COLUMN (of the whole line)."
        )
    for role, column in ((role, lines.column(role)) for role in AMOUNTS):
        if column and not column.type.is_number:
            raise WarehouseError(
                f"{lines.name}.{shown(column.header)} is to be the {role}, but is written as "
                f"{masked(column.cells)}: a number needs a decimal point, at most four decimals, "
                "no currency sign and no separator of thousands."
            )
    when = design.header.column("ordered_at")
    if when and not when.type.is_moment:
        raise WarehouseError(_no_date(design.header, when))


def _settle_discounts(lines: Table, wishes: Wishes) -> list[str]:
    """Leaves out discounts that are shares of the price, such as 0.2; says when it is not sure."""
    for column in lines.columns:
        is_other = "discount" in column.name and column.type.is_number and not column.roles
        if is_other and not lines.has("discount_amount"):
            return [f"{shown(column.header)} is a share, not an amount, and is not used."]
    given = lines.column("discount_amount")
    if given is None or "discount_amount" in wishes.roles:
        return []
    taken = [abs(float(cell)) for cell in given.cells if cell and float(cell) != 0]
    if not taken or max(taken) > 1 or all(value == 1 for value in taken):
        return []
    # Of an amount of money, two in a hundred of the price at least are taken off as a rule.
    if statistics.median(_shares_of_price(lines, given) or [1.0]) < 0.02:
        given.roles.remove("discount_amount")
        return [
            f"{shown(given.header)} is taken for a share, not an amount, and is not used; "
            f"--map {shell_word(f'discount_amount={given.header}')} makes it an amount."
        ]
    return [
        f"{shown(given.header)} is taken for an amount of money although none is above 1; if it is "
        "a share of the price, --map discount_amount= leaves it out."
    ]


def _shares_of_price(lines: Table, discount: Column) -> list[float]:
    """Of each discounted line, the discount as a share of what the line costs."""
    factors = [lines.column(role) for role in ("quantity", "unit_price")]
    if not all(factors):
        factors = [lines.column("line_amount")]
    found = []
    for index, cell in enumerate(discount.cells):
        given = [column.cells[index] for column in factors if column]
        if cell and float(cell) != 0 and all(given):
            price = math.prod(map(float, given))
            found += [abs(float(cell) / price)] if price else []
    return found


def _no_date(table: Table, column: Column | None = None) -> str:
    named = [c for c in table.columns if re.search(r"date|time|day|_at$", c.name)]
    column = column or next(iter(named), None)
    written = f" {shown(column.header)} is written as {masked(column.cells)}." if column else ""
    return (
        f"{table.name} has no date that can be read.{written} A date is read as 2024-03-31, "
        "31/03/2024, 3/31/2024 or 20240331, with or without 14:05 or 2:05 PM behind it, all rows "
        "alike, on the shop's own clock (not in UTC, Z). Say which column it is: "
        "--map ordered_at=COLUMN."
    )


def _mask(table: Table, design: Design, wishes: Wishes) -> None:
    """Drop what looks personal; what names the customer is kept as a token."""
    for column in table.columns:
        what = looks_personal(column.header, column.cells, table.kind == CUSTOMERS)
        if what is None or any(_named(column, text) for text in wishes.keep):
            continue
        if column.roles and not {"customer_id", "employee_id"} & set(column.roles):
            continue
        column.personal = what
        column.pii = "token" if "customer_id" in column.roles else "drop"
        if column.pii == "drop":
            column.roles = []
    customer = next((t.column("customer_id") for t in design.tables if _is_token(t)), None)
    for other in (table.column("customer_id"),) if customer else ():
        if other:
            other.pii, other.personal = "token", other.personal or "the same as in other files"


def _is_token(table: Table) -> bool:
    column = table.column("customer_id")
    return column is not None and column.pii == "token"


def _advice(design: Design, wishes: Wishes) -> list[str]:
    lines, header = design.lines, design.header
    found = []
    when = header.column("ordered_at")
    if when and when.type.is_ambiguous:
        first = "month first" if wishes.month_first else "day first"
        other = "without --month-first" if wishes.month_first else "with --month-first"
        found.append(
            f"{shown(when.header)}: no date of the sample tells day from month; read {first}. "
            f"If that is wrong, remove the folders and run this {other}."
        )
    if not header.has("customer_id"):
        named = [c for t in design.tables for c in t.columns if c.personal and not c.roles]
        hint = ""
        if named:
            wish = shell_word(f"customer_id={named[0].header}")
            hint = f", as in --map {wish} (kept as a keyed token)"
        found.append(
            "No column names the customer, so every sale is anonymous and there is no RFM; "
            f"name it with --map customer_id=COLUMN{hint}."
        )
    if not header.has("store_id"):
        found.append("No column names the store, so all sales stand under the unknown store.")
    if not header.has("currency_code") and not design.currency:
        found.append(
            "No column names a currency, so amounts count in default_currency "
            "(dbt_project.yml); --currency EUR fixes another for this source."
        )
    if not lines.has("line_number"):
        found.append(
            "Lines have no number of their own, so an order that comes in a second file is "
            "refused until you say --corrects or --adds."
        )
    if not lines.has("unit_price"):
        found.append(
            "There is no price of one piece: what was paid for the line is its net amount, with "
            "the sign that the file gives."
        )
    for column in lines.columns:
        if plain(column.header) in ROLE["line_type"].names and not column.roles:
            found.append(
                f"{shown(column.header)} is not taken for the kind of line: it holds other words "
                "than sale, return, void, exchange and gift. A negative quantity is a return."
            )
    for role in ("order_id", "ordered_at", "product_id", "quantity", "unit_price", "line_amount"):
        given = lines.column(role)
        if given and not given.is_full:
            count = sum(cell == "" for cell in given.cells)
            what = "stand under the unknown product" if role == "product_id" else "are rejects"
            found.append(
                f"{shown(given.header)} is empty in {count} rows of the sample; they {what}."
            )
    found += [
        f"{table.name} is staged only; nothing in it fits orders, customers, products or stores."
        for table in design.tables
        if table.kind == OTHER and not any(table.name in sentence for sentence in found)
    ]
    return found
