"""What the loader knows of a raw table: its columns, its rules, how its files are told."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from ingest.personal.personal_headers import NAME, personal_header
from ingest.tables.column_types import ColumnType
from ingest.tables.text_dialects import Dialect

# In the header of a column: the number of an item, where items stand side by side in one row.
ITEM = "{n}"


@dataclass(frozen=True)
class CustomerLink:
    """How the rows of one customer are found in a table.

    `column` holds the customer's id; or, with `to`, what the customer's rows have in that column
    of another table, as (table, column).
    """

    column: str
    to: tuple[str, str] | None = None

    @property
    def identifier(self) -> str:
        """What kind of value the column holds: tables that share it name the same people by it."""
        return ".".join(self.to) if self.to else "customer_id"

    def plain(self, value: str) -> str:
        """A value as it is compared: an id as given, what links tables without case and blanks."""
        return value.strip().lower() if self.to else value


@dataclass(frozen=True)
class LineAmount:
    """Columns that make the net amount of an order line: quantity × unit price less discount, which
    is an amount of money, a share or in per cent."""

    quantity: str
    unit_price: str
    discount: str | None = None
    line_type: str | None = None
    discount_share: str | None = None
    discount_percent: str | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that are named."""
        named = (self.quantity, self.unit_price, self.discount, self.line_type,
                 self.discount_share, self.discount_percent)  # fmt: skip
        return tuple(name for name in named if name is not None)


