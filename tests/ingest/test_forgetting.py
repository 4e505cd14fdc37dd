"""One customer forgotten: in every table, for good, and nobody else."""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import Any

import psycopg
import pytest

from ingest.erasure import forgetting, old_snapshots, outliving_tables, postgres_rewriting
from ingest.erasure.forgetting import ForgottenCustomer, forget
from ingest.erasure.purging import purge
from ingest.loader_errors import Refusal, SchemaMismatch, UsageError
from ingest.sessions import connect
from tests.ingest.conftest import LEEDS, TOKEN_KEY, Shop, ticket

CARD = "4929123456781234"
MEMBERS = (
    "membership_id,first_name,last_name,email,date_of_birth,mobile_no,joined_at\n"
    "Quill_6845c,Winifred,Quillington,winifred@quill.example,1987-05-17,81234567,2021-01-01\n"
    "Marsh_1a2b3,Winifred,Marshwood,w.marsh@shop.example,1990-01-02,87654321,2021-02-03\n"
)
APPLICATIONS = (
    "name,email,date_of_birth,mobile_no\n"
    "Winifred Quillington, Winifred@Quill.example,1987-05-17,81234567\n"
    "Winifred Marshwood,w.marsh@shop.example,1990-01-02,87654321\n"
)
TRANSACTIONS = (
    "transaction_id,membership_id,transaction_at,total_items_price,total_items_weight_kg,status\n"
    "T1,Quill_6845c,2022-01-05T10:00,10.00,1,completed\n"
    "T2,Marsh_1a2b3,2022-01-05T11:00,20.00,2,completed\n"
)
# The address as the members' file and as the application has it.
PERSONAL = (
    "Quillington",
    "winifred@quill.example",
    "1987-05-17",
    "Winifred@Quill",
    "81234567",
    "Quill_6845c",
)


def token(value: str) -> str:
    """RFC 2104 HMAC with SHA-256, by the standard library."""
    return hmac.new(bytes.fromhex(TOKEN_KEY), value.encode(), hashlib.sha256).hexdigest()


@pytest.fixture
def members(shop: Shop) -> Shop:
    """An online shop with two members who each applied and bought once; models kept the checks."""
    shop.load_one("ecommerce", "members.csv", MEMBERS)
    shop.load_one("ecommerce", "applications_1.csv", APPLICATIONS)
    shop.load_one("ecommerce", "transactions_1.csv", TRANSACTIONS)
    keep_applications(shop)
    return shop


def keep_applications(shop: Shop) -> None:
    """What a build would do: take in what facts need of the applications."""
    with psycopg.connect(shop.conninfo) as connection:
        connection.execute("create schema if not exists build_restricted")
        connection.execute("drop table if exists build_restricted.membership_applications")
        connection.execute(
            "create table build_restricted.membership_applications as"
            " select load_id, file_line, 100 + file_line as application_key,"
            " application_token || '-2' as application_id from raw_ecommerce.applications"
        )
        # The fact has the id until the next build, and so have its statistics.
        connection.execute("create schema if not exists core")
        connection.execute("drop table if exists core.fct_membership_applications")
        connection.execute(
            "create table core.fct_membership_applications as"
            " select application_id from build_restricted.membership_applications"
        )


def forget_in(
    shop: Shop, source: str, customer: str | None, key: str = TOKEN_KEY, **options: Any
) -> ForgottenCustomer:
    return forget(shop.address, shop.project_dir, source, customer, token_key=key, **options)


def on_disk(shop: Shop) -> bytes:
    """All that the files of the database's tables and catalogue hold, dead rows included."""
    with psycopg.connect(shop.conninfo, autocommit=True) as connection:
        connection.execute("checkpoint")
        rows = connection.execute(
            "select pg_read_binary_file(pg_relation_filepath(oid)) from pg_class"
            " where relkind in ('r', 't', 'm') and pg_relation_filepath(oid) is not null"
            " and not relisshared"
        )
        return b"".join(row[0] for row in rows)


