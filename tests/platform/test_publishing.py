"""Readers see one whole build that passed, whoever reads how, and whatever builds do meanwhile."""

import io
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from rich.console import Console

from tests.platform.workshop import Workshop, running_mini_project
from warehouse.build.publishing import publish_alone
from warehouse.errors import TryAgainLater, WarehouseError
from warehouse.server import bringup, database, embedded
from warehouse.settings import Settings

# Every figure of a build is the variable `number`: a reader who sees two of them sees two builds.
MODELS = {
    "seed": "{{ config(materialized='table', schema='core') }}\n"
    "select {{ var('number', 0) }} as number",
    "wide": "{{ config(materialized='table', schema='marts') }}\n"
    "select number, n from {{ ref('seed') }} cross join generate_series(1, 1000) as rows (n)",
    "narrow": "{{ config(materialized='table', schema='marts') }}\n"
    "select number from {{ ref('wide') }} where n = 1",
    "grown": "{{ config(materialized='incremental', schema='aggregates', "
    "incremental_strategy='delete+insert', unique_key='id') }}\n"
    "select 1 as id, number from {{ ref('seed') }}",
    "looked_at": "{{ config(materialized='view', schema='marts') }}\n"
    "select number from {{ ref('grown') }}",
}
READERS = """
models:
  - name: seed
    config: &read {grants: {select: [reporter]}}
  - {name: wide, config: *read}
  - {name: narrow, config: *read}
  - {name: grown, config: *read}
  - {name: looked_at, config: *read}
"""
AT_ONCE = """
    select (select number from core.seed), (select max(number) from marts.wide),
        (select count(*) from marts.wide), (select number from marts.narrow),
        (select number from aggregates.grown), (select number from marts.looked_at)
"""
PARTS = (
    "select number from core.seed",
    "select max(number), count(*) from marts.wide",
    "select number from marts.narrow",
    "select number from aggregates.grown",
    "select number from marts.looked_at",
)


@dataclass
class Shop(Workshop):
    """A shop whose builds are numbered."""

    next: int = 0

    def number(self, number: int) -> None:
        self.next = number

    def build(self, **request: Any) -> tuple[int, str]:
        return super().build(variables={"number": self.next}, **request)

    def shown(self) -> tuple[Any, ...]:
        return self.query(AT_ONCE)[0]

    def publish(self, is_back: bool = False) -> str:
        screen = io.StringIO()
        console = Console(file=screen, width=200)
        assert publish_alone(self.settings, is_back=is_back, console=console) == 0
        return screen.getvalue()


def whole(number: int) -> tuple[int, ...]:
    """What a reader sees of a build."""
    return (number, number, 1000, number, number, number)


@pytest.fixture(scope="module")
def running(project_dir: Path) -> Iterator[Settings]:
    with running_mini_project(project_dir) as settings:
        for path in (settings.project_dir / "models" / "marts").iterdir():
            path.unlink()
        yield settings


@pytest.fixture
def shop(running: Settings) -> Shop:
    """Build 1 is published, and so was build 0 before it."""
    shop = Shop(running)
    for path in [*shop.marts.iterdir(), *(running.project_dir / "tests").glob("*.sql")]:
        path.unlink()
    for name, text in MODELS.items():
        (shop.marts / f"{name}.sql").write_text(text)
    (shop.marts / "readers.yml").write_text(READERS)
    for number in (0, 1):
        shop.number(number)
        code, told = shop.build()
        assert code == 0, told
    assert shop.shown() == whole(1)
    return shop


def test_a_build_that_fails_is_never_seen(shop: Shop) -> None:
    shop.number(2)
    test = shop.settings.project_dir / "tests" / "is_small.sql"
    test.write_text("select * from {{ ref('narrow') }} where number > 1")
    assert shop.build()[0] == 1
    assert shop.query("select number from build_core.seed") == [(2,)]
    assert shop.shown() == whole(1)
    test.unlink()
    assert shop.build()[0] == 0
    assert shop.shown() == whole(2)


@pytest.mark.slow
def test_a_selection_is_tested_and_published_by_a_command(shop: Shop) -> None:
    shop.number(2)
    code, told = shop.build(select=("seed+",))
    assert code == 0 and "Readers do not see this build yet" in told
    assert shop.shown() == whole(1)
    test = shop.settings.project_dir / "tests" / "is_small.sql"
    test.write_text("select * from {{ ref('narrow') }} where number > 1")
    screen = io.StringIO()
    assert publish_alone(shop.settings, is_back=False, console=Console(file=screen)) == 1
    assert "is_small" in screen.getvalue() and shop.shown() == whole(1)
    test.unlink()
    assert "Readers see build" in shop.publish()
    assert shop.shown() == whole(2)
    assert "already" in shop.publish()


