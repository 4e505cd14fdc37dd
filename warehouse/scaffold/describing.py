"""The YAML files of a new source: its raw tables and its models, described and tested."""

import re
from pathlib import Path
from typing import Any

from ingest.foreign_text import jinja_parts
from warehouse.scaffold.design import Column, Table
from warehouse.scaffold.project_files import folders_of
from warehouse.scaffold.rendering import Renderer, is_required
from warehouse.scaffold.roles import CUSTOMERS, LINES, ORDERS, PRODUCTS, ROLE, STORES, snake
from warehouse.scaffold.yaml_files import Inline, Quoted, yaml_entries, yaml_file

Entry = dict[str, Any]


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
        source = self._sql.source
        head: Entry = {
            "name": source,
            "schema": f"raw_{source}",
            "description": f"Files of the source {source}.",
        }
        tables = [self._table(table) for table in self._sql.design.tables]
        return yaml_file("sources", [head]) + yaml_entries("tables", tables, depth=4)

    def _table(self, table: Table) -> Entry:
        is_sales = table.kind in (LINES, ORDERS)
        what = {
            LINES: "One line of one order.",
            ORDERS: "One order.",
            CUSTOMERS: "Master of customers.",
            PRODUCTS: "Master of products.",
            STORES: "Master of stores.",
        }.get(table.kind, "As the files give it; no model reads it yet.")
        meta: Entry = {"mode": "append" if is_sales else "replace"}
        pattern = file_pattern(table)
        if pattern:
            meta["file_pattern"] = Quoted(pattern)
        if not self._sql.design.has_header:
            meta["header"] = False
        if is_sales:
            meta |= self._control(table)
        return {
            "name": table.name,
            "description": what,
            "config": {"meta": meta},
            "columns": [self._column(table, column) for column in table.columns],
        }

    def _control(self, table: Table) -> Entry:
        def name(role: str) -> str:
            column = table.column(role)
            assert column is not None
            return column.name

        meta: Entry = {"order_id": name("order_id")}
        if table is self._sql.lines and table.has("line_number"):
            meta["line_key"] = [name("order_id"), name("line_number")]
        elif table is not self._sql.lines:
            meta["line_key"] = [name("order_id")]
        control: Entry = {}
        has_amount = self._sql.has_stated_total
        if table is self._sql.lines:
            has_amount = not self._sql.counts_only
        if has_amount and table is not self._sql.lines:
            control["amount"] = name("stated_total_amount")
        elif has_amount and self._sql.has_price:
            control["amount"] = {"quantity": name("quantity"), "unit_price": name("unit_price")}
            if table.has("discount_amount"):
                control["amount"]["discount"] = name("discount_amount")
            if table.has("line_type"):
                control["amount"]["line_type"] = name("line_type")
        elif has_amount:
            control["amount"] = self._sql.amount.name
        if table is self._sql.header:
            control["business_date"] = name("ordered_at")
        if has_amount and self._sql.design.currency and not table.has("currency_code"):
            control["currency"] = self._sql.design.currency
        elif has_amount and table.has("currency_code"):
            control["currency"] = Inline(column=name("currency_code"))
        if control:
            meta["control"] = control
        return meta

    def _column(self, table: Table, column: Column) -> Entry:
        if column.pii == "drop":
            text = f"Never stored: it looks like a person's ({column.personal})."
        elif column.pii == "token":
            text = "Keyed token of what names the customer."
        elif column.roles:
            text = f"{ROLE[column.roles[0]].meaning.capitalize()}."
        else:
            text = "As the files give it."
        meta = Inline()
        if self._sql.design.has_header and column.header.lower() != column.name:
            parts = [Quoted(part) for part in jinja_parts(column.header)]
            meta["header"] = parts[0] if len(parts) == 1 else parts
        if column.pii:
            meta["pii"] = column.pii
        if is_required(table, column):
            meta["required"] = True
        if column.type.format and column.pii is None and column.type.is_moment:
            meta["format"] = Quoted(column.type.format)
        bounds = {"quantity": 999999, "unit_price": 99999999, "discount_amount": 99999999,
                  "unit_cost": 99999999}  # fmt: skip
        for role in column.roles:
            if role in bounds and table is self._sql.lines:
                meta |= {"minimum": -bounds[role], "maximum": bounds[role]}
            quantity = self._sql.lines.column("quantity")
            if role in ("unit_price", "unit_cost") and table is self._sql.lines and quantity:
                meta["times"] = quantity.name
        if "line_type" in column.roles:
            meta["accepted"] = ["sale", "return", "void", "exchange", "gift"]
        if "order_time" in column.roles:
            meta["pattern"] = r"([01]?\d|2[0-3]):[0-5]\d(:[0-5]\d)?"
        entry: Entry = {"name": column.name, "data_type": column.data_type, "description": text}
        return entry | ({"config": {"meta": meta}} if meta else {})

    def _staging_yaml(self) -> str:
        models = []
        for table in self._sql.design.tables:
            columns = []
            for item in self._sql.staged[table.name]:
                column: Entry = {"name": item.name, "description": item.description}
                columns.append(column | ({"data_tests": ["not_null"]} if item.is_not_null else {}))
            models.append(self._model(
                f"stg_{self._sql.source}__{table.name}",
                "As the files give it, one row per line of a file.",
                [_combination("load_id", "file_line")],
                columns,
            ))  # fmt: skip
        return yaml_file("models", models)

    def _intermediate_yaml(self) -> str:
        models = [self._numbered_lines()]
        words = self._sql.shape_words
        for entity, shape in self._sql.shapes.items():
            columns = []
            for column in shape:
                text = words.get(f"{entity}.{column}") or words.get(column)
                text = text or "See macros/input_shape.sql."
                columns.append({"name": column, "description": text})
            models.append(self._model(
                f"int_{self._sql.source}__{entity}",
                f"The source's {entity.replace('_', ' ')} in the shared shape.",
                [{"input_shape": Inline(arguments={"entity": entity})}],
                columns,
            ))  # fmt: skip
        return yaml_file("models", models)

    def _numbered_lines(self) -> Entry:
        tests = [_combination("order_id", "line_number")]
        if self._sql.is_own_header and self._sql.lines.has("currency_code"):
            tests.append({
                "one_value_per_order": {
                    "name": f"{self._sql.source}_order_is_in_one_currency",
                    "arguments": Inline(order_id="order_id", column="currency_code"),
                }
            })  # fmt: skip
        names = ["order_id", "line_number", "position", *self._sql.passed_columns(), "line_type",
                 "given_quantity", "unit_price" if self._sql.has_price else "given_amount",
                 "given_discount_amount", "unit_cost"]  # fmt: skip
        names += ["ordered_at"] * self._sql.is_own_header + ["load_id"]
        own = {
            "given_amount": "What was paid for the line, as the file writes it.",
            "employee_id": "Who sold.",
        }
        columns = []
        for name in names:
            text = own.get(name) or self._sql.shape_words.get(f"numbered_lines.{name}")
            columns.append({"name": name, "description": text or self._sql.shape_words[name]})
        return self._model(
            f"int_{self._sql.source}__numbered_lines",
            "The live lines of each order, each with a number of its own.",
            tests,
            columns,
        )

    def _model(self, name: str, text: str, tests: list[Entry], columns: list[Entry]) -> Entry:
        is_on = Quoted(f"{{{{ '{self._sql.source}' in var('source_systems') }}}}")
        return {
            "name": name,
            "description": text,
            "config": {"enabled": is_on},
            "data_tests": tests,
            "columns": columns,
        }


def _combination(*columns: str) -> Entry:
    return {"unique_combination": Inline(arguments={"columns": list(columns)})}


def file_pattern(table: Table) -> str | None:
    """Regular expression on file names, where the table's own name does not begin them."""
    stem = table.sample.stem
    if stem.casefold().startswith(table.name):
        return None
    words = []
    for word in re.findall(r"[^\W_]+", re.sub(r"^[\d\W_]+|[\d\W_]+$", "", stem)):
        words += snake(word).split("_") if word.isascii() else [word]
    if not words:
        return r"[\d\W_]+"
    return r"[\d\W_]*" + r"[\W_]*".join(words) + ".*"
