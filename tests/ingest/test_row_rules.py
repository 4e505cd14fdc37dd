"""Cells that are right alone and wrong together, and cells that must not be empty."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.checks.cell_rules import FileFacts
from ingest.loader_errors import Refusal
from tests.ingest.conftest import grocery_file, grocery_line, ticket
from tests.ingest.reading import faults

CAMPAIGNS = "description,campaign,start_day,end_day\nTypeA,1,224,264\n"


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_a_campaign_cannot_end_before_it_starts(project_dir: Path, line_end: str) -> None:
    content = CAMPAIGNS + "TypeB,2,300,299\nTypeB,3,300,300\n"
    found = faults(project_dir, "grocery.campaign_desc", content.replace("\n", line_end))
    assert found == [(3, "end_day", "before start_day")]


def test_campaigns_in_order_are_taken(project_dir: Path) -> None:
    assert faults(project_dir, "grocery.campaign_desc", CAMPAIGNS) == []


def test_a_line_without_its_time_is_no_midnight_sale(project_dir: Path) -> None:
    lines = [grocery_line(trans_time=0), grocery_line(trans_time="")]
    found = faults(project_dir, "grocery.transaction_data", grocery_file(lines))
    assert found == [(3, "trans_time", "empty, but required")]


@pytest.mark.parametrize("wrong", ["LEEDS", "leeds", " Leeds", "Lee ds"])
def test_one_branch_is_spelt_in_one_way(project_dir: Path, wrong: str) -> None:
    facts = FileFacts(expected=(("branch_name", "leeds"),))
    rows = [ticket(), ticket(branch_name=wrong), ticket()]
    assert faults(project_dir, "cafe.transactions", "\n".join(rows) + "\n", facts) == [
        (2, "branch_name", "not spelt as in the file's first row, or has a blank before it")
    ]


@pytest.mark.parametrize("count", [2, 300])
def test_rows_that_end_in_carriage_returns_alone_are_told_so(project_dir: Path, count: int) -> None:
    content = "\r".join([ticket()] * count) + "\r"
    with pytest.raises(Refusal, match="lines end in a carriage return alone"):
        faults(project_dir, "cafe.transactions", content)


@pytest.mark.parametrize(("written", "wrong"), [("Leeds ", []), (" Leeds", [(1, "branch_name")])])
def test_blanks_around_the_first_branch_are_no_part_of_its_name(
    project_dir: Path, written: str, wrong: list[tuple[int, str]]
) -> None:
    """Those at its end are cut off, as of every id."""
    facts = FileFacts(expected=(("branch_name", "leeds"),))
    rows = [ticket(branch_name=written), ticket(), ticket(branch_name="Leeds  ")]
    found = faults(project_dir, "cafe.transactions", "\n".join(rows) + "\n", facts)
    assert [(line, column) for line, column, _ in found] == wrong
