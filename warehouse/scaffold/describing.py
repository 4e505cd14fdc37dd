"""The YAML files of a new source: its raw tables and its models, described and tested."""

import json
import re
from pathlib import Path

from warehouse.scaffold.design import Column, Table
from warehouse.scaffold.project_files import folders_of
from warehouse.scaffold.rendering import Renderer, is_required
from warehouse.scaffold.roles import CUSTOMERS, LINES, ORDERS, PRODUCTS, ROLE, STORES


class Describer:
    """Describes what a renderer writes."""

    def __init__(self, sql: Renderer) -> None:
        self._sql = sql

    def files(self) -> dict[Path, str]:
        """Text of each YAML file by its path below the project."""
        staging, intermediate = folders_of(self._sql.source)
        name = f"_{self._sql.source}__models.yml"
        return {
            staging / f"_{self._sql.source}__sources.yml": self._sources_yaml(),
            staging / name: self._staging_yaml(),
            intermediate / name: self._intermediate_yaml(),
        }

    def _sources_yaml(self) -> str:
        rows = [
            "version: 2", "",
            "sources:",
            f"  - name: {self._sql.source}",
            f"    schema: raw_{self._sql.source}",
            f"    description: Files of the source {self._sql.source}.",
            "    tables:",
        ]  # fmt: skip
        for table in self._sql.design.tables:
            rows += (
                ["", *self._table_yaml(table)]
                if table is not self._sql.design.tables[0]
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
        if not self._sql.design.has_header:
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
        if table is self._sql.lines and table.has("line_number"):
            rows.append(f"            line_key: [{name('order_id')}, {name('line_number')}]")
        elif table is not self._sql.lines:
            rows.append(f"            line_key: [{name('order_id')}]")
        control = []
        has_amount = self._sql.has_stated_total
        if table is self._sql.lines:
            has_amount = not self._sql.counts_only
        if has_amount and table is not self._sql.lines:
            control.append(f"amount: {name('stated_total_amount')}")
        elif has_amount and self._sql.has_price:
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
            control.append(f"amount: {self._sql.amount.name}")
        if table is self._sql.header:
            control.append(f"business_date: {name('ordered_at')}")
        if has_amount and self._sql.design.currency and not table.has("currency_code"):
            control.append(f"currency: {self._sql.design.currency}")
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
        if self._sql.design.has_header and column.header.lower() != column.name:
            meta.append(f"header: {json.dumps(column.header, ensure_ascii=False)}")
        if column.pii:
            meta.append(f"pii: {column.pii}")
        if is_required(table, column):
            meta.append("required: true")
        if column.type.format and column.pii is None and column.type.is_moment:
            meta.append(f'format: "{column.type.format}"')
        bounds = {"quantity": 999999, "unit_price": 99999999, "discount_amount": 99999999,
                  "unit_cost": 99999999}  # fmt: skip
        for role in column.roles:
            if role in bounds and table is self._sql.lines:
                meta.append(f"minimum: -{bounds[role]}")
                meta.append(f"maximum: {bounds[role]}")
            quantity = self._sql.lines.column("quantity")
            if role in ("unit_price", "unit_cost") and table is self._sql.lines and quantity:
                meta.append(f"times: {quantity.name}")
        if "line_type" in column.roles:
            meta.append("accepted: [sale, return, void, exchange, gift]")
        if "order_time" in column.roles:
            meta.append(r"pattern: '([01]?\d|2[0-3]):[0-5]\d(:[0-5]\d)?'")
        if meta:
            rows += ["            config:", f"              meta: {{{', '.join(meta)}}}"]
        return rows

    def _staging_yaml(self) -> str:
        rows = ["version: 2", "", "models:"]
        for index, table in enumerate(self._sql.design.tables):
            rows += [""] * bool(index)
            rows += [
                f"  - name: stg_{self._sql.source}__{table.name}",
                "    description: As the files give it, one row per line of a file.",
                *self._enabled(),
                "    data_tests:",
                "      - unique_combination: {arguments: {columns: [load_id, file_line]}}",
                "    columns:",
            ]
            for item in self._sql.staged[table.name]:
                rows += _described(item.name, item.description)
                if item.is_not_null:
                    rows += ["        data_tests:", "          - not_null"]
        return "\n".join(rows) + "\n"

    def _intermediate_yaml(self) -> str:
        rows = ["version: 2", "", "models:", *self._numbered_lines_yaml()]
        for entity, shape in self._sql.shapes.items():
            rows += [
                "",
                f"  - name: int_{self._sql.source}__{entity}",
                f"    description: The source's {entity.replace('_', ' ')} in the shared shape.",
                *self._enabled(),
                "    data_tests:",
                f"      - input_shape: {{arguments: {{entity: {entity}}}}}",
                "    columns:",
            ]
            for column in shape:
                words = self._sql.shape_words
                text = words.get(f"{entity}.{column}") or words.get(column)
                rows += _described(column, text or "See macros/input_shape.sql.")
        return "\n".join(rows) + "\n"

    def _numbered_lines_yaml(self) -> list[str]:
        rows = [
            f"  - name: int_{self._sql.source}__numbered_lines",
            "    description: The live lines of each order, each with a number of its own.",
            *self._enabled(),
            "    data_tests:",
            "      - unique_combination: {arguments: {columns: [order_id, line_number]}}",
        ]
        if self._sql.is_own_header and self._sql.lines.has("currency_code"):
            rows += [
                "      - one_value_per_order:",
                f"          name: {self._sql.source}_order_is_in_one_currency",
                "          arguments: {order_id: order_id, column: currency_code}",
            ]
        rows.append("    columns:")
        names = ["order_id", "line_number", "position", *self._sql.passed_columns(), "line_type",
                 "given_quantity", "unit_price" if self._sql.has_price else "given_amount",
                 "given_discount_amount", "unit_cost"]  # fmt: skip
        names += ["ordered_at"] * self._sql.is_own_header + ["load_id"]
        own = {
            "given_amount": "What was paid for the line, as the file writes it.",
            "employee_id": "Who sold.",
        }
        for name in names:
            text = own.get(name) or self._sql.shape_words.get(f"numbered_lines.{name}")
            rows += _described(name, text or self._sql.shape_words[name])
        return rows

    def _enabled(self) -> list[str]:
        word = self._sql.source
        return ["    config:", f"      enabled: \"{{{{ '{word}' in var('source_systems') }}}}\""]


def file_pattern(table: Table) -> str | None:
    """Regular expression on file names, where the table's own name does not begin them."""
    if table.sample.stem.casefold().startswith(table.name):
        return None
    return r"[\d\W_]*" + r"[\W_]*".join(table.name.split("_")) + ".*"


def _described(name: str, text: str) -> list[str]:
    return [f"      - name: {name}", f"        description: {_yaml_text(text)}"]


def _yaml_text(text: str) -> str:
    if text.startswith("{{"):
        return f"'{text}'"
    plain = re.fullmatch(r"[A-Za-z][^:#\"'{}\[\]]*", text)
    return text if plain else json.dumps(text, ensure_ascii=False)
