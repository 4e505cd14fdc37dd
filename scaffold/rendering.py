"""The SQL of a new source, and its unit tests."""

import textwrap
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from ingest.foreign_text import described
from scaffold.column_roles import CUSTOMERS, PRODUCTS, ROLE, STORES
from scaffold.design import Design, Table
from scaffold.line_sql import gross_sql, has_effects, line_sql
from scaffold.project_files import Shape, folders_of
from scaffold.source_definition import control_amount, has_own_line_numbers
from scaffold.staging import AMOUNT, IN_SHAPE, STAGED, Staging
from scaffold.statuses import alias_of, crosswalk_name
from scaffold.unit_tests import UnitTests

_MEMBERS = {
    "customers": (CUSTOMERS, "customer_id"),
    "products": (PRODUCTS, "product_id"),
    "stores": (STORES, "store_id"),
}


@dataclass(frozen=True)
class _Attribute:
    """An attribute that sales say of a member: its name in the shape, in staging, and its type."""

    name: str
    column: str
    type: str


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
        self.shape_words = shape_words
        self.source = design.source
        self.lines, self.header = design.lines, design.header
        self.is_own_header = self.header is self.lines
        self._templates = Environment(
            loader=PackageLoader("scaffold"),
            variable_start_string="<<", variable_end_string=">>",
            block_start_string="<%", block_end_string="%>",
            comment_start_string="<#", comment_end_string="#>",
            trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
            undefined=StrictUndefined, autoescape=False,  # noqa: S701 (makes no HTML)
        )  # fmt: skip
        self._staging = Staging(design, staging_words, shape_words)
        self.staged = {table.name: self._staging.columns(table) for table in design.tables}
        names = {name: {item.name for item in items} for name, items in self.staged.items()}
        self.line_sql = line_sql(design, names[self.lines.name], names[self.header.name])

    def files(self) -> dict[Path, str]:
        """Text of each SQL file and of the unit tests, by its path below the project."""
        staging, intermediate = folders_of(self.source)
        found = {intermediate / f"_{self.source}__unit_tests.yml": self._unit_tests()}
        for table in self.design.tables:
            columns = ",\n".join(f"        {item.sql}" for item in self.staged[table.name])
            found[staging / f"stg_{self.source}__{table.name}.sql"] = self._render(
                "staging.sql.j2", table=table.name, columns=columns
            )
        for entity in self.shapes:
            path = intermediate / f"int_{self.source}__{entity}.sql"
            found[path] = self._entity(entity)
        for name in ("priced_lines", "numbered_lines"):
            found[intermediate / f"int_{self.source}__{name}.sql"] = self._render(f"{name}.sql.j2")
        return found

    @property
    def has_stated_total(self) -> bool:
        """Whether orders, in a file of their own, state a total."""
        return not self.is_own_header and self.header.has("stated_total_amount")

    @property
    def has_price(self) -> bool:
        """Whether lines have a price of one piece."""
        return self.design.price_from_master or (
            self.lines.has("unit_price") and not self.design.lines_reading.is_price_of_line
        )

    @property
    def seen_attributes(self) -> dict[str, list[str]]:
        """By entity without a file of its own, the attributes that are taken from sales."""
        return {
            entity: [a.name for a in self._seen(entity)]
            for entity, (kind, _) in _MEMBERS.items()
            if self.design.table(kind) is None
        }

    def _entity(self, entity: str) -> str:
        if entity == "orders":
            return self._render("orders.sql.j2", shape_columns=self._select(entity, self._order()))
        if entity == "order_lines":
            columns = self._select(entity, _ORDER_LINE)
            return self._render("order_lines.sql.j2", shape_columns=columns)
        if entity == "order_loads":
            return self._render("order_loads.sql.j2")
        if entity == "control_rows":
            return self._control_rows()
        if entity in _MEMBERS:
            return self._members(entity)
        return self._render("no_rows.sql.j2", entity=entity)

    def _control_rows(self) -> str:
        amount = control_amount(self.design)
        is_subtotal = self.lines.has("order_subtotal") and amount == self.lines.name_of(
            "order_subtotal"
        )
        column = f"cast(null as {AMOUNT})"
        if is_subtotal:
            column = f"cast(coalesce(lines.order_subtotal_amount, 0) as {AMOUNT})"
        elif amount is not None:
            column = "lines.net_amount"
        has_stated = self.has_stated_total
        return self._render(
            "control_rows.sql.j2",
            control_is_subtotal=is_subtotal,
            has_control_amount=amount is not None,
            control_amount=column,
            fixed_currency=self._staging.currency if amount is not None else "null",
            stated_total="stated_total_amount" if has_stated else f"cast(null as {AMOUNT})",
        )

    def _order(self) -> dict[str, str]:
        if not self.is_own_header:
            found = {item.name: item.name for item in self.staged[self.header.name]}
        else:
            found = {name: name for name in ("order_id", "currency_code", "ordered_at")}
            found |= {name: name for name in self.line_sql.order_words}
            if self.line_sql.stated is not None:
                found["stated_total_amount"] = self._stated_total()
        found["load_id"] = "load_id"
        return found

    def _stated_total(self) -> str:
        """SQL of the total that orders that count state for their lines."""
        tests = ["line_type <> 'void'"]
        if self.design.orders_reading.refunds == "taken off":
            tests.append("coalesce(order_refund_amount, 0) = 0")
        stated, lines = self.line_sql.stated, "lines_amount"
        if self.design.orders_reading.spreads == "discount":
            lines = "(lines_amount - abs(coalesce(order_discount_amount, 0)))"
        # Taxes that are rounded per line are a cent off, as in order_checks.
        rows = ["cast(", "            case",
                f"                when {' and '.join(tests)}",
                f"                    and abs({stated} - {lines}) <= 0.0151",
                f"                    then {lines}",
                f"                when {' and '.join(tests)}",
                f"                    then {stated}",
                f"            end as {AMOUNT}", "        )"]  # fmt: skip
        return "\n".join(rows)

    def _members(self, entity: str) -> str:
        kind, id_column = _MEMBERS[entity]
        table = self.design.table(kind)
        if table is not None:
            return self._render(
                "members.sql.j2",
                table=table.name,
                id=id_column,
                shape_columns=self._select(entity, self._attributes(table, entity)),
            )
        teller = self._teller(entity)
        attributes = self._seen(entity)
        if teller is None or not attributes:
            return self._render("no_rows.sql.j2", entity=entity)
        own = {attribute.name: attribute.name for attribute in attributes}
        day, join = "        files.ordered_at", ""
        if teller is not self.header:
            day = "        orders.ordered_at"
            join = (
                f"    left join {{{{ ref('int_{self.source}__orders') }}}} as orders\n"
                "        on files.order_id = orders.order_id"
            )
        return self._render(
            "seen_members.sql.j2",
            table=teller.name,
            id=id_column,
            day=day,
            join=join,
            attributes=attributes,
            shape_columns=self._select(entity, own | {id_column: id_column}),
        )

    def _teller(self, entity: str) -> Table | None:
        """The table of sales that says most of the members of an entity."""
        candidates = (self.lines, self.header)
        return next((t for t in candidates if len(self._attributes(t, entity)) > 1), None)

    def _seen(self, entity: str) -> list[_Attribute]:
        table = self._teller(entity)
        id_column = _MEMBERS[entity][1]
        found = self._attributes(table, entity) if table else {}
        shape = self.shapes[entity]
        return [
            _Attribute(name, column, shape[name].replace(",", ", "))
            for name, column in found.items()
            if name != id_column and name in shape
        ]

    def _attributes(self, table: Table, entity: str) -> dict[str, str]:
        """Columns of the entity's shape that a table knows, by their names in staging."""
        kind, id_column = _MEMBERS[entity]
        if not table.has(id_column):
            return {}
        found = {id_column: id_column}
        for column in table.columns:
            for role in column.roles:
                if kind in ROLE[role].kinds and role != "product_id_else":
                    found[IN_SHAPE.get(role, role)] = role
        return found

    def _select(self, entity: str, own: dict[str, str]) -> str:
        rows = []
        for column, data_type in self.shapes[entity].items():
            if column == "source_system":
                rows.append(f"cast('{self.source}' as {data_type}) as source_system")
            elif column in own:
                rows.append(own[column] if own[column] == column else f"{own[column]} as {column}")
            else:
                rows.append(f"cast(null as {data_type.replace(',', ', ')}) as {column}")
        return ",\n".join(f"        {row}" for row in rows)

    def _render(self, template: str, **values: object) -> str:
        design, sql = self.design, self.line_sql
        products = design.table(PRODUCTS)
        return self._templates.get_template(template).render(
            source=self.source,
            lines=self.lines.name,
            header=self.header.name,
            products=products.name if products else "",
            is_own_header=self.is_own_header,
            has_price=self.has_price,
            has_line_numbers=has_own_line_numbers(self.lines),
            header_has_effects=has_effects(design),
            price_from_master=design.price_from_master,
            has_stated_total=self.has_stated_total,
            effects=[self._words(role) for role in design.effects],
            reading=wrapped(design.lines_reading.said),
            line_columns=sql.columns,
            amounts=sql.amounts,
            gross=gross_sql(design),
            discount=sql.discount,
            net=sql.net,
            passed_columns=sql.passed,
            order_words=sql.order_words,
            order_amounts=sql.order_amounts,
            back=design.given_back,
            pieces="kept_quantity" if design.given_back.has_pieces else "given_quantity",
            spreads=sql.to_spread is not None,
            to_spread=sql.to_spread,
            gives_back=design.orders_reading.refunds == "given back",
            **values,
        )

    def _words(self, role: str) -> dict[str, str]:
        """How SQL joins what the words of a role do."""
        table = "lines" if role != "order_status" or self.is_own_header else "orders"
        return {
            "alias": alias_of(role),
            "seed": crosswalk_name(self.source, role),
            "column": f"{table}.{STAGED.get(role, role)}",
        }

    def _unit_tests(self) -> str:
        return UnitTests(self.design, self.line_sql, self.staged[self.lines.name]).text()


_ORDER_LINE = {
    "order_id": "order_id",
    "line_number": "cast(line_number as integer)",
    "product_id": "product_id",
    "line_type": "line_type",
    "quantity": f"cast(quantity as {AMOUNT})",
    "unit_price": "\n            ".join(
        [
            "cast(",
            "case when quantity <> 0 then coalesce(unit_price, gross_amount / quantity) end",
            f"as {AMOUNT}",
        ]
    )
    + "\n        )",
    "gross_amount": f"cast(gross_amount as {AMOUNT})",
    "discount_amount": f"cast(discount_amount as {AMOUNT})",
    "net_amount": f"cast(gross_amount - discount_amount as {AMOUNT})",
    "cost_amount": "cost_amount",
    "manufacturer_coupon_amount": f"cast(0 as {AMOUNT})",
    "load_id": "load_id",
}


def wrapped(sentences: tuple[str, ...]) -> list[str]:
    """Sentences as lines of a comment."""
    told = " ".join(described(text) for text in sentences if "--" not in text)
    return textwrap.wrap(told, 96)