def test_an_audit_is_not_published(shop: Shop) -> None:
    shop.number(2)
    code, told = shop.build(publishes=False)
    assert code == 0 and "Readers do not see this build yet" in told
    assert shop.shown() == whole(1)
    assert "now readers see it" in shop.build()[1]
    assert shop.shown() == whole(2)


def test_the_publication_before_comes_back_once(shop: Shop) -> None:
    assert "again" in shop.publish(is_back=True)
    assert shop.shown() == whole(0)
    with pytest.raises(WarehouseError, match="back on it already"):
        shop.publish(is_back=True)
    assert "Readers do not see this build yet" in shop.build()[1]
    assert shop.shown() == whole(0)
    shop.publish()
    assert shop.shown() == whole(1)
    shop.number(2)
    assert shop.build()[0] == 0
    assert shop.shown() == whole(2)
    shop.publish(is_back=True)
    assert shop.shown() == whole(1)


@pytest.mark.slow
def test_nothing_that_somebody_forgotten_is_in_comes_back(shop: Shop) -> None:
    shop.query("insert into ops.erasures values (now(), 'forget', 'cafe', 'people', null, 1)")
    shop.number(2)
    assert shop.build()[0] == 0
    with pytest.raises(WarehouseError, match="somebody was forgotten"):
        shop.publish(is_back=True)
    assert shop.query(
        "select count(*) from pg_class where relnamespace = 'published'::regnamespace"
        " and relname ~ '__before$'"
    ) == [(0,)]


def test_views_of_people_outlive_builds_and_changed_columns(shop: Shop) -> None:
    shop.query(
        "create schema if not exists people; drop view if exists people.dear;"
        "create view people.dear as select number, n from marts.wide where n = 7;"
        "alter schema people owner to transformer; alter view people.dear owner to transformer"
    )
    shop.number(2)
    assert shop.build()[0] == 0
    assert shop.query("select * from people.dear") == [(2, 7)]
    more = MODELS["wide"].replace("number, n from", "number, n, n * 2 as twice from")
    (shop.marts / "wide.sql").write_text(more)
    assert shop.build()[0] == 0
    assert shop.query("select * from people.dear") == [(2, 7)]
    assert shop.query("select max(twice) from marts.wide") == [(2000,)]
    less = MODELS["wide"].replace("select number, n from", "select n as m, number, n from")
    (shop.marts / "wide.sql").write_text(less)
    assert shop.build()[0] == 0
    assert shop.query("select * from people.dear") == [(2, 7)]


@pytest.mark.slow
@pytest.mark.parametrize(
    "dropped",
    [
        "drop view marts.narrow cascade; drop view build_marts.wide cascade",
        "delete from published.current; delete from ops.published_relations",
        "drop schema published cascade",
    ],
)
def test_what_somebody_dropped_is_made_again(shop: Shop, dropped: str) -> None:
    shop.query(dropped)
    for number in (2, 3):
        shop.number(number)
        code, told = shop.build()
        assert code == 0, told
        assert shop.shown() == whole(number)


@pytest.mark.slow
def test_a_table_of_another_role_in_the_place_of_a_mart_is_named(shop: Shop) -> None:
    shop.query("drop view marts.narrow cascade; create table marts.narrow (number integer)")
    shop.number(2)
    with pytest.raises(WarehouseError, match=r"marts\.narrow belongs to role warehouse.*Rename"):
        shop.build()
    shop.query("drop table marts.narrow")
    shop.publish()
    assert shop.shown() == whole(2)


@pytest.mark.slow
def test_what_is_no_longer_shown_is_dropped(shop: Shop) -> None:
    query = (
        "select split_part(relname, '__', 1), count(*) from pg_class"
        " where relnamespace = 'published'::regnamespace and relkind = 'r'"
        " and relname ~ '__[0-9]+$' group by 1 order by 1"
    )
    for number in (2, 3, 4):
        shop.number(number)
        assert shop.build()[0] == 0
        # The tables of now and of before, and the copy of the incremental one.
        assert shop.query(query) == [("grown", 1), ("narrow", 2), ("seed", 2), ("wide", 2)]


def test_a_reader_of_before_sees_before_in_all_tables(shop: Shop) -> None:
    """The snapshot is older than the publication, the tables are touched afterwards."""
    with database.connect(shop.settings, "reporter") as reader:
        reader.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        reader.execute("select count(*) from pg_class")
        shop.number(2)
        assert shop.build()[0] == 0
        assert shop.shown() == whole(2)
        assert [v for part in PARTS for v in reader.execute(part).fetchone() or ()] == [*whole(1)]
        reader.rollback()
        assert reader.execute(AT_ONCE).fetchone() == whole(2)


