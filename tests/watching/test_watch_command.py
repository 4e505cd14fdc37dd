"""`warehouse watch` as a program: what it loads, when it builds, how it ends."""

import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.platform.two_shops import write_two_shops
from tests.platform.waiting import wait_until
from tests.s3_server import running_s3
from tests.watching.watched_shops import (
    QUICK,
    WatchedShops,
    running_two_shops,
    sales,
)
from warehouse.server import database, embedded
from warehouse.settings import Settings

NO_BUILD = ("--quiet", "1000", "--build-every", "1000")
BROKEN = "this is no file of sales\n1\n"


@pytest.fixture(scope="module")
def running() -> Iterator[Settings]:
    with running_two_shops() as settings:
        yield settings


@pytest.fixture
def shops(running: Settings, tmp_path: Path, project_dir: Path) -> WatchedShops:
    """Both shops with nothing loaded and nothing remembered."""
    write_two_shops(project_dir, running.project_dir)
    (running.home / "watch.db").unlink(missing_ok=True)
    for shop in ("north", "south"):
        (tmp_path / shop).mkdir()
    shops = WatchedShops(running, tmp_path)
    shops.query(
        "truncate raw_north.sales, raw_south.sales, ops.load_files, ops.load_totals "
        "restart identity"
    )
    return shops


def builds(shops: WatchedShops) -> int:
    return int(shops.query("select count(*) from ops.build_runs")[0][0])


def test_once_loads_what_is_there_and_builds(shops: WatchedShops) -> None:
    shops.deliver("north/sales_1.csv", sales("n1", "n2"))
    shops.deliver("south/sales_1.csv", sales("s1"))
    shops.deliver("south/sales_2.csv", BROKEN)
    (shops.folder / "south" / "sales_3.csv.part").write_text(sales("s9"))
    told = shops.once(code=1)
    assert "north: north/sales_1.csv loaded, 2 rows" in told
    assert "south: south/sales_2.csv refused: the first line is not the header" in told
    assert re.search(r"^built in \d+ s$", told, re.M)
    assert shops.live_files() == [("sales_1.csv", 2), ("sales_1.csv", 1)]
    orders = "select source_system, orders from marts.sales_by_shop order by 1"
    assert shops.query(orders) == [("north", 2), ("south", 1)]
    # Nothing is moved, changed or deleted.
    assert len(list(shops.folder.rglob("*.*"))) == 4

    # What was judged is not judged again, and what was built is not built again. The same content
    # under another name is quietly known.
    before = builds(shops)
    shops.deliver("north/sales_copy.csv", sales("n1", "n2"))
    assert shops.once() == "" and builds(shops) == before
    assert shops.once("--again", code=1).count("refused") == 1


def test_once_waits_for_no_folder_and_no_wrong_hash(shops: WatchedShops) -> None:
    shops.deliver("north/sales_1.csv", sales("n1"))
    (shops.folder / "north" / "SHA256SUMS").write_text(f"{'0' * 64}  sales_1.csv\n")
    (shops.folder / "stray.csv").write_text("x")
    told = shops.once("south=/no/such/folder", code=1)
    assert "/no/such/folder: No such file or directory" in told
    assert "1 file or folder is in no source's folder" in told
    assert "sales_1.csv waits: its content does not have the hash that SHA256SUMS gives" in told
    assert shops.live_files() == []


def test_files_that_change(shops: WatchedShops) -> None:
    with shops.watched(*NO_BUILD) as watching:
        path = shops.deliver("north/sales_1.csv", sales("n1", "n2"))
        watching.wait_for("north: north/sales_1.csv loaded, 2 rows")
        # It was loaded too early.
        with path.open("a") as file:
            file.write("n3,S1,2024-01-01 10:00:00,5.00\n")
        watching.wait_for("north: north/sales_1.csv loaded, 3 rows (replaces load 1)")
        assert shops.live_files() == [("sales_1.csv", 3)]
        assert shops.query("select sum(amount) from raw_north.sales") == [(25,)]
        # Another content under the name of a file that counts is for somebody to decide.
        shops.deliver("north/sales_1.csv", sales("n7", "n8", "n9", "n10"))
        watching.wait_for("refused: load 2 came from a file with this name but different content")
        assert shops.live_files() == [("sales_1.csv", 3)]
        # A file that was refused and is put right is new.
        shops.deliver("south/sales_2.csv", BROKEN)
        watching.wait_for("south: south/sales_2.csv refused: the first line is not the header")
        shops.deliver("south/sales_2.csv", sales("s2"))
        watching.wait_for("south: south/sales_2.csv loaded, 1 row")
        assert watching.count("refused") == 2


