"""Which column plays a role: its header claims it, its cells must bear it out."""

import re
from collections import Counter

from ingest.counts import counted
from ingest.foreign_text import shown
from scaffold.cell_types import CellType, are_float_ids, as_moment, as_number, as_time
from scaffold.column_roles import (
    ANY,
    EFFECTS_OF_LINES,
    LINES,
    MOMENT,
    MONEY,
    NUMBER,
    OF_ORDER,
    ORDERS,
    ROLE,
    ROLES,
    TEXT,
    TIME,
    WHOLE,
    shares,
)
from scaffold.design import Column, Table, Wishes
from scaffold.file_dialect import MOST_REJECTS
from scaffold.header_words import is_in_cents, names_of, plain, words_of
from scaffold.lost_digits import refuse_lost_digits
from scaffold.side_by_side import readings_of
from warehouse.errors import WarehouseError

# Roles whose header is a claim that is never dropped without a word.
_BINDING = {*MONEY, "ordered_at", "order_time", "order_subtotal", "order_discount", "order_total",
            "order_refund"}  # fmt: skip
# Roles that a table of lines or orders plays only under a name that leaves no doubt whose they are.
_ONLY_QUALIFIED = {"store_city", "store_region", "customer_region"}
# Names of columns that may as well be of the customer.
_NAMES_OF_ANYTHING = {"name", "title", "nazwa"}
# Roles whose amounts a header may say to be in cents.
_IN_CENTS = {*MONEY, *OF_ORDER, "unit_cost", "list_price", "unit_discount", "line_refund",
             "stated_total_amount"} - {"quantity"}  # fmt: skip
_MANY_WORDS = 50
_CODES = {"currency_code": "[A-Z]{3}", "store_country_code": "[A-Z]{2}"}


def wished(table: Table, role: str, wishes: Wishes) -> Column | None:
    """The column of the table that the user named for the role."""
    text = wishes.roles.get(role, "")
    for column in table.columns if text else []:
        given = {column.header, column.name, f"{table.name}.{column.name}",
                 f"{table.name}.{column.shown}"}  # fmt: skip
        if text.casefold() in {name.casefold() for name in given}:
            return column
    return None


def is_named(column: Column, names: tuple[str, ...]) -> bool:
    """Whether the column is one of those named by header or name."""
    return any(text.casefold() in (column.header.casefold(), column.name) for text in names)


def claimants(table: Table, role: str, kind: str, wishes: Wishes) -> list[Column]:
    """The columns whose header is a name of the role, the likeliest first; none of those that the
    user leaves out of account."""
    found = _claimants(table, role, kind, wishes)
    return [column for column in found if not is_named(column, wishes.ignored)]


def _claimants(table: Table, role: str, kind: str, wishes: Wishes) -> list[Column]:
    if role in wishes.roles:
        column = wished(table, role, wishes)
        return [column] if column else []
    if table.export is not None and kind == LINES:
        known = [table.export.roles.get(role)]
        if role == "product_id":
            known.append(table.export.roles.get("product_id_else"))
        headers = [header.casefold() for header in known if header]
        return [c for header in headers for c in table.columns if c.header.casefold() == header]
    readings = [(column, readings_of(column.header)) for column in table.columns]
    names = names_of(role)
    if role == "product_id" and kind == LINES:
        # Where no column has the product's number, what it is called names it.
        names += tuple(name for name in names_of("product_name") if name not in _NAMES_OF_ANYTHING)
    if role == "unit_price" and kind == LINES and not _says_amounts(table, wishes):
        names += tuple(map(plain, sorted(words_of("retail_prices.yml"))))
    found: dict[int, Column] = {}
    for name in names:
        if role in _ONLY_QUALIFIED and kind in (LINES, ORDERS) and _is_bare(name):
            continue
        for column, own in readings:
            if name in own:
                found.setdefault(id(column), column)
    return list(found.values())


def _says_amounts(table: Table, wishes: Wishes) -> bool:
    return any(is_claimed(table, role, LINES, wishes) for role in ("line_amount", "gross_amount"))


def is_claimed(table: Table, role: str, kind: str, wishes: Wishes) -> bool:
    """Whether any column's header is a name of the role, whatever its cells are."""
    return any(column for column in claimants(table, role, kind, wishes) if any(column.cells))


