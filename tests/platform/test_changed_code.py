"""A new version never leaves old figures beside new ones: what other code built is rebuilt."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.platform.test_pipeline import Shop
from tests.platform.workshop import running_mini_project
from warehouse.settings import Settings

FACTOR = "{% macro factor() %}2{% endmacro %}"
SEEN = """{{ config(materialized='view', schema='marts') }}
select id, 10 as price from (select 1 as id union all select 2) as ids
"""
# Takes in what it does not have: rows that are there stay as they were built.
SALES = """{{ config(
    materialized='incremental', incremental_strategy='append', on_schema_change='fail',
    schema='marts'
) }}
select id, price * {{ factor() }} as amount
from {{ ref('seen') }}
{% if is_incremental() %}where id not in (select id from {{ this }}){% endif %}
"""


@pytest.fixture(scope="module")
def running(project_dir: Path) -> Iterator[Settings]:
    with running_mini_project(project_dir) as settings:
        yield settings


@pytest.fixture
def shop(running: Settings) -> Shop:
    shop = Shop(running)
    for path in shop.marts.iterdir():
        path.unlink()
    (running.project_dir / "macros" / "factor.sql").write_text(FACTOR)
    (shop.marts / "seen.sql").write_text(SEEN)
    (shop.marts / "sales.sql").write_text(SALES)
    code, told = shop.build(force=True, full_refresh=True)
    assert code == 0, told
    return shop


def amounts(shop: Shop) -> list[int]:
    return [row[0] for row in shop.query("select distinct amount from marts.sales order by 1")]


def built_anew(shop: Shop) -> str:
    code, told = shop.build()
    assert code == 0, told
    return told


def test_changed_code_behind_a_model_builds_all_its_rows_anew(shop: Shop) -> None:
    assert amounts(shop) == [20]
    (shop.marts / "seen.sql").write_text(SEEN.replace("10 as", "30 as"))
    told = built_anew(shop)
    assert told.startswith("Rebuilding from scratch, because the code changed: sales.")
    assert amounts(shop) == [60]
    (shop.settings.project_dir / "macros" / "factor.sql").write_text(FACTOR.replace("2", "3"))
    built_anew(shop)
    assert amounts(shop) == [90]


def test_a_new_column_is_there_for_all_rows(shop: Shop) -> None:
    (shop.marts / "sales.sql").write_text(SALES.replace("as amount", "as amount, 7 as tax"))
    built_anew(shop)
    assert shop.query("select distinct amount, tax from marts.sales") == [(20, 7)]


def test_comments_and_other_models_build_nothing_anew(shop: Shop) -> None:
    shop.query("update build_marts.sales set amount = 1")
    (shop.marts / "sales.sql").write_text("-- Grain: one id.\n" + SALES)
    (shop.marts / "other.sql").write_text(SEEN)
    assert "Rebuilding" not in built_anew(shop)
    assert amounts(shop) == [1]


def test_what_failed_is_built_anew_the_next_time(shop: Shop) -> None:
    (shop.marts / "seen.sql").write_text(SEEN.replace("10 as", "1 / (id - id) as"))
    assert shop.build()[0] == 1
    assert amounts(shop) == [20]
    (shop.marts / "seen.sql").write_text(SEEN.replace("10 as", "40 as"))
    built_anew(shop)
    assert amounts(shop) == [80]
