"""The session that holds the warehouse's lock: kept from being idle, and missed when it is gone."""

import socket
import time

import pytest

from ingest.engine import table_lock
from ingest.erasure.forgetting import forget
from ingest.loader_errors import DatabaseFailure
from ingest.lock import exclusive
from ingest.sessions import connect
from tests.ingest.conftest import LEEDS, TOKEN_KEY, good_lines, grocery_file, ticket
from tests.redshift.cluster import Cluster
from tests.redshift.cluster_shop import ClusterShop

NAME = "transaction_data.csv"
SIGN_OF_LIFE = "^select 1$"
LOST = "the warehouse's lock was lost, because the session that held it ended"


def wait_for(condition: object, seconds: float = 10.0) -> None:
    """Until condition() is true; fails the test after so many seconds."""
    assert callable(condition)
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)


def test_it_is_not_idle_while_work_takes_long(
    shop: ClusterShop, redshift: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table_lock, "BEAT_SECONDS", 0.05)
    with connect(shop.address) as session, exclusive(session, "build"):
        redshift.ledger.clear()
        wait_for(lambda: len(redshift.ledger.matching(SIGN_OF_LIFE)) >= 3)
    # And not longer than the lock is held.
    time.sleep(0.2)
    seen = len(redshift.ledger.entries)
    time.sleep(0.2)
    assert len(redshift.ledger.entries) == seen


def test_its_loss_is_noticed_by_the_thread_too(
    shop: ClusterShop, redshift: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table_lock, "BEAT_SECONDS", 0.05)
    with connect(shop.address) as session, exclusive(session, "build") as lock:
        lock.require()
        redshift.fail_at(SIGN_OF_LIFE, "drop")
        wait_for(lambda: not redshift.stand_in.faults.waiting)
        with pytest.raises(DatabaseFailure, match=LOST) as caught:
            lock.require()
    assert caught.value.may_pass
    with connect(shop.address) as session, exclusive(session, "build", wait=0):
        pass


def test_a_load_without_the_lock_commits_nothing(shop: ClusterShop, redshift: Cluster) -> None:
    path = shop.write(NAME, grocery_file(good_lines(3)))
    redshift.fail_at(SIGN_OF_LIFE, "drop")
    report = shop.load("grocery", path)
    assert report.exit_code == 3
    assert report.files[0].message.startswith(LOST)
    assert shop.is_untouched()
    assert redshift.keys("door/") == []
    (again,) = shop.load("grocery", path).files
    assert again.status == "loaded"


@pytest.mark.slow
def test_nobody_is_forgotten_without_the_lock(shop: ClusterShop, redshift: Cluster) -> None:
    shop.load_one("cafe", LEEDS, ticket() + "\n")
    before = shop.everything()
    redshift.fail_at(SIGN_OF_LIFE, "drop")
    with pytest.raises(DatabaseFailure, match=LOST):
        forget(shop.address, shop.project_dir, "cafe", "4929123456781234", token_key=TOKEN_KEY)
    assert shop.everything() == before


def test_connections_send_signs_of_life(shop: ClusterShop) -> None:
    with connect(shop.address) as session:
        endpoint = session._connection._usock
        assert endpoint.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
        assert endpoint.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 60
