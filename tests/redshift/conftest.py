"""A stand-in for Redshift, one for the session, and a database in it for each module."""

import ssl
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from tests.redshift.certificate import make_certificate
from tests.redshift.cluster import Cluster, address_of, cluster_database
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