def analyse(shop: Shop) -> None:
    """Statistics as autovacuum would take them, of the columns that keep any."""
    with psycopg.connect(shop.conninfo, autocommit=True) as connection:
        connection.execute("analyze")


def test_a_member_is_erased_from_all_linked_tables(members: Shop) -> None:
    before = members.everything()
    assert all(value in before for value in PERSONAL[:5])

    done = forget_in(members, "ecommerce", "Quill_6845c")

    emptied = {erased.table: erased.rows for erased in done.emptied if erased.rows}
    assert emptied == {"raw_ecommerce.members": 1, "raw_ecommerce.applications": 1}
    renamed = {erased.table: erased.rows for erased in done.renamed}
    assert renamed == {
        "raw_ecommerce.members": 1,
        "raw_ecommerce.transactions": 1,
        "build_restricted.membership_applications": 1,
    }
    assert done.traces == ()
    assert done.searched > 20
    everything = members.everything()
    assert [v for v in (*PERSONAL, token("Quill_6845c")) if v in everything] == []


def test_nobody_else_is_touched(members: Shop) -> None:
    others = (
        "select t::text from raw_ecommerce.members t where last_name = 'Marshwood'"
        " union all select t::text from raw_ecommerce.applications t"
        " where name = 'Winifred Marshwood'"
        " union all select t::text from raw_ecommerce.transactions t where transaction_id = 'T2'"
    )
    before = members.query(others)
    assert len(before) == 3
    forget_in(members, "ecommerce", "Quill_6845c")
    assert members.query(others) == before


def test_orders_stay_together_under_a_random_id(members: Shop) -> None:
    forget_in(members, "ecommerce", "Quill_6845c")
    (row,) = members.query(
        "select m.membership_id, t.transaction_id, t.total_items_price::text"
        " from raw_ecommerce.members m join raw_ecommerce.transactions t using (membership_id)"
        " where m.last_name is null"
    )
    assert re.fullmatch("[0-9a-f]{64}", row[0])
    assert row[1:] == ("T1", "10.0000")


def test_the_token_serves_as_well_as_the_id(members: Shop) -> None:
    done = forget_in(members, "ecommerce", token("Quill_6845c"))
    assert done.rows == 5
    assert "winifred@quill.example" not in members.everything()


def test_forgetting_again_changes_nothing(members: Shop) -> None:
    forget_in(members, "ecommerce", "Quill_6845c")
    tables = [name for name in members.tables() if not name.startswith("ops.")]
    rows = {name: members.query(f"select t::text from {name} t order by 1") for name in tables}
    again = forget_in(members, "ecommerce", "Quill_6845c")
    assert (again.rows, again.traces) == (0, ())
    assert rows == {
        name: members.query(f"select t::text from {name} t order by 1") for name in tables
    }


def test_what_a_failed_run_left_is_done_by_the_next(members: Shop) -> None:
    """Somebody who read schema restricted kept it from being built anew, so nothing was rewritten.
    In the meantime facts have the old id.
    """
    seen = ["Quillington", "81234567", token("Quill_6845c")]
    before = on_disk(members)
    assert [value for value in seen if value.encode() not in before] == []

    def fail() -> None:
        raise RuntimeError("locked")

    def rebuild() -> None:
        with psycopg.connect(members.conninfo) as connection:
            connection.execute(
                "create table build_restricted.members as"
                " select 'ecommerce'::varchar as source_system,"
                " %s::varchar as customer_id",
                [token("Quill_6845c")],
            )

    with pytest.raises(RuntimeError, match="locked"):
        forget_in(members, "ecommerce", "Quill_6845c", rebuild=fail)
    try:
        done = forget_in(members, "ecommerce", "Quill_6845c", rebuild=rebuild)
        assert (done.rows, done.traces, done.not_rewritten) == (0, (), ())
        assert members.value("select count(*) from build_restricted.members") == 0
    finally:
        with psycopg.connect(members.conninfo) as connection:
            connection.execute("drop table build_restricted.members")
    after = on_disk(members)
    assert [value for value in seen if value.encode() in after] == []
    assert members.value("select count(*) from ops.pending_rewrites") == 0


