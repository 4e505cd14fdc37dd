"""Views over what a build replaces stay, whether or not they are part of the run."""

import io
import shutil
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from rich.console import Console

from tests.platform.workshop import Workshop, running_mini_project
from warehouse.build.publishing import publish_alone
from warehouse.server import database
from warehouse.settings import Settings

TABLE = "{{ config(materialized='table', schema='marts') }}\n"
VIEW = "{{ config(materialized='view', schema='marts') }}\n"
MODELS = {
    "sales": TABLE + "select 1 as store, 'a'::varchar(8) as name, 10.50::numeric(9, 2) as amount",
    "stores": TABLE + "select 1 as store, 'north'::varchar(8) as town",
    "sales_seen": VIEW + "select store, amount from {{ ref('sales') }}",
    "sales_by_town": VIEW + "select stores.town, sales_seen.amount from {{ ref('sales_seen') }} "
    "inner join {{ ref('stores') }} as stores on sales_seen.store = stores.store",
}


class Shop(Workshop):
    def write(self, name: str, sql: str) -> None:
        (self.marts / f"{name}.sql").write_text(sql)

    def select(self, *names: str, full_refresh: bool = False) -> tuple[int, str]:
        code, told = self.build(select=names, force=True, full_refresh=full_refresh)
        screen = io.StringIO()
        if code == 0:
            code = publish_alone(self.settings, is_back=False, console=Console(file=screen))
        return code, told + screen.getvalue()

    def relations(self) -> set[str]:
        rows = self.query(
            "select schemaname || '.' || viewname from pg_views "
            "where schemaname in ('marts', 'own') union all "
            "select schemaname || '.' || tablename from pg_tables "
            "where schemaname in ('marts', 'own')"
        )
        return {name for (name,) in rows}


@pytest.fixture(scope="module")
def running(project_dir: Path) -> Iterator[Settings]:
    with running_mini_project(project_dir) as settings:
        yield settings


@pytest.fixture
def shop(running: Settings) -> Shop:
    """Two tables, a view over each and over both, and an analyst's view, made by the builder."""
    shop = Shop(running)
    for name, sql in MODELS.items():
        shop.write(name, sql)
    code, told = shop.select()
    assert code == 0, told
    shop.query(
        "drop schema if exists own cascade; create schema own authorization transformer; "
        "grant usage on schema own to reporter; "
        "create view own.dear with (security_barrier = true) as "
        "select store, amount from marts.sales as s where amount > 5; "
        "alter view own.dear owner to transformer; "
        "create view own.dear_towns as select town from marts.sales_by_town "
        "where amount in (select amount from own.dear); "
        "alter view own.dear_towns owner to transformer; "
        "grant select on own.dear to reporter; comment on view own.dear is 'above five'"
    )
    return shop


@pytest.mark.parametrize(
    "selected", ["sales", "stores", "sales_seen", "sales stores", "sales_seen+"]
)
def test_a_selection_drops_nothing(shop: Shop, selected: str) -> None:
    before = shop.relations()
    code, told = shop.select(*selected.split())
    assert code == 0, told
    assert shop.relations() == before
    assert {"marts.sales_by_town", "own.dear", "own.dear_towns"} <= before


def test_kept_views_read_the_new_rows_and_keep_rights_options_and_comments(shop: Shop) -> None:
    rows = " union all ".join(
        f"select 1 as store, '{name}'::varchar(8) as name, {amount}::numeric(9, 2) as amount"
        for name, amount in (("a", 10.5), ("b", 7.25), ("c", 3))
    )
    shop.write("sales", TABLE + rows)
    code, told = shop.select("sales")
    assert code == 0, told
    assert shop.query("select sum(amount), count(*) from own.dear") == [(17.75, 2)]
    assert shop.query("select sum(amount), count(*) from marts.sales_by_town") == [(20.75, 3)]
    assert shop.query("select count(*) from own.dear_towns") == [(2,)]
    assert shop.query(
        "select has_table_privilege('reporter', 'own.dear', 'select'), reloptions, "
        "obj_description(oid) from pg_class where oid = 'own.dear'::regclass"
    ) == [(True, ["security_barrier=true"], "above five")]
    assert not {name for name in shop.relations() if "__dbt" in name}


