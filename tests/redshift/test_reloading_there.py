"""Files that come again, as in tests/ingest, through the door of Redshift."""

from tests.ingest.test_reloading import *  # noqa: F403

# There are no indexes.
del test_loads_are_indexed_when_a_second_file_arrives  # noqa: F821
