"""The wrong files of tests/ingest, through the door of Redshift."""

import pytest

from tests.ingest.test_wrong_input import *  # noqa: F403

# Most are refused before the door.
pytestmark = pytest.mark.slow
