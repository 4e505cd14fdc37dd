"""A day of two shops in minutes: files arrive in every way they do, and nobody lifts a finger."""

import hashlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest

from tests.platform.waiting import wait_until
from tests.watching.watched_shops import (
    HEADER,
    WatchedShops,
    Watching,
    running_two_shops,
    sales,
)
from warehouse.errors import WarehouseError
from warehouse.server import database, embedded

pytestmark = pytest.mark.slow

HOURS = 24
HOUR_SECONDS = 5.0
# By hour: the step in which the watcher is killed, as soon as it comes to it.
KILLED_WATCHER = {4: " load ", 10: " build", 15: " load ", 18: ""}
KILLED_DATABASE = 14
WAYS: dict[int, str] = {
    2: "slowly", 3: "late", 5: "twice", 6: "too early", 8: "broken", 9: "slowly", 12: "marked",
    13: "listed", 15: "too early", 16: "broken for good", 17: "late", 20: "twice", 21: "broken",
}  # fmt: skip
LATE_BY = 3
READ = """
select (select count(*) from core.fct_orders), (select sum(amount) from core.fct_orders),
    (select sum(orders) from marts.sales_by_shop), (select sum(amount) from marts.sales_by_shop)
"""


def orders(shop: str, hour: int) -> list[str]:
    """The orders of an hour: 3 in the first, then one more each hour."""
    return [f"{shop}-{hour:02}-{number}" for number in range(3 + hour)]


