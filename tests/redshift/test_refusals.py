"""Each construct that Redshift does not know is refused, and what it knows is not."""

from collections.abc import Iterator

import pytest
from redshift_connector import Cursor
from redshift_connector.error import ProgrammingError

from tests.redshift.cluster import Cluster

LEADER = "Specified types or functions (one per INFO message) not supported on Redshift tables."
COMPUTE = "One or more of the used functions must be applied on at least one user created tables"
FRAME = "Aggregate window functions with an ORDER BY clause require a frame clause"

REFUSED = {
    "select * from (values (1), (2)) as numbers (number)": 'at or near "values"',
    "with numbers as (values (1)) select * from numbers": 'at or near "values"',
    "values (1)": 'at or near "values"',
    "select * from shop, lateral (select 1) as one": 'at or near "lateral"',
    "select distinct on (id) id from shop": "SELECT DISTINCT ON is not supported",
    "select count(*) filter (where id > 1) from shop": 'at or near "("',
    "select array[1, 2]": 'at or near "["',
    "select * from unnest(string_to_array('a', ',')) with ordinality": 'at or near "ordinality"',
    "select id is not distinct from 1 from shop": 'at or near "distinct"',
    r"select E'\n'": 'at or near "\'"',
    "insert into shop values (1) on conflict do nothing": 'at or near "conflict"',
    "insert into shop values (1) returning id": 'at or near "returning"',
    "delete from shop where id = 1 returning *": 'at or near "returning"',
    "with gone as (delete from shop) select 1": 'at or near "delete"',
    "with some as materialized (select 1) select * from some": 'at or near "materialized"',
    "with some as (select 1 as id) insert into shop select id from some": 'at or near "insert"',
    "select * from shop for update": 'at or near "update"',
    "select * from shop tablesample system (1)": 'at or near "tablesample"',
    "create index by_id on shop (id)": 'SQL command "create index" not supported',
    "create unique index by_id on shop (id)": 'SQL command "create unique index" not supported',
    "create sequence numbers": 'SQL command "create sequence" not supported',
    "create extension hstore": 'SQL command "create extension" not supported',
    "savepoint before": 'SQL command "savepoint" not supported',
    "do $$ begin null; end $$": 'SQL command "do" not supported',
    "create unlogged table fast (id integer)": 'at or near "unlogged"',
    "create table part (id integer) partition by range (id)": 'at or near "partition"',
    "create table child (id integer) inherits (shop)": 'at or near "inherits"',
    "create table bounded (id integer check (id > 0))": 'at or near "check"',
    "alter table shop add constraint positive check (id > 0)": 'at or near "check"',
    "alter table shop add column if not exists name varchar(9)": 'at or near "not"',
    "alter table shop add column a integer, add column b integer": 'at or near ","',
    "alter table shop alter column id set not null": 'at or near "set"',
    "alter table if exists shop add column a integer": 'at or near "exists"',
    "lock table shop in share mode": 'at or near "in"',
    "lock table shop nowait": 'at or near "nowait"',
    "copy shop from stdin": 'at or near "stdin"',
    "create role reader login": 'at or near "login"',
    "create table papers (body jsonb)": 'type "jsonb" does not exist',
    "select cast('{}' as json)": 'type "json" does not exist',
    "select '{}'::jsonb": 'type "jsonb" does not exist',
    "create table keyed (id uuid)": 'Column has unsupported type "uuid"',
    "create table blobs (id integer, body bytea)": 'Column has unsupported type "bytea"',
    "create table lists (ids integer[])": 'Column has unsupported type "integer[]"',
    "create table counted (id bigserial)": 'Column has unsupported type "bigserial"',
    "alter table shop add column body bytea": 'Column has unsupported type "bytea"',
    "create table wide (name varchar(65536))": "length for type varchar cannot exceed 65535",
    "select cast(1 as numeric(39, 2))": "DECIMAL precision 39 must be between 1 and 38",
    "select array_agg(id) from shop": "function array_agg() does not exist",
    "select string_agg(name, ',') from shop": "function string_agg() does not exist",
    "select hashtextextended('a', 0)": "function hashtextextended() does not exist",
    "select make_date(2024, 1, 1)": "function make_date() does not exist",
    "select pg_advisory_xact_lock(1)": "function pg_advisory_xact_lock() does not exist",
    "select current_schema() from shop": LEADER,
    "select now() from public.shop": LEADER,
    "insert into shop select generate_series(1, 3)": LEADER,
    "create table stamped as select now() as at": LEADER,
    "select has_table_privilege('shop', 'select') from shop": LEADER,
    "select percentile_cont(0.5) within group (order by id) from (select 1 as id) as one": COMPUTE,
    "select listagg(name, ',') from pg_catalog.pg_class as classes (name)": COMPUTE,
    "select sum(id) over (partition by id order by id) from shop": FRAME,
    "select sum(id) over (order by id range between 1 preceding and current row) from shop": (
        'at or near "between"'
    ),
}  # fmt: skip