def test_later_files_do_not_bring_the_person_back(members: Shop) -> None:
    forget_in(members, "ecommerce", "Quill_6845c")
    newer = MEMBERS + "Reed_00000,Ann,Reedham,ann@reed.example,1980-01-01,80000000,2021-03-03\n"
    for name, content in (
        ("members_2.csv", newer),
        ("applications_2.csv", APPLICATIONS + "Ann Reedham,ann@reed.example,1980-01-01,80000000\n"),
        ("transactions_2.csv", TRANSACTIONS.replace("T1,", "T3,").replace("T2,", "T4,")),
    ):
        result = members.load_one("ecommerce", name, content)
        assert (result.status, result.rows_rejected) == ("loaded", 0), result.message

    everything = members.everything()
    assert [v for v in (*PERSONAL, token("Quill_6845c")) if v in everything] == []
    assert "Reedham" in everything
    assert "Marshwood" in everything
    (member,) = members.query(
        "select first_name, last_name, email, date_of_birth, mobile_no, joined_at::text"
        " from raw_ecommerce.members where file_line = 2"
    )
    assert member == (None, None, None, None, None, "2021-01-01 00:00:00")
    # What the person buys from now on is a sale to nobody.
    sales = members.query(
        "select membership_id from raw_ecommerce.transactions where transaction_id = 'T3'"
    )
    assert sales == [(None,)]
    others = members.query(
        "select membership_id from raw_ecommerce.transactions where transaction_id = 'T4'"
    )
    assert others == [(token("Marsh_1a2b3"),)]


def test_the_list_keeps_keyed_hashes_alone(members: Shop) -> None:
    forget_in(members, "ecommerce", "Quill_6845c")
    rows = members.query("select identifier, value_hash from ops.forgotten order by 1, 2")
    assert {identifier for identifier, _ in rows} == {"customer_id", "members.email"}
    assert all(re.fullmatch("[0-9a-f]{64}", digest) for _, digest in rows)
    plain = {hashlib.sha256(value.encode()).hexdigest() for value in PERSONAL}
    assert not plain & {digest for _, digest in rows}


def test_what_a_build_has_not_seen_yet_waits_for_it(members: Shop) -> None:
    with psycopg.connect(members.conninfo) as connection:
        connection.execute("truncate build_restricted.membership_applications")
    before = members.everything()
    with pytest.raises(UsageError, match="run `warehouse build` first"):
        forget_in(members, "ecommerce", "Quill_6845c")
    assert members.everything() == before


def test_a_trace_elsewhere_is_told(members: Shop) -> None:
    with psycopg.connect(members.conninfo) as connection:
        connection.execute("create table build_restricted.notes (note varchar(64))")
        connection.execute("insert into build_restricted.notes values ('winifred@quill.example')")
    try:
        done = forget_in(members, "ecommerce", "Quill_6845c")
        assert [(t.table, t.column, t.rows) for t in done.traces] == [
            ("build_restricted.notes", "note", 1)
        ]
    finally:
        with psycopg.connect(members.conninfo) as connection:
            connection.execute("drop table build_restricted.notes")


