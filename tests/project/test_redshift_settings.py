"""What dbt is told for Redshift: connection, keys of tables, readers, few statements."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.project.dbt_offline import read_manifest, run_dbt_offline


def rendered(project_dir: Path, folder: Path, text: str) -> str:
    """A template as dbt renders it for Redshift, without a database."""
    output = run_dbt_offline(
        project_dir, folder, "--quiet", "compile", "--target", "redshift", "--no-introspect",
        "--no-populate-cache", "--inline", text,
    )  # fmt: skip
    return output.strip()


def credentials(project_dir: Path, **environment: str) -> dict[str, Any]:
    """The connection that dbt-redshift would open with these variables."""
    program = (
        "import json, sys; from dbt.flags import set_flags; from argparse import Namespace;"
        "from dbt.config.runtime import load_profile; import os;"
        "from dbt_common.context import set_invocation_context; set_invocation_context(os.environ);"
        "set_flags(Namespace(PROFILES_DIR=sys.argv[1], PROFILE=None,"
        " TARGET='redshift', LOG_CACHE_EVENTS=False));"
        "profile = load_profile(sys.argv[1], {}, target_override='redshift');"
        "print(json.dumps(profile.credentials.to_dict()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(project_dir)],
        env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent"} | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_a_password_is_enough(project_dir: Path) -> None:
    found = credentials(
        project_dir, REDSHIFT_HOST="shop.example", DBT_ENV_SECRET_REDSHIFT_PASSWORD="s3cret"
    )
    assert (found["method"], found["host"], found["port"]) == ("database", "shop.example", 5439)
    assert (found["password"], found["retries"], found["sslmode"]) == ("s3cret", 0, "verify-full")
    without = ("region", "cluster_id", "iam_profile", "serverless_work_group", "serverless_acct_id")
    assert [found.get(name) for name in without] == [None] * 5
    assert not found["is_serverless"]


def test_a_workgroup_is_reached_by_iam(project_dir: Path) -> None:
    found = credentials(
        project_dir, REDSHIFT_METHOD="iam", REDSHIFT_WORKGROUP="shop", AWS_PROFILE="nightly",
        REDSHIFT_ACCOUNT="012345678901", AWS_REGION="eu-central-1", REDSHIFT_SSLMODE="disable",
    )  # fmt: skip
    assert found["method"] == "iam" and found["is_serverless"]
    assert (found["serverless_work_group"], found["serverless_acct_id"]) == ("shop", "012345678901")
    assert (found["iam_profile"], found["region"]) == ("nightly", "eu-central-1")
    assert found["sslmode"] == "disable"


def test_a_cluster_is_reached_by_iam(project_dir: Path) -> None:
    found = credentials(project_dir, REDSHIFT_METHOD="iam_role", REDSHIFT_CLUSTER="shop-1")
    assert (found["method"], found["cluster_id"]) == ("iam_role", "shop-1")
    assert not found["is_serverless"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("redshift")


def test_keys_follow_from_columns(project_dir: Path, folder: Path) -> None:
    keys = rendered(
        project_dir,
        folder,
        """
        {%- set found = {} -%}
        {%- for node in (project_models() + project_seeds() if execute else []) -%}
            {%- do found.update({node.name: [distribution(node), sort_key(node)]}) -%}
        {%- endfor -%}
        {{ tojson(found) }}
        """,
    )
    found = json.loads(keys)
    assert {name: found[name] for name in (
        "fct_orders", "fct_order_lines", "dim_customer", "customer_days", "customer_features",
        "dim_store", "dim_date", "xwalk_payment_methods", "sales_daily", "store_products",
        "fct_promotions_weekly",
    )} == {
        "fct_orders": ["order_key", "order_date"],
        "fct_order_lines": ["order_key", "order_date"],
        "dim_customer": ["customer_key", None],
        "customer_days": ["customer_key", "order_date"],
        "customer_features": ["customer_key", "as_of_date"],
        "dim_store": ["all", None],
        "dim_date": ["all", None],
        "xwalk_payment_methods": ["all", None],
        "sales_daily": [None, "order_date"],
        "store_products": [None, None],
        "fct_promotions_weekly": [None, "week_start_date"],
    }  # fmt: skip


def test_a_table_is_made_with_its_keys_and_without_a_look_at_its_types(
    project_dir: Path, folder: Path
) -> None:
    made = rendered(
        project_dir,
        folder,
        "{{ dist('order_key') }}|{{ sort(none, 'order_date') }}|{{ dist('all') }}|"
        "{{ dist(none) }}|{{ get_assert_columns_equivalent('select 1') }}|",
    )
    assert [" ".join(part.split()) for part in made.split("|")] == [
        "diststyle key distkey (order_key)", "compound sortkey(order_date)", "diststyle all",
        "", "", "",
    ]  # fmt: skip


def test_readers_are_roles(project_dir: Path, folder: Path) -> None:
    names = rendered(
        project_dir,
        folder,
        "{{ grantee('reporter') }},{{ grantee('user:ana') }},{{ grantee('group:bi') }},"
        "{{ redshift__normalize_grants_dict({'select': ['reporter', 'user:ana']}) }}",
    )
    assert names == "role reporter,ana,group bi,{'select': ['role:reporter', 'user:ana']}"


def test_a_view_is_marked_with_what_it_is_made_from(project_dir: Path, folder: Path) -> None:
    made = rendered(
        project_dir,
        folder,
        "{{ create_view_as(api.Relation.create(schema='staging', identifier='v'), 'select 1') }}",
    )
    # MD5 of `select 1`.
    mark = "made from 95adb6e77a0884d9e50232cb8c5c969d"
    assert made.endswith(f"""comment on view "staging"."v" is '{mark}';""")


def test_cells_are_split_as_arrays(project_dir: Path, folder: Path) -> None:
    split = rendered(
        project_dir, folder, "{{ split_to_rows('cells', ['order_id'], 'products', ',') }}"
    )
    assert " ".join(split.split()) == (
        "select split.order_id, cast(piece as varchar(65535)) as piece,"
        " piece_index + 1 as position from ( select order_id,"
        " split_to_array(nullif(products, ''), ',') as pieces from cells )"
        " as split, split.pieces as piece at piece_index"
    )


def test_unit_tests_run_on_postgresql_alone(
    project_dir: Path, folder: Path, manifest: dict[str, Any]
) -> None:
    run_dbt_offline(project_dir, folder, "parse", "--target", "redshift")
    assert read_manifest(folder)["unit_tests"] == {}
    assert len(manifest["unit_tests"]) > 50
