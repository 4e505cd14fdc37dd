"""The `warehouse` command on the endpoint: the checks of a first day, in their order."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import boto3
import pytest

from ingest.engine.redshift_address import RedshiftAddress
from ingest.loader_errors import LockHeld
from ingest.lock import exclusive
from ingest.sessions import connect
from sample import parse_scale, write_sample
from tests.cluster.endpoint import EndpointShop
from tests.ingest.conftest import LEEDS, good_lines, grocery_file, ticket
from tests.ingest.test_forgetting import token
from tests.redshift.mini_project_there import write_mini_project_there
from tests.redshift.warehouse_command import warehouse

CARD = "4929123456781234"
NAME = "transaction_data.csv"
# A loader that ends, without a word, when its file is staged.
DYING = """
import os, signal, sys
from ingest.engine import redshift_engine
from ingest.engine.redshift_address import RedshiftAddress
from ingest.loads.load_options import Options
from ingest.loads.loader import load

redshift_engine.run_copy = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
project, path, prefix = sys.argv[1:]
load(RedshiftAddress.from_environment(), project, "grocery", [path], Options(prefix=prefix))
"""


def test_up_twice(environment: dict[str, str]) -> None:
    for _ in range(2):
        code, out, err = warehouse(environment, "up")
        assert code == 0, err
        assert out == "Connected to target redshift; raw tables are in place.\n"


def test_files_of_each_source(
    environment: dict[str, str], endpoint: RedshiftAddress, prefix: str, tmp_path: Path
) -> None:
    written = write_sample(tmp_path / "sample", parse_scale("0.01"), 7, False)
    warehouse(environment, "up")
    for source in written.sources.values():
        folder = str(written.folders[source.source])
        code, out, err = warehouse(environment, "load", source.source, folder)
        assert code == 0, out + err
        code, out, err = warehouse(environment, "load", source.source, folder, "--json")
        assert code == 0, err
        assert '"result": "loaded"' not in out
    looking = EndpointShop(endpoint, tmp_path, tmp_path, f"{prefix}b_")
    for source, table, live in looking.query(
        "select source_system, table_name, sum(rows_loaded) from ops.load_files where is_live"
        " group by source_system, table_name order by source_system, table_name"
    ):
        count = looking.value(f"select count(*) from raw_{source}.{table}")
        assert (table, count) == (table, live)
    totals = looking.query(
        "select source_system, sum(rows_loaded + rows_rejected - rows_in_file) from ops.load_files"
        " group by source_system order by source_system"
    )
    assert [(source, int(difference)) for source, difference in totals] == [
        (source, 0) for source in sorted(written.sources)
    ]
    looking.close()


def test_a_load_that_is_killed_and_the_next(shop: EndpointShop) -> None:
    path = shop.write(NAME, grocery_file(good_lines(20)))
    died = subprocess.run(
        [sys.executable, "-c", DYING, str(shop.project_dir), str(path), shop.prefix],
        cwd=shop.project_dir, check=False,
    )  # fmt: skip
    assert died.returncode == -signal.SIGKILL
    assert shop.lines() == 0
    (result,) = shop.load("grocery", path).files
    assert (result.status, shop.lines()) == ("loaded", 20)


def test_two_loads_at_the_same_time(shop: EndpointShop) -> None:
    path = shop.write(NAME, grocery_file(good_lines(20)))
    with (
        connect(shop.address) as first,
        exclusive(first, "build", prefix=shop.prefix),
        pytest.raises(LockHeld, match="busy: warehouse: build"),
    ):
        shop.load("grocery", path, wait=0)
    (result,) = shop.load("grocery", path, wait=60).files
    assert result.status == "loaded"


def test_a_file_from_s3(shop: EndpointShop, endpoint: RedshiftAddress) -> None:
    staging, s3 = endpoint.require_staging(), boto3.client("s3")
    key = f"{staging.prefix}/{shop.prefix}arrivals/{NAME}".lstrip("/")
    s3.put_object(Bucket=staging.bucket, Key=key, Body=grocery_file(good_lines(20)).encode())
    try:
        (result,) = shop.load("grocery", f"s3://{staging.bucket}/{key}").files
    finally:
        s3.delete_object(Bucket=staging.bucket, Key=key)
    assert (result.status, shop.lines()) == ("loaded", 20)


def test_build_twice(
    environment: dict[str, str], endpoint: RedshiftAddress, prefix: str, project_dir: Path,
    tmp_path: Path,
) -> None:  # fmt: skip
    folder = write_mini_project_there(project_dir, tmp_path / "project")
    given = environment | {
        "WAREHOUSE_PROJECT_DIR": str(folder), "WAREHOUSE_SCHEMA_PREFIX": f"{prefix}c_",
    }  # fmt: skip
    assert warehouse(given, "up")[0] == 0
    looking = EndpointShop(endpoint, tmp_path, folder, f"{prefix}c_")
    segments = "select count(*) from marts.customer_rfm"
    for customers in (5, 4):
        variables = f"{{customers: {customers}}}"
        code, out, err = warehouse(given, "build", "--vars", variables)
        assert code == 0, out + err
        assert looking.value(segments) == customers
    looking.close()


def test_a_forgotten_person_is_nowhere(shop: EndpointShop, environment: dict[str, str]) -> None:
    shop.load_one("cafe", LEEDS, ticket() + "\n")
    assert token(CARD) in shop.everything()
    done = subprocess.run(
        [sys.executable, "-m", "warehouse.cli", "forget", "cafe", "-", "--yes"],
        env=os.environ | environment | {"WAREHOUSE_SCHEMA_PREFIX": shop.prefix},
        input=f"{CARD}\n", capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "nothing is left" in done.stdout
    assert token(CARD) not in shop.everything()
