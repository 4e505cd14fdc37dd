import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.ml.small_marts import NewMarts, SmallMarts
from tests.ml.warehouse_command import Run, environment
from tests.s3_server import running_s3
from warehouse.cli import main


@pytest.fixture
def new_marts(new_database: Callable[[], str], tmp_path: Path) -> NewMarts:
    return lambda: SmallMarts(new_database(), str(tmp_path / "models"))


@pytest.fixture
def marts(new_marts: NewMarts) -> SmallMarts:
    return new_marts()


@pytest.fixture
def run_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[[SmallMarts], Run]:
    """Runs a command in this process, since importing scikit-learn each time takes longer.

    Returns what it says on 80 columns, with single spaces; fails on another exit code.
    """

    def on(marts: SmallMarts) -> Run:
        def run(*arguments: str, exit_code: int = 0) -> str:
            values = environment(marts, tmp_path / "home") | {"COLUMNS": "80"}
            for name, value in values.items():
                monkeypatch.setenv(name, value)
            monkeypatch.setattr(sys, "argv", ["warehouse", *arguments])
            capsys.readouterr()
            code: object = 0
            try:
                main()
            except SystemExit as end:
                code = end.code
            told = capsys.readouterr()
            assert code == exit_code, told
            return " ".join((told.out + told.err).split())

        return run

    return on


@pytest.fixture
def run(marts: SmallMarts, run_on: Callable[[SmallMarts], Run]) -> Run:
    """Runs commands on `marts`."""
    return run_on(marts)


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    """The address of a bucket on a server of our own."""
    with running_s3("risk-models") as address:
        yield address
