"""Loads and builds queue behind one lock."""

from __future__ import annotations

import threading
import time

import psycopg
import pytest

from ingest.loader_errors import LockHeld
from ingest.lock import exclusive
from tests.ingest.conftest import Shop, good_lines, grocery_file


def test_the_second_says_who_holds_the_lock(shop: Shop) -> None:
    with psycopg.connect(shop.conninfo) as first, psycopg.connect(shop.conninfo) as second:
        with exclusive(first, "build"):
            pid = first.info.backend_pid
            with (
                pytest.raises(LockHeld, match=rf"busy: warehouse: build \(server process {pid}"),
                exclusive(second, "load cafe", wait=0),
            ):
                pytest.fail("two held the lock at once")
        with exclusive(second, "load cafe", wait=0):
            pass


def test_another_prefix_does_not_wait(shop: Shop) -> None:
    with (
        psycopg.connect(shop.conninfo) as first,
        psycopg.connect(shop.conninfo) as second,
        exclusive(first, "build"),
        exclusive(second, "build", prefix="test_", wait=0),
    ):
        pass


def test_a_load_waits_for_a_build_and_says_so(shop: Shop) -> None:
    path = shop.write("transaction_data.csv", grocery_file(good_lines(2)))
    told: list[str] = []
    with psycopg.connect(shop.conninfo) as connection:
        with exclusive(connection, "build"):
            waiting = threading.Thread(
                target=lambda: shop.load("grocery", path, notify=told.append)
            )
            waiting.start()
            deadline = time.monotonic() + 20
            while not told and time.monotonic() < deadline:
                time.sleep(0.02)
            assert shop.lines() == 0
        waiting.join(30)
    assert [message[:28] for message in told] == ["waiting for warehouse: build"]
    assert shop.lines() == 2


def test_a_load_that_may_not_wait_fails(shop: Shop) -> None:
    path = shop.write("transaction_data.csv", grocery_file(good_lines(2)))
    with (
        psycopg.connect(shop.conninfo) as connection,
        exclusive(connection, "build"),
        pytest.raises(LockHeld),
    ):
        shop.load("grocery", path, wait=0)


def test_two_loads_of_the_same_file_at_once_take_it_once(shop: Shop) -> None:
    path = shop.write("transaction_data.csv", grocery_file(good_lines(500)))
    statuses: list[str] = []
    threads = [
        threading.Thread(
            target=lambda: statuses.extend(r.status for r in shop.load("grocery", path).files)
        )
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(statuses) == ["known", "known", "known", "loaded"]
    assert shop.lines() == 500