@dataclass(frozen=True)
class Control:
    """What a file's control totals are summed from, and by.

    The amount is a column or worked out per line; the currency a code for the whole table or a
    column. A cell without currency counts under none. `minor_units` is how many decimals of the
    currency the amount leaves out: 2 for whole cents. Where the column `signed_by` is negative the
    amount counts negative, however it is written.
    """

    amount: str | None = None
    business_date: str | None = None
    day_zero: dt.date | None = None
    currency: str | None = None
    line_amount: LineAmount | None = None
    currency_column: str | None = None
    minor_units: int = 0
    signed_by: str | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that the totals are made of."""
        named = (self.amount, self.business_date, self.currency_column, self.signed_by)
        lines = self.line_amount.columns if self.line_amount else ()
        return tuple(name for name in named if name is not None) + lines


@dataclass(frozen=True)
class Column:
    """One column of a raw table and the rules its cells must keep.

    `format` is how dates and times are written, or several such forms; of text it is that of a time
    of day, which is stored as HH:MM:SS. `is_id` cells lose blanks at their end, and 17850.0 is
    17850 where all are numbers. `currency` are signs and codes that may stand beside a number,
    `units` words that may stand behind it, `decimal` its decimal sign where the table has
    another. `is_utc` times say no offset and are UTC all the same.
    `nobody` are cells, in lower case, that name no customer and are stored empty.
    `words` is the seed that knows what its words mean, by its path below the project.
    `partition` columns are not in files: folders name them, as in `dt=2024-05-01/`.
    """

    name: str
    type: ColumnType
    pii: str | None = None
    required: bool = False
    optional: bool = False
    format: str | tuple[str, ...] | None = None
    accepted: tuple[str, ...] = ()
    pattern: str | None = None
    minimum: int | None = None
    maximum: int | None = None
    first_day: dt.date | None = None
    last_day: dt.date | None = None
    blank_exactly_when: tuple[str, str] | None = None
    not_before: str | None = None
    times: str | None = None
    token_of: tuple[str, ...] = ()
    header: str | None = None
    is_id: bool = False
    currency: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    decimal: str | None = None
    is_utc: bool = False
    partition: bool = False
    personal_values: str | None = None
    form_elsewhere: str | None = None
    words: str | None = None
    nobody: tuple[str, ...] = ()

    @property
    def is_in_files(self) -> bool:
        """Whether files have the column: not a token of others, an item's number or a folder's."""
        return not self.token_of and not self.partition and self.header != ITEM

    @property
    def name_in_files(self) -> str:
        """What the header of files calls it, in lower case and with single blanks."""
        return plain_header(self.header or self.name)

    @property
    def is_of_item(self) -> bool:
        """Whether the column comes once for each item of a row."""
        return ITEM in (self.header or "")

    @property
    def formats(self) -> tuple[str, ...]:
        """The forms in which dates and times are written; none for ISO 8601."""
        if self.format is None or isinstance(self.format, tuple):
            return self.format or ()
        return (self.format,)

    @property
    def tokenises_personal(self) -> bool:
        """Whether values that are personal by their form are stored as tokens, others as given."""
        return self.personal_values == "token"

    @property
    def is_stored(self) -> bool:
        """Whether the column exists in the raw table."""
        return self.pii != "drop"


def plain_header(text: str) -> str:
    """A header as it is compared: in lower case, blanks and line ends as single blanks."""
    return " ".join(text.split()).lower()


@dataclass(frozen=True)
class Table:
    """One raw table: its columns and how files become its rows.

    Files of a table without `dialect` are plain CSV in UTF-8. `fill_down` are columns that an order
    says on its first line alone. `order_again` "newest": of files with the same order the newest
    has the whole of it. `numbers_restart`: orders of different days may have the same order_id.
    `time_zone` is that of the shop's clock.
    """

    source: str
    name: str
    schema: str
    columns: tuple[Column, ...]
    mode: str
    has_header: bool = True
    file_pattern: re.Pattern[str] | None = None
    file_day_format: str | None = None
    same_name_corrects: bool = False
    order_id: str | None = None
    line_key: tuple[str, ...] = ()
    control: Control = field(default_factory=Control)
    customer: tuple[CustomerLink, ...] = ()
    retention_days: int | None = None
    reject_retention_days: int | None = None
    kept_by: str | None = None
    dialect: Dialect | None = None
    fill_down: tuple[str, ...] = ()
    order_again: str | None = None
    time_zone: ZoneInfo | None = None
    numbers_restart: bool = False

    @property
    def item_columns(self) -> tuple[Column, ...]:
        """Columns that come once for each item of a row; none where a row is a line."""
        return tuple(column for column in self.columns if column.is_of_item)

    is_of_people: bool = False
    personal_forms: tuple[str, ...] = ()

    @property
    def file_columns(self) -> tuple[Column, ...]:
        """Columns of the table's files, in the order of the definition."""
        return tuple(column for column in self.columns if column.is_in_files)

    @property
    def stored_columns(self) -> tuple[Column, ...]:
        """Columns of the raw table, in the order of the definition, loader columns left out."""
        return tuple(column for column in self.columns if column.is_stored)

    @property
    def made_columns(self) -> tuple[str, ...]:
        """Names of the columns that files do not have and the loader makes."""
        return tuple(column.name for column in self.columns if not column.is_in_files)

    @property
    def is_personal(self) -> bool:
        """Whether any column holds personal data."""
        return any(column.pii for column in self.columns)

    @property
    def keeps_rejected_values(self) -> bool:
        """Whether rejects may keep the value: not where any table of the source is personal.

        A row that is shifted, or a file whose columns are exchanged, has names anywhere.
        """
        return not (self.is_of_people or self.is_personal)

    @property
    def has_tokens(self) -> bool:
        """Whether loading needs the token key."""
        return any(column.pii == "token" or column.tokenises_personal for column in self.columns)

    @property
    def person_names(self) -> tuple[Column, ...]:
        """Personal text columns of the files whose header says that they hold people's names."""
        return tuple(
            column
            for column in self.file_columns
            if column.pii
            and column.type.kind == "varchar"
            and personal_header(column.name_in_files, is_about_people=True) == NAME
        )

    @property
    def impersonal_columns(self) -> tuple[Column, ...]:
        """Text columns that hold nothing personal, in a source that has personal columns."""
        return tuple(
            column
            for column in self.stored_columns
            if self.is_of_people
            and column.type.kind == "varchar"
            and not (column.pii or column.personal_values or column.accepted)
        )

    @property
    def customer_id(self) -> Column | None:
        """The column that holds the customer's id, if there is one."""
        named = [link.column for link in self.customer if link.to is None]
        return self.column(named[0]) if named else None

    @property
    def erasable_columns(self) -> tuple[Column, ...]:
        """Restricted and token columns that facts are not built from: all but ids and keys."""
        kept = {self.order_id, *self.line_key}
        kept |= {link.column for link in self.customer if link.to is None}
        return tuple(
            column
            for column in self.columns
            if column.pii in ("restrict", "token") and column.name not in kept
        )

    @property
    def has_restricted(self) -> bool:
        """Whether any column is stored as given and must not be seen outside raw."""
        return any(column.pii == "restrict" for column in self.columns)

    def column(self, name: str) -> Column:
        """The column of that name; KeyError when there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)


@dataclass(frozen=True)
class Source:
    """One source system and its raw tables."""

    name: str
    schema: str
    tables: dict[str, Table]
