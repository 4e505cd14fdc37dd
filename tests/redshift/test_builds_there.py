"""`warehouse build` on Redshift does what is new there, as on PostgreSQL, and says so."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.redshift.built_shops import BuiltShops, kill_at, shops_on
from tests.redshift.cluster import Cluster
from warehouse.health import health_json
from warehouse.health.health import read_health

REASON = "Test south_paid_something of stg_south__sales failed on 1 row."
RUNS = "select status, scope, cause, failure from ops.build_runs order by build_id desc limit 1"
# The first day, both shops: n1 and n2, s1 and s2.
FIRST = [("north", 2, "15.50"), ("south", 2, "9.25")]


@pytest.fixture(scope="module")
def shops(
    redshift: Cluster, project_dir: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[BuiltShops]:
    """Two shops with a file each, built once. The tests below follow each other."""
    with shops_on(redshift, project_dir, tmp_path_factory.mktemp("files")) as shops:
        shops.load("north", "1", ("n1", "N", "10.00"), ("n2", "N", "5.50"))
        shops.load("south", "1", ("s1", "S", "7.25"), ("s2", "S", "2.00"))
        code, told = shops.build()
        assert code == 0, told
        assert "Building everything: no earlier build is on record." in told
        assert "all in" in told and "north 1 1 2 0" in told
        assert shops.figures() == FIRST
        yield shops


def public_ddl(cluster: Cluster) -> list[str]:
    """Statements that make, drop or comment what readers see."""
    place = r'"?(core|aggregates|marts|restricted|reference|published)"?\."?\w'
    return cluster.ledger.matching(
        rf"((create|drop|alter)\s+(table|view)|comment on (view|column))\s+(\S+\.)?{place}"
    )


def test_nothing_new_is_said_in_a_second(shops: BuiltShops, redshift: Cluster) -> None:
    began = time.monotonic()
    code, told = shops.build()
    assert code == 0 and "Nothing was rebuilt" in told
    assert time.monotonic() - began < 3
    assert sum(redshift.counts().values()) < 60
    assert set(redshift.counts()) <= {"begin", "commit", "rollback", "select", "set", "lock",
                                      "delete", "insert"}  # fmt: skip


def test_a_day_builds_what_it_touches_and_no_view_of_readers(
    shops: BuiltShops, redshift: Cluster
) -> None:
    shops.load("north", "2", ("n3", "N2", "100.00"))
    code, told = shops.build()
    assert code == 0, told
    assert "Building what depends on new files in north.sales." in told
    assert shops.figures() == [("north", 3, "115.50"), ("south", 2, "9.25")]
    assert shops.query(RUNS) == [("passed", "changes", "new files in north.sales", None)]
    assert public_ddl(redshift) == []
    steps = shops.query(
        "select step from ops.build_steps where build_id = (select max(build_id) from"
        " ops.build_runs) order by step_number"
    )
    assert [step for (step,) in steps] == ["read models", "sources", "core and marts", "publish"]
    ((nodes, unknown),) = shops.query(
        "select count(*), count(*) filter (where status not in ('success', 'pass'))"
        " from ops.build_nodes where build_id = (select max(build_id) from ops.build_runs)"
    )
    assert nodes > 5 and unknown == 0


def test_a_publication_is_taken_back_by_rows_alone(shops: BuiltShops, redshift: Cluster) -> None:
    after = shops.everything()
    assert shops.publish(is_back=True) == 0
    assert shops.figures() == FIRST
    assert redshift.ledger.matching(r"^\s*(create|drop|alter|truncate)\b") == []
    assert shops.query("select is_back from ops.publications order by 1 desc limit 1") == [(True,)]
    with pytest.raises(Exception, match="readers are back on it already"):
        shops.publish(is_back=True)
    # A build that finds nothing new leaves readers where they were put.
    code, told = shops.build()
    assert code == 0 and "Readers do not see this build yet" in told
    assert shops.figures() == FIRST
    assert shops.publish() == 0
    assert shops.everything() == after


def test_a_broken_file_holds_its_shop_back_and_people_hear_of_it(
    shops: BuiltShops, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = tmp_path / "heard"
    monkeypatch.setenv("WAREHOUSE_ALERT_COMMAND", f"sh -c 'cat >> {heard}'")
    shops.load("north", "3", ("n4", "N", "1.00"))
    broken = shops.load("south", "2", ("s9", "S", "1.00"), ("s3", "S2", "-1.00"))
    code, told = shops.build()
    assert code == 1
    assert "Held back (1) south: unchanged since" in told and REASON in told
    assert f"Waiting: load {broken}." in told and "The build failed" not in told
    assert shops.figures() == [("north", 4, "116.50"), ("south", 2, "9.25")]
    assert shops.query("select source_system, reason from ops.held_sources") == [("south", REASON)]
    (alert,) = map(json.loads, heard.read_text().splitlines())
    assert (alert["event"], alert["kind"], alert["subject"]) == ("opened", "source_held", "south")
    assert shops.query("select alert_id, kind from ops.alerts") == [(1, "source_held")]
    heard.unlink()

    shops.unload(broken)
    code, told = shops.build()
    assert code == 0, told
    assert shops.figures() == [("north", 4, "116.50"), ("south", 2, "9.25")]
    assert shops.query("select * from ops.held_sources") == []
    (alert,) = map(json.loads, heard.read_text().splitlines())
    assert (alert["event"], alert["kind"]) == ("ended", "source_held")
    assert shops.warnings == []


def test_a_conflict_is_met_by_trying_again(shops: BuiltShops, redshift: Cluster) -> None:
    shops.load("north", "4", ("n5", "N", "2.00"))
    redshift.fail_at(r"delete from .*build_core.*fct_orders", "serialization")
    code, told = shops.build()
    assert redshift.stand_in.faults.waiting == 0
    assert code == 0, told
    assert told.count("after a lock or a lost connection") == 1
    assert shops.figures() == [("north", 5, "118.50"), ("south", 2, "9.25")]


def test_status_has_the_shape_of_postgres(shops: BuiltShops) -> None:
    told = json.loads(health_json.as_json(read_health(shops.settings)))
    assert told["version"].startswith("Redshift ")
    assert told["loads_not_built"] == 0 and told["alerts"] == [] and told["notes"] == []
    last = told["last_build"]
    assert (last["status"], last["scope"]) == ("passed", "changes")
    assert [step["step"] for step in last["steps"]][-1] == "publish"
    assert told["last_passed_build"]["build_id"] == last["build_id"]
    assert told["published"]["build_id"] == last["build_id"]
    assert [(one["source"], one["live_rows"], one["held_since"]) for one in told["sources"]] == [
        ("north", 5, None), ("south", 2, None),
    ]  # fmt: skip


def test_a_build_killed_as_it_publishes_is_published_by_the_next(shops: BuiltShops) -> None:
    before = shops.figures()
    shops.load("north", "5", ("n6", "N", "1.00"))
    kill_at(shops, r"insert into .*published.fct_orders__before")
    assert shops.figures() == before
    code, told = shops.build()
    assert code == 0, told
    assert shops.figures() == [("north", 6, "119.50"), ("south", 2, "9.25")]
    assert shops.query("select count(*) from changes.fct_orders__unpublished") == [(0,)]
