"""What a build that failed says of each model and test."""

import io
from typing import cast

import click
import psycopg
import pytest
from rich.console import Console

from warehouse.build.dbt_run import NodeResult, Outcome
from warehouse.build.pipeline import parse_variables
from warehouse.build.problems import print_problems
from warehouse.settings import Settings


def told(result: NodeResult) -> list[str]:
    output = io.StringIO()
    console = Console(file=output, width=300)
    connection = cast(psycopg.Connection, None)
    print_problems(Outcome([result]), Settings.from_environment(), connection, console)
    return [line.strip() for line in output.getvalue().splitlines() if line.strip()]


def test_details_that_show_whole_rows_are_left_out() -> None:
    message = (
        "Database Error in model members\n"
        '  null value in column "email" violates not-null constraint\n'
        "  DETAIL:  Failing row contains (1, Ada, Quill, null)."
    )
    lines = told(NodeResult("model.w.m", "m", "model", "error", message, None, 1.0, None, ""))
    assert 'null value in column "email" violates not-null constraint' in lines
    assert not [line for line in lines if "Quill" in line]


def test_a_failed_model_says_its_error_first_and_itself_in_one_sentence() -> None:
    description = "## Overview\nLines of orders. One per product.\n\n## Primary key\nline_key.\n"
    message = "Database Error\n  numeric field overflow\n  compiled code at target/x.sql"
    result = NodeResult("model.w.f", "fct", "model", "error", message, None, 1.0, None, description)
    assert told(result) == [
        "Failed (1)",
        "model fct",
        "Database Error",
        "numeric field overflow",
        "What it is: Lines of orders.",
    ]


def test_what_the_database_says_of_a_cell_is_short_and_only_text() -> None:
    cell = "\x1b]0;owned\x07[bold]" + "9" * 10_000
    message = f"Database Error in model f\n  invalid input for type numeric: {cell}"
    result = NodeResult("model.w.f", "fct", "model", "error", message, None, 1.0, None, "")
    lines = told(result)
    assert lines[2] == "Database Error in model f"
    assert lines[3].startswith(r"invalid input for type numeric: \x1b]0;owned\x07[bold]999")
    assert len(lines) == 4 and len(lines[3]) == 200


@pytest.mark.parametrize("day", ["2021-13-01", "2005-02-31"])
def test_a_date_that_does_not_exist_is_named_as_such(day: str) -> None:
    with pytest.raises(click.BadParameter, match=f"{day}.* contains an invalid date"):
        parse_variables(f"{{as_of_date: {day}}}")


def test_what_is_no_mapping_is_named_as_such() -> None:
    with pytest.raises(click.BadParameter, match="must be a YAML mapping"):
        parse_variables("as_of_date 2021-08-31")
