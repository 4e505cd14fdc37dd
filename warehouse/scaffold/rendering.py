"""The files of a new source, as text."""

import json
import re
from dataclasses import dataclass, replace
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

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
        self._design = design
        self._shapes = shapes
        self._staging_words = staging_words
        self._shape_words = shape_words
        self._source = design.source
        self._lines, self._header = design.lines, design.header
        self._is_own_header = self._header is self._lines
        self._has_price = self._lines.has("unit_price", "quantity")
        self._templates = Environment(
            loader=PackageLoader("warehouse.scaffold"),
            variable_start_string="<<", variable_end_string=">>",
            block_start_string="<%", block_end_string="%>",
            comment_start_string="<#", comment_end_string="#>",
            trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
            undefined=StrictUndefined, autoescape=False,
        )  # fmt: skip
        self._staged = {table.name: self._staged_columns(table) for table in design.tables}

    def files(self) -> dict[Path, str]:
        """Text of each new file by its path below the project."""
        staging, intermediate = folders_of(self._source)
        found = {
            staging / f"_{self._source}__sources.yml": self._sources_yaml(),
            staging / f"_{self._source}__models.yml": self._staging_yaml(),
            intermediate / f"_{self._source}__models.yml": self._intermediate_yaml(),
            intermediate / f"_{self._source}__unit_tests.yml": self._unit_tests(),
        }
        for table in self._design.tables:
            columns = ",\n".join(f"        {item.sql}" for item in self._staged[table.name])
            found[staging / f"stg_{self._source}__{table.name}.sql"] = self._render(
                "staging.sql.j2", table=table.name, columns=columns
            )
        for entity in self._shapes:
            path = intermediate / f"int_{self._source}__{entity}.sql"
            found[path] = self._entity(entity)
        found[intermediate / f"int_{self._source}__numbered_lines.sql"] = self._numbered_lines()
        return found

    # What the files say of money.

    @property
    def _amount(self) -> Column:
        """The column that is a line's net amount, where no price times quantity is."""
        column = self._lines.column("line_amount") or self._lines.column("unit_price")
        assert column is not None
        return column

    @property
    def _returns_are_positive(self) -> bool:
        """Whether returns may come with a positive amount, so that it takes the line's sign."""
        if self._has_price:
            return False
        quantity = self._lines.column("quantity")
        mismatch = quantity is not None and any(
            count.startswith("-") and paid and not paid.startswith("-") and float(paid) != 0
            for count, paid in zip(quantity.cells, self._amount.cells, strict=True)
        )
        return mismatch or self._lines.has("line_type")

    @property
    def _counts_only(self) -> bool:
        """Whether rows alone are held against the files: amounts take a sign that files lack, or
        the currency stands in another file."""
        other_currency = not self._is_own_header and self._header.has("currency_code")
        return self._returns_are_positive or other_currency

    @property
    def _currency(self) -> str:
        """SQL of the currency where no column says it."""
        fixed = self._design.currency
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
        if table is self._header and not table.has("currency_code"):
            text = self._staging_words["order_lines.currency_code"]
            words.append(Staged("currency_code", self._currency, text))
        own = [Staged(name, name, self._staging_words[name]) for name in ("load_id", "file_line")]
        ids.sort(key=lambda item: item.name != "order_id")
        return self._without_repeats([*own, *ids, *words, *amounts, *moments])

    def _staged_column(self, table: Table, column: Column, role: str) -> Staged | None:
        if not role:
            text = f'Column "{column.header}" of the files, as given.'
            return Staged(column.name, column.name, text, has_role=False)
        if role == "order_time":
            return None
        name = _STAGED.get(role, role)
        if role in ("line_amount", "unit_price") and table is self._lines:
            name = "unit_price" if self._has_price else "given_amount"
            if column is not (table.column("unit_price") if self._has_price else self._amount):
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
            or self._shape_words.get(f"{table.kind}.{short}")
            or f"{ROLE[role].meaning.capitalize()}."
        )
        is_filled = _is_required(table, column) or role == "currency_code"
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
            passed_columns=self._passed_columns(),
        )

    def _passed_columns(self) -> list[str]:
        names = ["product_id"]
        if self._is_own_header:
            names += [*_HEADER_ROLES, "currency_code"]
        return names

    def _line_columns(self, for_control: bool = False) -> str:
        """The select list that gives the staged lines every column that the models count on."""
        lines = self._lines
        wanted: list[tuple[str, str]] = [("load_id", ""), ("file_line", ""), ("order_id", "")]
        if lines.has("line_number"):
            wanted.append(("given_line_number", ""))
        wanted.append(("product_id", _ID))
        if self._is_own_header:
            types = {"payment_method": _CODE, "order_status": _CODE}
            wanted += [(name, types.get(name, _ID)) for name in _HEADER_ROLES]
        if lines.has("line_type"):
            wanted.append(("given_line_type", _CODE))
        names = {item.name for item in self._staged[lines.name]}
        rows = [n if n in names else f"cast(null as {kind}) as {n}" for n, kind in wanted]
        if self._is_own_header:
            rows.append("currency_code")
        elif for_control:
            rows.append(f"cast({self._currency} as varchar(3)) as currency_code")
        rows += [self._quantity(), "unit_price" if self._has_price else "given_amount"]
        if "given_discount_amount" not in names:
            rows.append(f"cast(0 as {_AMOUNT}) as given_discount_amount")
        else:
            rows.append("given_discount_amount")
        rows.append(
            "unit_cost" if "unit_cost" in names else f"cast(null as {_AMOUNT}) as unit_cost"
        )
        if self._is_own_header:
            rows.append("ordered_at")
        return ",\n".join(f"        {row}" for row in rows)

    def _quantity(self) -> str:
        """What a line's quantity is. A negative amount is money given back, so pieces came back."""
        if self._has_price:
            return "given_quantity"
        if self._lines.has("quantity"):
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
            stated = "stated_total_amount" if self._has_stated_total else f"cast(null as {_AMOUNT})"
            return self._render(
                "control_rows.sql.j2",
                line_columns=self._line_columns(for_control=True),
                stated_total=stated,
            )
        if entity in _MEMBERS:
            return self._members(entity)
        return self._render("no_rows.sql.j2", entity=entity)

    def _order(self) -> dict[str, str]:
        names = {item.name for item in self._staged[self._header.name]}
        if self._is_own_header:
            names |= {*_HEADER_ROLES}
        found = {name: name for name in names}
        found["load_id"] = "load_id"
        return found

    def _order_line(self) -> dict[str, str]:
        net = f"cast(gross_amount - discount_amount as {_AMOUNT})"
        gross, price = "gross_amount", "unit_price"
        if not self._has_price:
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
        table = self._design.table(kind)
        own = self._attributes(table, entity) if table else {}
        if table is None:
            candidates = (self._lines, self._header)
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
        for column, data_type in self._shapes[entity].items():
            if column == "source_system":
                rows.append(f"'{self._source}' as source_system")
            elif column in own:
                rows.append(own[column] if own[column] == column else f"{own[column]} as {column}")
            else:
                rows.append(f"cast(null as {data_type.replace(',', ', ')}) as {column}")
        return ",\n".join(f"        {row}" for row in rows)

    @property
    def _has_stated_total(self) -> bool:
        return not self._is_own_header and self._header.has("stated_total_amount")

    def _render(self, template: str, **values: object) -> str:
        return self._templates.get_template(template).render(
            source=self._source,
            lines=self._lines.name,
            header=self._header.name,
            is_own_header=self._is_own_header,
            has_price=self._has_price,
            has_discount=self._lines.has("discount_amount"),
            has_line_numbers=self._lines.has("line_number"),
            has_line_types=self._lines.has("line_type"),
            has_stated_total=self._has_stated_total,
            returns_are_positive=self._returns_are_positive,
            counts_only=self._counts_only,
            **values,
        )

    # YAML.

    def _unit_tests(self) -> str:
        one = ", given_quantity: {0}" if self._lines.has("quantity") else ""
        one += "" if self._has_price else ", given_amount: {0}"
        return self._render(
            "unit_tests.yml.j2", given_one=one.format(1), given_minus_one=one.format(-1)
        )

    def _sources_yaml(self) -> str:
        rows = [
            "version: 2", "",
            "sources:",
            f"  - name: {self._source}",
            f"    schema: raw_{self._source}",
            f"    description: Files of the source {self._source}.",
            "    tables:",
        ]  # fmt: skip
        for table in self._design.tables:
            rows += (
                ["", *self._table_yaml(table)]
                if table is not self._design.tables[0]
                else (self._table_yaml(table))
            )
        return "\n".join(rows) + "\n"

    def _table_yaml(self, table: Table) -> list[str]:
        is_sales = table.kind in (LINES, ORDERS)
        what = {
            LINES: "One line of one order.",
            ORDERS: "One order.",
            CUSTOMERS: "Master of customers.",
            PRODUCTS: "Master of products.",
            STORES: "Master of stores.",
        }.get(table.kind, "As the files give it; no model reads it yet.")
        rows = [
            f"      - name: {table.name}",
            f"        description: {what}",
            "        config:",
            "          meta:",
            f"            mode: {'append' if is_sales else 'replace'}",
        ]
        pattern = file_pattern(table)
        if pattern:
            rows.append(f"            file_pattern: {json.dumps(pattern)}")
        if not self._design.has_header:
            rows.append("            header: false")
        if is_sales:
            rows += self._control_yaml(table)
        rows.append("        columns:")
        for column in table.columns:
            rows += self._column_yaml(table, column)
        return rows

    def _control_yaml(self, table: Table) -> list[str]:
        def name(role: str) -> str:
            column = table.column(role)
            assert column is not None
            return column.name

        rows = [f"            order_id: {name('order_id')}"]
        if table is self._lines and table.has("line_number"):
            rows.append(f"            line_key: [{name('order_id')}, {name('line_number')}]")
        elif table is not self._lines:
            rows.append(f"            line_key: [{name('order_id')}]")
        control = []
        has_amount = not self._counts_only if table is self._lines else self._has_stated_total
        if has_amount and table is not self._lines:
            control.append(f"amount: {name('stated_total_amount')}")
        elif has_amount and self._has_price:
            control += [
                "amount:",
                f"  quantity: {name('quantity')}",
                f"  unit_price: {name('unit_price')}",
            ]
            if table.has("discount_amount"):
                control.append(f"  discount: {name('discount_amount')}")
            if table.has("line_type"):
                control.append(f"  line_type: {name('line_type')}")
        elif has_amount:
            control.append(f"amount: {self._amount.name}")
        if table is self._header:
            control.append(f"business_date: {name('ordered_at')}")
        if has_amount and self._design.currency and not table.has("currency_code"):
            control.append(f"currency: {self._design.currency}")
        elif has_amount and table.has("currency_code"):
            control.append(f"currency: {{column: {name('currency_code')}}}")
        if control:
            rows += ["            control:", *(f"              {row}" for row in control)]
        return rows

    def _column_yaml(self, table: Table, column: Column) -> list[str]:
        rows = [f"          - name: {column.name}", f"            data_type: {column.data_type}"]
        if column.pii == "drop":
            text = f"Never stored: it looks like a person's ({column.personal})."
        elif column.pii == "token":
            text = "Keyed token of what names the customer."
        elif column.roles:
            text = f"{ROLE[column.roles[0]].meaning.capitalize()}."
        else:
            text = "As the files give it."
        rows.append(f"            description: {_yaml_text(text)}")
        meta = []
        if self._design.has_header and column.header.lower() != column.name:
            meta.append(f"header: {json.dumps(column.header, ensure_ascii=False)}")
        if column.pii:
            meta.append(f"pii: {column.pii}")
        if _is_required(table, column):
            meta.append("required: true")
        if column.type.format and column.pii is None and column.type.is_moment:
            meta.append(f'format: "{column.type.format}"')
        bounds = {"quantity": 999999, "unit_price": 99999999, "discount_amount": 99999999,
                  "unit_cost": 99999999}  # fmt: skip
        for role in column.roles:
            if role in bounds and table is self._lines:
                meta.append(f"minimum: -{bounds[role]}")
                meta.append(f"maximum: {bounds[role]}")
        if "line_type" in column.roles:
            meta.append("accepted: [sale, return, void, exchange, gift]")
        if "order_time" in column.roles:
            meta.append(r"pattern: '([01]?\d|2[0-3]):[0-5]\d(:[0-5]\d)?'")
        if meta:
            rows += ["            config:", f"              meta: {{{', '.join(meta)}}}"]
        return rows

    def _staging_yaml(self) -> str:
        rows = ["version: 2", "", "models:"]
        for index, table in enumerate(self._design.tables):
            rows += [""] * bool(index)
            rows += [
                f"  - name: stg_{self._source}__{table.name}",
                "    description: As the files give it, one row per line of a file.",
                *self._enabled(),
                "    data_tests:",
                "      - unique_combination: {arguments: {columns: [load_id, file_line]}}",
                "    columns:",
            ]
            for item in self._staged[table.name]:
                rows += _described(item.name, item.description)
                if item.is_not_null:
                    rows += ["        data_tests:", "          - not_null"]
        return "\n".join(rows) + "\n"

    def _intermediate_yaml(self) -> str:
        rows = ["version: 2", "", "models:", *self._numbered_lines_yaml()]
        for entity, shape in self._shapes.items():
            rows += [
                "",
                f"  - name: int_{self._source}__{entity}",
                f"    description: The source's {entity.replace('_', ' ')} in the shared shape.",
                *self._enabled(),
                "    data_tests:",
                f"      - input_shape: {{arguments: {{entity: {entity}}}}}",
                "    columns:",
            ]
            for column in shape:
                text = self._shape_words.get(f"{entity}.{column}") or self._shape_words.get(column)
                rows += _described(column, text or "See macros/input_shape.sql.")
        return "\n".join(rows) + "\n"

    def _numbered_lines_yaml(self) -> list[str]:
        rows = [
            f"  - name: int_{self._source}__numbered_lines",
            "    description: The live lines of each order, each with a number of its own.",
            *self._enabled(),
            "    data_tests:",
            "      - unique_combination: {arguments: {columns: [order_id, line_number]}}",
        ]
        if self._is_own_header and self._lines.has("currency_code"):
            rows += [
                "      - one_value_per_order:",
                f"          name: {self._source}_order_is_in_one_currency",
                "          arguments: {order_id: order_id, column: currency_code}",
            ]
        rows.append("    columns:")
        names = ["order_id", "line_number", "position", *self._passed_columns(), "line_type",
                 "given_quantity", "unit_price" if self._has_price else "given_amount",
                 "given_discount_amount", "unit_cost"]  # fmt: skip
        names += ["ordered_at"] * self._is_own_header + ["load_id"]
        own = {
            "given_amount": "What was paid for the line, as the file writes it.",
            "employee_id": "Who sold.",
        }
        for name in names:
            text = own.get(name) or self._shape_words.get(f"numbered_lines.{name}")
            rows += _described(name, text or self._shape_words[name])
        return rows

    def _enabled(self) -> list[str]:
        word = self._source
        return ["    config:", f"      enabled: \"{{{{ '{word}' in var('source_systems') }}}}\""]


def file_pattern(table: Table) -> str | None:
    """Regular expression on file names, where the table's own name does not begin them."""
    if table.sample.stem.casefold().startswith(table.name):
        return None
    return r"[\d\W_]*" + r"[\W_]*".join(table.name.split("_")) + ".*"


def _is_required(table: Table, column: Column) -> bool:
    needed = {"order_id", "ordered_at", "quantity", "unit_price", "line_amount"}
    ids = {CUSTOMERS: "customer_id", PRODUCTS: "product_id", STORES: "store_id"}
    if table.kind == ORDERS:
        needed = {"order_id", "ordered_at"}
    elif table.kind != LINES:
        needed = {ids.get(table.kind, "")}
    elif column.is_full:
        needed |= {"product_id"}
    return bool(needed & set(column.roles))


def _described(name: str, text: str) -> list[str]:
    return [f"      - name: {name}", f"        description: {_yaml_text(text)}"]


def _yaml_text(text: str) -> str:
    if text.startswith("{{"):
        return f"'{text}'"
    plain = re.fullmatch(r"[A-Za-z][^:#\"'{}\[\]]*", text)
    return text if plain else json.dumps(text, ensure_ascii=False)
