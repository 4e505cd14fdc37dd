"""The wrong files of tests/ingest, through the door of Redshift."""

from tests.ingest.test_wrong_input import *  # noqa: F403
