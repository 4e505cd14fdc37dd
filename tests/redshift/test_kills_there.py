"""Builds on Redshift that are killed, cut off or refused anywhere: the next one ends the same."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.loader_errors import LoaderError
from tests.redshift.built_shops import BuiltShops, kill_at, shops_on
from tests.redshift.cluster import Cluster
from tests.redshift.faults import FaultName
from warehouse.errors import WarehouseError
from warehouse.known_errors import may_pass

pytestmark = pytest.mark.slow

STEPS = {
    "the lock": r"^lock .*warehouse_lock",
    "what is new": r"select .*from .ops...load_files. as files",
    "queues of models": r"select table_name, column_name from information_schema",
    "keys of a run": r"create\s+temporary table fct_orders__scope",
    "loads of a fact": r"insert into ops\.fact_loads",
    "old rows": r"delete from .*build_core.*fct_orders",
    "new rows": r"insert into .*build_core.*fct_orders",
    "a table made anew": r"create\s+table\s.*sales_by_shop",
    "its name": r"alter table .*sales_by_shop.* rename",
    "the table before": r"drop table .*sales_by_shop",
    "a view": r"create view .*data_version",
    "a test": r"select\s+count\(\*\) as failures",
    "what is built": r"insert into .ops...built_loads",
    "the state": r"insert into .ops...build_state",
    "the run": r"insert into .ops...build_runs",
    "the nodes": r"insert into .ops...build_nodes",
    "readers' rows": r"delete from .*published.*fct_orders",
    "rows before": r"insert into .*published.fct_orders__before",
    "the publication": r"insert into ops\.publications",
    "what is shown": r"insert into ops\.published_relations",
}
# A core test fails on orders above a limit that nobody reaches otherwise.
TEST = "select * from {{ ref('fct_orders') }} where amount > 1000\n"


@pytest.fixture(scope="module")
def shops(
    redshift: Cluster, project_dir: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[BuiltShops]:
    with shops_on(redshift, project_dir, tmp_path_factory.mktemp("files")) as shops:
        shops.load("north", "0", ("n0", "N", "1.00"))
        shops.load("south", "0", ("s0", "S", "1.00"))
        assert shops.build()[0] == 0
        yield shops


def one_more(shops: BuiltShops) -> list[tuple[str, int, str]]:
    """Loads another order of one pound; the figures that a build must come to."""
    ((count,),) = shops.query("select count(*) from raw_north.sales")
    shops.load("north", str(count), (f"n{count}", f"N{count}", "1.00"))
    return [("north", count + 1, f"{count + 1}.00"), ("south", 1, "1.00")]


def build(shops: BuiltShops) -> int:
    try:
        return shops.build()[0]
    except (LoaderError, WarehouseError) as error:
        if not may_pass(error):
            raise
        return 3


def assert_whole(shops: BuiltShops, figures: list[tuple[str, int, str]]) -> None:
    """Builds till nothing is left to do, then compares all that there is."""
    codes = [build(shops), build(shops)]
    assert codes == [0, 0], codes
    assert shops.figures() == figures
    for name in ("core.fct_orders", "core.dim_store", "marts.sales_by_shop"):
        built = shops.query(f"select * from build_{name} order by 1")
        assert shops.query(f"select * from {name} order by 1") == built, name
    assert shops.query("select load_id from ops.built_loads order by 1") == shops.query(
        "select load_id from ops.load_files where is_live order by 1"
    )
    assert shops.query("select count(*) from changes.fct_orders__unpublished") == [(0,)]
    assert shops.query(
        "select build_id from ops.publications order by publication_id desc limit 1"
    ) == shops.query("select max(build_id) from ops.build_runs")


@pytest.mark.parametrize("step", STEPS)
def test_a_build_killed_at_a_step_is_made_whole_by_the_next(
    shops: BuiltShops, redshift: Cluster, step: str
) -> None:
    expected = one_more(shops)
    kill_at(shops, STEPS[step])
    assert_whole(shops, expected)


@pytest.mark.parametrize("fault", ["serialization", "drop"])
@pytest.mark.parametrize("step", STEPS)
def test_a_step_that_fails_is_made_good(
    shops: BuiltShops, redshift: Cluster, step: str, fault: FaultName
) -> None:
    expected = one_more(shops)
    redshift.fail_at(STEPS[step], fault)
    assert build(shops) in (0, 3)
    assert redshift.stand_in.faults.waiting == 0, "no statement was like that"
    assert_whole(shops, expected)


@pytest.mark.parametrize("number", range(3, 40, 3))
def test_a_commit_without_an_answer_is_made_good(
    shops: BuiltShops, redshift: Cluster, number: int
) -> None:
    expected = one_more(shops)
    redshift.fail_at("^commit", "drop_after", nth=number)
    assert build(shops) in (0, 3)
    redshift.stand_in.faults.clear()
    assert_whole(shops, expected)


def test_what_fails_a_test_is_never_seen(shops: BuiltShops) -> None:
    test = shops.settings.project_dir / "tests" / "nothing_costs_a_thousand.sql"
    test.write_text(TEST)
    before = shops.figures()
    dear = shops.load("north", "dear", ("n-dear", "N", "1001.00"))
    code, told = shops.build()
    assert code == 1 and "test nothing_costs_a_thousand" in told
    assert "1 row found by the test." in told and "amount 1001" in told
    assert shops.figures() == before
    shops.unload(dear)
    test.unlink()
    assert_whole(shops, before)
