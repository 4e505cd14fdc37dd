import io
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from rich.console import Console

from ingest.console import Terminal
from warehouse.build.dbt_run import NodeResult, Outcome
from warehouse.build.risk_step import Report
from warehouse.build.summary import print_summary
from warehouse.health.health import Health, read_database
from warehouse.health.health_text import render
from warehouse.settings import Settings

TABLES = """
create schema core;
create schema marts;
create table core.dim_product (
    product_key bigint, product_id text, product_name text, category text, subcategory text
);
insert into core.dim_product values
    (1, 'A', 'Large Latte', null, null),
    (2, '00825123', null, 'SOFT DRINKS', 'COLA 12 PACK'),
    (3, 'C', 'Never best', null, null);
create table marts.product_performance (
    source_system text, product_key bigint, net_rank integer, quantity numeric(18, 4),
    net_amount numeric(18, 4), currency_code text
);
insert into marts.product_performance values
    ('cafe', 1, 1, 1200, 2940, 'GBP'),
    ('grocery', 2, 1, 31, 154.69, 'USD'),
    ('cafe', 3, 6, 1, 2.45, 'GBP');
create table marts.sales_daily (
    source_system text, store_key bigint, order_date date, currency_code text, orders integer,
    net_amount numeric(18, 4)
);
insert into marts.sales_daily values
    ('cafe', 1, '2021-08-25', 'GBP', 268, 2088.65),
    ('cafe', 2, '2021-08-27', 'GBP', 32, 11.35),
    ('cafe', 2, '2021-08-28', 'GBP', 700, 900);
create table marts.customer_rfm (source_system text, rfm_segment text);
insert into marts.customer_rfm
select 'cafe', 'champion' from generate_series(1, 1234)
union all select 'cafe', 'hibernating' from generate_series(1, 617);
create table marts.unmapped_codes (
    source_system text, crosswalk text, code text, row_count bigint
);
insert into marts.unmapped_codes values ('cafe', 'xwalk_payment_methods', 'BARTER', 17);
insert into ops.load_files (
    source_system, table_name, file_name, sha256, file_bytes, rows_in_file, rows_loaded,
    rows_rejected, as_of_date, status, is_live, started_at, finished_at
)
select
    'cafe', 'transactions', 'f' || n, '', 1, 500, 499, 1, '2021-08-25', 'live', n < 3, now(), now()
from generate_series(1, 3) as n;
"""
RISKS = """
create schema marts;
create table marts.customer_risk (
    source_system text, risk_type text, customer_id text, probability double precision,
    has_risk boolean, reason_1 text, reason_2 text, reason_3 text, horizon_days integer
);
insert into marts.customer_risk values
    ('cafe', 'churn', 'loyal-d', 0.1, false, null, null, null, 28),
    ('cafe', 'churn', 'c', 0.5, true, 'days: more than usual (raises the risk)', null, null, 28),
    ('cafe', 'churn', 'b', 0.5, true, 'visits: more than usual (lowers the risk)', null, null, 28),
    ('cafe', 'churn', 'a', 0.876, true, null, null, null, 28),
    ('electronics', 'warranty', 'p', 0.9, true, 'income: less than usual (raises the risk)', null,
        null, null);
"""


def _result(number: int, kind: str, status: str) -> NodeResult:
    return NodeResult(f"{kind}.{number}", str(number), kind, status, "", None, 1.0, None, "")


def _summary(
    conninfo: str, settings: Settings, width: int, risks: Sequence[Report] = ()
) -> list[str]:
    results = [_result(n, "model", "success") for n in range(3)]
    results += [_result(n, "test", "pass") for n in range(4)] + [_result(9, "test", "warn")]
    screen = io.StringIO()
    with psycopg.connect(conninfo, autocommit=True) as connection:
        outcome = Outcome(results=results, seconds=125.4)
        print_summary(connection, settings, outcome, Console(file=screen, width=width), risks)
    lines = screen.getvalue().splitlines()
    assert max(len(line) for line in lines) <= width
    return [" ".join(line.split()) for line in lines]


