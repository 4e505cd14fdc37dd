"""What reaches the terminal of text that came from outside."""

from __future__ import annotations

import io
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from rich.progress import Progress
from rich.table import Table
from rich.text import Text

from ingest.console import Terminal
from ingest.files.batches import Reject
from ingest.loads.control_totals import Total
from ingest.loads.load_report import (
    LONG_FILE_BYTES,
    FileResult,
    LoadReport,
    bar,
    render,
)
from tests.ingest.conftest import Shop, good_lines, grocery_file, grocery_line

# Clears the screen, sets the title, turns the direction of writing, opens a link, paints.
HOSTILE = "\x1b[2J\x1b]0;owned\x07\x9b31m\u202e[link=x.test]a[bold]\nb"
SEEN = r"\x1b[2J\x1b]0;owned\x07\x9b31m\u202e[link=x.test]a[bold]\x0ab"


def printed(*things: object) -> str:
    out = io.StringIO()
    terminal = Terminal(file=out, width=400, force_terminal=True)
    for thing in things:
        terminal.print(thing)
    return out.getvalue()


def test_the_terminal_shows_what_a_text_would_do() -> None:
    table = Table(HOSTILE.replace("\n", ""))
    table.add_row(HOSTILE.replace("\n", ""))
    told = printed(HOSTILE, Text(HOSTILE), table)
    # rich leaves the bell out by itself.
    assert told.count(r"\x1b]0;owned\x9b31m\u202e[li") == 4
    assert not {"\x07", "\x9b", "\u202e"} & set(told)
    # What is left are rich's own colours: of the heading of the table.
    assert {part[:3] for part in told.split("\x1b")[1:]} <= {"[1m", "[0m"}


def test_colours_and_bars_of_its_own_still_work() -> None:
    assert "\x1b[31mred\x1b[0m" in printed(Text("red", style="red"))
    out = io.StringIO()
    with Progress(console=Terminal(file=out, width=80, force_terminal=True)) as progress:
        progress.add_task("loading", total=2, completed=1)
    assert "loading" in out.getvalue() and "\x1b[" in out.getvalue()
    assert "\\x1b" not in out.getvalue()


def test_a_report_shows_names_cells_and_messages_as_text() -> None:
    file = FileResult(
        Path(f"{HOSTILE}.csv"),
        "sales",
        "loaded",
        rows_in_file=3,
        rows_loaded=2,
        rows_rejected=1,
        totals=(Total(None, "\x1b[1", 2, Decimal(5)),),
        rejects=(Reject(4, "amount", "not a number", f"{HOSTILE}{'9' * 10_000}"),),
        message=f"takes the place of {HOSTILE}",
    )
    told = printed(render(LoadReport("cafe", [file])))
    plain = told.replace("\x1b[1m", "").replace("\x1b[0m", "").replace("\x1b[32m", "")
    assert "\x1b" not in plain and "\x07" not in plain and "\u202e" not in plain
    lines = [line.rstrip() for line in plain.splitlines()]
    assert lines[1].split() == [f"{SEEN}.csv", "sales", "loaded", "2", "1", "5.00", r"\x1b[1"]
    assert lines[2] == f"{SEEN}.csv: takes the place of {SEEN}"
    assert lines[3] == f"{SEEN}.csv, line 4, amount: not a number ('{SEEN[:39]}…')"
    assert len(lines) == 4


def test_a_bar_shows_the_name_of_its_file_as_text() -> None:
    out = io.StringIO()
    with bar(Terminal(file=out, force_terminal=True, width=200)) as advance:
        advance(HOSTILE, LONG_FILE_BYTES // 2, LONG_FILE_BYTES)
    assert SEEN in out.getvalue()
    assert "owned\x07" not in out.getvalue()


def test_a_refusal_never_repeats_more_than_200_letters_of_a_file(shop: Shop) -> None:
    cell, header = "9x" * 5_000, f"{HOSTILE}{'h' * 10_000}"
    files = {
        "transaction_data_cells.csv": grocery_file([grocery_line(day=cell)] * 3),
        "transaction_data_header.csv": grocery_file(good_lines(2)).replace("day", f'"{header}"', 1),
        f"transaction_data_{HOSTILE}.csv": "x\n1\n",
        f"{HOSTILE}.csv": "no table claims it",
    }
    for name, content in files.items():
        shop.write(name, content)
    report = shop.load("grocery")
    assert {result.status for result in report.files} == {"refused", "unclaimed"}
    told = printed(render(report))
    assert "9x9x" in told and "hhhh" in told
    assert "9x" * 25 not in told and "h" * 200 not in told
    assert "owned\x07" not in told and "\x1b]0" not in told and "\u202e" not in told


def test_a_wrong_call_shows_its_words_as_text(tmp_path: Path) -> None:
    # A pattern of the shell gives a file of such a name to the command as an option.
    program = Path(sys.executable).with_name("warehouse")
    done = subprocess.run(
        [program, "load", "cafe", "--\x1b]0;owned\x07"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert r"--\x1b]0;owned\x07" in done.stderr
    assert "\x1b" not in done.stderr


@pytest.mark.parametrize("name", ["[bold]x", "\x1b]0;owned\x07", "\u202efdp.csv"])
def test_a_path_that_leads_nowhere_is_shown_as_text(shop: Shop, name: str) -> None:
    told = printed(render(shop.load("grocery", shop.folder / name)))
    assert "no such file or folder" in told
    assert ("[bold]x" in told) == (name == "[bold]x")
    assert "owned\x07" not in told and "\u202e" not in told


PRINTS_MUCH = """
import sys
from ingest.console import Terminal
terminal = Terminal()
for number in range(20_000):
    terminal.print(f"line {number}")
sys.exit(7)
"""


def test_a_reader_who_leaves_stops_the_printing_and_not_the_work() -> None:
    command = [sys.executable, "-c", PRINTS_MUCH]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout and process.stderr
        assert process.stdout.readline() == b"line 0\n"
        process.stdout.close()
        assert process.wait(timeout=60) == 7
        assert process.stderr.read() == b""
