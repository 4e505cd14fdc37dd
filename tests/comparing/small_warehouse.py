"""A few tables of a warehouse, made by hand: a café's orders, customers, scores."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

# {0} is the schema prefix, {1} what is added to every key and number of a load, {2} the second of
# a build.
TABLES = """
create schema {0}core; create schema {0}marts; create schema {0}restricted;
create table {0}core.dim_customer (
    customer_key bigint, source_system varchar(32), customer_id varchar(256), region varchar(64),
    is_anonymous boolean
);
insert into {0}core.dim_customer values
    ({1} + 1, 'cafe', 'c1', 'Leeds', false), ({1} + 2, 'cafe', 'c2', null, false),
    ({1} + 3, 'cafe', null, null, false), ({1} + 4, 'cafe', null, null, true);
create table {0}core.dim_order_status (
    order_status_key bigint, source_system varchar(32), order_status varchar(64)
);
insert into {0}core.dim_order_status values
    ({1} + 1, 'cafe', 'paid'), ({1} + 2, 'cafe', 'open');
create table {0}core.fct_orders (
    order_key bigint, source_system varchar(32), order_id varchar(256), customer_key bigint,
    customer_id varchar(256), order_status_key bigint, ordered_at timestamp,
    net_amount numeric(18, 4), load_id bigint
);
insert into {0}core.fct_orders values
    ({1} + 1, 'cafe', 'o1', {1} + 1, 'c1', {1} + 1, '2020-01-01 09:15', 3.5, {1} + 1),
    ({1} + 2, 'cafe', 'o2', {1} + 2, 'c2', {1} + 1, '2020-01-01 10:15', 4, {1} + 1),
    ({1} + 3, 'cafe', 'o3', {1} + 4, null, {1} + 2, '2020-01-02 09:15:00.5', -4, {1} + 2);
create table {0}core.fct_order_lines (
    order_key bigint, source_system varchar(32), order_id varchar(256), line_number integer,
    customer_key bigint, is_revenue boolean, quantity numeric(18, 4)
);
insert into {0}core.fct_order_lines values
    ({1} + 1, 'cafe', 'o1', 1, {1} + 1, true, 1), ({1} + 1, 'cafe', 'o1', 2, {1} + 1, null, 2);
create table {0}core.fct_control_rows (
    source_system varchar(32), order_key bigint, order_id varchar(256), load_id bigint,
    control_amount numeric(18, 4)
);
insert into {0}core.fct_control_rows values
    ('cafe', {1} + 1, 'o1', {1} + 1, 3.5), ('cafe', {1} + 1, 'o1', {1} + 1, 3.5);
create table {0}marts.customer_risk (
    source_system varchar(32), customer_key bigint, customer_id varchar(256),
    risk_type varchar(32), probability double precision, model_version varchar(64),
    scored_at timestamptz
);
insert into {0}marts.customer_risk values
    ('cafe', {1} + 1, 'c1', 'churn', 0.25, '20200102T0000{2}Z-0123456789ab', now()),
    ('cafe', {1} + 2, 'c2', 'churn', 1 / 3.0, '20200102T0000{2}Z-0123456789ab', now());
create table {0}marts.data_version (source_system varchar(32), published_at timestamptz);
insert into {0}marts.data_version values ('cafe', now());
create table {0}marts.rejected_rows (
    load_id bigint, line_number bigint, source_system varchar(32), table_name varchar(128),
    file_name varchar(512), rejected_value varchar(512)
);
insert into {0}marts.rejected_rows values ({1} + 1, 7, 'cafe', 'transactions', 'a.csv', 'abc');
create table {0}restricted.customers (
    customer_key bigint, source_system varchar(32), customer_id varchar(256),
    customer_name varchar(512), email varchar(512)
);
insert into {0}restricted.customers values
    ({1} + 1, 'cafe', 'c1', 'Winifred Hale', 'w@example.com'),
    ({1} + 2, 'cafe', 'c2', null, 'z@example.com');
"""
# Tables of TABLES that are compared, and their rows.
COUNT, ROWS = 8, 4 + 2 + 3 + 2 + 2 + 2 + 1 + 2


def tables(prefix: str, keys: int = 0, second: int = 10) -> bytes:
    """The statements that make them."""
    return TABLES.format(prefix, keys, second).encode()


@contextmanager
def small_database(server: str) -> Iterator[str]:
    """The connection string of a database of its own with the tables, without a prefix."""
    chosen = f"test_{uuid4().hex[:12]}"
    name = sql.Identifier(chosen)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("create database {}").format(name))
    conninfo = make_conninfo(server, dbname=chosen)
    with psycopg.connect(conninfo) as connection:
        connection.execute(tables(""))
    try:
        yield conninfo
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(sql.SQL("drop database {} with (force)").format(name))


def address_of(conninfo: str) -> str:
    """The URL that `warehouse compare` takes, without the password."""
    given = conninfo_to_dict(conninfo)
    return f"postgresql://{given['user']}@{given['host']}:{given['port']}/{given['dbname']}"