@pytest.mark.slow
def test_it_watches_and_ends_after_the_step_when_told(shops: WatchedShops) -> None:
    with shops.watched() as watching:
        watching.wait_for("watching ")
        shops.deliver("north/sales_1.csv", sales("n1"))
        watching.wait_for("north: north/sales_1.csv loaded, 1 row")
        before = builds(shops)
        watching.send(signal.SIGTERM)
        assert watching.end() == 0
    stamp = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d  "
    assert all(re.match(stamp, line) for line in watching.lines)
    assert watching.lines[-1].endswith("stopped")
    # What was loaded but not built is built after the next start.
    with shops.watched() as watching:
        watching.wait_for("built in ")
        assert builds(shops) > before
        shops.deliver("south/sales_1.csv", sales("s1"))
        watching.wait_for("south/sales_1.csv loaded")
        wait_until(lambda: is_building(watching.process.pid))
        watching.send(signal.SIGINT)
        assert watching.end() == 0
        assert watching.count("built in ") == 2  # the build that ran was not cut off


def is_building(watcher: int) -> bool:
    listed = subprocess.run(["ps", "-o", "args=", "--ppid", str(watcher)], capture_output=True)
    return b" build" in listed.stdout


def test_a_second_signal_interrupts_the_step(shops: WatchedShops) -> None:
    with shops.watched() as watching:
        wait_until(lambda: is_building(watching.process.pid))
        watching.send(signal.SIGINT)
        time.sleep(0.5)
        watching.send(signal.SIGINT)
        assert watching.end() == 130
    assert watching.count("built in ") == 0


def test_one_watcher_at_a_time(shops: WatchedShops) -> None:
    with shops.watched() as watching:
        watching.wait_for("watching ")
        second = shops.run("watch", "--once", str(shops.folder), code=3)
        assert f"(process {watching.process.pid} since " in second.stderr
        watching.send(signal.SIGKILL)
        assert watching.end() == -signal.SIGKILL
    shops.once()


@pytest.mark.slow
def test_a_failed_build_waits_for_the_next_file(shops: WatchedShops) -> None:
    mart = shops.settings.project_dir / "models/marts/sales_by_shop.sql"
    good = mart.read_text()
    mart.write_text(good.replace("sum(amount)", "sum(no_such_column)"))
    shops.deliver("north/sales_1.csv", sales("n1"))
    with shops.watched() as watching:
        watching.wait_for("the build ended with exit code 1")
        assert watching.count("no_such_column") >= 1
        time.sleep(3)
        assert watching.count("the build ended") == 1
        mart.write_text(good)
        shops.deliver("north/sales_2.csv", sales("n2"))
        watching.wait_for("built in ")
    log = shops.settings.log_dir / "watch_build.log"
    assert log.stat().st_mode & 0o777 == 0o600


@pytest.mark.slow
def test_it_outlives_its_database(shops: WatchedShops) -> None:
    """On a server of one's own, which nobody here can start again."""
    given = database.parameters(shops.settings)
    own = {
        "WAREHOUSE_TARGET": "postgres",
        "WAREHOUSE_HOME": str(shops.folder.parent / f"{shops.folder.name}-home"),
        "PGHOST": given["host"],
        "PGPORT": given["port"],
        "PGUSER": given["user"],
        "PGPASSWORD": given["password"],
        "PGDATABASE": given["dbname"],
    }
    shops.deliver("north/sales_1.csv", sales("n1"))
    embedded.stop(shops.settings)
    with shops.watched(*NO_BUILD, **own) as watching:
        watching.wait_for("north: 1 file waits: No connection to target postgres")
        assert watching.count("Next try in 10 s.") == 1
        embedded.start(shops.settings)
        watching.wait_for("north/sales_1.csv loaded, 1 row")
        postmaster = embedded.running(shops.settings)
        assert postmaster is not None
        os.kill(postmaster.pid, signal.SIGKILL)
        shops.deliver("north/sales_2.csv", sales("n2"))
        watching.wait_for("north/sales_2.csv loaded, 1 row")
        assert watching.count("refused") == 0
        assert given["password"] not in "".join(watching.lines)


def test_a_bucket(shops: WatchedShops) -> None:
    with running_s3("chain") as bucket:
        client: Any = boto3.client("s3")

        def put(key: str, text: str) -> None:
            client.put_object(Bucket="chain", Key=key, Body=text.encode())

        put("out/north/sales_1.csv", sales("n1"))
        put("out/north/2024/.sales_2.csv.part", sales("n2"))
        put("out/north/../sales_3.csv", sales("n3"))
        put("out/nobody/sales_4.csv", sales("n4"))
        put("tills/sales_5.csv", BROKEN)
        places = (f"{bucket}/out", f"south={bucket}/tills")
        told = shops.run("watch", "--once", *QUICK[:4], *places, code=1).stdout
        assert "north: north/sales_1.csv loaded, 1 row" in told
        assert "south: sales_5.csv refused" in told
        assert "2 files or folders are in no source's folder" in told
        assert shops.live_files() == [("sales_1.csv", 1)]
        arrivals = shops.settings.home / "arrivals"
        assert [path for path in arrivals.rglob("*") if path.is_file()] == []
        # An object that was written again is a new one; another bucket is not there.
        put("tills/sales_5.csv", BROKEN + "2\n")
        told = shops.run("watch", "--once", *places, "s3://no-such-bucket/x", code=1).stdout
        assert "sales_5.csv refused" in told and "sales_1.csv" not in told
        assert "s3://no-such-bucket/x returned an error: NoSuchBucket" in told
