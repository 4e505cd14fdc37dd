"""Files that come again, as in tests/ingest, on the endpoint."""

from tests.ingest.test_reloading import (
    test_a_known_name_with_other_content_waits_for_a_word as test_a_known_name,
)
from tests.ingest.test_reloading import (
    test_adds_keeps_both as test_adds,
)
from tests.ingest.test_reloading import (
    test_check_judges_and_writes_nothing as test_check,
)
from tests.ingest.test_reloading import (
    test_corrects_takes_the_place_of_the_earlier_load as test_corrects,
)
from tests.ingest.test_reloading import (
    test_replace_a_b_a_ends_at_a as test_replace,
)
from tests.ingest.test_reloading import (
    test_the_same_content_is_never_taken_twice as test_the_same_content,
)

__all__ = [
    "test_a_known_name", "test_adds", "test_check", "test_corrects", "test_replace",
    "test_the_same_content",
]  # fmt: skip
