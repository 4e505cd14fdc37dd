"""The staging views of a new source: each column under the name of its role."""

from dataclasses import dataclass, replace

from ingest.foreign_text import described
from scaffold.column_roles import LINES, OF_ORDER, ORDERS, PIECES_BACK, ROLE
from scaffold.design import Column, Design, Table
from scaffold.source_definition import is_required

AMOUNT = "numeric(18, 4)"
# Names of roles in staging, where they differ.
STAGED = {
    "line_number": "given_line_number",
    "quantity": "given_quantity",
    "line_amount": "given_amount",
    "gross_amount": "given_gross_amount",
    "line_type": "given_line_type",
    **{role: f"{role}_amount" for role in OF_ORDER},
}
_ZERO_IF_EMPTY = ("discount_amount", "line_amount", "gross_amount")
_DISCOUNTS = {
    "share": ("given_discount_share", "The share of the price that is taken off, such as 0.2."),
    "percent": ("given_discount_percentage", "What is taken off the price, in per cent."),
}
# Roles whose columns core calls by a shorter name.
IN_SHAPE = {
    "customer_region": "region",
    "customer_segment": "segment",
    "store_city": "city",
    "store_region": "region",
    "store_country_code": "country_code",
}


@dataclass(frozen=True)
class Staged:
    """A column of a staging view: the SQL that makes it, and how it is described and tested."""

    name: str
    expression: str
    description: str
    is_not_null: bool = False
    has_role: bool = True

    @property
    def sql(self) -> str:
        """The line of the select list."""
        return self.name if self.expression == self.name else f"{self.expression} as {self.name}"


