"""The whole project gives the same rows through the stand-in as on PostgreSQL."""

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict

from sample import SOURCES, write_sample
from tests.marts.built_warehouse import WITHOUT_TESTS, BuiltWarehouse, database_on
from tests.redshift.cluster import Cluster, cluster_database
from tests.redshift.conftest import BUCKET
from tests.redshift.dbt_runs import run_dbt
from tests.redshift.stand_in import StandIn

pytestmark = pytest.mark.slow

SCALE = 0.05
# When a build ran, which differs between two builds.
TIMES = {"marts.data_version"}


@pytest.fixture
def postgres(server: str, project_dir: Path, tmp_path: Path) -> Iterator[BuiltWarehouse]:
    """A little of all six sources, loaded and not built."""
    write_sample(tmp_path / "sample", SCALE)
    with database_on(server, project_dir, tmp_path / "postgres") as warehouse:
        for source in SOURCES:
            warehouse.load(source, tmp_path / "sample" / source)
        yield warehouse


@pytest.fixture
def loaded(
    postgres: BuiltWarehouse,
    stand_in: StandIn,
    server: str,
    certificate: tuple[ssl.SSLContext, Path],
) -> Iterator[Cluster]:
    """The same loads, behind the stand-in."""
    name = str(conninfo_to_dict(postgres.conninfo)["dbname"])
    with cluster_database(stand_in, server, BUCKET, certificate[1], name) as cluster:
        yield cluster


def test_both_engines_build_the_same_rows(
    postgres: BuiltWarehouse, loaded: Cluster, project_dir: Path, tmp_path: Path
) -> None:
    """Keys included: farmfingerprint64 is PostgreSQL's hash here."""
    folder = tmp_path / "redshift"
    run_dbt(loaded, project_dir, folder, "build")
    # The second time every incremental model is changed in place.
    run_dbt(loaded, project_dir, folder, *WITHOUT_TESTS)
    postgres.dbt(*WITHOUT_TESTS)

    behind = BuiltWarehouse(loaded.behind, project_dir, folder, loaded.behind)
    tables = postgres.frame(
        "select schemaname || '.' || viewname from pg_views"
        " where schemaname in ('core', 'aggregates', 'marts', 'restricted') order by 1"
    )
    names = set(tables.iloc[:, 0]) - TIMES
    assert len(names) > 70
    sums = {name: (behind.checksum(name), postgres.checksum(name)) for name in sorted(names)}
    assert {name: both for name, both in sums.items() if both[0] != both[1]} == {}
    assert sum(ours[0] for ours, _ in sums.values()) > 10_000
