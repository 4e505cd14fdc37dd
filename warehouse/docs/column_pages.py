"""Pages of the column lineage: one for each table, and a list of them."""

from dataclasses import dataclass

from jinja2 import Environment

from warehouse.docs.column_lineage import ColumnId, ColumnLineage
from warehouse.docs.manifest import Column, Project, Table

_GROUPS = (
    ("Marts", "marts"),
    ("Aggregates", "aggregates"),
    ("Core", "core"),
    ("Intermediate", "intermediate"),
    ("Staging", "staging"),
    ("Raw tables", "source"),
    ("Snapshots", "snapshots"),
    ("Restricted", "restricted"),
    ("Seeds", "seeds"),
)


@dataclass(frozen=True)
class Place:
    """A column on its table's page."""

    table: Table
    column: str


@dataclass(frozen=True)
class Row:
    """A column with the columns it is made from, the columns made from it, and its original
    columns (none if these are its parents already)."""

    column: Column
    parents: list[Place]
    children: list[Place]
    origins: list[Place]


def column_pages(
    templates: Environment, project: Project, lineage: ColumnLineage
) -> dict[str, str]:
    """HTML of lineage.html and lineage/<table>.html, by path."""
    groups = [(title, project.layer(layer)) for title, layer in _GROUPS]
    pages = {
        "lineage.html": templates.get_template("lineage.html.j2").render(
            groups=[group for group in groups if group[1]], unread=sorted(lineage.unread)
        )
    }
    page = templates.get_template("lineage_table.html.j2")
    for table in project.tables.values():
        rows = [_row(project, lineage, table, column) for column in _columns(table, lineage)]
        pages[f"lineage/{table.page}.html"] = page.render(table=table, rows=rows, root="../")
    return pages


def _columns(table: Table, lineage: ColumnLineage) -> list[Column]:
    """The described columns, and those that loader or dbt add and another table reads."""
    described = {column.name for column in table.columns}
    read = {name for unique_id, name in lineage.children if unique_id == table.unique_id}
    added = [
        Column(name, "", "Added by the warehouse itself.") for name in sorted(read - described)
    ]
    return [*table.columns, *added]


def _row(project: Project, lineage: ColumnLineage, table: Table, column: Column) -> Row:
    own = (table.unique_id, column.name)
    parents = lineage.parents.get(own, ())
    origins = lineage.origins(own)
    return Row(
        column,
        _places(project, parents),
        _places(project, lineage.children.get(own, ())),
        _places(project, origins) if set(origins) != set(parents) else [],
    )


def _places(project: Project, columns: tuple[ColumnId, ...] | list[ColumnId]) -> list[Place]:
    return [
        Place(project.tables[unique_id], name)
        for unique_id, name in columns
        if unique_id in project.tables
    ]
