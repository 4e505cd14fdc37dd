"""What a new source looks like: its tables, the kind of each, and the role of each column."""

from dataclasses import dataclass, field

from warehouse.scaffold.cell_types import CellType
from warehouse.scaffold.roles import LINES, ORDERS
from warehouse.scaffold.samples import Sample

OTHER = "other"
AMOUNTS = ("quantity", "unit_price", "line_amount", "discount_amount", "unit_cost", "list_price",
           "weight_kg", "stated_total_amount")  # fmt: skip
_TEXTS = ("product_name", "brand", "manufacturer", "department", "category", "subcategory", "size",
          "store_name", "store_city", "store_region")  # fmt: skip
_LENGTH_OF = {"currency_code": 3, "store_country_code": 2, "payment_method": 64, "order_status": 64,
              "line_type": 64, "channel": 64, "time_zone": 64, "customer_region": 64,
              "customer_segment": 64}  # fmt: skip


@dataclass
class Column:
    """A column of a raw table: its name there, its header in files, and what it is taken for."""

    name: str
    header: str
    type: CellType
    cells: list[str] = field(repr=False)
    roles: list[str] = field(default_factory=list)
    personal: str | None = None
    pii: str | None = None

    @property
    def is_full(self) -> bool:
        """Whether no cell of the sample is empty."""
        return "" not in self.cells

    @property
    def data_type(self) -> str:
        """SQL type of the raw column: the role's, where the role settles it."""
        if self.pii == "token":
            return "varchar(64)"
        for role in self.roles:
            if role.endswith("_id"):
                return "varchar(256)"
            if role in AMOUNTS:
                return "numeric(18,4)"
            if role in _LENGTH_OF:
                return f"varchar({_LENGTH_OF[role]})"
            if role in ("line_number", "birth_year"):
                return "integer"
            if role == "order_time":
                return "varchar(8)"
            if role in _TEXTS:
                return "varchar(512)"
        return self.type.data_type


@dataclass
class Table:
    """A raw table of the new source, of a kind: a constant of roles.py, or OTHER."""

    name: str
    kind: str
    sample: Sample = field(repr=False)
    columns: list[Column] = field(repr=False)

    def column(self, role: str) -> Column | None:
        """The column that plays a role, if one does."""
        return next((column for column in self.columns if role in column.roles), None)

    def has(self, *roles: str) -> bool:
        """Whether columns play all of the roles."""
        return all(self.column(role) for role in roles)


@dataclass
class Design:
    """The whole source. `advice` is what a person should look at, one sentence each."""

    source: str
    tables: list[Table]
    currency: str | None
    has_header: bool
    advice: list[str]

    def table(self, kind: str) -> Table | None:
        """The table of a kind (lines, orders, customers, products, stores), if there is one."""
        return next((table for table in self.tables if table.kind == kind), None)

    @property
    def lines(self) -> Table:
        """The table of order lines; every design has one."""
        table = self.table(LINES)
        assert table is not None
        return table

    @property
    def header(self) -> Table:
        """The table that says when and who: that of orders, else the lines themselves."""
        return self.table(ORDERS) or self.lines


@dataclass(frozen=True)
class Wishes:
    """What the user said: columns by role (`table.column` or a header; empty for none), columns to
    keep although they look personal, the currency, and how to read doubtful dates."""

    roles: dict[str, str] = field(default_factory=dict)
    keep: tuple[str, ...] = ()
    currency: str | None = None
    month_first: bool = False
    has_header: bool = True
