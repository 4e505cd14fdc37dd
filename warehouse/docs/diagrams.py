"""Entity-relationship diagrams of the core, from the manifest's relationships tests."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from warehouse.docs.diagram_layout import Line, Placed, Point, place
from warehouse.docs.diagram_shape import Box, Row
from warehouse.docs.manifest import Project, Relationship, Table


@dataclass(frozen=True)
class Subject:
    """A part of the core shown in one diagram: its tables have all columns, the tables that they
    join to only their keys."""

    name: str
    title: str
    text: str
    tables: tuple[str, ...]


SUBJECTS = (
    Subject("sales", "Sales", "Orders and their lines: when, where, by whom and how paid.",
            ("fct_orders", "fct_order_lines", "dim_store", "dim_payment_method",
             "dim_order_status", "dim_employee", "dim_date", "dim_time_of_day")),
    Subject("products", "Products and suppliers", "What is sold, now and in the past.",
            ("dim_product", "dim_product_history", "dim_supplier", "bridge_coupon_product")),
    Subject("customers", "Customers",
            "Who buys, now and in the past; observations are of anonymous people.",
            ("dim_customer", "dim_customer_history", "dim_customer_profile",
             "fct_risk_observations")),
    Subject("marketing", "Marketing", "Campaigns, coupons and promotions.",
            ("dim_campaign", "dim_coupon", "bridge_coupon_product", "fct_campaign_mailings",
             "fct_coupon_redemptions", "fct_promotions_weekly")),
    Subject("finance", "Finance", "The books, and the files that facts are reconciled with.",
            ("fct_accounting_entries", "dim_accounting_type", "fct_control_rows",
             "fct_control_orders")),
    Subject("operations", "Operations", "Stock, what is on order, and warranties.",
            ("fct_inventory", "fct_backorders", "fct_warranties")),
    Subject("memberships", "Memberships", "Applications for membership, without personal data.",
            ("fct_membership_applications",)),
)  # fmt: skip


@dataclass(frozen=True)
class Join:
    """A relationship with its line in the diagram."""

    child: Table
    parent: Table
    relationship: Relationship
    points: tuple[Point, ...]
    starts_at_child: bool

    @property
    def path(self) -> str:
        """The line as data of an SVG path."""
        (x, y), *rest = self.points
        curves = " ".join(f"{x:.1f},{y:.1f}" for x, y in rest)
        return f"M{x:.1f},{y:.1f}C{curves}"

    @property
    def many_end(self) -> str:
        """SVG path of the crow's foot at the child's box."""
        x, y, outwards = self._end(self.starts_at_child)
        tip = f"{x + 12 * outwards:.1f},{y:.1f}"
        return f"M{x:.1f},{y - 6:.1f}L{tip}L{x:.1f},{y + 6:.1f}"

    @property
    def one_end(self) -> str:
        """SVG path at the parent's box: two bars for exactly one, bar and ring for at most one."""
        x, y, outwards = self._end(not self.starts_at_child)
        bar = f"M{x + 6 * outwards:.1f},{y - 5:.1f}v10"
        if not self.relationship.is_optional:
            return f"{bar}m{4 * outwards},0v-10"
        across = 8 * outwards
        ring = f"M{x + across:.1f},{y:.1f}a4,4 0 1 0 {across},0a4,4 0 1 0 {-across},0"
        return bar + ring

    def _end(self, at_start: bool) -> tuple[float, float, int]:
        x, y = self.points[0] if at_start else self.points[-1]
        return x, y, 1 if at_start else -1


@dataclass(frozen=True)
class Diagram:
    """A diagram ready to be drawn, in pixels."""

    name: str
    title: str
    width: float
    height: float
    boxes: tuple[tuple[Box, Point], ...]
    joins: tuple[Join, ...]


def core_overview(project: Project) -> Diagram | None:
    """All core tables with their key columns only; None when there are no core tables."""
    tables = project.layer("core")
    if not tables:
        return None
    relationships = _core_relationships(project)
    title = "the whole core, key columns only"
    return _draw("core", title, tables, relationships, in_full=set())


def subjects(project: Project) -> list[tuple[Subject, Diagram]]:
    """One diagram per subject that has a table in the project."""
    core = {table.name: table for table in project.layer("core")}
    relationships = _core_relationships(project)
    diagrams = []
    for subject in SUBJECTS:
        own = {core[name].unique_id for name in subject.tables if name in core}
        joins = [item for item in relationships if item.child in own]
        ids = own | {item.parent for item in joins}
        if own:
            tables = [project.tables[unique_id] for unique_id in sorted(ids)]
            name = f"subject-{subject.name}"
            diagrams.append((subject, _draw(name, subject.title, tables, joins, in_full=own)))
    return diagrams


