"""A stand-in for Redshift, one for the session, and a database in it for each module."""

import os
import ssl
from collections.abc import Iterator
from pathlib import Path

import boto3
import psycopg
import pytest

from ingest.engine.redshift_address import RedshiftAddress
from ingest.sessions import connect
from ingest.tables import raw_schemas
from ingest.tables.definition_files import read_definitions
from tests.ingest.conftest import TOKEN_KEY
from tests.ingest.conftest import block_bytes as block_bytes
from tests.redshift.certificate import make_certificate
from tests.redshift.cluster import Cluster, address_of, cluster_database
from tests.redshift.cluster_shop import STAGING, ClusterShop
from tests.redshift.stand_in import StandIn
from tests.s3_server import running_s3

BUCKET = "staging"


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, Path]:
    """What the server shows, and the file of authorities by which clients trust it."""
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(scope="session")
def stand_in(server: str, certificate: tuple[ssl.SSLContext, Path]) -> Iterator[StandIn]:
    """The server, with S3 beside it."""
    context, authorities = certificate
    with running_s3(BUCKET), pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(authorities))
        stand_in = StandIn(address_of(server), server, boto3.client("s3"), context)
        yield stand_in
        stand_in.stop()


@pytest.fixture(scope="module")
def redshift(
    stand_in: StandIn, server: str, certificate: tuple[ssl.SSLContext, Path]
) -> Iterator[Cluster]:
    """An empty database of the module's own."""
    with cluster_database(stand_in, server, BUCKET, certificate[1]) as cluster:
        yield cluster


@pytest.fixture(autouse=True)
def _no_faults_left(stand_in: StandIn) -> Iterator[None]:
    """What one test plans does not reach the next."""
    yield
    stand_in.faults.clear()


@pytest.fixture(scope="module")
def loading_address(redshift: Cluster, project_dir: Path) -> RedshiftAddress:
    """The module's database, with raw tables, as the loader knows it."""
    given = {"WAREHOUSE_S3_STAGING": STAGING, "REDSHIFT_IAM_ROLE": redshift.iam_role}
    address = RedshiftAddress.from_environment(redshift.environment | given)
    with connect(address) as session:
        raw_schemas.ensure(session, read_definitions(project_dir))
    return address


@pytest.fixture
def shop(
    loading_address: RedshiftAddress, redshift: Cluster, tmp_path: Path, project_dir: Path
) -> ClusterShop:
    """A shop with an empty warehouse on the cluster."""
    shop = ClusterShop(redshift.behind, tmp_path, project_dir, loading_address)
    filled = [name for name in shop.tables() if shop.value(f"select count(*) from {name}")]
    with psycopg.connect(redshift.behind) as connection:
        connection.execute(f"truncate {', '.join({*filled, 'ops.load_files'})}".encode())
    return shop


@pytest.fixture
def environment(redshift: Cluster, tmp_path: Path) -> dict[str, str]:
    """Variables for the command."""
    return os.environ | redshift.environment | {
        "WAREHOUSE_TARGET": "redshift",
        "WAREHOUSE_HOME": str(tmp_path / "home"),
        "WAREHOUSE_TOKEN_KEY": TOKEN_KEY,
        "WAREHOUSE_S3_STAGING": STAGING,
        "REDSHIFT_IAM_ROLE": redshift.iam_role,
    }  # fmt: skip
