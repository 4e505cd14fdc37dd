"""Ambiguous numbers such as 1.250, which may be one and a quarter or above a thousand."""

from scaffold.design import AMOUNTS, Column, Design, Table
from scaffold.number_forms import is_doubtful, read_number

_NAMES = {".": "point", ",": "comma"}
# Money of these has three decimals.
_THREE_DECIMALS = {"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"}


def tell_doubtful_numbers(design: Design) -> None:
    """Says how ambiguous amounts and quantities are read; asks if a wrong reading would make them
    a thousand times too small."""
    for table in design.tables:
        for column in table.columns:
            if column.style.decimal != table.style.decimal and column.type.is_number:
                _say(design, column, "because otherwise every row would be in thousands")
            elif not table.style.is_proven and set(column.roles) & {*AMOUNTS} - {"quantity"}:
                _tell(design, table, column)


def _tell(design: Design, table: Table, column: Column) -> None:
    if table.sample.dialect is None or not any(map(is_doubtful, column.cells)):
        return
    cells = [cell for cell in column.cells if is_doubtful(cell)]
    sign = "." if "." in cells[0] else ","
    if sign != column.style.decimal:
        _say(design, column, "because no cell of the file shows the decimal sign")
    elif not _currencies(design) & _THREE_DECIMALS:
        other = _NAMES["," if sign == "." else "."]
        question = (
            f"Is `{cells[0]}` in {column.shown} above a thousand? No cell of the file shows it "
            f"(--decimal {_NAMES[sign]} if it is not): --decimal {other}"
        )
        if not any("--decimal" in asked for asked in design.questions):
            design.questions.append(question)


def _say(design: Design, column: Column, reason: str) -> None:
    cell = next(cell for cell in column.cells if is_doubtful(cell))
    number = read_number(cell, column.style)
    other = _NAMES["," if column.style.decimal == "." else "."]
    if number is not None:
        design.guessed.append(
            f"{column.shown}: `{cell}` is read as {number.value.normalize():f}, {reason}; "
            f"--decimal {other} changes it."
        )


def _currencies(design: Design) -> set[str | None]:
    column = design.header.column("currency_code")
    return set(column.cells) if column else {design.currency}