def stars(project: Project) -> list[Diagram]:
    """One diagram per core table that joins to others, facts first: the table and its parents."""
    relationships = _core_relationships(project)
    diagrams = []
    for centre in sorted(_tables_of(project, relationships), key=_reading_order):
        own = [item for item in relationships if item.child == centre.unique_id]
        if own:
            tables = _tables_of(project, own)
            shown = {table.unique_id for table in tables}
            diagrams.append(_draw(centre.name, centre.name, tables, own, in_full=shown))
    return diagrams


def _core_relationships(project: Project) -> list[Relationship]:
    core = {table.unique_id for table in project.layer("core")}
    return [
        item
        for item in project.relationships
        if item.child in core and item.parent in core and item.child != item.parent
    ]


def _tables_of(project: Project, relationships: Iterable[Relationship]) -> list[Table]:
    ids = {unique_id for item in relationships for unique_id in (item.child, item.parent)}
    return [project.tables[unique_id] for unique_id in sorted(ids)]


def _reading_order(table: Table) -> tuple[int, str]:
    order = {"fact": 0, "bridge": 1, "dimension": 2, "table": 3}
    return order[table.kind], table.name


def _draw(
    name: str,
    title: str,
    tables: list[Table],
    relationships: list[Relationship],
    in_full: set[str],
) -> Diagram:
    """Draws tables, those in `in_full` (unique ids) with all columns, others with their keys."""
    boxes = {
        table.unique_id: _box(table, relationships, table.unique_id not in in_full)
        for table in tables
    }
    lines = _lines(boxes, relationships)
    placed = place(boxes.values(), [line for line, _ in lines.values()])
    return Diagram(
        name=name,
        title=title,
        width=placed.width,
        height=placed.height,
        boxes=tuple(
            (box, placed.corners[box.name])
            for box in sorted(boxes.values(), key=lambda box: _reading_order(box.table))
        ),
        joins=tuple(_joins(boxes, lines, placed)),
    )


def _joins(
    boxes: dict[str, Box], lines: dict[Relationship, tuple[Line, bool]], placed: Placed
) -> Iterable[Join]:
    for relationship, (line, starts_at_child) in lines.items():
        yield Join(
            child=boxes[relationship.child].table,
            parent=boxes[relationship.parent].table,
            relationship=relationship,
            points=tuple(placed.curves[line]),
            starts_at_child=starts_at_child,
        )


def _box(table: Table, relationships: list[Relationship], only_keys: bool) -> Box:
    foreign = {item.child_column for item in relationships if item.child == table.unique_id}
    joined = {item.parent_column for item in relationships if item.parent == table.unique_id}
    rows = []
    for column in table.columns:
        is_key = column.name in table.keys or column.name in joined
        mark = " ".join(["PK"] * is_key + ["FK"] * (column.name in foreign))
        if mark or not only_keys:
            rows.append(Row(column, mark))
    return Box(table, tuple(rows))


def _lines(
    boxes: dict[str, Box], relationships: list[Relationship]
) -> dict[Relationship, tuple[Line, bool]]:
    """Each relationship's line, and whether it starts at the child.

    The joining table is in the middle, joined tables are on both sides: a star, not a list.
    """
    left = _left_side(boxes, relationships)
    lines = {}
    for item in relationships:
        child, parent = boxes[item.child], boxes[item.parent]
        starts_at_child = item.parent not in left
        ends = [
            (child.name, child.row_of(item.child_column)),
            (parent.name, parent.row_of(item.parent_column)),
        ]
        (start, start_row), (end, end_row) = ends if starts_at_child else reversed(ends)
        lines[item] = (Line(start, start_row, end, end_row), starts_at_child)
    return lines


def _left_side(boxes: dict[str, Box], relationships: list[Relationship]) -> set[str]:
    """Pure parents for the left side: about half of them by height, those joined most first."""
    children = {item.child for item in relationships}
    joins = Counter(item.parent for item in relationships if item.parent not in children)
    heights = {True: 0.0, False: 0.0}
    left = set()
    for unique_id in sorted(joins, key=lambda i: (-joins[i], -boxes[i].height, i)):
        goes_left = heights[True] < heights[False]
        heights[goes_left] += boxes[unique_id].height
        if goes_left:
            left.add(unique_id)
    return left
