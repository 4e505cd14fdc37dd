"""A small dbt project, built through the stand-in."""

from pathlib import Path

import pytest

from tests.redshift.cluster import Cluster
from tests.redshift.dbt_runs import make_loaders_tables, run_dbt, start_dbt
from tests.redshift.faults import FaultName
from tests.redshift.mini_project_there import write_mini_project_there


@pytest.fixture(scope="module")
def project(redshift: Cluster, project_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The mini project, and the tables that it reads."""
    make_loaders_tables(redshift, project_dir)
    return write_mini_project_there(project_dir, tmp_path_factory.mktemp("mini"))


def test_it_builds_twice_and_publishes(redshift: Cluster, project: Path, tmp_path: Path) -> None:
    run_dbt(redshift, project, tmp_path, "build")
    query = "select rfm_segment, count(*) from marts.customer_rfm group by rfm_segment order by 1"
    assert redshift.run(query) == [("champion", 2), ("hibernating", 3)]
    redshift.ledger.clear()
    run_dbt(redshift, project, tmp_path, "build", "--vars", "{customers: 4}")
    assert redshift.run(query) == [("champion", 2), ("hibernating", 2)]
    assert redshift.counts()["create"] > 0


@pytest.mark.parametrize("fault", ["serialization", "drop"])
@pytest.mark.slow
def test_a_publication_that_breaks_shows_nothing_of_it(
    redshift: Cluster, project: Path, tmp_path: Path, fault: FaultName
) -> None:
    run_dbt(redshift, project, tmp_path, "build", "--vars", "{customers: 6}")
    redshift.fail_at(r"insert into ops\.publications", fault)
    broken = start_dbt(redshift, project, tmp_path, "build", "--vars", "{customers: 7}")
    told, _ = broken.communicate()
    assert broken.returncode != 0 and "Traceback" not in told
    assert redshift.stand_in.faults.waiting == 0
    assert redshift.run("select count(*) from marts.customer_rfm") == [(6,)]
    run_dbt(redshift, project, tmp_path, "build", "--vars", "{customers: 7}")
    assert redshift.run("select count(*) from marts.customer_rfm") == [(7,)]
