"""Small dbt manifests, made by hand."""

from typing import Any

PROJECT = "retail"


def manifest(*nodes: dict[str, Any], **parts: Any) -> dict[str, Any]:
    """A manifest with these nodes and sources."""
    return {
        "metadata": {
            "dbt_schema_version": "https://schemas.getdbt.com/dbt/manifest/v12.json",
            "dbt_version": "1.12.6",
            "generated_at": "2024-05-01T10:00:00Z",
            "project_name": PROJECT,
            "adapter_type": "postgres",
        },
        "nodes": {n["unique_id"]: n for n in nodes if n["resource_type"] != "source"},
        "sources": {n["unique_id"]: n for n in nodes if n["resource_type"] == "source"},
        "macros": {},
        "docs": {},
        "disabled": {},
        "parent_map": {},
        "child_map": {},
        "unit_tests": {},
    } | parts


def model(path: str, columns: str = "", description: str = "", reads: str = "") -> dict[str, Any]:
    """A model at `layer/folder/name`; a column written with ! has a not-null constraint."""
    *folders, name = path.split("/")
    return {
        "unique_id": f"model.{PROJECT}.{name}",
        "resource_type": "model",
        "package_name": PROJECT,
        "name": name,
        "schema": (folders or ["public"])[0],
        "fqn": [PROJECT, *folders, name],
        "description": description,
        "columns": {
            column.rstrip("!"): {
                "name": column.rstrip("!"),
                "data_type": "bigint",
                "description": f"The {column.rstrip('!')}.",
                "constraints": [{"type": "not_null"}] if column.endswith("!") else [],
            }
            for column in columns.split()
        },
        "depends_on": {"nodes": [f"model.{PROJECT}.{parent}" for parent in reads.split()]},
    }


def source(name: str, table: str, schema: str) -> dict[str, Any]:
    """A source's table."""
    return {
        "unique_id": f"source.{PROJECT}.{name}.{table}",
        "resource_type": "source",
        "package_name": PROJECT,
        "source_name": name,
        "source_description": f"The {name}.",
        "name": table,
        "schema": schema,
        "fqn": [PROJECT, "staging", name, name, table],
        "description": f"The {table}.",
        "columns": {},
    }


def data_test(kind: str, table: str, column: str | None = None, **arguments: Any) -> dict[str, Any]:
    """A data test of a column or, without one, of a table."""
    to = arguments.pop("to", None)
    parents = [f"model.{PROJECT}.{name}" for name in (to, table) if name]
    if to:
        arguments["to"] = f"ref('{to}')"
    if column:
        arguments["column_name"] = column
    return {
        "unique_id": f"test.{PROJECT}.{kind}_{table}_{column}",
        "resource_type": "test",
        "package_name": PROJECT,
        "schema": "dbt_test__audit",
        "attached_node": f"model.{PROJECT}.{table}",
        "column_name": column,
        "depends_on": {"nodes": parents},
        "test_metadata": {"name": kind, "kwargs": arguments},
    }


def join(child: str, column: str, parent: str, field: str | None = None) -> dict[str, Any]:
    """A relationships test; the parent's column is named as the child's unless `field` says."""
    return data_test("relationships", child, column, to=parent, field=field or column)


def shop() -> dict[str, Any]:
    """Orders with customers and stores, a profile beside the customer, a mart and two sources."""
    return manifest(
        model("core/dim_customer", "customer_key source_system customer_id"),
        model("core/dim_customer_profile", "customer_key age"),
        model("core/dim_store", "store_key"),
        model("core/dim_time_of_day", "minute_of_day"),
        model("core/fct_orders", "order_key! source_system order_id customer_key! store_key"),
        model("marts/customers/customer_rfm", "customer_key", reads="fct_orders dim_customer"),
        source("cafe", "transactions", "raw_cafe"),
        source("ops", "load_files", "ops"),
        data_test("unique", "dim_customer", "customer_key"),
        data_test("unique_combination", "dim_customer", columns=["source_system", "customer_id"]),
        data_test("unique", "dim_store", "store_key"),
        data_test("unique_combination", "fct_orders", columns=["source_system", "order_id"]),
        join("fct_orders", "customer_key", "dim_customer"),
        join("fct_orders", "store_key", "dim_store"),
        join("dim_customer_profile", "customer_key", "dim_customer"),
        join("customer_rfm", "customer_key", "dim_customer"),
    )
