"""How builds are published on Redshift, tried on PostgreSQL: equal rows, by delete and insert."""

import re
from pathlib import Path

import pytest
import sqlparse

from tests.marts.built_warehouse import WITHOUT_TESTS, BuiltWarehouse
from tests.pipeline.test_redshift_scope import FIRST, SECOND, load
from tests.project.test_redshift import POSTGRES_ONLY, without_comments_and_texts

pytestmark = pytest.mark.slow

MODELS = ("+sales_daily", "+data_version", "+dim_supplier", "+employees")
# What Redshift commits at once, or does not do atomically.
NOT_ATOMIC = r"\b(truncate|rename|append|set\s+schema|lock\s+table|vacuum)\b"


@pytest.fixture
def shop(own_project: BuiltWarehouse, tmp_path: Path) -> BuiltWarehouse:
    """A shop that publishes as on Redshift: two orders of each source, built and shown."""
    folder = own_project.project_dir / "macros" / "publish"
    for macros in folder.glob("postgres_*.sql"):
        macros.unlink()
    macros = folder / "redshift_publish.sql"
    macros.write_text(macros.read_text().replace("redshift__", "postgres__"))
    load(own_project, tmp_path / "first", FIRST)
    own_project.dbt(*WITHOUT_TESTS, "--select", *MODELS)
    return own_project


def built(shop: BuiltWarehouse) -> list[str]:
    """The tables that are built for readers."""
    found = shop.frame(
        "select schemaname || '.' || tablename from pg_tables"
        " where schemaname ~ '^build_' order by 1"
    )
    return list(found.iloc[:, 0])


def shown(shop: BuiltWarehouse) -> dict[str, tuple[int, int]]:
    """What readers see of each of them."""
    return {name: shop.checksum(name.removeprefix("build_")) for name in built(shop)}


def writers(shop: BuiltWarehouse, table: str) -> dict[str, str]:
    """The transaction that wrote the published rows, by the source's own id."""
    rows = shop.frame(f"select order_id, xmin::text from published.{table}")
    return dict(rows.itertuples(index=False, name=None))


def moved(before: dict[str, str], after: dict[str, str]) -> set[str]:
    return {name for name in after if after[name] != before.get(name)}


def statements_of(shop: BuiltWarehouse) -> list[str]:
    """The statements in dbt's log, in lower case, without texts and comments."""
    log = (shop.folder / "logs" / "dbt.log").read_text()
    found = re.findall(r"On [\w.]+: (.*?)(?=^\S*\d\d:\d\d:\d\d|\Z)", log, re.S | re.M)
    return [without_comments_and_texts(text.lower()) for text in found]


def test_a_publication_replaces_what_changed(
    shop: BuiltWarehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert len(built(shop)) > 15
    assert shown(shop) == {name: shop.checksum(name) for name in built(shop)}
    first = shown(shop)
    assert shop.value("select build_id from marts.data_version limit 1") == 1
    orders, suppliers = writers(shop, "fct_orders"), "select max(xmin::text) from published."
    untouched = shop.value(f"{suppliers}dim_supplier")

    # Nobody sees what is built but not published.
    load(shop, tmp_path / "second", SECOND)
    monkeypatch.setenv("WAREHOUSE_PUBLISH", "never")
    shop.dbt("run", "--select", "fct_order_lines", "fct_orders", "sales_daily", "as_of_dates")
    assert shown(shop) == first
    assert shop.value("select count(*) from changes.fct_orders__unpublished") == 4

    # One that fails in its last step shows nothing of it either.
    shop.execute("alter table ops.publications add constraint full_up check (publication_id < 2)")
    with pytest.raises(AssertionError, match="full_up"):
        shop.dbt("run-operation", "publish")
    assert shown(shop) == first
    assert shop.value("select count(*) from changes.fct_orders__unpublished") == 4
    shop.execute("alter table ops.publications drop constraint full_up")

    (shop.folder / "logs" / "dbt.log").unlink()
    shop.dbt("run-operation", "publish", "--args", "{build_id: 1}")
    assert shown(shop) == {name: shop.checksum(name) for name in built(shop)} != first
    # R1, S1 and basket 10 were replaced, T1 got one more line.
    assert moved(orders, writers(shop, "fct_orders")) == {"10", "S1", "T1", "R1"}
    assert shop.value(f"{suppliers}dim_supplier") == untouched
    assert shop.value("select count(*) from changes.fct_orders__unpublished") == 0
    assert shop.frame("select publication_id, build_id from ops.publications order by 1").to_numpy(
    ).tolist() == [[1, 1], [2, 1]]  # fmt: skip

    statements = statements_of(shop)
    (publication,) = [text for text in statements if "start transaction" in text]
    assert publication.count("delete from") > 3 and publication.rstrip().endswith("commit")
    # dbt-redshift sends one after the other what sqlparse makes of it.
    assert len(sqlparse.split(publication)) == publication.count(";") + 1
    unknown = "|".join([*POSTGRES_ONLY.values(), NOT_ATOMIC])
    assert [text for text in statements if re.search(unknown, text, re.S)] == []


def test_only_what_has_other_columns_is_made_anew(shop: BuiltWarehouse) -> None:
    shop.execute("create schema people; create view people.mine as table core.dim_supplier")
    shop.execute("create view people.days as select * from marts.sales_daily")
    model = shop.project_dir / "models" / "core" / "dim_supplier"
    query, described = model.with_suffix(".sql"), model.with_suffix(".yml")
    query.write_text(
        query.read_text().replace("select * from final", "select *, 7 as grade from final")
    )
    described.write_text(
        described.read_text() + "      - {name: grade, data_type: integer, description: A grade.}\n"
    )
    shop.dbt("run", "--full-refresh", "--select", "dim_supplier", "sales_daily")
    assert shop.value("select distinct grade from core.dim_supplier") == 7
    comment = (
        "select col_description(attrelid, attnum) from pg_attribute"
        " where attrelid = 'core.dim_supplier'::regclass and attname = 'grade'"
    )
    assert shop.value(comment) == "A grade."
    reads = "select has_table_privilege('{}', 'core.dim_supplier', 'select')"
    assert shop.value(reads.format("sales")) and not shop.value(reads.format("pii_reader"))
    assert shop.value("select to_regclass('people.mine')") is None
    assert shop.value("select count(*) from people.days") > 0
    log = (shop.folder / "logs" / "dbt.log").read_text()
    assert set(re.findall(r"Dropped with what it reads: (\S+)", log)) == {"people.mine"}

    with pytest.raises(AssertionError, match="Not on Redshift"):
        shop.dbt("run-operation", "publish_back")
