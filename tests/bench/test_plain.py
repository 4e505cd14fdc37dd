from pathlib import Path

from bench.plain import Model, copy_statement, straight_script

STAGING = Model(
    name="stg_orders",
    relation='"shop"."staging"."stg_orders"',
    schema="staging",
    is_view=True,
    select='select * from "shop"."raw_cafe"."orders"',
    indexes=(),
)
FACT = Model(
    name="fct_orders",
    relation='"shop"."core"."fct_orders"',
    schema="core",
    is_view=False,
    select='select * from "shop"."staging"."stg_orders"',
    indexes=((("order_key",), True), (("store_key", "order_date"), False)),
)


def test_the_script_holds_the_same_statements_and_indexes_in_schemas_of_its_own() -> None:
    assert straight_script([STAGING, FACT], [STAGING, FACT]) == (
        'create view "shop"."straight_staging"."stg_orders" as (\n'
        'select * from "shop"."raw_cafe"."orders"\n);\n\n'
        'create table "shop"."straight_core"."fct_orders" as (\n'
        'select * from "shop"."straight_staging"."stg_orders"\n);\n\n'
        'create unique index on "shop"."straight_core"."fct_orders" (order_key);\n\n'
        'create index on "shop"."straight_core"."fct_orders" (store_key, order_date);\n'
    )


def test_a_second_script_reads_what_the_first_made() -> None:
    assert '"straight_staging"."stg_orders"' in straight_script([FACT], [STAGING, FACT])


def test_copy_names_the_columns_of_the_files_header(tmp_path: Path) -> None:
    file = tmp_path / "lines.csv"
    file.write_text("BASKET_ID,day\n1,2\n")
    assert copy_statement("plain.lines", file) == (
        rf"\copy plain.lines (basket_id,day) from '{file}' with (format csv, header true)"
    )
