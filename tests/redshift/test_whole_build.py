"""The whole project gives the same rows through the stand-in as on PostgreSQL."""

import os
import ssl
import subprocess
from collections.abc import Collection, Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from ingest.engine.redshift_address import RedshiftAddress
from ingest.loads import loader
from ingest.loads.load_options import Options
from ml.lifetime_run import Valuer
from ml.registry import Registry
from ml.run import Workshop
from sample import SOURCES, write_sample
from tests.comparing.small_warehouse import address_of
from tests.marts.built_warehouse import TOKEN_KEY, WITHOUT_TESTS, BuiltWarehouse, database_on
from tests.redshift.cluster import Cluster, cluster_database
from tests.redshift.cluster_shop import STAGING
from tests.redshift.conftest import BUCKET
from tests.redshift.dbt_runs import make_a_clusters
from tests.redshift.stand_in import StandIn
from tests.redshift.warehouse_command import warehouse
from tests.watching.watched_shops import PROGRAM
from warehouse.build.risk_step import AFTER_SCORES

pytestmark = pytest.mark.slow

SCALE = 0.05
# What holds times of loads and builds, or versions of models, which begin with one; all of it is
# known to `compare`.
TIMES = {
    *("marts.data_version", "marts.customer_risk", "marts.customer_lifetime_value"),
    *("aggregates.source_versions", "marts.load_history"),
}
# The command leaves these for a week, and dbt makes them anew each time.
WEEKLY = {
    *("marts.product_affinity", "marts.customer_recommendations"),
    "aggregates.customer_lifetime_held_out",
}
# Customers of electronics with personal information.
SCORED = 47
# The last day of each café, and the online shop's last month.
LATER = {"cafe": "*_13-03-2022_*.csv", "ecommerce": "transactions_2022-03.csv"}
CORRECTED = "cafe/ambleford_12-03-2022_09-00-00.csv"
# Statements of a build that takes in a day; before there were 8,077 of them.
MOST_STATEMENTS = 3000
MOST_COMMENTS = 10


