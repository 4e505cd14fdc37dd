"""The options of load(): about the files and about the warehouse."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

from ingest.loader_errors import DefinitionError, UsageError
from ingest.tables.text_dialects import read_time_zone
from ingest.tokens.token_keys import TokenKey, parse_token_key


@dataclass(frozen=True)
class Options:
    """How to load files. Raises UsageError for invalid or contradictory options.

    `table` takes all files, whatever their names. `as_of` is the business date of master data.
    `check` checks files and writes nothing. `corrects` and `adds` say what a known file name with
    different content (or a repeated order) means. `order_again` "newest": the newest file with an
    order has the whole order. `time_zone` is the shop's; times with an offset are converted to it.
    `token_key` is 64 hex digits, needed for tables with tokens. `prefix` is put before the names
    of all schemas. A file is refused if more than `max_reject_share` of its rows, or more than
    `max_reject_rows`, are rejected; one rejected row beside good ones is always allowed unless the
    share is 0, because one row of a small file says little about a share. `keep_customer_ids`
    stores customer ids that are an e-mail address, a telephone or card number or a name as given;
    otherwise they become tokens (`personal_values` in the definitions). `copies` is a private
    folder for copies of files in S3.
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
    copies: Path | None = None

    def __post_init__(self) -> None:
        if self.corrects and self.adds:
            raise UsageError("--corrects and --adds contradict each other; pass only one")
        if self.order_again not in (None, "newest"):
            raise UsageError("order_again must be newest")
        if self.order_again and self.adds:
            raise UsageError("--order-again and --adds contradict each other; pass only one")
        _ = self.zone, self.key  # Both raise UsageError if they cannot be read.

    @cached_property
    def zone(self) -> ZoneInfo | None:
        """The shop's time zone."""
        try:
            return read_time_zone(self.time_zone, "--time-zone")
        except DefinitionError as error:
            raise UsageError(str(error)) from None

    @cached_property
    def key(self) -> TokenKey | None:
        """The key for making tokens."""
        return parse_token_key(self.token_key)
