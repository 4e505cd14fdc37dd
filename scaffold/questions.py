"""Questions that files cannot answer, guesses, and findings that a person should check."""

from decimal import Decimal

from ingest.counts import counted
from ingest.foreign_text import shell_word, shown
from scaffold.column_roles import MONEY, OF_ORDER
from scaffold.design import OTHER, Design, Wishes
from scaffold.doubtful_numbers import tell_doubtful_numbers
from scaffold.header_words import is_of_staff
from scaffold.number_forms import CURRENCY_OF_SIGN, LIKELY_CURRENCY
from scaffold.side_by_side import currency_of_header
from scaffold.source_definition import has_own_line_numbers
from scaffold.typed_rows import TypedRows
from warehouse.errors import WarehouseError

# Personal columns that distinguish customers.
_NAMING = ("e-mail address", "telephone number", "name of a person")


def ask(design: Design, wishes: Wishes) -> None:
    """Adds the questions of the design: the currency and the shop's time zone, if unknown."""
    if not design.header.has("currency_code") and not design.lines.has("currency_code"):
        _find_currency(design)
        if design.currency is None:
            design.questions.append(
                "In which currency are the amounts? No column has it: --currency EUR"
            )
    when = design.header.column("ordered_at")
    tell_doubtful_numbers(design)
    dates = when.type.dates if when else None
    if dates is not None and dates.is_utc and design.time_zone is None:
        design.questions.append(
            f"What is the shop's time zone? {when.shown if when else ''} is in UTC, so the day in "
            "the shop is unknown: --time-zone Europe/Berlin"
        )


def ask_for_blank_currencies(design: Design, rows: TypedRows) -> None:
    """For rows without a currency: takes the only currency of the other rows; asks if they have
    several."""
    table = design.header if design.header.has("currency_code") else design.lines
    column = table.column("currency_code")
    if column is None or column.is_full or design.currency is not None:
        return
    named = {cell.strip() for cell in column.cells if cell.strip()}
    if len(named) == 1:
        design.currency = named.pop()
        design.said.append(
            f"{column.shown} is empty in some rows; they are in {design.currency}, as all others."
        )
        return
    blank = [not cell.strip() for cell in column.cells]
    amount = ""
    if table is design.lines:
        currencies = rows.texts(column.name)
        total = sum((net for net, code, counts in zip(
            design.net_amounts, currencies, design.counts, strict=False)
            if net is not None and code is None and counts), Decimal(0))  # fmt: skip
        amount = f", {total:,.2f} in all"
    design.questions.append(
        f"In which currency are the {counted(sum(blank), 'row')} without one{amount}? "
        f"{column.shown} names {', '.join(sorted(named))} in others: --currency "
        f"{min(named)}"
    )


def _find_currency(design: Design) -> None:
    """Takes the currency from signs next to amounts or from a header such as `Price EUR`."""
    signs: set[str] = set()
    for table in design.tables:
        for column in table.columns:
            if set(column.roles) & {*MONEY, *OF_ORDER, "unit_cost", "list_price"}:
                signs |= set(column.type.marks) - {"%"}
                named = currency_of_header(column.header)
                signs |= {named} if named else set()
    certain = {CURRENCY_OF_SIGN[sign] for sign in signs if sign in CURRENCY_OF_SIGN}
    _refuse_several_currencies(signs, certain)
    if design.currency is not None:
        return
    if len(certain) == 1:
        design.currency = certain.pop()
        design.said.append(f"Amounts are in {design.currency}, as the files show.")
        return
    likely = {LIKELY_CURRENCY[sign] for sign in signs if sign in LIKELY_CURRENCY}
    if not certain and len(likely) == 1:
        design.currency = likely.pop()
        sign = next(sign for sign in signs if sign in LIKELY_CURRENCY)
        design.guessed.append(
            f"Amounts with {sign} are in {design.currency}; change it with, for example, "
            "--currency CAD."
        )


