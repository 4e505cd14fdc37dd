"""The run log: what each build did, how long it took, and why it failed."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from tests.platform.mini_project import write_mini_project
from tests.platform.workshop import Workshop, running_mini_project
from warehouse.settings import Settings

STEPS = (
    "select step, status, node_count, row_count, cause from ops.build_steps"
    " where build_id = (select max(build_id) from ops.build_runs) order by step_number"
)
RUN = "select scope, cause, failure from ops.build_runs order by build_id desc limit 1"


@pytest.fixture(scope="module")
def running(project_dir: Path) -> Iterator[Settings]:
    with running_mini_project(project_dir) as settings:
        yield settings


@pytest.fixture
def workshop(running: Settings, project_dir: Path) -> Workshop:
    """The project as it was written, never built."""
    for path in (running.project_dir / "tests").iterdir():
        path.unlink()
    write_mini_project(project_dir, running.project_dir)
    workshop = Workshop(running)
    workshop.query("truncate ops.build_runs, ops.build_steps, ops.build_nodes, ops.build_state")
    return workshop


def test_the_steps_of_a_build_are_logged(workshop: Workshop) -> None:
    assert workshop.build()[0] == 0
    assert workshop.query(RUN) == [("everything", "no earlier build is on record", None)]
    # A view, a table of one row and one of one row; two tests of keys and one of affinity.
    assert workshop.query(STEPS) == [
        ("read models", "passed", 0, None, None),
        ("core and marts", "passed", 6, 2, None),
        ("publish", "passed", None, None, None),
    ]
    nodes = "select node_name, kind, status, row_count, failure_count from ops.build_nodes order by"
    assert workshop.query(f"{nodes} kind, node_name") == [
        ("customer_rfm", "model", "success", None, None),
        ("product_affinity", "model", "success", 1, None),
        ("ticket_count", "model", "success", 1, None),
        ("not_null_customer_rfm_customer_key", "test", "pass", None, 0),
        ("not_null_product_affinity_product_key_a", "test", "pass", None, 0),
        ("unique_customer_rfm_customer_key", "test", "pass", None, 0),
    ]


def test_steps_are_in_order_and_within_the_run(workshop: Workshop) -> None:
    workshop.build()
    moments = workshop.query(
        "select steps.started_at >= runs.started_at, steps.started_at + steps.seconds * interval"
        " '1 second' <= coalesce(lead(steps.started_at) over (order by step_number), now())"
        " from ops.build_steps as steps inner join ops.build_runs as runs using (build_id)"
    )
    assert moments == [(True, True)] * 3
    took, steps = workshop.query(
        "select extract(epoch from max(finished_at - started_at)), (select sum(seconds)"
        " from ops.build_steps where step <> 'publish') from ops.build_runs"
    )[0]
    assert Decimal(0) < steps <= took


def test_a_failed_build_says_which_test_failed_and_on_how_many_rows(workshop: Workshop) -> None:
    test = "select 'Ada Quill' as name from generate_series(1, 3)"
    (workshop.settings.project_dir / "tests" / "nobody_is_here.sql").write_text(test)
    assert workshop.build()[0] == 1
    failure = "Test nobody_is_here failed on 3 rows."
    assert workshop.query(RUN)[0][2] == failure
    assert workshop.query(STEPS)[1] == ("core and marts", "failed", 7, 2, failure)
    found = "select status, failure_count from ops.build_nodes where node_name = 'nobody_is_here'"
    assert workshop.query(found) == [("fail", 3)]


def test_a_project_that_dbt_cannot_read_is_logged_without_its_words(workshop: Workshop) -> None:
    (workshop.marts / "ticket_count.sql").write_text("{{ ref('Ada Quill') }}")
    assert workshop.build()[0] == 1
    told = "dbt could not run: its log says why."
    assert workshop.query(RUN)[0][2] == told
    assert workshop.query(STEPS)[0] == ("read models", "failed", 0, None, told)


def test_a_build_of_chosen_models_says_so(workshop: Workshop) -> None:
    assert workshop.build(select=("customer_rfm", "ticket_count"))[0] == 0
    assert workshop.query(RUN) == [("selected", "selected: customer_rfm ticket_count", None)]
    assert [row[0] for row in workshop.query(STEPS)] == ["read models", "selected models"]


@pytest.mark.slow
def test_nodes_of_old_builds_are_forgotten(workshop: Workshop) -> None:
    workshop.build()
    workshop.query("update ops.build_runs set started_at = now() - interval '91 days'")
    workshop.build(force=True)
    # Without product_affinity, which waits for new files, and its test.
    kept = "select count(*), count(distinct build_id) from ops.build_nodes"
    assert workshop.query(kept) == [(4, 1)]
    assert workshop.query("select count(distinct build_id) from ops.build_steps") == [(2,)]
