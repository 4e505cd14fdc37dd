"""A load that is cut off, refused or killed at any step is made by the next one, once and whole."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pyarrow as pa
import pytest

from ingest.engine.redshift_engine import REDSHIFT
from ingest.engine.relation import Relation
from ingest.loader_errors import DatabaseFailure, LockHeld
from ingest.lock import exclusive
from ingest.sessions import connect
from tests.ingest.conftest import LEEDS, good_lines, grocery_file, grocery_line, ticket
from tests.redshift.cluster import Cluster
from tests.redshift.cluster_shop import STAGING, ClusterShop
from tests.redshift.faults import FaultName

NAME = "transaction_data.csv"
OLD = grocery_file([grocery_line(basket_id=7)])
NEW = grocery_file(good_lines(200))
# A correction: 200 rows instead of one.
STEPS = [
    'lock "ops"."load_files"',
    'copy "raw_grocery"',
    'copy "ops"."load_totals"',
    'insert into "ops"."load_files"',
    'delete from "raw_grocery"',
    'update "ops"."load_files"',
    "^commit",
]
# The loader in a process of its own, which kills itself at a moment.
LOADER = """
import os, signal, sys
from ingest.engine import redshift_engine
from ingest.engine.redshift_address import RedshiftAddress
from ingest.loads.ledger import TableLedger
from ingest.loads.load_options import Options
from ingest.loads.loader import load

project, path, moment = sys.argv[1:]

def die(*given, **named):
    os.kill(os.getpid(), signal.SIGKILL)

if moment == "staged":
    redshift_engine.run_copy = die
else:
    setattr(TableLedger, moment, die)
load(RedshiftAddress.from_environment(), project, "grocery", [path], Options(corrects=True))
"""


def loads(shop: ClusterShop) -> list[tuple[str, int, int]]:
    """Status of each load, the rows it had, and the rows that are in the raw table."""
    return shop.query(
        "select status, rows_loaded, (select count(*) from raw_grocery.transaction_data as r"
        " where r.load_id = f.load_id) from ops.load_files as f order by load_id"
    )


def commits_until_the_file(shop: ClusterShop, redshift: Cluster) -> int:
    """Loads the first file; which of a load's commits is that of the file."""
    redshift.ledger.clear()
    shop.load_one("grocery", NAME, OLD)
    statements = [entry.statement for entry in redshift.ledger.entries]
    (written,) = [n for n, s in enumerate(statements) if "insert into" in s and "sha256" in s]
    return 1 + sum(s.lower().startswith("commit") for s in statements[:written])


CORRECTED = [("corrected", 1, 0), ("live", 200, 200)]


@pytest.mark.parametrize("fault", ["serialization", "drop"])
@pytest.mark.parametrize("step", STEPS)
def test_what_failed_is_loaded_by_the_next_call(
    shop: ClusterShop, redshift: Cluster, step: str, fault: FaultName
) -> None:
    commits = commits_until_the_file(shop, redshift)
    redshift.fail_at(step, fault, nth=commits if step == "^commit" else 1)
    report = shop.load("grocery", shop.write(NAME, NEW), corrects=True)
    assert report.exit_code == 3
    (result,) = report.files
    assert result.message.startswith("the database")
    assert loads(shop) == [("live", 1, 1)]
    (again,) = shop.load("grocery", corrects=True).files
    assert again.status == "loaded"
    assert loads(shop) == CORRECTED
    assert redshift.keys("door/") == []


def test_a_commit_without_an_answer_is_known_to_the_next_call(
    shop: ClusterShop, redshift: Cluster
) -> None:
    redshift.fail_at("^commit", "drop_after", nth=commits_until_the_file(shop, redshift))
    report = shop.load("grocery", shop.write(NAME, NEW), corrects=True)
    assert report.exit_code == 3
    (again,) = shop.load("grocery", corrects=True).files
    assert again.status == "known"
    assert loads(shop) == CORRECTED
    assert redshift.keys("door/") == []


def test_a_bucket_that_asks_the_cluster_for_patience_is_tried_later(
    shop: ClusterShop, redshift: Cluster
) -> None:
    redshift.fail_at('copy "raw_grocery"', "s3_throttle")
    report = shop.load("grocery", shop.write(NAME, NEW))
    assert report.exit_code == 3
    told = "the cluster cannot use the staging place: S3 answered SlowDown"
    assert report.files[0].message == told
    (again,) = shop.load("grocery").files
    assert again.status == "loaded"
    assert loads(shop) == [("live", 200, 200)]
    assert redshift.keys("door/") == []


