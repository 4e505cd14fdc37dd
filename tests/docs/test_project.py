from tests.docs.manifests import data_test, join, manifest, model, shop, source
from warehouse.docs.manifest import Project, Relationship


def test_tables_know_their_layer_and_folder() -> None:
    project = Project(shop())
    assert [table.name for table in project.layer("core")] == [
        "dim_customer", "dim_customer_profile", "dim_store", "dim_time_of_day", "fct_orders",
    ]  # fmt: skip
    (mart,) = project.layer("marts")
    assert (mart.name, mart.folder) == ("customer_rfm", "customers")
    assert mart.parents == ("model.retail.dim_customer", "model.retail.fct_orders")


def test_a_model_outside_the_layers_does_no_harm() -> None:
    assert Project(manifest(model("scratch"))).layer("core") == []


def test_keys_are_surrogates_where_the_table_has_them() -> None:
    keys = {table.name: table.keys for table in Project(shop()).layer("core")}
    assert keys["dim_customer"] == ("customer_key",)
    # Tested unique by source_system and order_id.
    assert keys["fct_orders"] == ("order_key",)
    assert keys["dim_time_of_day"] == ()


def test_keys_keep_what_has_no_surrogate() -> None:
    tables = manifest(
        model("core/fct_promotions_weekly", "product_key source_system product_id display"),
        data_test(
            "unique_combination",
            "fct_promotions_weekly",
            columns=["source_system", "product_id", "display"],
        ),
        model("marts/sales/sales_daily", "source_system store_id order_date"),
        data_test(
            "unique_combination", "sales_daily", columns=["source_system", "store_id", "order_date"]
        ),
    )
    keys = {table.name: table.keys for table in Project(tables).tables.values()}
    assert keys["fct_promotions_weekly"] == ("product_key", "display")
    assert keys["sales_daily"] == ("source_system", "store_id", "order_date")


def test_relationships_say_whether_a_row_may_lead_nowhere() -> None:
    orders, profile = "model.retail.fct_orders", "model.retail.dim_customer_profile"
    customer, store = "model.retail.dim_customer", "model.retail.dim_store"
    found = [item for item in Project(shop()).relationships if item.child in (orders, profile)]
    assert found == [
        Relationship(profile, "customer_key", customer, "customer_key", is_optional=True),
        Relationship(orders, "customer_key", customer, "customer_key", is_optional=False),
        Relationship(orders, "store_key", store, "store_key", is_optional=True),
    ]


def test_a_not_null_test_makes_a_relationship_mandatory() -> None:
    tested = shop()
    test = data_test("not_null", "fct_orders", "store_key")
    tested["nodes"][test["unique_id"]] = test
    found = {item.child_column: item.is_optional for item in Project(tested).relationships}
    assert found["store_key"] is False


def test_a_test_of_some_rows_tells_nothing_of_the_others() -> None:
    tested = shop()
    test = join("fct_orders", "customer_key", "dim_customer")
    tested["nodes"][test["unique_id"]]["config"] = {"where": "is_current"}
    found = {
        item.child_column: item.is_optional
        for item in Project(tested).relationships
        if item.child == "model.retail.fct_orders"
    }
    assert found["customer_key"] is True


def test_a_table_may_refer_to_itself() -> None:
    tables = manifest(
        model("core/dim_employee", "employee_key manager_key"),
        join("dim_employee", "manager_key", "dim_employee", field="employee_key"),
    )
    tables["nodes"]["test.retail.relationships_dim_employee_manager_key"]["depends_on"]["nodes"] = [
        "model.retail.dim_employee"
    ]
    (found,) = Project(tables).relationships
    assert (found.child, found.parent) == ("model.retail.dim_employee",) * 2


def test_sources_carry_the_prefix_and_shops_come_first() -> None:
    tables = manifest(
        source("ops", "load_files", "ops"), source("cafe", "transactions", "raw_cafe")
    )
    project = Project(tables, prefix="test_")
    assert project.schemas("source") == ["test_raw_cafe"]
    assert list(project.sources.items()) == [("cafe", "The cafe."), ("ops", "The ops.")]
    assert [table.name for table in project.raw_tables] == ["transactions"]


def test_counts_tests() -> None:
    assert Project(shop()).test_count == 8
