"""Files that come again, as in tests/ingest, through the door of Redshift."""

from tests.ingest.test_reloading import *  # noqa: F403
