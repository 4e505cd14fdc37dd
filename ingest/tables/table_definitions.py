"""What the loader knows about a raw table: its columns, its rules and its files."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from ingest.personal.personal_headers import NAME, personal_header
from ingest.tables.column_types import ColumnType
from ingest.tables.text_dialects import Dialect

# In a column's header: the item number, if one row has several items side by side.
ITEM = "{n}"


@dataclass(frozen=True)
class CustomerLink:
    """How the rows of one customer are found in a table.

    `column` holds the customer id or, with `to`, the value that the customer's rows have in a
    column of another table, given as (table, column).
    """

    column: str
    to: tuple[str, str] | None = None

    @property
    def identifier(self) -> str:
        """The kind of value in the column: tables with the same kind identify people alike."""
        return ".".join(self.to) if self.to else "customer_id"

    def plain(self, value: str) -> str:
        """A value for comparison: an id as given, a link between tables without case and blanks."""
        return value.strip().lower() if self.to else value


@dataclass(frozen=True)
class LineAmount:
    """Columns for the net amount of an order line: quantity × unit price less discount, which is an
    amount of money, a share or a percentage."""

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
    """What a file's control totals are summed from, and how they are grouped.

    The amount is a column or calculated per line; the currency is a code for the whole table or a
    column. Rows without a currency have their own total. `minor_units` is the number of decimals
    that the amount is shifted by: 2 for whole cents. The amount takes the sign of the column
    `signed_by`: negative there means negative here.
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
    """One column of a raw table and the rules its cells must satisfy.

    `format` is the format of dates and times, or several of them; for text, it is that of a time of
    day, which is stored as HH:MM:SS. `is_id`: trailing blanks are removed, and 17850.0 becomes
    17850 if all ids are numbers. `currency` are signs and codes allowed beside a number, `units`
    words allowed after it, `decimal` is its decimal sign if the table has another one. `is_utc`:
    times are in UTC although they have no offset. `nobody` are values, in lower case, that mean no
    customer and are stored empty. `words` is the path below the project of the seed that maps the
    column's words. `partition` columns are not in files: folder names hold them, as in
    `dt=2024-05-01/`.
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
        """Whether files have the column: no token of others, item number or folder value."""
        return not self.token_of and not self.partition and self.header != ITEM

    @property
    def name_in_files(self) -> str:
        """The column's name in file headers, in lower case and with single blanks."""
        return plain_header(self.header or self.name)

    @property
    def is_of_item(self) -> bool:
        """Whether the column repeats for each item of a row."""
        return ITEM in (self.header or "")

    @property
    def formats(self) -> tuple[str, ...]:
        """The formats of dates and times; none means ISO 8601."""
        if self.format is None or isinstance(self.format, tuple):
            return self.format or ()
        return (self.format,)

    @property
    def tokenises_personal(self) -> bool:
        """Whether values with a personal form are stored as tokens, and others as given."""
        return self.personal_values == "token"

    @property
    def is_stored(self) -> bool:
        """Whether the column exists in the raw table."""
        return self.pii != "drop"


def plain_header(text: str) -> str:
    """A header for comparison: in lower case, with blanks and line ends as single blanks."""
    return " ".join(text.split()).lower()


@dataclass(frozen=True)
class Table:
    """One raw table: its columns and how files become its rows.

    Files of a table without `dialect` are plain CSV in UTF-8. `fill_down` are columns that only the
    first line of an order fills. `order_again` "newest": the newest file with an order has the
    whole order. `numbers_restart`: orders of different days may have the same order_id. `time_zone`
    is that of the shop's clock.
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
        """Columns that repeat for each item of a row; none if a row is a line."""
        return tuple(column for column in self.columns if column.is_of_item)

    is_of_people: bool = False
    personal_forms: tuple[str, ...] = ()

    @property
    def file_columns(self) -> tuple[Column, ...]:
        """Columns of the table's files, in the order of the definition."""
        return tuple(column for column in self.columns if column.is_in_files)

    @property
    def stored_columns(self) -> tuple[Column, ...]:
        """Columns of the raw table, in the order of the definition, without loader columns."""
        return tuple(column for column in self.columns if column.is_stored)

    @property
    def made_columns(self) -> tuple[str, ...]:
        """Names of the columns that files do not have and the loader adds."""
        return tuple(column.name for column in self.columns if not column.is_in_files)

    @property
    def is_personal(self) -> bool:
        """Whether any column holds personal data."""
        return any(column.pii for column in self.columns)

    @property
    def keeps_rejected_values(self) -> bool:
        """Whether rejects may keep the value: not if any table of the source is personal.

        In a shifted row, or a file with swapped columns, names may be anywhere.
        """
        return not (self.is_of_people or self.is_personal)

    @property
    def has_tokens(self) -> bool:
        """Whether loading needs the token key."""
        return any(column.pii == "token" or column.tokenises_personal for column in self.columns)

    @property
    def person_names(self) -> tuple[Column, ...]:
        """Personal text columns of the files with people's names, judging by the header."""
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
        """Restricted and token columns that no fact is built from: all except ids and keys."""
        kept = {self.order_id, *self.line_key}
        kept |= {link.column for link in self.customer if link.to is None}
        return tuple(
            column
            for column in self.columns
            if column.pii in ("restrict", "token") and column.name not in kept
        )

    @property
    def has_restricted(self) -> bool:
        """Whether any column is stored as given but must not be visible outside the raw schema."""
        return any(column.pii == "restrict" for column in self.columns)

    def column(self, name: str) -> Column:
        """The column of this name; raises KeyError if there is none."""
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
