"""The stand-in, through Redshift's own driver: queries, transactions, errors, breaks."""

import datetime
from decimal import Decimal

import psycopg
import pytest
import redshift_connector
from redshift_connector.error import InterfaceError, ProgrammingError

from tests.redshift.cluster import Cluster


def failure(caught: pytest.ExceptionInfo[ProgrammingError]) -> tuple[str, str]:
    """SQLSTATE and message, as the driver hands them on."""
    told = caught.value.args[0]
    return told["C"], told["M"]


def test_values_come_as_python_knows_them(redshift: Cluster) -> None:
    row = redshift.run(
        "select 1, cast(2 as bigint), cast(2.50 as numeric(18,2)), cast('é' as varchar(2)), true,"
        " cast('2024-02-29' as date), cast('2024-02-29 12:30:00' as timestamp), null, 0.5::float8"
    )[0]
    assert row == (
        1, 2, Decimal("2.50"), "é", True, datetime.date(2024, 2, 29),
        datetime.datetime(2024, 2, 29, 12, 30), None, 0.5,
    )  # fmt: skip


def test_it_looks_like_redshift(redshift: Cluster) -> None:
    with redshift.connect() as connection:
        assert (b"server_version", b"8.0.2") in connection.parameter_statuses
    assert "Redshift" in redshift.run("select version()")[0][0]
    assert redshift.run("select isolation_level from stv_db_isolation_level") == [
        ("Snapshot Isolation    ",)
    ]


def test_parameters_are_bound(redshift: Cluster) -> None:
    assert redshift.run("select %s + 1, %s, %s", (41, "o'clock", None)) == [(42, "o'clock", None)]


def test_many_rows_by_one_statement(redshift: Cluster) -> None:
    redshift.run("create table many (id integer, name varchar(10))")
    with redshift.connect() as connection:
        cursor = connection.cursor()
        cursor.executemany("insert into many values (%s, %s)", [(1, "a"), (2, "b"), (3, None)])
        connection.commit()
    assert redshift.run("select * from many order by id") == [(1, "a"), (2, "b"), (3, None)]


def test_what_is_not_committed_is_not_there(redshift: Cluster) -> None:
    with redshift.connect() as connection:
        cursor = connection.cursor()
        cursor.execute("create table undone (id integer)")
        cursor.execute("insert into undone values (1)")
        connection.rollback()
        with pytest.raises(ProgrammingError) as caught:
            cursor.execute("select * from undone")
    assert failure(caught)[0] == "42P01"


def test_after_an_error_the_transaction_is_lost(redshift: Cluster) -> None:
    with redshift.connect() as connection:
        cursor = connection.cursor()
        cursor.execute("create table half (id integer)")
        # Refused by the stand-in, not by PostgreSQL.
        with pytest.raises(ProgrammingError):
            cursor.execute("select distinct on (id) id from half")
        with pytest.raises(ProgrammingError) as caught:
            cursor.execute("select 1")
        assert failure(caught)[0] == "25P02"
        connection.rollback()
        cursor.execute("select 1")
        assert cursor.fetchone() == [1]


def test_temporary_tables_belong_to_a_session(redshift: Cluster) -> None:
    with redshift.connect() as one, redshift.connect() as other:
        one.cursor().execute("create temp table mine as select cast(1 as integer) as id")
        one.commit()
        with pytest.raises(ProgrammingError) as caught:
            other.cursor().execute("select * from mine")
    assert failure(caught)[0] == "42P01"


def test_a_transaction_sees_one_snapshot(redshift: Cluster) -> None:
    redshift.run("create table seen (id integer)")
    with redshift.connect() as connection:
        cursor = connection.cursor()
        assert cursor.execute("select count(*) from seen").fetchone() == [0]
        redshift.run("insert into seen values (1)")
        assert cursor.execute("select count(*) from seen").fetchone() == [0]
        connection.rollback()
        assert cursor.execute("select count(*) from seen").fetchone() == [1]


def test_a_lock_is_free_when_its_session_ends(redshift: Cluster) -> None:
    redshift.run("create table warehouse (id integer)")
    holder = redshift.connect()
    holder.cursor().execute("lock table warehouse")
    with redshift.connect() as waiting:
        cursor = waiting.cursor()
        cursor.execute("set statement_timeout to 200")
        with pytest.raises(ProgrammingError) as caught:
            cursor.execute("lock warehouse")
        assert failure(caught)[0] == "57014"
        waiting.rollback()
        holder.close()
        cursor.execute("lock warehouse")
        waiting.rollback()


def test_truncate_commits(redshift: Cluster) -> None:
    redshift.run("create table emptied (id integer)")
    redshift.run("create table kept (id integer)")
    redshift.run("insert into emptied values (1)")
    with redshift.connect() as connection:
        cursor = connection.cursor()
        cursor.execute("insert into kept values (1)")
        cursor.execute("truncate emptied")
        connection.rollback()
    assert redshift.run("select count(*) from emptied") == [(0,)]
    assert redshift.run("select count(*) from kept") == [(1,)]


