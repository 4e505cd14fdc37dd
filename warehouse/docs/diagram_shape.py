"""The boxes of a diagram: a table with its columns as rows."""

from dataclasses import dataclass

from warehouse.docs.manifest import Column, Table

# Width of a character of the fixed-width font at the size the style sheet gives rows and heads.
ROW_CHARACTER = 7.25
HEAD_CHARACTER = 8.5
PADDING = 12.0
MARK_WIDTH = 38.0


@dataclass(frozen=True)
class Row:
    """A column in a box; `mark` is PK, FK, both or empty."""

    column: Column
    mark: str


@dataclass(frozen=True)
class Box:
    """A table as a box: sizes are in pixels."""

    table: Table
    rows: tuple[Row, ...]
    head_height: float = 34.0
    row_height: float = 22.0

    @property
    def name(self) -> str:
        """The table's name."""
        return self.table.name

    @property
    def width(self) -> float:
        """Wide enough for the head and the longest row."""
        rows = max(
            (len(row.column.name) + len(short_type(row.column.data_type)) + 2 for row in self.rows),
            default=0,
        )
        return round(
            2 * PADDING + max(len(self.name) * HEAD_CHARACTER, MARK_WIDTH + rows * ROW_CHARACTER)
        )

    @property
    def height(self) -> float:
        """Head and rows."""
        return self.head_height + len(self.rows) * self.row_height

    def row_of(self, column: str) -> int:
        """Index of the column's row. Raises ValueError when the box does not show it."""
        return [row.column.name for row in self.rows].index(column)


def short_type(data_type: str) -> str:
    """A SQL type in the few letters that fit into a box."""
    names = {
        "double precision": "double",
        "timestamp without time zone": "timestamp",
        "timestamp with time zone": "timestamptz",
        "boolean": "bool",
        "integer": "int",
    }
    lowered = data_type.lower().replace("character varying", "varchar")
    return names.get(lowered, lowered.replace(", ", ","))
