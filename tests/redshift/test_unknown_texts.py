"""Literals without a type do not leave the select that writes them."""

from collections.abc import Iterator

import pytest
from redshift_connector import Cursor
from redshift_connector.error import ProgrammingError

from tests.redshift.cluster import Cluster

REFUSED = (
    "select cast(kind as varchar(9)) from (select 'a' as kind) as one",
    "select id from (select id, 'a' as kind from shop) as one where kind = 'a'",
    "with one as (select id, 'a' as kind from shop) select count(*) from one group by kind",
    "with one as (select null as name), two as (select * from one) select upper(name) from two",
    "select one.name from (select null as name) as one order by one.name",
    "insert into shop select 1, kind from (select 'a' as kind) as one",
    "select name || 'x' from kinds",
    "create table made as select lower(name) as name from kinds",
)
ACCEPTED = (
    "select kind from (select 'a' as kind) as one",
    "select cast(kind as varchar(9)) from (select cast('a' as varchar(1)) as kind) as one",
    "select * from (select id, 'a' as kind from shop) as one where id = 1 and kind is not null",
    "with one as (select 'a' as kind union all select 'b') select upper(kind) from one",
    "with one as (select 'a' as kind), two as (select 'b' as kind)"
    " select * from one union all select * from two union all select * from one",
    "select kind from (select 'a' as kind) as one union all select name from shop",
    "insert into shop select 1, 'a' as kind",
    "insert into shop select 1, null as kind",
    "select name, id + 1 from kinds",
)


@pytest.fixture(scope="module")
def cursor(redshift: Cluster) -> Iterator[Cursor]:
    """A session with a table and a view that has a literal; dbt renames views into place."""
    with redshift.connect() as connection:
        connection.autocommit = True
        cursor = connection.cursor()
        cursor.execute("create table shop (id integer, name varchar(9))")
        cursor.execute("create view public.kinds__tmp as select id, 'a' as name from shop")
        cursor.execute("alter table public.kinds__tmp rename to kinds")
        yield cursor


@pytest.mark.parametrize("statement", REFUSED)
def test_refused(cursor: Cursor, statement: str) -> None:
    with pytest.raises(ProgrammingError) as caught:
        cursor.execute(statement.replace("kinds", "public.kinds"))
    assert 'conversion function from "unknown"' in caught.value.args[0]["M"]


@pytest.mark.parametrize("statement", ACCEPTED)
def test_accepted(cursor: Cursor, statement: str) -> None:
    cursor.execute(statement.replace("kinds", "public.kinds"))


def test_a_view_that_is_made_anew_is_read_anew(cursor: Cursor) -> None:
    cursor.execute(
        "create or replace view public.retyped as select cast('a' as varchar(9)) as name from shop"
    )
    cursor.execute("select name || 'x' from public.retyped")
    cursor.execute("drop view public.retyped")
    cursor.execute("create view public.retyped as select 'a' as name from shop")
    with pytest.raises(ProgrammingError, match="unknown"):
        cursor.execute("select name || 'x' from public.retyped")