def test_wrong_passwords_are_refused(redshift: Cluster) -> None:
    with pytest.raises((InterfaceError, ProgrammingError)) as caught:
        redshift.connect(password="wrong")
    assert "password authentication failed" in str(caught.value)


def test_a_driver_that_trusts_nobody_does_not_connect(
    redshift: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(InterfaceError, match="communication error"):
        redshift.connect()


def test_psql_and_psycopg_may_ask_as_well(redshift: Cluster) -> None:
    with psycopg.connect(
        host=redshift.host, port=redshift.port, dbname=redshift.database,
        user=redshift.user, password=redshift.password, sslmode="disable", autocommit=True,
    ) as connection:  # fmt: skip
        assert connection.execute("select dateadd(day, 1, '2024-02-28'::date)").fetchone() == (
            datetime.datetime(2024, 2, 29),
        )
        connection.execute("create table once (id integer); insert into once values (7)")
        assert connection.execute("select * from once where id = %s", [7]).fetchall() == [(7,)]


def test_statements_are_counted_by_kind(redshift: Cluster) -> None:
    redshift.ledger.clear()
    with redshift.connect() as connection:
        cursor = connection.cursor()
        cursor.execute("/* from dbt */ create table counted (id integer)")
        cursor.execute("comment on table counted is 'A table; with a semicolon'")
        cursor.execute("insert into counted select 1")
        cursor.execute("insert into counted select 1")
        connection.commit()
    assert redshift.counts() == {"begin": 1, "create": 1, "comment": 1, "insert": 2, "commit": 1}
    assert redshift.ledger.connections == 1
    assert redshift.ledger.matching("counted select") == ["insert into counted select 1"] * 2


@pytest.mark.parametrize("nth", [1, 2])
def test_a_serialization_error_at_the_nth_insert(redshift: Cluster, nth: int) -> None:
    redshift.run(f"create table conflicts_{nth} (id integer)")
    redshift.fail_at(rf"insert into conflicts_{nth}", "serialization", nth)
    with redshift.connect() as connection:
        cursor = connection.cursor()
        for _ in range(nth - 1):
            cursor.execute(f"insert into conflicts_{nth} values (1)")
        with pytest.raises(ProgrammingError) as caught:
            cursor.execute(f"insert into conflicts_{nth} values (2)")
        assert failure(caught) == ("XX000", "1023")
        assert "Serializable isolation violation" in caught.value.args[0]["D"]
        connection.rollback()
        assert cursor.execute(f"select count(*) from conflicts_{nth}").fetchone() == [0]


def test_a_serialization_error_at_commit(redshift: Cluster) -> None:
    redshift.run("create table lost (id integer)")
    redshift.fail_at("^commit", "serialization")
    with redshift.connect() as connection:
        cursor = connection.cursor()
        cursor.execute("insert into lost values (1)")
        with pytest.raises(ProgrammingError) as caught:
            connection.commit()
        assert failure(caught)[1] == "1023"
        # The transaction is over; the next one begins anew.
        assert cursor.execute("select count(*) from lost").fetchone() == [0]


def test_two_transactions_that_conflict_get_the_same_error(redshift: Cluster) -> None:
    redshift.run("create table contested as select cast(1 as integer) as id")
    with redshift.connect() as one, redshift.connect() as other:
        first, second = one.cursor(), other.cursor()
        first.execute("select * from contested")
        second.execute("update contested set id = 2")
        other.commit()
        with pytest.raises(ProgrammingError) as caught:
            first.execute("update contested set id = 3")
    assert failure(caught) == ("XX000", "1023")


@pytest.mark.parametrize(("fault", "rows"), [("drop", 0), ("drop_after", 1)])
def test_a_connection_that_breaks_at_commit(redshift: Cluster, fault: str, rows: int) -> None:
    """Whoever loses the answer to a commit does not know whether it was done."""
    redshift.run(f"create table {fault}ped (id integer)")
    redshift.fail_at("^commit", fault)
    connection = redshift.connect()
    connection.cursor().execute(f"insert into {fault}ped values (1)")
    with pytest.raises(InterfaceError, match="server socket closed"):
        connection.commit()
    assert redshift.run(f"select count(*) from {fault}ped") == [(rows,)]


def test_the_nth_statement_of_all(redshift: Cluster) -> None:
    connection = redshift.connect()
    connection.autocommit = True
    cursor = connection.cursor()
    redshift.fail_at(3, "drop")
    cursor.execute("select 1")
    cursor.execute("select 2")
    with pytest.raises(redshift_connector.Error):
        cursor.execute("select 3")
    assert redshift.stand_in.faults.waiting == 0


def test_a_backend_that_is_ended_ends_its_session(redshift: Cluster) -> None:
    with redshift.connect() as connection:
        cursor = connection.cursor()
        (pid,) = cursor.execute("select pg_backend_pid()").fetchone()
        redshift.seen(f"select pg_terminate_backend({pid})")
        with pytest.raises(redshift_connector.Error):
            for _ in range(3):
                cursor.execute("select 1")