class Staging:
    """Works out the columns of staging views. The descriptions come from the project."""

    def __init__(
        self, design: Design, staging_words: dict[str, str], shape_words: dict[str, str]
    ) -> None:
        self._design = design
        self._staging_words = staging_words
        self._shape_words = shape_words

    @property
    def currency(self) -> str:
        """SQL of the currency if no column has it."""
        fixed = self._design.currency
        return f"'{fixed}'" if fixed else "'{{ var(\"default_currency\") }}'"

    def columns(self, table: Table) -> list[Staged]:
        """The columns of a table's view: ids, words, amounts and times, in that order."""
        ids: list[Staged] = []
        words: list[Staged] = []
        amounts: list[Staged] = []
        moments: list[Staged] = []
        for column in table.columns:
            if column.pii == "drop":
                continue
            for role in column.roles or [""]:
                item = self._column(table, column, role)
                if item is None:
                    continue
                group = words
                if role.endswith("_id") or role == "line_number":
                    group = ids
                elif column.data_type.startswith(("numeric", "double")):
                    group = amounts
                elif role == "ordered_at" or (column.type.is_moment and not role):
                    group = moments
                group.append(item)
        if table is self._design.header and not table.has("currency_code"):
            text = self._staging_words["order_lines.currency_code"]
            words.append(Staged("currency_code", f"cast({self.currency} as varchar(3))", text))
        own = [Staged(name, name, self._staging_words[name]) for name in ("load_id", "file_line")]
        ids.sort(key=lambda item: item.name != "order_id")
        return _without_repeats([*own, *ids, *words, *amounts, *moments])

    def _column(self, table: Table, column: Column, role: str) -> Staged | None:
        if not role:
            text = f'Column "{column.header}" of the files, as given.'
            return Staged(column.name, column.name, described(text), has_role=False)
        if role in ("order_time", "product_id_else"):
            return None
        name, text = STAGED.get(role, role), ""
        reading = self._design.lines_reading
        if role == "unit_price" and reading.is_price_of_line:
            name = "given_gross_amount"
        if role in ("discount_amount", "unit_discount"):
            name, text = _DISCOUNTS.get(reading.discount or "", ("given_discount_amount", ""))
        entity = {LINES: "order_lines", ORDERS: "order_lines"}.get(table.kind, table.kind)
        short = IN_SHAPE.get(role, role)
        text = (
            text
            or self._staging_words.get(f"{entity}.{name}")
            or self._shape_words.get(f"{table.kind}.{short}")
            or f"{ROLE[role].meaning.capitalize()}."
        )
        is_filled = is_required(self._design, table, column) or role == "currency_code"
        return Staged(name, self._expression(table, column, role), text, is_filled)

    def _expression(self, table: Table, column: Column, role: str) -> str:
        amount = f"({column.name} / 100)" if column.is_in_cents else column.name
        back = self._design.given_back
        if role == "unit_price" and self._design.is_price_signed and table.kind == LINES:
            pieces = table.name_of("quantity")
            amount = f"case when {pieces} < 0 then abs({amount}) else {amount} end"
            if not table.has("price_unit"):
                return f"cast({amount} as {AMOUNT})"
            amount = f"({amount})"
        if role == "unit_price" and table.has("price_unit"):
            unit = f"coalesce(nullif({table.name_of('price_unit')}, 0), 1)"
            return f"cast({amount} / {unit} as numeric(18, 6))"
        if role == "unit_discount":
            pieces = table.name_of("quantity")
            return f"cast(coalesce({amount}, 0) * abs({pieces}) as {AMOUNT})"
        if role == "quantity" and back.is_quantity_less:
            gone = " + ".join(f"coalesce(abs({table.name_of(other)}), 0)" for other in PIECES_BACK
                              if table.has(other))  # fmt: skip
            sign = f"case when {column.name} < 0 then -1 else 1 end"
            return f"cast({column.name} - {sign} * ({gone}) as {AMOUNT})"
        if role == "line_amount" and back.is_total_less:
            refund = self._amount(table, "line_refund")
            return f"cast(coalesce({amount}, 0) + coalesce(abs({refund}), 0) as {AMOUNT})"
        if column.is_in_cents:
            return f"cast(coalesce({amount}, 0) as {AMOUNT})" if (
                role in _ZERO_IF_EMPTY) else f"cast({amount} as {AMOUNT})"  # fmt: skip
        if role == "order_id":
            return self._order_id(table, column)
        if role == "product_id":
            other = table.column("product_id_else")
            if other is not None and other is not column:
                return f"cast(coalesce({column.name}, {other.name}) as varchar(256))"
        if role == "ordered_at":
            return _moment(table, column)
        if role == "joined_date" and column.type.data_type == "timestamp":
            return f"cast({column.name} as date)"
        if role in _ZERO_IF_EMPTY:
            return f"coalesce({column.name}, cast(0 as {AMOUNT}))"
        if role == "currency_code":
            return f"coalesce({column.name}, {self.currency})"
        return column.name

    def _order_id(self, table: Table, column: Column) -> str:
        """The order's number, preceded by its day and store if numbers restart."""
        parts = [f"cast({column.name} as varchar)"]
        for role in reversed(self._design.order_parts):
            name = table.name_of(role)
            is_day = role == "ordered_at"
            part = f"cast({name} as date)" if is_day else f"coalesce({name}, '')"
            parts.insert(0, f"cast({part} as varchar)")
        return " || ' ' || ".join(parts)

    def _amount(self, table: Table, role: str) -> str:
        column = table.column(role)
        if column is None:
            raise KeyError(role)
        return f"{column.name} / 100" if column.is_in_cents else column.name


def _moment(table: Table, column: Column) -> str:
    time = table.column("order_time")
    if time is not None and column.type.data_type == "date":
        clock = f"coalesce({time.name}, '00:00')"
        return f"cast(cast({column.name} as varchar) || ' ' || {clock} as timestamp)"
    if column.type.data_type == "date":
        return f"cast({column.name} as timestamp)"
    return column.name


def _without_repeats(columns: list[Staged]) -> list[Staged]:
    """Renames a column without a role if the column of a role has its name."""
    names: dict[int, str] = {}
    for index, item in sorted(enumerate(columns), key=lambda pair: not pair[1].has_role):
        name = item.name
        while name in names.values():
            name += "_as_given"
        names[index] = name
    return [replace(item, name=names[index]) for index, item in enumerate(columns)]
