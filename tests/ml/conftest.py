import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer

from tests.ml.small_marts import NewMarts, SmallMarts
from tests.ml.warehouse_command import Run, environment
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
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (
            ("AWS_ENDPOINT_URL", f"http://{host}:{port}"),
            ("AWS_ACCESS_KEY_ID", "someone"),
            ("AWS_SECRET_ACCESS_KEY", "secret"),
            ("AWS_DEFAULT_REGION", "us-east-1"),
        ):
            patch.setenv(name, value)
        patch.delenv("AWS_PROFILE", raising=False)
        boto3.client("s3").create_bucket(Bucket="risk-models")
        yield "s3://risk-models"
    server.stop()