def test_what_others_share_and_numbers_contain_is_no_trace(members: Shop) -> None:
    """Another applicant has the last name, order numbers hold the digits of the telephone, and a
    fact has the old token until the next build. A text that quotes the number is a trace."""
    others = "Walter Quillington,walter@shop.example,1970-03-04,86543210\n"
    header = APPLICATIONS.splitlines(keepends=True)[0]
    members.load_one("ecommerce", "applications_2.csv", header + others)
    keep_applications(members)
    old = token("Quill_6845c")
    with psycopg.connect(members.conninfo, autocommit=True) as connection:
        connection.execute("create table build_restricted.applicants (last_name varchar(64))")
        connection.execute("insert into build_restricted.applicants values ('Quillington')")
        connection.execute("create schema if not exists core")
        connection.execute(
            "create table core.fct_orders as select 81234567 as order_key, v::varchar as order_id,"
            f" '{old}'::varchar as customer_id, 'call 81234567 (' || v || ')' as note"
            " from unnest(array['1181234567', '812345670', '81234567.50', '1.81234567']) as v,"
            " generate_series(1, 5)".encode()
        )
        connection.execute("analyze core.fct_orders")
        connection.execute(
            "insert into ops.rejected_rows (load_id, line_number, reason, value)"
            " values (1, 1, 'of another', '1181234567'), (1, 2, 'own', 'tel. 81234567')"
        )
    try:
        done = forget_in(members, "ecommerce", "Quill_6845c")
    finally:
        with psycopg.connect(members.conninfo) as connection:
            connection.execute("drop table build_restricted.applicants")
            connection.execute("drop schema core cascade")
    assert [(t.table, t.column) for t in done.traces] == [("pg_stats of core.fct_orders", "note")]
    assert members.query("select value from ops.rejected_rows order by line_number") == [
        ("1181234567",), (None,)
    ]  # fmt: skip


def test_a_rejected_row_that_quotes_the_person_loses_the_value(members: Shop) -> None:
    """As of a file from before rejects of sources with people kept no value."""
    items = (
        "item_id,item_name,manufacturer_name,cost,weight_kg\n"
        "I1,Lamp,Lampson,1.00,1\nI2,Lamp,Lampson,mail winifred@quill.example,1\n"
    )
    members.load_one("ecommerce", "items.csv", items)
    assert members.value("select value from ops.rejected_rows") is None
    with psycopg.connect(members.conninfo) as connection:
        quoted = "update ops.rejected_rows set value = 'mail winifred@quill.example'"
        connection.execute(quoted.encode())
    forget_in(members, "ecommerce", "Quill_6845c")
    assert members.query("select value, column_name from ops.rejected_rows") == [(None, "cost")]


def test_files_and_statistics_hold_nothing_any_more(members: Shop) -> None:
    analyse(members)
    # As of a table from before names were kept out of statistics.
    with psycopg.connect(members.conninfo, autocommit=True) as connection:
        connection.execute("alter table raw_ecommerce.members alter last_name set statistics 100")
        connection.execute("analyze raw_ecommerce.members")
    seen = "select count(*) from pg_stats where strpos(histogram_bounds::text, 'Quillington') > 0"
    assert members.value(seen) == 1
    values = [*PERSONAL[:2], PERSONAL[3], PERSONAL[4], token("Quill_6845c")]
    before = on_disk(members)
    assert [value for value in values if value.encode() not in before] == []

    try:
        done = forget_in(members, "ecommerce", "Quill_6845c")
    finally:
        with psycopg.connect(members.conninfo, autocommit=True) as connection:
            # Drops what statistics there are, which the next test looks for.
            connection.execute(
                "alter table raw_ecommerce.members alter last_name set statistics 0,"
                " alter last_name type varchar(512)"
            )

    assert (done.traces, done.not_rewritten) == ((), ())
    assert members.value(seen) == 0
    after = on_disk(members)
    assert [value for value in values if value.encode() in after] == []
    assert b"Marshwood" in after