@contextmanager
def readers(settings: Settings) -> Iterator[Counter[str]]:
    """Readers in a loop, in three ways; counts what each saw."""
    found: Counter[str] = Counter()
    is_over = threading.Event()

    def repeat(read: Callable[[psycopg.Connection], tuple[Any, ...]]) -> None:
        while not is_over.is_set():
            try:
                with database.connect(settings, "reporter") as connection:
                    if read is not at_once:
                        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
                    while not is_over.is_set():
                        seen = read(connection)
                        connection.rollback()
                        found["whole" if seen == whole(seen[0]) else f"mixed {seen}"] += 1
            except psycopg.OperationalError as error:
                lost = error.sqlstate is None or error.sqlstate.startswith("57")
                found["lost" if lost else f"error {error}"] += 1
                time.sleep(0.1)
            except TryAgainLater:
                found["lost"] += 1
                time.sleep(0.1)

    def at_once(connection: psycopg.Connection) -> tuple[Any, ...]:
        return connection.execute(AT_ONCE).fetchone() or ()

    def one_by_one(connection: psycopg.Connection) -> tuple[Any, ...]:
        return tuple(v for part in PARTS for v in connection.execute(part).fetchone() or ())

    def late(connection: psycopg.Connection) -> tuple[Any, ...]:
        connection.execute("select 1")
        time.sleep(0.3)
        return one_by_one(connection)

    threads = [
        threading.Thread(target=repeat, args=(read,)) for read in (at_once, one_by_one, late)
    ]
    for thread in threads:
        thread.start()
    try:
        yield found
    finally:
        is_over.set()
        for thread in threads:
            thread.join()


def test_readers_see_whole_builds_while_builds_run(shop: Shop) -> None:
    with readers(shop.settings) as found:
        for number in range(2, 7):
            shop.number(number)
            assert shop.build(full_refresh=number == 4)[0] == 0
        test = shop.settings.project_dir / "tests" / "is_small.sql"
        test.write_text("select * from {{ ref('narrow') }} where number > 6")
        shop.number(7)
        assert shop.build()[0] == 1
    assert set(found) == {"whole"} and found["whole"] > 50, found
    assert shop.shown() == whole(6)


def _kill_build(build: subprocess.Popen[bytes], settings: Settings) -> None:
    with suppress(ProcessLookupError):
        os.killpg(build.pid, signal.SIGKILL)
    build.wait()


def _kill_server(build: subprocess.Popen[bytes], settings: Settings) -> None:
    postmaster = embedded.running(settings)
    assert postmaster is not None
    os.kill(postmaster.pid, signal.SIGKILL)
    # Tried again for a while; but nobody starts the server for it.
    _kill_build(build, settings)
    bringup.ensure_ready(settings, print)


@pytest.mark.slow
@pytest.mark.parametrize("kill", [_kill_build, _kill_server], ids=["build", "server"])
def test_a_kill_at_any_moment_shows_nothing_by_halves(
    shop: Shop, kill: Callable[[subprocess.Popen[bytes], Settings], None]
) -> None:
    """Kills at 50 moments, the publication among them; then a build that ends."""
    program = Path(sys.executable).with_name("warehouse")
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("PG")},
        "WAREHOUSE_PROJECT_DIR": str(shop.settings.project_dir),
        "WAREHOUSE_HOME": str(shop.settings.home),
        "WAREHOUSE_PORT": str(shop.settings.port),
    }

    def command() -> list[str]:
        return [str(program), "build", "--force", "--vars", f"{{number: {shop.next}}}"]

    with readers(shop.settings) as found:
        began = time.monotonic()
        shop.number(2)
        subprocess.run(command(), cwd=shop.settings.project_dir, env=environment, check=True)
        lasts = time.monotonic() - began
        for turn in range(50):
            shop.number(turn + 3)
            build = subprocess.Popen(
                command(), cwd=shop.settings.project_dir, env=environment,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip
            # Half of the kills come near the end, where the build is published.
            time.sleep(lasts * (turn / 50 if turn % 2 else 0.6 + 0.4 * turn / 50))
            kill(build, shop.settings)
    assert set(found) <= {"whole", "lost"} and found["whole"] > 500, found
    shop.number(99)
    subprocess.run(command(), cwd=shop.settings.project_dir, env=environment, check=True)
    assert shop.shown() == whole(99)
    test_what_is_no_longer_shown_is_dropped(shop)
