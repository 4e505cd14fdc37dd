"""`warehouse url`: the endpoint, or how to find it where only IAM knows it."""

import json
import os
from pathlib import Path
from uuid import uuid4

import boto3
import pytest

from ingest.engine.redshift_address import RedshiftAddress
from tests.redshift.warehouse_command import warehouse
from tests.s3_server import running_s3
from warehouse.errors import WarehouseError
from warehouse.server.redshift import url


def address(**given: str) -> RedshiftAddress:
    """The address in an environment."""
    return RedshiftAddress.from_environment(given)


def test_a_host_is_enough_for_a_login_by_iam() -> None:
    found = address(REDSHIFT_WORKGROUP="shop", REDSHIFT_HOST="shop.example")
    assert url(found) == "redshift://shop.example:5439/warehouse"


@pytest.mark.parametrize(
    ("given", "what", "command"),
    [
        (
            {"REDSHIFT_CLUSTER": "shop", "REDSHIFT_USER": "loader", "REDSHIFT_REGION": "eu-west-1"},
            "cluster shop",
            "aws redshift describe-clusters --cluster-identifier shop"
            " --query 'Clusters[0].Endpoint.Address' --output text --region eu-west-1",
        ),
        (
            {"REDSHIFT_WORKGROUP": "shop"},
            "workgroup shop",
            "aws redshift-serverless get-workgroup --workgroup-name shop"
            " --query workgroup.endpoint.address --output text",
        ),
    ],
)
def test_without_one_the_way_to_it_is_said(given: dict[str, str], what: str, command: str) -> None:
    with pytest.raises(WarehouseError) as caught:
        url(address(**given))
    assert f"by IAM, to {what}, and REDSHIFT_HOST is not set" in str(caught.value)
    assert str(caught.value).endswith(f"to what this prints: {command}")


def test_the_secret_may_name_it() -> None:
    with running_s3("unused"):
        kept = {"username": "loader", "password": "open-4711", "host": "shop.example"}
        client = boto3.client("secretsmanager")
        arn = client.create_secret(Name=f"shop-{uuid4()}", SecretString=json.dumps(kept))["ARN"]
        assert url(address(REDSHIFT_SECRET_ARN=arn)) == "redshift://shop.example:5439/warehouse"


def test_the_command_fails_without_an_endpoint(tmp_path: Path) -> None:
    kept = {n: v for n, v in os.environ.items() if not n.startswith(("REDSHIFT_", "DBT_ENV_"))}
    given = kept | {
        "WAREHOUSE_TARGET": "redshift",
        "WAREHOUSE_HOME": str(tmp_path / "home"),
        "REDSHIFT_WORKGROUP": "shop",
    }
    code, out, err = warehouse(given, "url")
    assert (code, out) == (1, "")
    assert "aws redshift-serverless get-workgroup --workgroup-name shop" in err
