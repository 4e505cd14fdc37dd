"""The SQL of a new source, and its unit tests."""

from dataclasses import dataclass, replace
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from ingest.foreign_text import described
from warehouse.scaffold.design import Column, Design, Table
from warehouse.scaffold.project_files import Shape, folders_of
from warehouse.scaffold.roles import CUSTOMERS, LINES, ORDERS, PRODUCTS, ROLE, STORES

# Names of roles in staging, where they differ.
_STAGED = {
    "line_number": "given_line_number",
    "quantity": "given_quantity",
    "line_amount": "given_amount",
    "discount_amount": "given_discount_amount",
    "line_type": "given_line_type",
}
# Roles whose columns core calls by a shorter name.
_IN_SHAPE = {
    "customer_region": "region",
    "customer_segment": "segment",
    "store_city": "city",
    "store_region": "region",
    "store_country_code": "country_code",
}
_MEMBERS = {
    "customers": (CUSTOMERS, "customer_id"),
    "products": (PRODUCTS, "product_id"),
    "stores": (STORES, "store_id"),
}
_HEADER_ROLES = ("customer_id", "store_id", "employee_id", "payment_method", "order_status")
_CODE, _ID, _AMOUNT = "varchar(64)", "varchar(256)", "numeric(18, 4)"


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


