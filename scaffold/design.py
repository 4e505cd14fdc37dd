"""What a new source looks like: its tables, the kind of each, and the role of each column."""

from dataclasses import dataclass, field
from decimal import Decimal

from ingest.foreign_text import shown
from scaffold.cell_types import CellType
from scaffold.column_roles import EFFECTS_OF_LINES, LINES, MONEY, OF_ORDER, ORDERS
from scaffold.date_order import DateOrder
from scaffold.known_exports import KnownExport
from scaffold.line_amounts import LineReading
from scaffold.number_forms import NumberStyle
from scaffold.order_totals import OrderReading
from scaffold.samples import Sample
from scaffold.side_by_side import ITEM

OTHER = "other"
AMOUNTS = (*MONEY, *OF_ORDER, "unit_cost", "list_price", "weight_kg", "stated_total_amount",
           "payment_amount", "unit_discount", "price_unit", "quantity_returned",
           "quantity_cancelled", "line_refund")  # fmt: skip
_TEXTS = ("product_name", "brand", "manufacturer", "department", "category", "subcategory", "size",
          "store_name", "store_city", "store_region")  # fmt: skip
_LENGTH_OF = {"currency_code": 3, "store_country_code": 2, "payment_method": 64, "order_status": 64,
              **dict.fromkeys(EFFECTS_OF_LINES, 64), "channel": 64, "time_zone": 64,
              "customer_region": 64, "customer_segment": 64, "cancelled_at": 64,
              "order_time": 8}  # fmt: skip


@dataclass
class Column:
    """A column of a raw table: its name there, its header in files, and what it is taken for.

    `nobody`: its cells that name no customer. `is_in_cents`: its amounts are in cents, as the
    header says.
    `personal_values`: what becomes of values that are personal in a column that is not, see
    docs/adding-a-source.md. `style` is how its numbers are written.
    """

    name: str
    header: str
    type: CellType
    cells: list[str] = field(repr=False)
    roles: list[str] = field(default_factory=list)
    personal: str | None = None
    pii: str | None = None
    fills_down: bool = False
    personal_values: str | None = None
    is_in_cents: bool = False
    nobody: tuple[str, ...] = ()
    style: NumberStyle = field(default_factory=NumberStyle)

    @property
    def shown(self) -> str:
        """The header as a person may see it."""
        return shown(self.header, 60)

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
            if role in AMOUNTS:
                return "numeric(18,4)"
            if role.endswith("_id") or role == "product_id_else":
                return "varchar(256)"
            if role in _LENGTH_OF:
                return f"varchar({_LENGTH_OF[role]})"
            if role in ("line_number", "birth_year"):
                return "integer"
            if role in _TEXTS:
                return "varchar(512)"
        return self.type.data_type


@dataclass
class Table:
    """A raw table of the new source, of a kind: a constant of roles.py, or OTHER.

    `export` is the well-known export that it is, if it is one; `style` how its numbers are written,
    `dates` whether day or month comes first in its dates.
    """

    name: str
    kind: str
    sample: Sample = field(repr=False)
    columns: list[Column] = field(repr=False)
    export: KnownExport | None = None
    style: NumberStyle = field(default_factory=NumberStyle)
    dates: DateOrder = field(default_factory=lambda: DateOrder("day"))

    def column(self, role: str) -> Column | None:
        """The column that plays a role, if one does."""
        return next((column for column in self.columns if role in column.roles), None)

    def has(self, *roles: str) -> bool:
        """Whether columns play all of the roles."""
        return all(self.column(role) for role in roles)

    @property
    def row_key(self) -> list[str]:
        """Columns of the staging view that identify a row; items of one row share its line."""
        has_items = any(ITEM in column.header for column in self.columns)
        return ["load_id", "file_line", *(["given_line_number"] if has_items else [])]

    def name_of(self, role: str) -> str:
        """Name of the column that plays a role; KeyError when none does."""
        column = self.column(role)
        if column is None:
            raise KeyError(role)
        return column.name


@dataclass(frozen=True)
class OrderHead:
    """The data of one order in a file of orders; `is_void` if the order does not count."""

    moment: object
    customer: str | None
    currency: str | None
    is_void: bool


@dataclass(frozen=True)
class GivenBack:
    """Whether lines say that pieces or amounts of them were given back; `is_quantity_less` where
    quantities are still to be lessened and totals are not, `is_total_less` where totals are what
    remains."""

    has_pieces: bool = False
    has_amounts: bool = False
    is_quantity_less: bool = False
    is_total_less: bool = False


@dataclass(frozen=True)
class PriceBefore:
    """The columns of a price before discount and of the discount, which is of a form, that make the
    price that was paid."""

    price: str
    discount: str
    form: str


@dataclass
class Design:
    """The whole source.

    `lines_reading` and `orders_reading` say how amounts come from columns; `effects` what each
    status and kind of line does, by role and word. `said` is what was found, `guessed` what may be
    wrong with the option that turns it, `advice` what a person should look at, one sentence each.
    """

    source: str
    tables: list[Table]
    currency: str | None
    has_header: bool
    time_zone: str | None = None
    lines_reading: LineReading = field(default_factory=lambda: LineReading("price"))
    orders_reading: OrderReading = field(default_factory=OrderReading)
    effects: dict[str, dict[str, str]] = field(default_factory=dict)
    # Whether prices of what came back have a minus, too.
    is_price_signed: bool = False
    given_back: GivenBack = field(default_factory=GivenBack)
    # Roles that name an order before its number, where numbers start anew.
    order_parts: tuple[str, ...] = ()
    wished_effects: dict[str, str] = field(default_factory=dict)
    price_from_master: bool = False
    # Whether amounts of what came back are written without the minus that their quantity has.
    signs_differ: bool = False
    # What the price that was paid is less than, tested on every load.
    price_before: PriceBefore | None = None
    # Whether rows of a line with several payments are that line repeated, tested on every load.
    is_paid_apart: bool = False
    net_amounts: list[Decimal | None] = field(default_factory=list, repr=False)
    # Orders by id, where they have a file of their own.
    orders: dict[str, OrderHead] = field(default_factory=dict, repr=False)
    # Of the sample's rows, which count; and what each order has less than its lines.
    counts: list[bool] = field(default_factory=list, repr=False)
    taken_off: dict[str, Decimal] = field(default_factory=dict, repr=False)
    said: list[str] = field(default_factory=list)
    guessed: list[str] = field(default_factory=list)
    advice: list[str] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)

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
    keep although they look personal, the currency, the shop's time zone, what comes first in
    doubtful dates (day, month, year), what a discount is (amount, share, percent), the decimal
    sign of doubtful numbers, columns to leave out of account, and what words of statuses and kinds
    of line do (sale, void, return), in lower case; and whether order numbers are unique or start
    anew (once, restart)."""

    roles: dict[str, str] = field(default_factory=dict)
    keep: tuple[str, ...] = ()
    currency: str | None = None
    dates: str | None = None
    has_header: bool = True
    time_zone: str | None = None
    discount: str | None = None
    decimal: str | None = None
    ignored: tuple[str, ...] = ()
    effects: dict[str, str] = field(default_factory=dict)
    order_numbers: str | None = None
