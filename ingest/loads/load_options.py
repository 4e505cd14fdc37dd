"""What the caller of load() says of the files and of the warehouse."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from functools import cached_property
from zoneinfo import ZoneInfo

from ingest.loader_errors import DefinitionError, UsageError
from ingest.tables.text_dialects import read_time_zone
from ingest.tokens.token_keys import TokenKey, parse_token_key


@dataclass(frozen=True)
class Options:
    """How files are to be loaded. Raises UsageError for what cannot be, or contradicts itself.

    `table` takes all files, whatever their names. `as_of` is the business date of master data.
    `check` judges and writes nothing. `corrects` and `adds` say what a known file name with other
    content (or an order that comes again) means. `order_again` "newest": of files with the same
    order the newest has the whole of it. `time_zone` is the shop's, to which times with an offset
    are converted. `token_key` is 64 hex digits, needed for tables with tokens. `prefix` stands
    before the names of all schemas. A file is refused when more than `max_reject_share` of its
    rows, or more than `max_reject_rows`, are rejected; one rejected row beside good ones is always
    allowed unless the share is 0, as one row of a small file says nothing about a share.
    `keep_customer_ids` stores ids of customers as given that are an e-mail address, a telephone or
    card number or a name; else these become tokens (`personal_values` in the definitions).
    """

    table: str | None = None
    as_of: dt.date = field(default_factory=dt.date.today)
    check: bool = False
    corrects: bool = False
    adds: bool = False
    order_again: str | None = None
    time_zone: str | None = None
    token_key: str | None = field(default=None, repr=False)
    prefix: str = ""
    max_reject_share: float = 0.01
    max_reject_rows: int = 1000
    keep_customer_ids: bool = False

    def __post_init__(self) -> None:
        if self.corrects and self.adds:
            raise UsageError("--corrects and --adds contradict each other; say one of them")
        if self.order_again not in (None, "newest"):
            raise UsageError("order_again can only be newest")
        if self.order_again and self.adds:
            raise UsageError("--order-again and --adds contradict each other; say one of them")
        _ = self.zone, self.key  # Both raise UsageError for what they cannot read.

    @cached_property
    def zone(self) -> ZoneInfo | None:
        """The shop's time zone."""
        try:
            return read_time_zone(self.time_zone, "--time-zone")
        except DefinitionError as error:
            raise UsageError(str(error)) from None

    @cached_property
    def key(self) -> TokenKey | None:
        """The key under which tokens are made."""
        return parse_token_key(self.token_key)