ACCEPTED = (
    "select 'values', 'lateral (', 1 as \"array\" -- distinct on (a)",
    "select /* filter (where */ sum(id) over (order by id rows unbounded preceding) from shop",
    "select row_number() over (order by id) from shop",
    "insert into shop (id) values (1), (2)",
    "insert into shop with one as (select 1 as id) select id from one",
    "select extract(year from getdate()), date_trunc('day', getdate())",
    "select percentile_cont(0.5) within group (order by id) from shop",
    "select now()",
    "select current_schema(), relname from pg_catalog.pg_class limit 1",
    "select format_type(atttypid, atttypmod) from pg_catalog.pg_attribute limit 1",
    "select has_table_privilege(usename, 'shop', 'select') from pg_user limit 1",
    "create table fine (a varchar(65535), b numeric(38, 10), c timestamp, d boolean, e date)",
    "alter table fine add column f varchar(12)",
    "alter table fine drop column f",
    "select cast(1 as numeric(18, 2)), 'a'::varchar(3), id::bigint from shop",
    "delete from shop using fine where a = 'x' and shop.id = 1",
    "update shop set id = 2 from fine where fine.a = 'x'",
)


@pytest.fixture(scope="module")
def cursor(redshift: Cluster) -> Iterator[Cursor]:
    """A session in which there is a table."""
    with redshift.connect() as connection:
        connection.autocommit = True
        cursor = connection.cursor()
        cursor.execute("create table shop (id integer, name varchar(10))")
        yield cursor


@pytest.mark.parametrize("statement", REFUSED)
def test_refused(cursor: Cursor, statement: str) -> None:
    with pytest.raises(ProgrammingError) as caught:
        cursor.execute(statement)
    assert REFUSED[statement] in caught.value.args[0]["M"]


@pytest.mark.parametrize("statement", ACCEPTED)
def test_accepted(cursor: Cursor, statement: str) -> None:
    cursor.execute(statement)


@pytest.mark.parametrize(
    ("statement", "command"),
    [
        ("vacuum shop", "VACUUM"),
        ("alter table shop alter column name type varchar(20)", "ALTER TABLE"),
        ("create database other", "CREATE DATABASE"),
    ],
)
def test_what_commits_by_itself_is_refused_in_a_transaction(
    cursor: Cursor, redshift: Cluster, statement: str, command: str
) -> None:
    with redshift.connect() as connection, pytest.raises(ProgrammingError) as caught:
        connection.cursor().execute(statement)
    told = caught.value.args[0]
    assert (told["C"], told["M"]) == ("25001", f"{command} cannot run inside a transaction block")


def test_a_column_grows_outside_of_a_transaction(cursor: Cursor) -> None:
    cursor.execute("alter table shop alter column name type varchar(20)")
    cursor.execute("select character_maximum_length from information_schema.columns"
                   " where table_name = 'shop' and column_name = 'name'")  # fmt: skip
    assert cursor.fetchone() == [20]
