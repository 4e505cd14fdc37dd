"""Decides what a file does to earlier loads: by name and size before it is read, by its orders
afterwards."""

from __future__ import annotations

from dataclasses import dataclass

from ingest.files.claimed_files import Candidate
from ingest.files.file_bytes import content_sha256, open_file, sha256_of_beginning
from ingest.loader_errors import Refusal
from ingest.loads import repeated_orders
from ingest.loads.ledger import Load
from ingest.loads.load_target import Target
from ingest.loads.reused_order_numbers import refuse_reused_numbers
from ingest.tokens.token_keys import check_key


@dataclass(frozen=True)
class Decision:
    """How to read a file: it replaces the loads `leaving`, by its name, and `writes` says whether
    its rows go into the raw table."""

    leaving: list[Load]
    writes: bool


def decide(target: Target, candidate: Candidate) -> Decision:
    """Decide by name and size, so that a known file is not copied again.

    Raises Refusal for a file that must not be read, AlreadyKnown for known content.
    """
    leaving = _by_name_and_size(target, candidate)
    _check_key(target)
    # Orders cannot repeat in an empty table, so a check then needs no raw table either.
    comes_again = repeated_orders.can_come_again(target.table) and bool(target.ledger.live())
    return Decision(leaving, writes=not target.options.check or comes_again)


def decide_by_orders(target: Target, load_id: int, leaving: list[Load]) -> list[Load]:
    """All loads that a file replaces, once its rows are in the raw table."""
    options, table, connection = target.options, target.table, target.connection
    live = target.ledger.live()
    if not options.corrects and live:
        refuse_reused_numbers(connection, table, load_id, leaving, options.prefix)
    if target.is_rolling:
        return leaving
    gone = {load.load_id for load in leaving}
    rolling = [load.load_id for load in live if load.order_again]
    again = repeated_orders.settle(
        connection,
        table,
        load_id,
        leaving,
        corrects=options.corrects,
        adds=options.adds,
        rolling=[number for number in rolling if number not in gone],
        prefix=options.prefix,
    )
    return leaving + [load for load in live if load.load_id in again]


def _by_name_and_size(target: Target, candidate: Candidate) -> list[Load]:
    ledger, options = target.ledger, target.options
    if candidate.fault:
        raise Refusal(candidate.fault)
    open_file(candidate.path).close()
    size = candidate.path.stat().st_size
    if size == 0:
        raise Refusal("empty file")
    decided = not ledger.same_name(candidate) or target.table.mode == "replace"
    if not decided or ledger.has_size(size):
        sha256 = content_sha256(candidate.path, is_wide=target.is_wide)
        ledger.check_content(sha256, options.corrects)
    adds = options.adds or target.is_rolling
    if not decided and not adds and (grown := _beginnings(target, candidate, size)):
        return grown
    return ledger.superseded_by_name(candidate, corrects=options.corrects, adds=adds)


def _beginnings(target: Target, candidate: Candidate, size: int) -> list[Load]:
    """The loads of the same name that are the beginning of a file that has grown since: it was
    loaded while half of it had arrived. Packed files that are cut off are refused instead.
    """
    return [
        load
        for load in target.ledger.same_name(candidate)
        if load.file_bytes < size
        and sha256_of_beginning(candidate.path, load.file_bytes) == load.sha256
    ]


def _check_key(target: Target) -> None:
    """All tokens of a warehouse are made with one key; otherwise they would not match."""
    if target.table.has_tokens or target.forgotten:
        options = target.options
        check_key(target.connection, options.key, options.prefix, remember=not options.check)