def give_roles(table: Table, wishes: Wishes) -> list[str]:
    """Gives each role of the table's kind its column; returns what deserves a second look.

    Raises WarehouseError, quoting a cell, where the column that a header claims for a number, a
    date or a time does not hold such, and where ids have lost their digits.
    """
    said = []
    for role in ROLES:
        if table.kind not in role.kinds or table.has(role.name):
            continue
        claiming = [
            column
            for column in claimants(table, role.name, table.kind, wishes)
            if role.name in wishes.roles or all(shares(other, role.name) for other in column.roles)
        ]
        unfit = []
        for column in claiming:
            refuse_lost_digits(table, column, role.name)
            found = fitting_type(column, role.name, table)
            if found is not None:
                column.type = found
                column.roles.append(role.name)
                is_money = role.name in _IN_CENTS and found.data_type in ("integer", "bigint")
                column.is_in_cents = is_money and is_in_cents(column.header)
                break
            if any(column.cells):
                unfit.append(column)
        else:
            if unfit and role.name in _BINDING:
                sentence = _odd_cells(table, unfit[0], role.name)
                if _says_nothing(table, unfit[0], role.name, wishes):
                    said.append(sentence)
                else:
                    raise WarehouseError(sentence)
    return said


def fitting_type(column: Column, role: str, table: Table) -> CellType | None:
    """The type of the column in this role; None if its cells do not fit the role."""
    takes = ROLE[role].takes
    filled = [cell.strip() for cell in column.cells if cell.strip()]
    if not filled:
        return None
    found: CellType | None = column.type
    if takes in (NUMBER, WHOLE, MOMENT, TIME):
        found = _typed(column, takes, table)
        # Odd cells under a claimed header are rejects at load.
        if found is None or found.odd > MOST_REJECTS * len(column.cells):
            return None
    if takes == WHOLE and any(len(cell) > 9 for cell in filled):
        return None
    if takes == TEXT and column.type.is_moment:
        return None
    return found if _fits(role, set(filled), column) else None


def _typed(column: Column, takes: str, table: Table) -> CellType | None:
    counts = Counter(cell.strip() for cell in column.cells if cell.strip())
    if takes == NUMBER:
        found = as_number(counts, column.style)
        return found if found is not None and found.is_number else None
    if takes == WHOLE:
        found = as_number(counts, column.style)
        return found if found is not None and found.data_type == "bigint" else None
    if takes == MOMENT:
        return as_moment(counts, column.header, table.dates.first)
    return as_time(counts)


def _fits(role: str, values: set[str], column: Column) -> bool:
    if role in _CODES:
        return all(re.fullmatch(_CODES[role], value) for value in values)
    if role == "channel":
        return values <= {"store", "online"}
    if role == "time_zone":
        return all("/" in value for value in values)
    if role in ("payment_method", "order_status", *EFFECTS_OF_LINES):
        return len(values) <= _MANY_WORDS
    is_float = column.type.data_type == "double precision" and ROLE[role].takes == ANY
    return not is_float or are_float_ids(column.cells)


def _says_nothing(table: Table, column: Column, role: str, wishes: Wishes) -> bool:
    """Whether a claim is let go with a word: no cell is a number, and lines do without the role."""
    if role in wishes.roles or role in ("quantity", "unit_price", "line_amount", "ordered_at"):
        return False
    takes = ROLE[role].takes
    return takes != TIME and _typed(column, takes, table) is None


def _odd_cells(table: Table, column: Column, role: str) -> str:
    takes = ROLE[role].takes
    one, what = {NUMBER: ("number", "numbers"), MOMENT: ("date", "dates"),
                 TIME: ("time of day", "times of day")}[takes]  # fmt: skip
    counts = Counter(cell.strip() for cell in column.cells if cell.strip())
    found: CellType | None = None
    if takes == NUMBER:
        found = as_number(counts, column.style)
    elif takes == MOMENT:
        found = as_moment(counts, column.header, table.dates.first)
    else:
        found = as_time(counts)
    total = sum(counts.values())
    odd, cell = (found.odd, found.odd_cell) if found else (total, next(iter(counts)))
    if found is not None and not odd:
        one, what = "number of at most four decimals", "numbers of at most four decimals"
        long = {text: n for text, n in counts.items() if re.search(r"\.\d{5}|[eE]", text)}
        odd, cell = sum(long.values()), next(iter(long), cell)
    where = ""
    for index, text in enumerate(column.cells):
        if text.strip() == cell and table.sample.rows:
            where = f" ({table.sample.rows[index]})"
            break
    hint = ""
    if takes == MOMENT:
        hint = (" A date is read as 2024-03-31, 31/03/2024, 3/31/2024, 31 March 2024 or 20240331, "
                "with or without 14:05 or 2:05 PM behind it.")  # fmt: skip
    return (
        f"{column.shown} should be the {role}, but {odd:,} of {counted(total, 'cell')} "
        f"{f'is no {one}' if odd == 1 else f'are no {what}'}, such as "
        f"`{shown(cell, 40)}`{where}.{hint} Correct them, or say --map {role}=COLUMN for "
        f"another column, --map {role}= for none."
    )


def _is_bare(name: str) -> bool:
    return not name.startswith(("store", "branch", "shop", "customer"))