def test_names_from_files_are_shown_as_text(empty_database: str, embedded: Settings) -> None:
    hostile = "\x1b]0;owned\x07[bold red]Tea[/]\u202e"
    with psycopg.connect(empty_database) as connection:
        connection.execute(TABLES)
        for statement in (
            "update core.dim_product set product_name = %s where product_key = 1",
            "update marts.unmapped_codes set code = %s || repeat('c', 10000)",
            "update marts.sales_daily set currency_code = %s",
        ):
            connection.execute(statement, [hostile])
    screen = io.StringIO()
    with psycopg.connect(empty_database, autocommit=True) as connection:
        terminal = Terminal(file=screen, width=400, force_terminal=True)
        print_summary(connection, embedded, Outcome(), terminal)
    told = screen.getvalue()
    assert told.count(r"\x1b]0;owned\x07[bold red]Tea[/]\u202e") == 3
    assert "\x1b]0" not in told and "\x07" not in told and "\u202e" not in told
    assert "c" * 100 in told.replace("\n", "") and told.count("c") < 400


def test_the_seed_that_decides_what_a_status_does_is_named(
    empty_database: str, embedded: Settings, tmp_path: Path
) -> None:
    seed = "seeds/cafe/xwalk_cafe_order_statuses.csv"
    (tmp_path / seed).parent.mkdir(parents=True)
    (tmp_path / seed).touch()
    with psycopg.connect(empty_database) as connection:
        connection.execute(TABLES)
        connection.execute("update marts.unmapped_codes set crosswalk = 'xwalk_order_statuses'")
    lines = _summary(empty_database, replace(embedded, project_dir=tmp_path), 120)
    assert f"Add missing statuses to {seed}; until then they count as sales." in lines


@pytest.mark.parametrize("width", [80, 120])
def test_a_first_look(empty_database: str, embedded: Settings, width: int) -> None:
    with psycopg.connect(empty_database) as connection:
        connection.execute(TABLES)
    lines = _summary(empty_database, embedded, width)
    # Two of the three loads are live: 2 × 499 rows, 2 × 1 rejected.
    assert any(line.startswith("cafe 1 2 998 2 ") for line in lines)
    assert "3 models built" in lines
    assert "4 tests passed, 1 warned, all in 2 min 5 s" in lines
    # 2,088.65 + 11.35 + 900 from two stores in 268 + 32 + 700 orders.
    assert "cafe 2021-08-25 2021-08-28 2 1,000 3,000.00 GBP" in lines
    assert any(line.startswith("champion 1,234 ██████████") for line in lines)
    assert any(line.startswith("hibernating 617 █████") for line in lines)
    assert "all 1,851" in lines
    assert "cafe 1 Large Latte 1,200 2,940.00 GBP" in lines
    assert "grocery 1 COLA 12 PACK 00825123 31 154.69 USD" in lines
    assert not any("Never best" in line for line in lines)
    assert any("BARTER" in line and "17" in line for line in lines)
    assert any(line.endswith("URL for BI tools, read-only") for line in lines)
    # cafe has 998 rows, and no other source any.
    assert any(line.endswith("load cafe FOLDER load more files of cafe") for line in lines)
    assert any("bought recently and often" in line for line in lines) == (width == 120)


def test_lines_without_a_product_are_said_to_have_none(
    empty_database: str, embedded: Settings
) -> None:
    with psycopg.connect(empty_database) as connection:
        connection.execute(TABLES)
        connection.execute(
            "update core.dim_product set product_id = null, product_name = null"
            " where product_key = 1"
        )
    lines = _summary(empty_database, embedded, 80)
    assert "cafe 1 no product given 1,200 2,940.00 GBP" in lines


def test_without_any_data_it_says_what_to_do(empty_database: str, embedded: Settings) -> None:
    lines = _summary(empty_database, embedded, 80)
    assert "Nothing yet. Load files with `warehouse load SOURCE PATH`." in lines
    assert "marts.customer_rfm is not built yet." in lines
    assert "marts.product_performance is not built yet." in lines
    password = (embedded.secrets_dir / "warehouse.password").read_text().strip()
    assert not any(password in line for line in lines)


