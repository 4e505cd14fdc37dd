"""Why a build failed, in names and numbers only, because values may be personal."""

from collections.abc import Collection

from ingest.counts import counted
from warehouse.build.dbt_run import FAILED, NodeResult, Outcome

# The columns that hold a reason.
LONGEST_REASON = 1024


def reason(failed: Collection[NodeResult]) -> str:
    """One sentence about the nodes that failed, of which there is at least one: a model first,
    because tests fail where one could not be built.
    """
    first = min(failed, key=lambda result: (result.is_test, result.name))
    if first.is_test:
        tables = " and ".join(sorted(_table_name(name) for name in first.reads))
        found = "" if first.status == "error" or first.failures is None else _rows(first.failures)
        told = f"Test {first.name}{' of ' if tables else ''}{tables} failed{found}"
    else:
        told = f"The {first.kind} {first.name} could not be built"
    more = f", and {len(failed) - 1:,} more failed" if len(failed) > 1 else ""
    return f"{told[: LONGEST_REASON - 40]}{more}."


def reason_of(outcome: Outcome, explained: Collection[str] = ()) -> str | None:
    """Why dbt did not do all it was asked to; None if it did. What dbt itself says may quote a
    value, so it is left out. explained: names of tests that need no mention if others failed.
    """
    failed = [result for result in outcome.results if result.status in FAILED]
    if failed:
        return reason([result for result in failed if result.name not in explained] or failed)
    return "dbt could not run: its log says why." if outcome.fatal else None


def _rows(failures: int) -> str:
    return f" on {counted(failures, 'row')}"


def _table_name(unique_id: str) -> str:
    kind, _, *names = unique_id.split(".")
    return ".".join(names) if kind == "source" else names[-1]
