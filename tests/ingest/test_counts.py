"""Sentences with numbers in them."""

from ingest.counts import counted


def test_one_of_a_thing_is_said_as_one() -> None:
    assert [counted(n, "row") for n in (0, 1, 2, 1200)] == [
        "0 rows",
        "1 row",
        "2 rows",
        "1,200 rows",
    ]
    assert counted(1, "line is", "lines are") == "1 line is"
    assert counted(2, "line is", "lines are") == "2 lines are"