@dataclass
class Day:
    """The two shops' computers, which put files into their folders."""

    shops: WatchedShops
    watchers: list[Watching] = field(default_factory=list)
    to_do: list[tuple[float, Callable[[], object]]] = field(default_factory=list)
    threads: list[threading.Thread] = field(default_factory=list)

    def file(self, shop: str, hour: int) -> str:
        return f"{shop}/sales_{hour:02}.csv"

    def hour_of(self, shop: str, hour: int) -> None:
        """What happens in a shop in an hour."""
        name, text = self.file(shop, hour), sales(*orders(shop, hour))
        way = WAYS.get(hour, "whole") if shop == "north" else "whole"
        path = self.shops.folder / name
        match way:
            case "whole":
                self.shops.deliver(name, text)
            case "late":
                self.later(LATE_BY * HOUR_SECONDS, lambda: self.shops.deliver(name, text))
            case "twice":
                self.shops.deliver(name, text)
                again = name.replace(".csv", "_again.csv")
                self.later(HOUR_SECONDS, lambda: self.shops.deliver(again, text))
            case "slowly":
                self.in_background(write_slowly, path, text)
            case "too early":
                # Half of it, at a line's end, by a program that closes the file and comes again.
                half = HEADER + text[len(HEADER) :][: len(text[len(HEADER) :]) // 2]
                half = half[: half.rindex("\n") + 1]
                path.write_text(half)
                self.in_background(self.write_the_rest, path, text[len(half) :])
            case "broken":
                self.shops.deliver(name, "<html>503 Service Unavailable</html>\n")
                self.in_background(self.put_right, path, text)
            case "broken for good":
                self.shops.deliver(name, "<html>404 Not Found</html>\n")
            case "marked":
                path.write_text(text)
                path.with_name(f"{path.name}.done").touch()
            case "listed":
                digest = hashlib.sha256(text.encode()).hexdigest()
                (path.parent / f"{path.name}.sha256").write_text(f"{digest}  {path.name}\n")
                path.write_text(text[:-20])
                self.later(HOUR_SECONDS, lambda: path.write_text(text))

    def in_background(self, action: Callable[..., None], path: Path, text: str) -> None:
        self.threads.append(threading.Thread(target=action, args=(path, text)))
        self.threads[-1].start()

    def write_the_rest(self, path: Path, text: str) -> None:
        """Appends the text once the first half has been loaded."""
        shop = path.parent.name
        found = (
            "select count(*) from ops.load_files where source_system = '{}' and file_name = '{}'"
        )
        wait_until(lambda: ask(self.shops, found.format(shop, path.name)) == (1,), 180)
        with path.open("a") as file:
            file.write(text)

    def put_right(self, path: Path, text: str) -> None:
        """Delivers the file again once it has been refused."""
        refused = f"{path.name} refused"
        wait_until(lambda: any(watching.count(refused) for watching in self.watchers), 180)
        self.shops.deliver(f"{path.parent.name}/{path.name}", text)

    def later(self, seconds: float, action: Callable[[], object]) -> None:
        self.to_do.append((time.monotonic() + seconds, action))

    def do_what_is_due(self, *, everything: bool = False) -> None:
        for due, action in sorted(self.to_do, key=lambda one: one[0]):
            if everything or time.monotonic() >= due:
                time.sleep(max(0.0, due - time.monotonic()))
                action()
                self.to_do.remove((due, action))


def write_slowly(path: Path, text: str) -> None:
    """Writes in pieces with pauses longer than the watcher's rest, and keeps the file open."""
    with path.open("w") as file:
        for start in range(0, len(text), 60):
            file.write(text[start : start + 60])
            file.flush()
            time.sleep(1.0)


@dataclass
class Reader:
    """Somebody who looks at the figures all day."""

    shops: WatchedShops
    seen: list[tuple[int, ...]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    is_done: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> "Reader":
        self._thread = threading.Thread(target=self.read)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.is_done.set()
        self._thread.join()

    def read(self) -> None:
        connection: psycopg.Connection | None = None
        while not self.is_done.wait(0.05):
            try:
                connection = connection or database.connect(self.shops.settings)
                row = connection.execute(READ).fetchone()
                connection.commit()
                assert row is not None
                self.seen.append(row)
            except Exception as error:
                self.errors.append(f"{type(error).__name__}: {error}")
                if connection:
                    connection.close()
                connection = None


@pytest.fixture
def shops(tmp_path: Path) -> Iterator[WatchedShops]:
    for shop in ("north", "south"):
        (tmp_path / shop).mkdir()
    with running_two_shops() as settings:
        yield WatchedShops(settings, tmp_path)


def test_a_day_by_itself(shops: WatchedShops) -> None:
    day, reader = Day(shops), Reader(shops)
    # Before the first build there is nothing to read.
    shops.deliver(day.file("south", 0), sales(*orders("south", 0)))
    shops.once()
    expected, watchers = expected_orders(), day.watchers
    with ExitStack() as stack:
        stack.enter_context(reader)
        stack.callback(lambda: print(*(line for one in watchers for line in one.lines), sep="\n"))
        live_through(day, lambda: stack.enter_context(shops.watched()))
        wait_until(lambda: ask(shops, READ)[:1] == (len(expected),), 180)
        watchers[-1].send(signal.SIGTERM)
        assert watchers[-1].end() == 0
    assert_all_is_well(shops, watchers, reader, expected)


def live_through(day: Day, start: Callable[[], Watching]) -> None:
    """All hours with their files and kills; the watcher that is killed is replaced at once."""
    watchers = day.watchers
    watchers.append(start())
    kills: list[str] = []
    for hour in range(HOURS):
        ends = time.monotonic() + HOUR_SECONDS
        kills += [KILLED_WATCHER[hour]] if hour in KILLED_WATCHER else []
        if hour == KILLED_DATABASE:
            kill_database(day.shops)
        for shop in ("north", "south"):
            day.hour_of(shop, hour)
        while time.monotonic() < ends:
            day.do_what_is_due()
            if kills and kills[0] in step_of(watchers[-1]):
                kills.pop(0)
                watchers[-1].send(signal.SIGKILL)
                watchers[-1].end()
                watchers.append(start())
            time.sleep(0.05)
    day.do_what_is_due(everything=True)
    for thread in day.threads:
        thread.join()
    assert kills == []


def kill_database(shops: WatchedShops) -> None:
    postmaster = embedded.running(shops.settings)
    assert postmaster is not None
    os.kill(postmaster.pid, signal.SIGKILL)


def step_of(watching: Watching) -> str:
    """The command line of what the watcher runs."""
    listed = ["ps", "-o", "args=", "--ppid", str(watching.process.pid)]
    return subprocess.run(listed, capture_output=True, text=True).stdout


def expected_orders() -> list[str]:
    """All of them, but for the file that stayed broken: worked out from the plan of the day."""
    gone = {hour for hour, way in WAYS.items() if way == "broken for good"}
    return [
        order
        for shop in ("north", "south")
        for hour in range(HOURS)
        if shop == "south" or hour not in gone
        for order in orders(shop, hour)
    ]


def ask(shops: WatchedShops, query: str) -> tuple[int, ...]:
    """The answer, or nothing while the database is down."""
    try:
        with closing(database.connect(shops.settings)) as connection:
            row = connection.execute(query).fetchone()
    except (psycopg.Error, WarehouseError):
        return ()
    assert row is not None
    return row


def assert_all_is_well(
    shops: WatchedShops, watchers: list[Watching], reader: Reader, expected: list[str]
) -> None:
    # 24 hours of 3, 4, … 26 orders are 348 a shop; the hour without a file has 3 + 16.
    assert len(expected) == 348 * 2 - 19
    assert ask(shops, READ) == (677, 6770, 677, 6770)
    loaded = shops.query("select order_id, count(*) from core.fct_orders group by 1 order by 1")
    assert loaded == [(order, 1) for order in sorted(expected)]

    # Every file counts exactly once; the second copy of one does not, and a broken one does not.
    live = shops.query(
        "select source_system, file_name, count(*), sum(rows_loaded) from ops.load_files "
        "where is_live group by 1, 2 order by 1, 2"
    )
    assert live == [
        (shop, f"sales_{hour:02}.csv", 1, 3 + hour)
        for shop in ("north", "south")
        for hour in range(HOURS)
        if not (shop == "north" and WAYS.get(hour) == "broken for good")
    ]
    replaced = shops.query("select count(*) from ops.load_files where not is_live")
    assert replaced == [(2,)]  # the two that came too early

    # Each broken file is refused once, by name, whoever watches.
    said = [line for watching in watchers for line in watching.lines]
    for hour, way in WAYS.items():
        refusals = [line for line in said if f"sales_{hour:02}.csv refused" in line]
        assert len(refusals) == (1 if way.startswith("broken") else 0), refusals
    assert not [line for line in said if "Traceback" in line]

    # Readers saw whole builds only, and no error but while the database was killed.
    assert len(reader.seen) > 200
    assert all(row[:2] == row[2:] for row in reader.seen)
    assert [row[0] for row in reader.seen] == sorted(row[0] for row in reader.seen)
    assert all(error.startswith(("AdminShutdown", "OperationalError", "TryAgainLater"))
               for error in reader.errors), set(reader.errors)  # fmt: skip
