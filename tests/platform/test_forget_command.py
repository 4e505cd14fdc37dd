"""How `warehouse forget` is told whom to forget."""

from __future__ import annotations

from typing import Any

import pytest
from click.testing import CliRunner

from ingest.erasure import forgetting, purging
from ingest.erasure.erasing import NotRewritten
from warehouse import personal_data
from warehouse.commands.erasure import forget
from warehouse.server import bringup
from warehouse.settings import Settings


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """Source, person and application of each call, and no warehouse behind it."""
    calls: list[tuple[Any, ...]] = []

    def record(_: Settings, *given: Any) -> int:
        calls.append(given[:3])
        return 0

    monkeypatch.setattr(bringup, "ensure_ready", lambda *_: None)
    monkeypatch.setattr(personal_data, "forget", record)
    return calls


def test_the_person_may_come_by_a_pipe(asked: list[tuple[Any, ...]]) -> None:
    result = CliRunner().invoke(forget, ["ecommerce", "-", "--yes"], input="ann@reed.example\r\n")
    assert result.exit_code == 0, result.output
    assert asked == [("ecommerce", "ann@reed.example", None)]
    assert "reed" not in result.output


def test_an_application_may_have_a_negative_key(asked: list[tuple[Any, ...]]) -> None:
    result = CliRunner().invoke(forget, ["ecommerce", "--application", "-73018", "--yes"])
    assert result.exit_code == 0, result.output
    assert asked == [("ecommerce", None, "-73018")]


@pytest.mark.parametrize(
    ("arguments", "given", "message"),
    [
        (["ecommerce", "--yes"], "", "PERSON or --application ID"),
        (["ecommerce", "A1", "--application", "5", "--yes"], "", "PERSON"),
        (["ecommerce", "-", "--yes"], " \n", "Nothing was entered"),
    ],
)
def test_nobody_and_two_are_wrong_usage(
    asked: list[tuple[Any, ...]], arguments: list[str], given: str, message: str
) -> None:
    result = CliRunner().invoke(forget, arguments, input=given)
    assert (result.exit_code, asked) == (2, [])
    assert message in result.output


@pytest.mark.parametrize(
    ("holders", "told"),
    [
        (("reporter (server process 7)",), "reporter (server process 7) may still read them"),
        ((), "another role owns it"),
    ],
)
def test_tables_that_still_hold_rows_leave_both_commands_unfinished(
    embedded: Settings,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    holders: tuple[str, ...],
    told: str,
) -> None:
    left = (NotRewritten("raw_shop.people", holders),)
    forgotten = forgetting.ForgottenCustomer((), (), 9, (), left)
    monkeypatch.setattr(forgetting, "forget", lambda *_, **__: forgotten)
    monkeypatch.setattr(purging, "purge", lambda *_, **__: purging.Purged((), (), left))
    assert personal_data.forget(embedded, "shop", "C7", None, print) == 1
    assert personal_data.purge(embedded, False, print) == 1
    shown = capsys.readouterr().out
    assert shown.count("NOT REWRITTEN: raw_shop.people: ") == shown.count(told) == 2
    assert "nothing is left" not in shown