class _Busy(BaseHTTPRequestHandler):
    """S3 that has no time."""

    def do_PUT(self) -> None:
        body = b"<Error><Code>SlowDown</Code><Message>Reduce your request rate.</Message></Error>"
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(503)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_HEAD = do_PUT

    def log_message(self, *given: object) -> None:
        """Nothing."""


@contextmanager
def busy_s3() -> Iterator[str]:
    """The address of a server that answers each request with SlowDown."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Busy)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_bucket_that_asks_the_loader_for_patience_is_tried_later(
    shop: ClusterShop, redshift: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = shop.write(NAME, NEW)
    with busy_s3() as address, pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", address)
        patch.setenv("AWS_MAX_ATTEMPTS", "1")
        with pytest.raises(Exception, match="staging returned an error: SlowDown") as caught:
            shop.load("grocery", path)
    assert getattr(caught.value, "may_pass", False)
    assert loads(shop) == []
    (again,) = shop.load("grocery", path).files
    assert again.status == "loaded"
    assert loads(shop) == [("live", 200, 200)]


@pytest.mark.parametrize("moment", ["staged", "write", "supersede", "accept"])
def test_a_loader_that_dies_leaves_nothing_for_long(
    shop: ClusterShop, redshift: Cluster, moment: str
) -> None:
    shop.load_one("grocery", NAME, OLD)
    path = shop.write(NAME, NEW)
    given = {"WAREHOUSE_S3_STAGING": STAGING, "REDSHIFT_IAM_ROLE": redshift.iam_role}
    died = subprocess.run(
        [sys.executable, "-c", LOADER, str(shop.project_dir), str(path), moment],
        cwd=shop.project_dir, env=os.environ | redshift.environment | given, check=False,
    )  # fmt: skip
    assert died.returncode == -signal.SIGKILL
    if moment == "staged":
        assert len(redshift.keys("door/")) == 2  # one part and the manifest
    (result,) = shop.load("grocery", path, corrects=True).files
    assert result.status == ("known" if moment == "accept" else "loaded")
    assert loads(shop) == CORRECTED
    assert redshift.keys("door/") == []


def test_a_second_loader_waits_and_says_for_whom(shop: ClusterShop) -> None:
    path = shop.write(NAME, NEW)
    with (
        connect(shop.address) as first,
        exclusive(first, "build"),
        pytest.raises(LockHeld, match=r"busy: warehouse: build \(since \d\d:\d\d:\d\d UTC\)"),
    ):
        shop.load("grocery", path, wait=0)
    (result,) = shop.load("grocery", wait=0).files
    assert result.status == "loaded"


def test_rows_that_do_not_fit_name_the_column_and_no_value(
    shop: ClusterShop, redshift: Cluster
) -> None:
    redshift.run("create table ops.narrow (load_id bigint, branch_name varchar(3))")
    schema = pa.schema([("load_id", pa.int64()), ("branch_name", pa.string())])
    with connect(shop.address) as session, pytest.raises(DatabaseFailure) as caught:
        REDSHIFT.write_rows(
            session, Relation("ops", "narrow"), schema, [(1, "Leeds")], load_id=1, prefix=""
        )
    redshift.run("drop table ops.narrow")
    expected = (
        "the database refused the staged rows of narrow, column branch_name (load error 15001)"
    )
    assert str(caught.value) == expected
    assert redshift.keys("door/") == []


def ticket_file(*lines: str) -> str:
    """A café's file, with one ticket unless others are given."""
    return "\n".join(lines or [ticket()]) + "\n"


def test_no_statement_holds_a_personal_value(shop: ClusterShop, redshift: Cluster) -> None:
    redshift.ledger.clear()
    good = [ticket(date_time=f"01/01/2020 09:{minute:02d}") for minute in range(15, 45)]
    bad = ticket(date_time="32/01/2020 09:15", customer_name="Zebedee Marsh")
    (result,) = shop.load("cafe", shop.write(LEEDS, ticket_file(*good, bad)),
                          max_reject_share=0.1).files  # fmt: skip
    assert (result.rows_loaded, result.rows_rejected) == (30, 1)
    statements = redshift.ledger.log()
    for personal in ("Winifred", "Zebedee", "4929123456781234", "4929"):
        assert personal not in statements
    assert "Zebedee" not in shop.everything()
    assert redshift.keys("door/") == []