class Renderer:
    """Writes a design down. `shapes` and the descriptions come from the project."""

    def __init__(
        self,
        design: Design,
        shapes: dict[str, Shape],
        staging_words: dict[str, str],
        shape_words: dict[str, str],
    ) -> None:
        self.design = design
        self.shapes = shapes
        self._staging_words = staging_words
        self.shape_words = shape_words
        self.source = design.source
        self.lines, self.header = design.lines, design.header
        self.is_own_header = self.header is self.lines
        self.has_price = self.lines.has("unit_price", "quantity")
        self._templates = Environment(
            loader=PackageLoader("warehouse.scaffold"),
            variable_start_string="<<", variable_end_string=">>",
            block_start_string="<%", block_end_string="%>",
            comment_start_string="<#", comment_end_string="#>",
            trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
            undefined=StrictUndefined, autoescape=False,
        )  # fmt: skip
        self.staged = {table.name: self._staged_columns(table) for table in design.tables}

    def files(self) -> dict[Path, str]:
        """Text of each SQL file and of the unit tests, by its path below the project."""
        staging, intermediate = folders_of(self.source)
        found = {
            intermediate / f"_{self.source}__unit_tests.yml": self._unit_tests(),
        }
        for table in self.design.tables:
            columns = ",\n".join(f"        {item.sql}" for item in self.staged[table.name])
            found[staging / f"stg_{self.source}__{table.name}.sql"] = self._render(
                "staging.sql.j2", table=table.name, columns=columns
            )
        for entity in self.shapes:
            path = intermediate / f"int_{self.source}__{entity}.sql"
            found[path] = self._entity(entity)
        found[intermediate / f"int_{self.source}__numbered_lines.sql"] = self._numbered_lines()
        return found

    # What the files say of money.

    @property
    def amount(self) -> Column:
        """The column that is a line's net amount, where no price times quantity is."""
        column = self.lines.column("line_amount") or self.lines.column("unit_price")
        assert column is not None
        return column

    @property
    def _returns_are_positive(self) -> bool:
        """Whether returns may come with a positive amount, so that it takes the line's sign."""
        if self.has_price:
            return False
        quantity = self.lines.column("quantity")
        mismatch = quantity is not None and any(
            count.startswith("-") and paid and not paid.startswith("-") and float(paid) != 0
            for count, paid in zip(quantity.cells, self.amount.cells, strict=True)
        )
        return mismatch or self.lines.has("line_type")

    @property
    def counts_only(self) -> bool:
        """Whether rows alone are held against the files: amounts take a sign that files lack, or
        the currency stands in another file."""
        other_currency = not self.is_own_header and self.header.has("currency_code")
        return self._returns_are_positive or other_currency

    @property
    def _currency(self) -> str:
        """SQL of the currency where no column says it."""
        fixed = self.design.currency
        return f"'{fixed}'" if fixed else "'{{ var(\"default_currency\") }}'"

    # Staging.

    def _staged_columns(self, table: Table) -> list[Staged]:
        ids: list[Staged] = []
        words: list[Staged] = []
        amounts: list[Staged] = []
        moments: list[Staged] = []
        for column in table.columns:
            if column.pii == "drop":
                continue
            for role in column.roles or [""]:
                item = self._staged_column(table, column, role)
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
        if table is self.header and not table.has("currency_code"):
            text = self._staging_words["order_lines.currency_code"]
            words.append(Staged("currency_code", self._currency, text))
        own = [Staged(name, name, self._staging_words[name]) for name in ("load_id", "file_line")]
        ids.sort(key=lambda item: item.name != "order_id")
        return self._without_repeats([*own, *ids, *words, *amounts, *moments])

    def _staged_column(self, table: Table, column: Column, role: str) -> Staged | None:
        if not role:
            text = f'Column "{described(column.header)}" of the files, as given.'
            return Staged(column.name, column.name, text, has_role=False)
        if role == "order_time":
            return None
        name = _STAGED.get(role, role)
        if role in ("line_amount", "unit_price") and table is self.lines:
            name = "unit_price" if self.has_price else "given_amount"
            if column is not (table.column("unit_price") if self.has_price else self.amount):
                return Staged(column.name, column.name, f"{ROLE[role].meaning.capitalize()}.")
        expression = column.name
        if role == "order_id":
            expression = f"cast({column.name} as varchar)"
        elif role == "ordered_at":
            expression = self._moment(table, column)
        elif role == "joined_date" and column.type.data_type == "timestamp":
            expression = f"cast({column.name} as date)"
        elif role == "discount_amount":
            expression = f"coalesce({column.name}, cast(0 as {_AMOUNT}))"
        elif role == "currency_code":
            expression = f"coalesce({column.name}, {self._currency})"
        entity = {LINES: "order_lines", ORDERS: "order_lines"}.get(table.kind, table.kind)
        short = _IN_SHAPE.get(role, role)
        text = (
            self._staging_words.get(f"{entity}.{name}")
            or self.shape_words.get(f"{table.kind}.{short}")
            or f"{ROLE[role].meaning.capitalize()}."
        )
        is_filled = is_required(table, column) or role == "currency_code"
        return Staged(name, expression, text, is_filled)

    @staticmethod
    def _moment(table: Table, column: Column) -> str:
        time = table.column("order_time")
        if time is not None and column.type.data_type == "date":
            clock = f"coalesce({time.name}, '00:00')"
            return f"cast(cast({column.name} as varchar) || ' ' || {clock} as timestamp)"
        if column.type.data_type == "date":
            return f"cast({column.name} as timestamp)"
        return column.name

    @staticmethod
    def _without_repeats(columns: list[Staged]) -> list[Staged]:
        """A column without role gives way where a role's has its name."""
        names: dict[int, str] = {}
        for index, item in sorted(enumerate(columns), key=lambda pair: not pair[1].has_role):
            name = item.name
            while name in names.values():
                name += "_as_given"
            names[index] = name
        return [replace(item, name=names[index]) for index, item in enumerate(columns)]

    # Intermediate.

    def _numbered_lines(self) -> str:
        return self._render(
            "numbered_lines.sql.j2",
            line_columns=self._line_columns(),
            passed_columns=self.passed_columns(),
        )

    def passed_columns(self) -> list[str]:
        """Columns of the lines that their numbering passes on as they are."""
        names = ["product_id"]
        if self.is_own_header:
            names += [*_HEADER_ROLES, "currency_code"]
        return names

    def _line_columns(self, for_control: bool = False) -> str:
        """The select list that gives the staged lines every column that the models count on."""
        lines = self.lines
        wanted: list[tuple[str, str]] = [("load_id", ""), ("file_line", ""), ("order_id", "")]
        if lines.has("line_number"):
            wanted.append(("given_line_number", ""))
        wanted.append(("product_id", _ID))
        if self.is_own_header:
            types = {"payment_method": _CODE, "order_status": _CODE}
            wanted += [(name, types.get(name, _ID)) for name in _HEADER_ROLES]
        if lines.has("line_type"):
            wanted.append(("given_line_type", _CODE))
        names = {item.name for item in self.staged[lines.name]}
        rows = [n if n in names else f"cast(null as {kind}) as {n}" for n, kind in wanted]
        if self.is_own_header:
            rows.append("currency_code")
        elif for_control:
            rows.append(f"cast({self._currency} as varchar(3)) as currency_code")
        rows += [self._quantity(), "unit_price" if self.has_price else "given_amount"]
        if "given_discount_amount" not in names:
            rows.append(f"cast(0 as {_AMOUNT}) as given_discount_amount")
        else:
            rows.append("given_discount_amount")
        rows.append(
            "unit_cost" if "unit_cost" in names else f"cast(null as {_AMOUNT}) as unit_cost"
        )
        if self.is_own_header:
            rows.append("ordered_at")
        return ",\n".join(f"        {row}" for row in rows)

    def _quantity(self) -> str:
        """What a line's quantity is. A negative amount is money given back, so pieces came back."""
        if self.has_price:
            return "given_quantity"
        if self.lines.has("quantity"):
            return (
                "case\n"
                "            when given_amount < 0 and given_quantity > 0 then -given_quantity\n"
                "            else given_quantity\n"
                "        end as given_quantity"
            )
        return f"cast(case when given_amount < 0 then -1 else 1 end as {_AMOUNT}) as given_quantity"

    def _entity(self, entity: str) -> str:
        if entity == "orders":
            return self._render("orders.sql.j2", shape_columns=self._select(entity, self._order()))
        if entity == "order_lines":
            columns = self._select(entity, self._order_line())
            return self._render("order_lines.sql.j2", shape_columns=columns)
        if entity == "order_loads":
            return self._render("order_loads.sql.j2")
        if entity == "control_rows":
            stated = "stated_total_amount" if self.has_stated_total else f"cast(null as {_AMOUNT})"
            return self._render(
                "control_rows.sql.j2",
                line_columns=self._line_columns(for_control=True),
                stated_total=stated,
            )
        if entity in _MEMBERS:
            return self._members(entity)
        return self._render("no_rows.sql.j2", entity=entity)

    def _order(self) -> dict[str, str]:
        names = {item.name for item in self.staged[self.header.name]}
        if self.is_own_header:
            names |= {*_HEADER_ROLES}
        found = {name: name for name in names}
        found["load_id"] = "load_id"
        return found

    def _order_line(self) -> dict[str, str]:
        net = f"cast(gross_amount - discount_amount as {_AMOUNT})"
        gross, price = "gross_amount", "unit_price"
        if not self.has_price:
            gross, net = f"cast(net_amount + discount_amount as {_AMOUNT})", "net_amount"
            price = "(net_amount + discount_amount) / quantity"
        return {
            "order_id": "order_id",
            "line_number": "line_number",
            "product_id": "product_id",
            "line_type": "line_type",
            "quantity": f"cast(quantity as {_AMOUNT})",
            "unit_price": f"cast(case when quantity <> 0 then {price} end as {_AMOUNT})",
            "gross_amount": gross,
            "discount_amount": f"cast(discount_amount as {_AMOUNT})",
            "net_amount": net,
            "cost_amount": "cost_amount",
            "manufacturer_coupon_amount": f"cast(0 as {_AMOUNT})",
            "load_id": "load_id",
        }

    def _members(self, entity: str) -> str:
        kind, id_column = _MEMBERS[entity]
        table = self.design.table(kind)
        own = self._attributes(table, entity) if table else {}
        if table is None:
            candidates = (self.lines, self.header)
            table = next((t for t in candidates if len(self._attributes(t, entity)) > 1), None)
            if table is None:
                return self._render("no_rows.sql.j2", entity=entity)
            own = self._attributes(table, entity)
        return self._render(
            "members.sql.j2",
            table=table.name,
            id=id_column,
            is_master=table.kind == kind,
            shape_columns=self._select(entity, own),
        )

    def _attributes(self, table: Table, entity: str) -> dict[str, str]:
        """Columns of the entity's shape that a table knows, by their names in staging."""
        kind, id_column = _MEMBERS[entity]
        if not table.has(id_column):
            return {}
        found = {id_column: id_column}
        for column in table.columns:
            for role in column.roles:
                if kind in ROLE[role].kinds:
                    found[_IN_SHAPE.get(role, role)] = role
        return found

    def _select(self, entity: str, own: dict[str, str]) -> str:
        rows = []
        for column, data_type in self.shapes[entity].items():
            if column == "source_system":
                rows.append(f"'{self.source}' as source_system")
            elif column in own:
                rows.append(own[column] if own[column] == column else f"{own[column]} as {column}")
            else:
                rows.append(f"cast(null as {data_type.replace(',', ', ')}) as {column}")
        return ",\n".join(f"        {row}" for row in rows)

    @property
    def has_stated_total(self) -> bool:
        """Whether orders, in a file of their own, state a total."""
        return not self.is_own_header and self.header.has("stated_total_amount")

    def _render(self, template: str, **values: object) -> str:
        return self._templates.get_template(template).render(
            source=self.source,
            lines=self.lines.name,
            header=self.header.name,
            is_own_header=self.is_own_header,
            has_price=self.has_price,
            has_discount=self.lines.has("discount_amount"),
            has_line_numbers=self.lines.has("line_number"),
            has_line_types=self.lines.has("line_type"),
            has_stated_total=self.has_stated_total,
            returns_are_positive=self._returns_are_positive,
            counts_only=self.counts_only,
            **values,
        )

    def _unit_tests(self) -> str:
        one = ", given_quantity: {0}" if self.lines.has("quantity") else ""
        one += "" if self.has_price else ", given_amount: {0}"
        return self._render(
            "unit_tests.yml.j2", given_one=one.format(1), given_minus_one=one.format(-1)
        )


def is_required(table: Table, column: Column) -> bool:
    """Whether a row without the column is a reject."""
    needed = {"order_id", "ordered_at", "quantity", "unit_price", "line_amount"}
    ids = {CUSTOMERS: "customer_id", PRODUCTS: "product_id", STORES: "store_id"}
    if table.kind == ORDERS:
        needed = {"order_id", "ordered_at"}
    elif table.kind != LINES:
        needed = {ids.get(table.kind, "")}
    elif column.is_full:
        needed |= {"product_id"}
    return bool(needed & set(column.roles))