def test_who_still_sees_the_rows_is_named_until_they_are_gone(
    members: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A transaction of repeatable read keeps what it may see in the file, rewritten or not."""
    monkeypatch.setattr(old_snapshots, "PATIENCE", 0.0)
    with psycopg.connect(members.conninfo, application_name="a report") as reader:
        reader.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        reader.execute("select 1")
        left = forget_in(members, "ecommerce", "Quill_6845c").not_rewritten
        assert {one.table for one in left} == {
            *(f"raw_ecommerce.{name}" for name in ("applications", "members", "transactions")),
            "build_restricted.membership_applications",
        }
        told = f"(server process {reader.info.backend_pid}, a report, 127.0.0.1, in a transaction"
        assert [len(one.holders) for one in left] == [1, 1, 1, 1]
        assert told in left[0].holders[0]
        assert b"Quillington" in on_disk(members)

        # The next run does it, whoever has ended in the meantime.
        monkeypatch.setattr(old_snapshots, "PATIENCE", 30.0)
        waited: list[str] = []

        def end_reader(line: str) -> None:
            waited.append(line)
            reader.rollback()
            # Reads what is there now, in each statement anew: keeps nothing.
            reader.isolation_level = psycopg.IsolationLevel.READ_COMMITTED
            reader.execute("select 1")

        done = forget_in(members, "ecommerce", "Quill_6845c", notify=end_reader)
        assert (done.rows, done.traces, done.not_rewritten) == (0, (), ())
    assert len(waited) == 1 and told in waited[0]
    assert b"Quillington" not in on_disk(members)


def test_statistics_of_before_are_waited_for_too(
    members: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are deleted later than the rows, so a snapshot may fall in between."""
    monkeypatch.setattr(old_snapshots, "PATIENCE", 0.0)
    wait = postgres_rewriting.wait_until_unseen
    with psycopg.connect(members.conninfo) as reader:
        reader.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ

        def read_after_first(*given: Any, of_catalogue: bool = False) -> list[str]:
            found = wait(*given, of_catalogue=of_catalogue)
            reader.execute("select 1")
            return found

        with monkeypatch.context() as patch:
            patch.setattr(postgres_rewriting, "wait_until_unseen", read_after_first)
            (left,) = forget_in(members, "ecommerce", "Quill_6845c").not_rewritten
        assert left.table == "pg_catalog.pg_statistic"
        assert str(reader.info.backend_pid) in left.holders[0]
    assert members.value("select count(*) from ops.pending_rewrites") == 4
    assert forget_in(members, "ecommerce", "Quill_6845c").not_rewritten == ()
    assert members.value("select count(*) from ops.pending_rewrites") == 0


def test_names_never_come_into_statistics(members: Shop) -> None:
    analyse(members)
    columns = members.query(
        "select tablename, attname from pg_stats where schemaname = 'raw_ecommerce' order by 1, 2"
    )
    assert ("members", "membership_id") in columns
    personal = {"name", "first_name", "last_name", "email", "date_of_birth", "mobile_no"}
    assert [name for _, name in columns if name in personal] == []


def test_somebody_who_only_applied_is_found_by_the_address(members: Shop) -> None:
    application = "Ann Reedham, Ann@Reed.Example ,1980-01-01,80000000\n"
    header = APPLICATIONS.splitlines()[0] + "\n"
    members.load_one("ecommerce", "applications_2.csv", header + application)
    keep_applications(members)
    with pytest.raises(UsageError, match="has no row with this e-mail address"):
        forget_in(members, "ecommerce", "nobody@reed.example")

    done = forget_in(members, "ecommerce", " ann@REED.example")

    assert {e.table: e.rows for e in (*done.emptied, *done.renamed) if e.rows} == {
        "raw_ecommerce.applications": 1,
        "build_restricted.membership_applications": 1,
    }
    assert done.traces == ()
    everything = members.everything()
    assert "reedham" not in everything.lower()
    assert "reed.example" not in everything.lower()
    assert "Winifred Quillington" in everything
    # The same application in a later file does not bring the person back.
    members.load_one("ecommerce", "applications_3.csv", header + application + application.lower())
    assert "reed.example" not in members.everything().lower()


def test_an_address_finds_members_with_their_orders(members: Shop) -> None:
    """Two members share an address, and each keeps orders of their own."""
    shared = MEMBERS.replace("w.marsh@shop.example", "Winifred@Quill.Example")
    shared = shared.replace("87654321", "87654322")
    members.load_one("ecommerce", "members_2.csv", shared)
    done = forget_in(members, "ecommerce", "winifred@quill.example")
    assert {e.table: e.rows for e in (*done.emptied, *done.renamed) if e.rows} == {
        "raw_ecommerce.members": 2,
        "raw_ecommerce.applications": 1,
        "raw_ecommerce.transactions": 2,
        "build_restricted.membership_applications": 1,
    }
    assert done.traces == ()
    orders = members.query(
        "select t.transaction_id, count(*) from raw_ecommerce.transactions as t"
        " inner join raw_ecommerce.members as m on t.membership_id = m.membership_id"
        " group by 1 order by 1"
    )
    assert orders == [("T1", 1), ("T2", 1)]
    ids = members.query("select distinct membership_id from raw_ecommerce.transactions")
    assert len(ids) == 2


def test_an_application_names_its_applicant(members: Shop) -> None:
    application = members.value(
        "select application_token from raw_ecommerce.applications where mobile_no = '81234567'"
    )
    analyse(members)
    done = forget_in(members, "ecommerce", None, application=f"{application}-2")
    # The address of the application leads to the member, too.
    assert {e.table: e.rows for e in (*done.emptied, *done.renamed) if e.rows} == {
        "raw_ecommerce.members": 1,
        "raw_ecommerce.applications": 1,
        "raw_ecommerce.transactions": 1,
        "build_restricted.membership_applications": 1,
    }
    assert done.traces == ()
    # The id was the token of what is erased: 64 hex digits of chance are in its place.
    ids = members.query("select application_id from build_restricted.membership_applications")
    assert application not in str(ids)
    assert sum(re.fullmatch("[0-9a-f]{64}-2", name) is not None for (name,) in ids) == 2
    with pytest.raises(UsageError, match="has no such application"):
        forget_in(members, "ecommerce", None, application="12345")
    with pytest.raises(UsageError, match="source standard has no applications"):
        forget_in(members, "standard", None, application="12345")


def test_prospects_and_subscribers_are_found_by_the_address(shop: Shop) -> None:
    for name, content in (
        ("prospect.csv", "name,email\nAnn Reedham,Ann@Reed.example\nBo Ek,bo@ek.example\n"),
        (
            "mailing_list.csv",
            "type,last_sent_date,total_emails,is_subscribed,email_prospect\n"
            "news,2024-01-01,3,true,ann@reed.example\nnews,2024-01-01,3,true,bo@ek.example\n",
        ),
        (
            "customer.csv",
            "id,name,email,phone,email_prospect\n"
            "7,Ann Reedham,ann@home.example,,ANN@reed.example\n8,Bo Ek,bo@ek.example,,\n",
        ),
    ):
        assert shop.load_one("electronics", name, content).status == "loaded"
    done = forget_in(shop, "electronics", "ann@reed.example")
    assert {e.table: e.rows for e in done.emptied if e.rows} == {
        "raw_electronics.prospect": 1,
        "raw_electronics.mailing_list": 1,
        "raw_electronics.customer": 1,
    }
    everything = shop.everything()
    assert "Reedham" not in everything and "reed.example" not in everything.lower()
    assert "ann@home.example" not in everything
    assert everything.count("bo@ek.example") == 3


def test_an_address_that_was_a_token_is_found(shop: Shop) -> None:
    content = "customer_id,email,region\nC7, Ada@Shop.Example,North\nC8,bob@shop.example,South\n"
    shop.load_one("standard", "customers.csv", content)
    assert shop.value("select email from raw_standard.customers where customer_id = 'C7'") == token(
        "ada@shop.example"
    )
    assert forget_in(shop, "standard", "ADA@shop.example").rows == 1
    rows = "select customer_id, email is null from raw_standard.customers order by 1"
    assert shop.query(rows) == [("C7", True), ("C8", False)]


def test_nothing_is_erased_through_a_view(members: Shop) -> None:
    """Whoever builds may not write raw tables, and must not have the eraser do it."""
    token_id = token("Quill_6845c")
    with psycopg.connect(members.conninfo) as connection:
        connection.execute(
            "insert into ops.rejected_rows (load_id, line_number, reason, value)"
            " values (0, 1, 'x', 'winifred@quill.example')"
        )
        for schema, name, columns, raw in (
            (
                "build_restricted",
                "evil",
                f"'ecommerce' as source_system, '{token_id}' as customer_id, membership_id",
                "raw_ecommerce.members",
            ),
            (
                "snapshots",
                "evil",
                "status as source_system, status as customer_id, status as birth_year",
                "raw_ecommerce.transactions",
            ),
            ("build_marts", "rejected_rows", "file_name as rejected_value", "ops.load_files"),
            # One that cannot be written to would make every forgetting fail.
            (
                "ml",
                "evil",
                "cast(min(status) as varchar) as source_system,"
                " cast(min(status) as varchar) as customer_id",
                "raw_ecommerce.transactions",
            ),
        ):
            connection.execute(f"create schema if not exists {schema}".encode())
            view = f"create view {schema}.{name} with (security_invoker) as select {columns}"
            connection.execute(f"{view} from {raw}".encode())
    try:
        assert forget_in(members, "ecommerce", "Quill_6845c").rows > 0
        assert members.value("select count(*) from raw_ecommerce.members") == 2
        assert members.value("select count(*) from ops.load_files where file_name is null") == 0
    finally:
        with psycopg.connect(members.conninfo) as connection:
            connection.execute(
                "drop view build_restricted.evil, snapshots.evil, build_marts.rejected_rows,"
                " ml.evil"
            )


@pytest.mark.parametrize("kind", ["view", "materialized view"])
def test_a_view_says_nothing_about_what_builds_have_kept(members: Shop, kind: str) -> None:
    with psycopg.connect(members.conninfo) as connection:
        connection.execute("alter table build_restricted.membership_applications rename to kept")
        view = f"create {kind} build_restricted.membership_applications as"
        connection.execute(f"{view} select * from build_restricted.kept".encode())
    told = f'"build_restricted"."membership_applications" is a {kind}.* run: drop {kind}'
    before = members.everything()
    try:
        for application in (None, "101"):
            customer = None if application else "Quill_6845c"
            with pytest.raises(SchemaMismatch, match=told):
                forget_in(members, "ecommerce", customer, application=application)
        with pytest.raises(SchemaMismatch, match=told):
            purge(members.address, members.project_dir)
        assert members.everything() == before
    finally:
        with psycopg.connect(members.conninfo) as connection:
            connection.execute(f"drop {kind} build_restricted.membership_applications".encode())
            connection.execute(
                "alter table build_restricted.kept rename to membership_applications"
            )


def test_a_view_that_takes_a_tables_place_meanwhile_changes_nothing(
    members: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the tables were listed, before they are written to."""
    with psycopg.connect(members.conninfo) as connection:
        connection.execute("update ops.load_files set file_order = 'winifred@quill.example'")
        connection.execute("create schema if not exists build_marts")
        connection.execute(
            "create view build_marts.rejected_rows as select file_order as rejected_value"
            " from ops.load_files"
        )
    swapped = [("build_marts", "rejected_rows")]
    monkeypatch.setattr(
        outliving_tables, "tables_of", lambda _, layer, *__: swapped * (layer == "marts")
    )
    monkeypatch.setattr(outliving_tables, "_tables_of_customers", lambda *_: [])
    before = members.everything()
    try:
        with pytest.raises(SchemaMismatch, match='"rejected_rows" is a view'):
            forget_in(members, "ecommerce", "Quill_6845c")
    finally:
        with psycopg.connect(members.conninfo) as connection:
            connection.execute("drop view build_marts.rejected_rows")
    assert members.everything() == before


def test_every_statement_finds_the_built_ins_first(members: Shop) -> None:
    with connect(members.conninfo, touches_others=True) as connection:
        connection.execute("select set_config('search_path', 'evil, pg_catalog', false)")
        assert connection.execute("show search_path").fetchone() == ("pg_catalog, pg_temp",)


def test_what_is_rebuilt_from_old_facts_keeps_no_old_id(members: Shop) -> None:
    """Facts have the old token until the next build, and the restricted model is made of them."""

    def rebuild() -> None:
        with psycopg.connect(members.conninfo) as connection:
            connection.execute(
                "create table build_restricted.members as"
                " select 'ecommerce'::varchar as source_system,"
                " customer_id::varchar from unnest(%s::text[]) as customer_id",
                ([token("Quill_6845c"), token("Marsh_1a2b3")],),
            )

    try:
        done = forget_in(members, "ecommerce", "Quill_6845c", rebuild=rebuild)
        assert done.traces == ()
        left = members.query("select customer_id from build_restricted.members")
        assert left == [(token("Marsh_1a2b3"),)]
        assert token("Quill_6845c").encode() not in on_disk(members)
    finally:
        with psycopg.connect(members.conninfo) as connection:
            connection.execute("drop table if exists build_restricted.members")


def test_no_statement_holds_the_address(members: Shop) -> None:
    """Other sessions of the role see statements while they run: here all that the server saw."""
    with psycopg.connect(members.conninfo, autocommit=True) as connection:
        connection.execute("set log_statement = 'all'")
        seen: list[str] = []
        connection.add_notice_handler(lambda notice: seen.append(str(notice.message_primary)))
        name = connection.info.dbname
        connection.execute(f"alter database {name} set log_statement = 'all'".encode())
        connection.execute(f"alter database {name} set client_min_messages = 'log'".encode())
    try:
        statements: list[str] = []

        def listening(conninfo: str, **options: Any) -> Any:
            opened = connect(conninfo, **options)
            opened.add_notice_handler(lambda n: statements.append(str(n.message_primary)))
            return opened

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(forgetting, "connect", listening)
            forget_in(members, "ecommerce", "winifred@quill.example")
    finally:
        with psycopg.connect(members.conninfo, autocommit=True) as connection:
            connection.execute(f"alter database {name} reset all".encode())
    executed = [text for text in statements if "applications" in text]
    assert len(executed) > 5
    assert [text for text in statements if "quill.example" in text.lower()] == []


def test_a_card_gives_way_to_a_random_id(shop: Shop) -> None:
    other = ticket(card_number="4000111122223333", date_time="01/01/2020 10:00")
    shop.load_one("cafe", LEEDS, "\n".join([ticket(), ticket(total_price="3"), other]))
    with psycopg.connect(shop.conninfo) as connection:
        connection.execute("insert into ops.fact_loads values ('fct_orders', 1)")
    done = forget_in(shop, "cafe", CARD)
    assert done.rows == 2
    assert token(CARD) not in shop.everything()
    counts = shop.query(
        "select count(*) from raw_cafe.transactions group by card_number order by 1"
    )
    assert counts == [(1,), (2,)]
    # Facts take the load in once more, and with it the new id.
    assert shop.value("select count(*) from ops.fact_loads") == 0


def test_a_customer_with_a_plain_id_keeps_it(shop: Shop) -> None:
    content = "customer_id,email,region\nC7,ada@shop.example,North\nC8,bob@shop.example,South\n"
    shop.load_one("standard", "customers.csv", content)
    assert forget_in(shop, "standard", "C7").rows == 1
    rows = "select customer_id, email, region from raw_standard.customers order by customer_id"
    assert shop.query(rows) == [("C7", None, "North"), ("C8", token("bob@shop.example"), "South")]
    newer = content + "C9,eve@shop.example,East\n"
    assert shop.load_one("standard", "customers_2.csv", newer).status == "loaded"
    assert shop.query(rows)[0] == ("C7", None, "North")
    assert shop.query(rows)[2][1] == token("eve@shop.example")


@pytest.mark.parametrize(
    ("source", "customer", "message"),
    [
        ("cafe", "4000000000000000", "has no customer with this id"),
        ("grocery", "1", "stores no personal columns"),
        ("bakery", "1", "there is no source 'bakery'"),
    ],
)
def test_what_cannot_be_forgotten_is_said(
    shop: Shop, source: str, customer: str, message: str
) -> None:
    shop.load_one("cafe", LEEDS, ticket())
    with pytest.raises(UsageError, match=message):
        forget_in(shop, source, customer)
    assert shop.value("select count(*) from ops.forgotten") == 0


def test_another_key_is_refused(shop: Shop) -> None:
    shop.load_one("cafe", LEEDS, ticket())
    with pytest.raises(Refusal, match="another key"):
        forget_in(shop, "cafe", token(CARD), key="f" * 64)