def test_the_riskiest_three_of_each_risk_and_why(empty_database: str, embedded: Settings) -> None:
    with psycopg.connect(empty_database) as connection:
        connection.execute(RISKS)
    lines = _summary(empty_database, embedded, 120)
    first = lines.index("Customers at risk (marts.customer_risk)")
    told = [line for line in lines[first:] if "%" in line]
    # d is the fourth of cafe; of two with one probability the id decides.
    assert [line.partition("%")[0].split()[-2:] for line in told] == [
        ["a", "87.6"], ["b", "50.0"], ["c", "50.0"], ["p", "90.0"],
    ]  # fmt: skip
    assert "cafe: churn within 28 days, 3 of 4 at risk" in lines[first:]
    assert "electronics: warranty, 1 of 1 at risk" in lines[first:]
    # What raises goes without saying; what lowers is said.
    assert told[1].endswith("visits: more than usual (lowers the risk)")
    assert told[2].endswith("days: more than usual")
    assert "Risk models refused" not in lines


def test_a_refused_model_is_told_with_its_reason(empty_database: str, embedded: Settings) -> None:
    risks = [
        Report("churn of cafe", "promoted"),
        Report("warranty of electronics", "refused", "No signal."),
    ]
    lines = _summary(empty_database, embedded, 80, risks)
    assert lines[lines.index("Risk models refused") + 1] == "warranty of electronics: No signal."
    assert not any(line.startswith("churn of cafe") for line in lines)
    assert "Customers at risk (marts.customer_risk)" not in lines


MANY = """
insert into ops.load_files (
    source_system, table_name, file_name, sha256, file_bytes, rows_in_file, rows_loaded,
    rows_rejected, as_of_date, status, is_live, started_at, finished_at
)
select
    'shop' || to_char(n, 'FM00'), 'orders', 'f', '', 1, n, n, 0, '2021-08-25', 'live', true,
    now(), now()
from generate_series(1, 13) as n;
create schema marts;
create table marts.sales_daily (
    source_system text, store_key bigint, order_date date, currency_code text, orders integer,
    net_amount numeric(18, 4)
);
insert into marts.sales_daily
select 'shop' || to_char(n, 'FM00'), 1, '2021-08-25', 'GBP', 1, 1 from generate_series(1, 13) as n;
create table marts.customer_rfm (source_system text, rfm_segment text);
insert into marts.customer_rfm
select 'shop' || to_char(n, 'FM00'), 'champion' from generate_series(1, 13) as n;
"""


def test_of_many_sources_the_ten_largest_are_shown(empty_database: str, embedded: Settings) -> None:
    with psycopg.connect(empty_database) as connection:
        connection.execute(MANY)
    lines = _summary(empty_database, embedded, 80)
    largest = [f"shop{number:02}" for number in range(4, 14)]

    def sources_of(section: str) -> list[str]:
        first = lines.index(section) + 1
        told = lines[first : lines.index("", first)]
        return [line.split()[0] for line in told if line.startswith("shop")]

    assert sources_of("Loaded") == sources_of("Sales") == largest
    assert "and 3 more sources: marts.load_history" in lines
    assert "and 3 more sources: marts.sales_daily" in lines
    # 20 columns for the names of segments leave room for six of nine columns each.
    heading = lines.index("Customers by segment (marts.customer_rfm)") + 1
    assert lines[heading].split() == ["segment", *largest[4:]]
    assert "and 7 more sources: marts.customer_rfm" in lines
    wide = _summary(empty_database, embedded, 120)
    assert "and 3 more sources: marts.customer_rfm" in wide


def test_status_shows_the_ten_largest_sources_and_how_many_more(
    empty_database: str, embedded: Settings
) -> None:
    with psycopg.connect(empty_database, autocommit=True) as connection:
        connection.execute(MANY)
        health = Health(is_running=True, address="", place="")
        read_database(connection, embedded, health)
    assert len(health.sources) == 13
    lines = render(health).splitlines()
    first = lines.index("sources     shop13, 13 rows")
    assert lines[first + 9] == "            shop04, 4 rows"
    assert lines[first + 10 :] == ["            and 3 more"]
