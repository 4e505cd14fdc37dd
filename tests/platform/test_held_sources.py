"""A shop with a broken file is held back: its figures stay, those of the others are new."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ingest.loads import loader
from ingest.loads.load_options import Options
from tests.conftest import temporary_folder, temporary_settings
from tests.platform.two_shops import write_two_shops
from tests.platform.workshop import Workshop
from warehouse.server import bringup, database
from warehouse.settings import Settings

Sale = tuple[str, str, str]
TOKEN_KEY = "5f" * 32
FIGURES = "select source_system, orders, amount from marts.sales_by_shop order by 1"
HELD = "select source_system, held_reason from marts.data_version where held_since is not null"
STATUS = "select distinct last_build_status from marts.data_version"
REASON = "Test south_paid_something of stg_south__sales failed on 1 row."


@dataclass
class Shops(Workshop):
    """Two shops in one warehouse."""

    files: Path

    def load(self, shop: str, name: str, *sales: Sale, **options: Any) -> int:
        """Loads a file of sales: order, store, amount. Returns the number of the load."""
        path = self.files / f"sales_{name}.csv"
        lines = [f"{order},{store},2024-01-0{day},{paid}" for day, (order, store, paid) in
                 enumerate(sales, 1)]  # fmt: skip
        path.write_text("\n".join(["order_id,store_id,ordered_at,amount", *lines]) + "\n")
        conninfo = database.conninfo(self.settings, "loader")
        report = loader.load(
            conninfo,
            self.settings.project_dir,
            shop,
            [path],
            Options(token_key=TOKEN_KEY, **options),
        )
        assert [file.status for file in report.files] == ["loaded"], report
        return int(self.query("select max(load_id) from ops.load_files")[0][0])

    def build(self, **request: Any) -> tuple[int, str]:
        code, told = super().build(**request)
        return code, " ".join(told.split())

    def everything(self) -> list[list[tuple[Any, ...]]]:
        """All that readers see, but for when it was built."""
        names = (
            "core.fct_orders", "core.dim_store", "marts.sales_by_shop", "aggregates.as_of_dates",
        )  # fmt: skip
        return [sorted(self.query(f"select * from {name}"), key=str) for name in names]


@pytest.fixture(scope="module")
def running(project_dir: Path) -> Iterator[Settings]:
    with temporary_folder() as folder, temporary_settings() as settings:
        write_two_shops(project_dir, folder)
        settings = replace(settings, project_dir=folder)
        bringup.bring_up(settings, print)
        yield settings


@pytest.fixture
def shops(running: Settings, project_dir: Path, tmp_path: Path) -> Shops:
    """Two shops that have loaded nothing yet."""
    write_two_shops(project_dir, running.project_dir)
    shops = Shops(running, tmp_path)
    shops.query(
        "drop schema if exists core, marts, aggregates, build_core, build_marts, build_aggregates, "
        "staging, intermediate, changes cascade"
    )
    shops.query(
        "truncate raw_north.sales, raw_south.sales, ops.load_files, ops.load_totals, "
        "ops.fact_loads, ops.build_runs, ops.held_sources, ops.publications, "
        "ops.published_relations"
    )
    return shops


@pytest.fixture
def built(shops: Shops) -> Shops:
    """The same, with a file each that is built and passed."""
    shops.load("north", "1", ("n1", "N", "10.00"), ("n2", "N", "5.50"))
    shops.load("south", "1", ("s1", "S", "7.25"), ("s2", "S", "2.00"))
    code, told = shops.build()
    assert code == 0, told
    assert "Held back" not in told
    assert shops.query(FIGURES) == [("north", 2, Decimal("15.5")), ("south", 2, Decimal("9.25"))]
    return shops


def test_a_broken_file_holds_its_shop_back_and_no_other(built: Shops) -> None:
    old = built.query("select * from core.dim_store where source_system = 'south'")
    built.load("north", "2", ("n3", "N2", "100.00"))
    # The first order names the store anew; the second is what the test finds.
    built.load("south", "2", ("s9", "S", "1.00"), ("s3", "S2", "-1.00"))
    code, told = built.build()
    assert code == 1
    assert "Held back (1) south: unchanged since" in told and REASON in told
    (broken,) = built.query("select max(load_id) from ops.load_files where source_system = 'south'")
    assert f"Waiting: load {broken[0]}." in told
    assert f"warehouse unload {broken[0]}`" in told and "The build failed" not in told
    figures = [("north", 3, Decimal("115.5")), ("south", 2, Decimal("9.25"))]
    assert built.query(FIGURES) == figures
    assert built.query("select * from core.dim_store where source_system = 'south'") == old
    assert built.query("select store_id from core.dim_store where source_system = 'north'") == [
        ("N",), ("N2",)
    ]  # fmt: skip
    assert built.query(HELD) == [("south", REASON)] and built.query(STATUS) == [("held",)]
    since = built.query("select held_since from ops.held_sources")

    # Another build tries again, and since when it is held stays; more files wait, too.
    built.load("south", "3", ("s4", "S", "50.00"))
    built.load("north", "3", ("n4", "N", "1.00"))
    code, told = built.build()
    assert code == 1 and REASON in told
    figures = [("north", 4, Decimal("116.5")), ("south", 2, Decimal("9.25"))]
    assert built.query(FIGURES) == figures
    assert built.query("select held_since from ops.held_sources") == since
    assert built.query("select count(*) from ops.build_runs where status = 'held'") == [(2,)]

    code, _ = built.build(full_refresh=True)
    assert code == 1 and built.query(FIGURES) == figures
    assert built.query("select * from core.dim_store where source_system = 'south'") == old

    # 7.25 + 2 + 1 + 3 + 50: the file as mended in place of the broken one.
    built.load("south", "2", ("s9", "S", "1.00"), ("s3", "S2", "3.00"), corrects=True)
    code, told = built.build()
    assert code == 0, told
    assert "Held back" not in told
    assert built.query(FIGURES) == [("north", 4, Decimal("116.5")), ("south", 5, Decimal("63.25"))]
    assert built.query(HELD) == [] and built.query(STATUS) == [("passed",)]
    assert built.query("select source_system from ops.held_sources") == []
    assert built.query("select * from changes.fct_orders") == []
    mended = built.everything()
    assert built.build(full_refresh=True)[0] == 0
    assert built.everything() == mended
    assert built.build()[1].startswith("Nothing new")


def test_a_withdrawn_load_leaves_the_rows_of_a_held_shop_as_they_are(built: Shops) -> None:
    broken = built.load("south", "2", ("s3", "S", "-1.00"))
    first = built.query("select min(load_id) from ops.load_files where source_system = 'south'")
    loader.unload(database.conninfo(built.settings, "loader"), int(first[0][0]))
    assert built.build()[0] == 1
    assert built.query(FIGURES)[1] == ("south", 2, Decimal("9.25"))
    loader.unload(database.conninfo(built.settings, "loader"), broken)
    assert built.build()[0] == 0
    assert built.query(FIGURES) == [("north", 2, Decimal("15.5"))]


@pytest.mark.slow
def test_rows_built_by_other_code_while_a_shop_was_held_are_built_anew_with_it(
    built: Shops,
) -> None:
    """A whole rebuild passes the held shop over: its rows wait for the next one."""
    fact = built.settings.project_dir / "models" / "core" / "fct_orders.sql"
    broken = built.load("south", "2", ("s3", "S", "-1.00"))
    doubled = "cast(2 * stated_total_amount as numeric(18, 4)) as"
    fact.write_text(fact.read_text().replace("stated_total_amount as", doubled))
    assert built.build(full_refresh=True)[0] == 1
    assert built.query(FIGURES) == [("north", 2, Decimal("31")), ("south", 2, Decimal("9.25"))]
    loader.unload(database.conninfo(built.settings, "loader"), broken)
    code, told = built.build()
    assert code == 0, told
    assert built.query(FIGURES) == [("north", 2, Decimal("31")), ("south", 2, Decimal("18.5"))]


def test_a_shop_that_is_broken_at_first_is_absent_until_it_is_mended(shops: Shops) -> None:
    shops.load("north", "1", ("n1", "N", "10.00"))
    shops.load("south", "1", ("s1", "S", "-7.25"))
    code, told = shops.build()
    assert code == 1 and f"south: not in core and marts yet. {REASON}" in told
    assert shops.query(FIGURES) == [("north", 1, Decimal(10))]
    assert shops.query("select distinct source_system from core.dim_store") == [("north",)]
    assert shops.query(HELD) == [("south", REASON)]
    shops.load("south", "1", ("s1", "S", "7.25"), corrects=True)
    code, told = shops.build()
    assert code == 0, told
    assert shops.query(FIGURES) == [("north", 1, Decimal(10)), ("south", 1, Decimal("7.25"))]
    assert shops.query(HELD) == []


def test_a_model_that_cannot_be_built_holds_its_shop_back(built: Shops) -> None:
    model = built.settings.project_dir / "models" / "intermediate" / "south"
    (model / "int_south__stores.sql").write_text(
        "select no_such_column from {{ ref('stg_south__sales') }}"
    )
    built.load("north", "2", ("n3", "N", "1.00"))
    built.load("south", "2", ("s3", "S", "1.00"))
    assert built.build()[0] == 1
    assert built.query(FIGURES) == [("north", 3, Decimal("16.5")), ("south", 2, Decimal("9.25"))]
    assert built.query(HELD) == [("south", "The model int_south__stores could not be built.")]


def test_a_failing_test_of_core_fails_the_build(built: Shops) -> None:
    test = built.settings.project_dir / "tests" / "orders_are_small.sql"
    test.write_text("select * from {{ ref('fct_orders') }} where amount > 90")
    built.load("north", "2", ("n3", "N", "100.00"))
    code, told = built.build()
    assert code == 1 and "The build failed" in told and "Held back" not in told
    assert built.query(HELD) == [] and built.query(STATUS) == [("failed",)]
    # With a shop held back besides, it is still a failed build, and the shop is still old.
    built.load("south", "2", ("s3", "S", "-1.00"))
    code, told = built.build()
    assert code == 1 and "The build failed" in told
    assert built.query(HELD) == [("south", REASON)] and built.query(STATUS) == [("failed",)]
    test.unlink()
    assert "Held back (1)" in built.build()[1]


def test_without_a_shop_that_passes_or_a_single_one_to_blame_the_build_fails(
    built: Shops,
) -> None:
    figures = built.query(FIGURES)
    north = built.load("north", "2", ("n3", "N", "-1.00"))
    south = built.load("south", "2", ("s3", "S", "-1.00"))
    code, told = built.build()
    assert code == 1 and "The build failed" in told and "Held back" not in told
    assert built.query(FIGURES) == figures and built.query(HELD) == []
    for load_id in (north, south):
        loader.unload(database.conninfo(built.settings, "loader"), load_id)
    (built.settings.project_dir / "tests" / "shops_differ.sql").write_text(
        "select order_id from {{ ref('stg_north__sales') }} where amount = 10 "
        "union all select order_id from {{ ref('stg_south__sales') }} where 1 = 0"
    )
    code, told = built.build()
    assert code == 1 and "The build failed" in told
    assert built.query(FIGURES) == figures and built.query(HELD) == []