class Both:
    """One warehouse on PostgreSQL, built by dbt, and one on the cluster, built by the command."""

    def __init__(self, postgres: BuiltWarehouse, cluster: Cluster, home: Path):
        self.postgres, self.cluster, self.home = postgres, cluster, home
        self.environment = cluster.environment | {
            "WAREHOUSE_TARGET": "redshift",
            "WAREHOUSE_HOME": str(home),
            "WAREHOUSE_TOKEN_KEY": TOKEN_KEY,
            "WAREHOUSE_S3_STAGING": STAGING,
            "REDSHIFT_IAM_ROLE": cluster.iam_role,
        }
        self.address = RedshiftAddress.from_environment(self.environment)
        self.models = Workshop(self.connect, "", Registry(str(home.parent / "models")))
        self.valuer = Valuer(self.connect, "")

    def connect(self) -> psycopg.Connection:
        """A session on PostgreSQL."""
        return psycopg.connect(self.postgres.conninfo)

    def load(self, source: str, *paths: Path, corrects: bool = False) -> None:
        self.postgres.load(source, *paths, corrects=corrects)
        options = Options(token_key=TOKEN_KEY, corrects=corrects)
        report = loader.load(self.address, self.postgres.project_dir, source, paths, options)
        assert report.exit_code == 0, report

    def unload(self, load_id: int) -> None:
        self.postgres.unload(load_id)
        loader.unload(self.address, load_id)

    def build(self, *arguments: str) -> str:
        """Builds both, scores included; what the command said."""
        self.cluster.ledger.clear()
        told = self.command("build", *arguments)
        self.postgres.dbt(*WITHOUT_TESTS, *arguments)
        for task in self.models.tasks():
            self.models.train(task)
            self.models.score(task)
        for source in self.valuer.sources():
            self.valuer.value(source)
        self.postgres.dbt(*WITHOUT_TESTS, "--select", AFTER_SCORES)
        return told

    def command(self, *arguments: str) -> str:
        done = subprocess.run(
            [PROGRAM, *arguments], env=os.environ | self.environment,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout[-8000:]
        return done.stdout

    def assert_equal(self) -> None:
        """By `warehouse compare`, which needs no equal keys; and everybody is scored."""
        given = conninfo_to_dict(self.postgres.conninfo)
        here = address_of(self.postgres.conninfo)
        environment = os.environ | self.environment | {"PGPASSWORD": str(given["password"])}
        code, out, err = warehouse(environment, "compare", here, "redshift://")
        assert code == 0, out + err
        assert int(out.split(" tables with ")[0].split()[-1]) > 60
        assert self.cluster.seen("select count(*) from marts.customer_risk") == [(SCORED,)]
        assert self.cluster.keys("door/") == []

    def assert_same_rows(self, leave_out: Collection[str] = ()) -> None:
        """Keys included: farmfingerprint64 is PostgreSQL's hash here."""
        theirs = BuiltWarehouse(self.cluster.behind, self.postgres.project_dir, self.home, "")
        tables = self.postgres.frame(
            "select schemaname || '.' || viewname from pg_views"
            " where schemaname in ('core', 'aggregates', 'marts', 'restricted') order by 1"
        )
        names = sorted(set(tables.iloc[:, 0]) - TIMES - set(leave_out))
        assert len(names) > 70
        sums = {name: (theirs.checksum(name), self.postgres.checksum(name)) for name in names}
        assert {name: both for name, both in sums.items() if both[0] != both[1]} == {}
        assert sum(ours[0] for ours, _ in sums.values()) > 10_000


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    """A little of all six sources; what comes later is in a folder of its own."""
    write_sample(tmp_path / "sample", SCALE)
    for source, pattern in LATER.items():
        (tmp_path / "later" / source).mkdir(parents=True)
        for path in (tmp_path / "sample" / source).glob(pattern):
            path.rename(tmp_path / "later" / source / path.name)
    return tmp_path / "sample"


@pytest.fixture
def postgres(
    server: str, project_dir: Path, tmp_path: Path, sample: Path
) -> Iterator[BuiltWarehouse]:
    """All sources, loaded and not built."""
    with database_on(server, project_dir, tmp_path / "postgres") as warehouse:
        for source in SOURCES:
            warehouse.load(source, sample / source)
        yield warehouse


@pytest.fixture
def both(
    postgres: BuiltWarehouse,
    stand_in: StandIn,
    server: str,
    certificate: tuple[ssl.SSLContext, Path],
    tmp_path: Path,
) -> Iterator[Both]:
    """The same loads, behind the stand-in, too."""
    name = str(conninfo_to_dict(postgres.conninfo)["dbname"])
    with cluster_database(stand_in, server, BUCKET, certificate[1], name) as cluster:
        make_a_clusters(cluster)
        yield Both(postgres, cluster, tmp_path / "home")


def test_both_engines_have_the_same_rows_after_each_build(both: Both, sample: Path) -> None:
    assert "Building everything: no earlier build is on record." in both.build()
    both.assert_same_rows()
    both.assert_equal()
    assert "Nothing new since the build of" in both.command("build")

    for source in LATER:
        both.load(source, sample.parent / "later" / source)
    told = both.build()
    assert "Building what depends on new files in cafe.transactions, ecommerce." in told
    counts = both.cluster.counts()
    print("a day:", sum(counts.values()), dict(counts.most_common()))
    both.assert_same_rows(WEEKLY)
    assert sum(counts.values()) < MOST_STATEMENTS
    assert counts["comment"] < MOST_COMMENTS
    public = r'create view (\S+\.)?"?(core|aggregates|marts|restricted|reference)"?\.'
    assert both.cluster.ledger.matching(public) == []

    path = sample / CORRECTED
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]))
    both.load("cafe", path, corrects=True)
    both.build()
    both.assert_same_rows(WEEKLY)

    (unloaded,) = both.cluster.seen(
        "select load_id from ops.load_files where file_name like 'saltmere_12-03%'"
    )[0]
    both.unload(unloaded)
    both.build()
    both.assert_same_rows(WEEKLY)

    both.build("--full-refresh")
    both.assert_same_rows()
    both.assert_equal()
