"""An endpoint for the session, with schemas of its own that go at the end."""

import os
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from ingest.engine.redshift_address import RedshiftAddress
from ingest.sessions import connect
from ingest.tables import raw_schemas
from ingest.tables.definition_files import read_definitions
from tests.cluster.endpoint import GIVEN, SWITCH, EndpointShop, remove, roles_of
from tests.ingest.conftest import TOKEN_KEY
from warehouse.server.roles import READER_NAMES

# Only `make test-cluster` wants them.
collect_ignore_glob = [] if os.environ.get(SWITCH) else ["test_*.py"]


@pytest.fixture(scope="session")
def prefix() -> str:
    """What all schemas of this run begin with."""
    return f"wtest_{uuid4().hex[:8]}_"


@pytest.fixture(scope="session")
def endpoint(prefix: str) -> Iterator[RedshiftAddress]:
    """The Redshift of the environment, left as it was."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("WAREHOUSE_S3_STAGING", "WAREHOUSE_S3_KMS_KEY"):
            if name in GIVEN:
                patch.setenv(name, GIVEN[name])
        address = RedshiftAddress.from_environment()
        before = roles_of(address)
        try:
            yield address
        finally:
            remove(address, prefix, {*READER_NAMES} & (roles_of(address) - before))


@pytest.fixture(scope="session")
def tables(endpoint: RedshiftAddress, prefix: str, project_dir: Path) -> RedshiftAddress:
    """The endpoint with raw tables."""
    with connect(endpoint) as session:
        raw_schemas.ensure(session, read_definitions(project_dir), f"{prefix}a_")
    return endpoint


@pytest.fixture
def shop(
    tables: RedshiftAddress, prefix: str, tmp_path: Path, project_dir: Path
) -> Iterator[EndpointShop]:
    """A shop with an empty warehouse."""
    shop = EndpointShop(tables, tmp_path, project_dir, f"{prefix}a_")
    shop.clear()
    yield shop
    shop.close()


@pytest.fixture
def environment(endpoint: RedshiftAddress, prefix: str, tmp_path: Path) -> dict[str, str]:
    """Variables for the command."""
    return os.environ | {
        "WAREHOUSE_TARGET": "redshift",
        "WAREHOUSE_SCHEMA_PREFIX": f"{prefix}b_",
        "WAREHOUSE_HOME": str(tmp_path / "home"),
        "WAREHOUSE_TOKEN_KEY": TOKEN_KEY,
    }