def _refuse_several_currencies(signs: set[str], certain: set[str]) -> None:
    """Raises WarehouseError if amounts have the signs of several currencies."""
    dollars = {CURRENCY_OF_SIGN[sign] for sign in CURRENCY_OF_SIGN if "$" in sign}
    shared = {"$": dollars | {"USD"}, "¥": {"JPY", "CNY"}, "￥": {"JPY", "CNY"}}
    others = [
        sign for sign in signs if sign in LIKELY_CURRENCY and certain - shared.get(sign, set())
    ]
    if len(certain) > 1 or others:
        listed = ", ".join(sorted({*certain, *others}))
        raise WarehouseError(
            f"amounts are in several currencies ({listed}), and no column has the currency of each "
            "row. Add a column with codes such as EUR, or make one source for each currency."
        )


def advise(design: Design, wishes: Wishes) -> None:
    """Adds guesses and what deserves a second look."""
    lines, header = design.lines, design.header
    when = header.column("ordered_at")
    if when and when.type.is_ambiguous and wishes.dates is None:
        dates = header.dates
        reason = f", {dates.reason}" if dates.reason else ""
        read = f"{when.shown}: dates are ambiguous; read {dates.first} first{reason}."
        turn = "--day-first" if dates.first == "month" else "--month-first"
        if not dates.is_sure:
            design.guessed.append(f"{read} {turn} changes it.")
        elif reason:
            design.said.append(read)
    if (
        when
        and header.dates.first == "year"
        and wishes.dates is None
        and any(form.startswith("%y") for form in when.type.formats)
    ):
        design.guessed.append(
            f"{when.shown}: read year first, {header.dates.reason}. --day-first changes it."
        )
    if not header.has("customer_id"):
        named = [
            column
            for table in design.tables
            for column in table.columns
            if column.personal in _NAMING and not is_of_staff(column.header)
        ]
        hint = ""
        if named:
            wish = shell_word(f"customer_id={named[0].header}")
            hint = f", as in --map {wish} (kept as a keyed token)"
        design.advice.append(
            "No column identifies the customer, so all sales are anonymous and there is no RFM. "
            f"If one does, pass --map customer_id=COLUMN{hint}."
        )
    if not header.has("store_id"):
        design.advice.append("No column identifies the store: all sales go to the unknown store.")
    if not has_own_line_numbers(lines):
        design.said.append(
            "Lines have no line number: if an order is in several files, the newest file has the "
            "whole order."
        )
    for role in ("order_id", "ordered_at", "product_id", "quantity", "unit_price"):
        given = lines.column(role)
        if (
            given is None
            or given.is_full
            or (role == "product_id" and lines.has("product_id_else"))
        ):
            continue
        empty = [index for index, cell in enumerate(given.cells) if not cell]
        is_one = len(empty) == 1
        what = "it is rejected" if is_one else "they are rejected"
        if role == "product_id":
            what = f"{'it goes' if is_one else 'they go'} to the unknown product"
        amount = lines.column("line_amount") if role in ("quantity", "unit_price") else None
        if amount and any(amount.cells[index] for index in empty):
            what += (
                f", although {'it has' if is_one else 'they have'} {amount.shown}, as discounts "
                "and fees do; --map quantity= --map unit_price= reads all lines by "
                f"{amount.shown} only"
            )
        design.advice.append(f"{given.shown} is empty in {counted(len(empty), 'row')}; {what}.")
    for column in lines.columns:
        if column.roles and column.type.odd:
            fit = "does not fit; that row is rejected"
            if column.type.odd > 1:
                fit = "do not fit; those rows are rejected"
            design.advice.append(
                f"{column.shown}: {counted(column.type.odd, 'cell')} such as "
                f"`{shown(column.type.odd_cell, 40)}` {fit}."
            )
    design.advice += [
        f"{table.name} is only staged: it holds no orders, customers, products or stores."
        for table in design.tables
        if table.kind == OTHER and not any(table.name in sentence for sentence in design.advice)
    ]