@pytest.mark.slow
def test_a_view_goes_only_with_a_column_that_it_reads(shop: Shop) -> None:
    shop.write("sales", TABLE + "select 1 as store, 10.50::numeric(9, 2) as amount, true as is_new")
    code, told = shop.select("sales")
    assert code == 0, told
    assert {"own.dear", "own.dear_towns", "marts.sales_seen"} <= shop.relations()
    shop.write("sales", TABLE + "select 1 as store, 10.5::double precision as amount")
    code, told = shop.select("sales")
    assert code == 0, told
    assert "own.dear" not in shop.relations() and "own.dear_towns" not in shop.relations()
    # dbt's own come back with the next build of everything.
    code, told = shop.select()
    assert code == 0, told
    assert shop.query("select town, amount from marts.sales_by_town") == [("north", 10.5)]


def test_a_view_replaced_under_others_leaves_them(shop: Shop) -> None:
    shop.write("sales_seen", VIEW + "select true as is_seen, store, amount from {{ ref('sales') }}")
    code, told = shop.select("sales_seen")
    assert code == 0, told
    assert shop.query("select town, amount from marts.sales_by_town") == [("north", 10.5)]
    # Twice in one session of dbt: its memory of what is there must have followed.
    code, told = shop.select("sales", "sales_seen", "sales_by_town")
    assert code == 0, told


@pytest.mark.slow
def test_tables_under_one_view_are_replaced_side_by_side(shop: Shop) -> None:
    for number in range(6):
        shop.write(
            f"side_{number}", TABLE + f"select {number} as n, pg_sleep(0.05)::varchar(8) as s"
        )
    union = " union all ".join(f"select n from {{{{ ref('side_{n}') }}}}" for n in range(6))
    shop.write("all_sides", VIEW + union)
    assert shop.select()[0] == 0
    for _ in range(2):
        code, told = shop.select(*(f"side_{number}" for number in range(6)))
        assert code == 0, told
        assert shop.query("select sum(n), count(*) from marts.all_sides") == [(15, 6)]


@pytest.mark.slow
def test_views_over_a_seed_outlive_its_full_refresh(shop: Shop) -> None:
    seeds = shop.settings.project_dir / "seeds"
    seeds.mkdir(exist_ok=True)
    (seeds / "towns.csv").write_text("store,town\n1,north\n")
    (seeds / "seeds.yml").write_text("seeds: [{name: towns, config: {schema: marts}}]\n")
    shop.write("towns_seen", VIEW + "select town from {{ ref('towns') }} where store = 1")
    shop.write("towns_again", VIEW + "select town from {{ ref('towns_seen') }}")
    code, told = shop.select()
    assert code == 0, told
    (seeds / "towns.csv").write_text("store,town\n1,south\n2,west\n")
    # Two swaps under one view in one session of dbt, whose memory must follow.
    for _ in range(2):
        code, told = shop.select(full_refresh=True)
        assert code == 0, told
        assert shop.query("select town from marts.towns_again") == [("south",)]
    code, told = shop.select("towns", full_refresh=True)
    assert code == 0, told
    assert shop.query("select town from marts.towns_again") == [("south",)]
    shutil.rmtree(seeds)
    for name in ("towns_seen", "towns_again"):
        (shop.settings.project_dir / "models" / "marts" / f"{name}.sql").unlink()


@pytest.mark.slow
def test_readers_of_a_view_and_swaps_under_it_do_not_lock_each_other_out(shop: Shop) -> None:
    """A reader locks the view, then the table; so does the swap."""
    faults: list[psycopg.Error] = []
    is_over = threading.Event()

    def read() -> None:
        with closing(database.connect(shop.settings, "transformer")) as connection:
            connection.autocommit = True
            while not is_over.is_set():
                try:
                    connection.execute("select count(*) from own.dear")
                    connection.execute("select count(*) from marts.sales_by_town")
                except psycopg.Error as error:
                    faults.append(error)

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    outcomes = [shop.select("sales", "stores") for _ in range(3)]
    is_over.set()
    for reader in readers:
        reader.join()
    assert [told for code, told in outcomes if code] == []
    assert faults == []
