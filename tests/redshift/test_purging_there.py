"""What is past its age goes, as in tests/ingest, through the door of Redshift."""

from pathlib import Path

import psycopg
import pytest

from ingest.engine.redshift_address import RedshiftAddress
from tests.ingest.conftest import Shop
from tests.ingest.test_purging import *  # noqa: F403
from tests.ingest.test_purging import fill, write_project
from tests.redshift.cluster import Cluster
from tests.redshift.cluster_shop import ClusterShop

pytestmark = pytest.mark.slow

# PostgreSQL's files and statistics.
del test_files_and_statistics_hold_nothing_any_more  # noqa: F821


@pytest.fixture  # type: ignore[no-redef]
def kiosk(
    shop: ClusterShop, loading_address: RedshiftAddress, redshift: Cluster, tmp_path: Path
) -> Shop:
    """A source of two tables alike, of which one names ages."""
    with psycopg.connect(redshift.behind) as connection:
        connection.execute("drop schema if exists raw_kiosk cascade")
    return fill(ClusterShop(redshift.behind, tmp_path, write_project(tmp_path), loading_address))
