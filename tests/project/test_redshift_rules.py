"""The rules for SQL on Redshift: for each a select that breaks it, and one that does not."""

from types import ModuleType

import pytest

from tests.project.redshift_rules import redshift_rules


@pytest.fixture
def rules() -> ModuleType:
    return redshift_rules()


TABLES = {
    "dev.core.lines": {
        "order_key": "bigint", "product_key": "bigint", "source_system": "varchar(32)",
        "quantity": "integer", "amount": "numeric(18,4)", "order_date": "date",
    },
    "dev.core.products": {"product_key": "bigint", "price": "numeric(18,4)"},
}  # fmt: skip

BROKEN = {
    "uncast literal": [
        "with named as (select 'cafe' as source_system) select source_system from named",
        "select null as amount",
        "select 'a' as x union all select cast('b' as varchar(1)) as x",
    ],
    "null first": [
        "select cast(null as bigint) as k union all select order_key from dev.core.lines",
        "with both as (select cast(null as bigint) as k, 1 as n"
        " union all select order_key, quantity from dev.core.lines) select k, n + 1 as n from both",
    ],
    "mixed numbers": [
        "select quantity as n from dev.core.lines union all select amount from dev.core.lines",
        "select amount from dev.core.lines"
        " except select cast(amount as numeric(12, 2)) from dev.core.lines",
        "with sums as (select sum(amount) as n from dev.core.lines)"
        " select n from sums union all select price from dev.core.products",
    ],
    "order in a CTE": [
        "with sorted as (select price from dev.core.products order by price) select * from sorted",
        "select * from (select price from dev.core.products order by price) as sorted",
    ],
    "window without frame": [
        "select sum(price) over (partition by product_key order by price) from dev.core.products",
        "select first_value(price) over (partition by product_key order by price) as first_price"
        " from dev.core.products",
    ],
    "window over all rows": [
        "select row_number() over (order by amount) as place from dev.core.lines",
        "with each_order as (select order_key, sum(amount) as amount from dev.core.lines"
        " group by order_key) select sum(amount) over () as total from each_order",
    ],
    "join without equality": [
        "select 1 as n from dev.core.lines cross join dev.core.products",
        "select 1 as n from dev.core.lines as a inner join dev.core.products as b"
        " on a.amount > b.price",
        "select 1 as n from dev.core.lines as a inner join dev.core.products as b"
        " on b.product_key = 7",
    ],
    "numeric division": [
        # numeric(38,4) / numeric(38,4): 4 + 38 - 4 + 1 = 39 decimals, so digits are cut.
        "select sum(amount) / sum(quantity * amount) as share from dev.core.lines",
        "select amount / unknown_to_all as share from dev.core.lines",
    ],
    "leader node": [
        "select now() as at from dev.core.lines",
        "select current_timestamp as at from dev.core.lines",
        "select substr(source_system, 1, 2) as code from dev.core.lines",
    ],
}
KEPT = [
    "select cast('cafe' as varchar(32)) as source_system, cast(null as bigint) as k, 1 as n,"
    " case when quantity > 1 then 'many' else 'one' end as words from dev.core.lines",
    "select 1 as n from dev.core.lines where source_system = 'cafe'",
    "select order_key as k from dev.core.lines union all select cast(null as bigint)",
    "with both as (select cast(null as bigint) as k union all select order_key"
    " from dev.core.lines) select cast(k as bigint) as k from both",
    "select cast(quantity as numeric(18, 4)) as n from dev.core.lines"
    " union all select amount from dev.core.lines",
    "select quantity as n from dev.core.lines union all select order_key from dev.core.lines",
    "with dear as (select price from dev.core.products order by price limit 3) select * from dear",
    "select price from dev.core.products order by price",
    "select sum(price) over (partition by product_key order by price"
    " rows between unbounded preceding and current row) as price,"
    " row_number() over (partition by product_key order by price) as place,"
    " lag(price) over (partition by product_key order by price) as before"
    " from dev.core.products",
    "select row_number() over (order by price) as place from dev.core.products",
    "select product_key, sum(sum(amount)) over () as total from dev.core.lines"
    " group by product_key",
    "select 1 as n from dev.core.lines as a inner join dev.core.products as b"
    " on a.product_key = b.product_key and a.amount > b.price",
    "with total as (select sum(amount) as amount from dev.core.lines)"
    " select lines.amount from dev.core.lines as lines cross join total",
    # numeric(18,4) / numeric(18,4) is numeric(37,19).
    "select amount / amount as share, quantity / 2 as half,"
    " cast(sum(amount) as double precision) / sum(amount) as part from dev.core.lines"
    " group by amount, quantity",
    "select getdate() as at, substring(source_system, 1, 2) as code, 'now()' || source_system as t"
    " from dev.core.lines",
]


def messages(rules: ModuleType, statement: str) -> list[str]:
    tables = {
        table: {name: rules.column_of(kind) for name, kind in columns.items()}
        for table, columns in TABLES.items()
    }
    found: list[str] = rules.check("orders", statement, tables, has_contract=True)[0]
    return found


@pytest.mark.parametrize(
    ("rule", "statement"), [(rule, text) for rule, texts in BROKEN.items() for text in texts]
)
def test_a_broken_rule_is_named(rules: ModuleType, rule: str, statement: str) -> None:
    (message,) = messages(rules, statement)
    assert message.startswith("orders, ") and f": {rule}; {rules.INSTEAD[rule]}" in message


@pytest.mark.parametrize("statement", KEPT)
def test_what_keeps_the_rules_is_let_through(rules: ModuleType, statement: str) -> None:
    assert messages(rules, statement) == []


def test_every_rule_has_a_select_that_breaks_it(rules: ModuleType) -> None:
    assert set(BROKEN) == set(rules.INSTEAD)


def test_types_are_followed_through_views(rules: ModuleType) -> None:
    """A view of sums, divided by the model that reads it."""

    def node(name: str, statement: str, *parents: str) -> dict[str, object]:
        return {
            "name": name, "relation_name": f'"dev"."core"."{name}"', "compiled_code": statement,
            "config": {"materialized": "view"}, "columns": {},
            "depends_on": {"nodes": list(parents)},
        }  # fmt: skip

    columns = {name: {"data_type": kind} for name, kind in TABLES["dev.core.lines"].items()}
    manifest = {
        "sources": {"raw": {"relation_name": '"dev"."core"."lines"', "columns": columns}},
        "nodes": {
            "share": node("share", "select a / b as share from dev.core.sums", "sums"),
            "sums": node("sums", "select sum(amount) as a, sum(amount) as b from dev.core.lines"),
        },
    }
    (message,) = rules.check_project(manifest)
    assert message.startswith("share, outermost select: a / b: numeric division")
    manifest["nodes"]["sums"]["compiled_code"] = (
        "select cast(sum(amount) as numeric(18, 4)) as a, cast(sum(amount) as numeric(18, 4)) as b"
        " from dev.core.lines"
    )
    assert rules.check_project(manifest) == []
