"""The YAML files of a new source's models: described and tested."""

from pathlib import Path
from typing import Any

from scaffold.checks import order_checks, row_checks
from scaffold.design import Table
from scaffold.project_files import folders_of
from scaffold.rendering import Renderer
from scaffold.source_definition import definition_of, has_own_line_numbers
from scaffold.yaml_text import Inline, Quoted, yaml_file

Entry = dict[str, Any]

_OWN_WORDS = {
    "employee_id": "The employee who made the sale.",
    "is_void": "Whether the order does not count, by its status.",
    "order_subtotal_amount": "Total of the lines as stated by the order.",
    "order_discount_amount": "Discount on the whole order.",
    "order_shipping_amount": "Shipping of the order.",
    "order_tax_amount": "Taxes of the order.",
    "order_total_amount": "Amount paid as stated by the order, including shipping and taxes.",
    "order_refund_amount": "Refund on the order.",
    "lines_amount": "Sum of the net amounts of the order's lines.",
    "quantity": "Pieces, negative when returned.",
    "gross_amount": "Amount of the line before discounts, negative when returned.",
    "discount_amount": "Discount on the line itself.",
    "net_amount": "Gross amount less discount.",
    "cost_amount": "Cost of the pieces to the shop.",
    "given_line_number": "Number of the line in the files.",
    "file_line": "Line number in the file, counted from 1.",
}
_MOST_SEEN = (
    " Taken from sales: the most frequent value of the last 30 days with sales that have one."
)


class Describer:
    """Describes what a renderer writes."""

    def __init__(self, sql: Renderer) -> None:
        self._sql = sql

    def files(self) -> dict[Path, str]:
        """Text of each YAML file by its path below the project."""
        staging, intermediate = folders_of(self._sql.source)
        name = f"_{self._sql.source}__models.yml"
        return {
            staging / f"_{self._sql.source}__sources.yml": definition_of(self._sql.design),
            staging / name: self._staging_yaml(),
            intermediate / name: self._intermediate_yaml(),
        }

    def _staging_yaml(self) -> str:
        models = []
        for table in self._sql.design.tables:
            columns = []
            for item in self._sql.staged[table.name]:
                column: Entry = {"name": item.name, "description": item.description}
                columns.append(column | ({"data_tests": ["not_null"]} if item.is_not_null else {}))
            models.append(self._model(
                f"stg_{self._sql.source}__{table.name}",
                "Unchanged rows of the files, one row per line of a file.",
                [_combination(*table.row_key), *self._row_checks(table)],
                columns,
            ))  # fmt: skip
        return yaml_file("models", models)

    def _row_checks(self, table: Table) -> list[Entry]:
        if table is not self._sql.lines:
            return []
        return row_checks(self._sql.design, [item.name for item in self._sql.staged[table.name]])

    def _intermediate_yaml(self) -> str:
        models = [self._priced_lines(), self._numbered_lines()]
        words, seen = self._sql.shape_words, self._sql.seen_attributes
        for entity, shape in self._sql.shapes.items():
            columns = []
            for column in shape:
                text = words.get(f"{entity}.{column}") or words.get(column)
                text = text or "See macros/scope/input_shape.sql."
                text += _MOST_SEEN if column in seen.get(entity, []) else ""
                columns.append({"name": column, "description": text})
            models.append(self._model(
                f"int_{self._sql.source}__{entity}",
                f"The source's {entity.replace('_', ' ')} in the shared shape.",
                [{"input_shape": Inline(arguments={"entity": entity})}],
                columns,
            ))  # fmt: skip
        return yaml_file("models", models)

    def _priced_lines(self) -> Entry:
        names = ["load_id", "file_line", "order_id"]
        names += ["given_line_number"] * has_own_line_numbers(self._sql.lines)
        names += [*self._sql.line_sql.passed, "line_type", "is_void", "quantity", "unit_price",
                  "gross_amount", "discount_amount", "net_amount", "cost_amount"]  # fmt: skip
        names += ["ordered_at"] * self._sql.is_own_header
        return self._model(
            f"int_{self._sql.source}__priced_lines",
            "Gross, discount and net amounts of each row of the files; returns are negative.",
            [_combination(*self._sql.lines.row_key)],
            [self._described(name) for name in names],
        )

    def _numbered_lines(self) -> Entry:
        tests: list[Entry] = [_combination("order_id", "line_number")]
        if self._sql.is_own_header and self._sql.lines.has("currency_code"):
            tests.append({
                "one_value_per_order": {
                    "name": f"{self._sql.source}_order_is_in_one_currency",
                    "arguments": Inline(order_id="order_id", column="currency_code"),
                }
            })  # fmt: skip
        tests += order_checks(self._sql.design, self._sql.line_sql)
        sql = self._sql.line_sql
        names = ["order_id", "line_number", "position", "product_id", *sql.order_words]
        names += ["currency_code"] * self._sql.is_own_header
        names += ["line_type", "quantity", "unit_price", "gross_amount", "discount_amount",
                  "net_amount", "cost_amount", "lines_amount", *sql.order_amounts]  # fmt: skip
        names += ["ordered_at"] * self._sql.is_own_header + ["load_id"]
        return self._model(
            f"int_{self._sql.source}__numbered_lines",
            "The live lines of each order, numbered within the order.",
            tests,
            [self._described(name) for name in names],
        )

    def _described(self, name: str) -> Entry:
        words = self._sql.shape_words
        text = _OWN_WORDS.get(name) or words.get(f"numbered_lines.{name}") or words[name]
        return {"name": name, "description": text}

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
