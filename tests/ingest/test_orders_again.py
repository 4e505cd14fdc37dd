"""An order that comes again in another file, where a source cannot tell its lines apart."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.ingest.conftest import Shop

DEFINITION = """
version: 2
sources:
  - name: bazaar
    schema: raw_bazaar
    tables:
      - name: lines
        config:
          meta:
            mode: append
            order_id: order_id
            line_key: [order_id, line_number]
        columns:
          - {name: order_id, data_type: varchar(20), config: {meta: {required: true}}}
          - {name: line_number, data_type: integer, config: {meta: {optional: true}}}
          - {name: product_id, data_type: varchar(20)}
"""
MONDAY = "order_id,product_id\nA1,apple\nA2,pear\n"
TUESDAY = "order_id,product_id\nA2,plum\nA3,fig\n"


@pytest.fixture
def bazaar(new_database: Callable[[], str], tmp_path: Path) -> Shop:
    """A shop whose source has order lines with an optional line number."""
    folder = tmp_path / "project" / "models" / "staging" / "bazaar"
    folder.mkdir(parents=True)
    (folder / "_bazaar__sources.yml").write_text(DEFINITION, encoding="utf-8")
    files = tmp_path / "files"
    files.mkdir()

    return Shop(new_database(), files, tmp_path / "project")


def lines(shop: Shop) -> list[tuple[str, str]]:
    return [(a, b) for a, b in shop.query("select order_id, product_id from raw_bazaar.lines")]


def test_an_order_again_is_refused_by_name_until_the_caller_says_what_it_means(
    bazaar: Shop,
) -> None:
    bazaar.load_one("bazaar", "lines_monday.csv", MONDAY)
    refused = bazaar.load_one("bazaar", "lines_tuesday.csv", TUESDAY)
    assert refused.status == "refused"
    assert "1 order is also in earlier files" in refused.message
    assert "(A2)" in refused.message
    assert bazaar.load_one("bazaar", "lines_tuesday.csv", TUESDAY, check=True).status == "refused"
    assert sorted(lines(bazaar)) == [("A1", "apple"), ("A2", "pear")]

    assert bazaar.load_one("bazaar", "lines_tuesday.csv", TUESDAY, adds=True).status == "loaded"
    assert len(lines(bazaar)) == 4


def test_correcting_needs_all_orders_of_the_earlier_file(bazaar: Shop) -> None:
    bazaar.load_one("bazaar", "lines_monday.csv", MONDAY)
    lost = bazaar.load_one("bazaar", "lines_tuesday.csv", TUESDAY, corrects=True)
    assert "1 order of the earlier files is not in this one and would be lost" in lost.message

    whole = TUESDAY + "A1,apple\n"
    done = bazaar.load_one("bazaar", "lines_tuesday.csv", whole, corrects=True)
    assert (done.status, done.message) == ("loaded", "replaces load 1")
    assert sorted(lines(bazaar)) == [("A1", "apple"), ("A2", "plum"), ("A3", "fig")]


def test_lines_with_numbers_are_told_apart_by_them(bazaar: Shop) -> None:
    first = "order_id,line_number,product_id\nA1,1,apple\n"
    second = "order_id,line_number,product_id\nA1,2,pear\n"
    bazaar.load_one("bazaar", "lines_monday.csv", first)
    assert bazaar.load_one("bazaar", "lines_tuesday.csv", second).status == "loaded"
    third = "order_id,product_id\nA1,plum\n"
    assert bazaar.load_one("bazaar", "lines_wednesday.csv", third).status == "refused"
