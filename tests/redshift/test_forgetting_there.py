"""One customer forgotten, as in tests/ingest, through the door of Redshift."""

import psycopg
import pytest

from tests.ingest.conftest import LEEDS, ticket
from tests.ingest.test_forgetting import *  # noqa: F403
from tests.ingest.test_forgetting import forget_in, keep_applications, token
from tests.redshift.cluster_shop import ClusterShop

pytestmark = pytest.mark.slow

# PostgreSQL's files, statistics, notices and search path.
del test_what_a_failed_run_left_is_done_by_the_next  # noqa: F821
del test_what_others_share_and_numbers_contain_is_no_trace  # noqa: F821
del test_files_and_statistics_hold_nothing_any_more  # noqa: F821
del test_who_still_sees_the_rows_is_named_until_they_are_gone  # noqa: F821
del test_statistics_of_before_are_waited_for_too  # noqa: F821
del test_names_never_come_into_statistics  # noqa: F821
del test_every_statement_finds_the_built_ins_first  # noqa: F821
del test_no_statement_holds_the_address  # noqa: F821
del test_what_is_rebuilt_from_old_facts_keeps_no_old_id  # noqa: F821
# What is no table is refused alike, and the others cost too much time here.
del test_a_view_says_nothing_about_what_builds_have_kept  # noqa: F821
del test_a_view_that_takes_a_tables_place_meanwhile_changes_nothing  # noqa: F821


def test_a_word_of_others_and_a_longer_number_are_no_trace(members: ClusterShop) -> None:
    """Python finds words there: another has the last name, a number holds the telephone's."""
    header = "name,email,date_of_birth,mobile_no\n"
    others = "Walter Quillington,walter@shop.example,1970-03-04,86543210\n"
    members.load_one("ecommerce", "applications_2.csv", header + others)
    keep_applications(members)
    with psycopg.connect(members.conninfo) as connection:
        connection.execute("create table build_restricted.applicants (last_name varchar(64))")
        connection.execute("insert into build_restricted.applicants values ('Quillington')")
        connection.execute(
            "insert into ops.rejected_rows (load_id, line_number, reason, value)"
            " values (1, 1, 'of another', '1181234567'), (1, 2, 'own', 'tel. 81234567'),"
            " (1, 3, 'of another', '81234567.50')"
        )
    try:
        assert forget_in(members, "ecommerce", "Quill_6845c").traces == ()
    finally:
        with psycopg.connect(members.conninfo) as connection:
            connection.execute("drop table build_restricted.applicants")
    assert members.query("select value from ops.rejected_rows order by line_number") == [
        ("1181234567",), (None,), ("81234567.50",)
    ]  # fmt: skip


def test_what_readers_see_is_rewritten_once_it_is_published(members: ClusterShop) -> None:
    """Publishing replaces rows there, so the table holds those of before until then."""

    def rebuild() -> None:
        with psycopg.connect(members.conninfo) as connection:
            connection.execute("delete from published.membership_applications where load_id > 0")

    with psycopg.connect(members.conninfo) as connection:
        connection.execute("create schema if not exists published")
        connection.execute(
            "create table published.membership_applications as"
            " select * from build_restricted.membership_applications"
        )
    try:
        done = forget_in(members, "ecommerce", "Quill_6845c", rebuild=rebuild)
        assert (done.traces, done.not_rewritten) == ((), ())
        dead = "select dead from pg_catalog.stand_in_dead where relation = %s::regclass"
        assert members.query(dead, "published.membership_applications") == [(0,)]
    finally:
        with psycopg.connect(members.conninfo) as connection:
            connection.execute("drop table published.membership_applications")


def test_a_forgotten_card_stays_forgotten(shop: ClusterShop) -> None:
    shop.load_one("cafe", LEEDS, ticket() + "\n")
    forget_in(shop, "cafe", "4929123456781234")
    later = LEEDS.replace("01-01-2020", "02-01-2020")
    shop.load_one("cafe", later, ticket(date_time="02/01/2020 09:15") + "\n")
    cards = shop.query("select card_number from raw_cafe.transactions order by load_id")
    assert len(cards) == 2
    assert token("4929123456781234") not in shop.everything()
