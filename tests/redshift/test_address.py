"""How the environment says where a Redshift is and how to log in."""

import json
from collections.abc import Iterator

import boto3
import pytest

from ingest.engine.redshift_address import RedshiftAddress, Staging
from ingest.loader_errors import DatabaseFailure, UsageError
from tests.s3_server import running_s3

PLACE = {"REDSHIFT_HOST": "shop.example", "REDSHIFT_USER": "loader", "REDSHIFT_DATABASE": "sales"}
PASSWORD = {"DBT_ENV_SECRET_REDSHIFT_PASSWORD": "open-4711"}
COMMON = {"database": "sales", "port": 5439, "sslmode": "verify-full"}
ROLE = "arn:aws:iam::123456789012:role/copier"


def address(**given: str) -> RedshiftAddress:
    """The address in an environment with the database's name."""
    return RedshiftAddress.from_environment({"REDSHIFT_DATABASE": "sales", **given})


def test_login_by_password() -> None:
    found = address(**PLACE, **PASSWORD)
    assert found.login() == COMMON | {
        "host": "shop.example", "user": "loader", "password": "open-4711",
    }  # fmt: skip
    assert "4711" not in repr(found)


def test_login_by_iam_to_a_cluster_takes_no_password() -> None:
    given = {"REDSHIFT_METHOD": "iam", "REDSHIFT_CLUSTER": "shop", "REDSHIFT_USER": "loader"}
    found = address(**given, **PASSWORD, REDSHIFT_REGION="eu-central-1")
    assert found.login() == COMMON | {
        "iam": True, "ssl": True, "region": "eu-central-1", "cluster_identifier": "shop",
        "db_user": "loader",
    }  # fmt: skip


def test_login_by_iam_to_a_workgroup() -> None:
    found = address(REDSHIFT_WORKGROUP="shop", REDSHIFT_ACCOUNT="123456789012")
    assert found.login() == COMMON | {
        "iam": True, "ssl": True, "region": None, "is_serverless": True,
        "serverless_work_group": "shop", "serverless_acct_id": "123456789012",
    }  # fmt: skip
    assert found.for_dbt()["REDSHIFT_METHOD"] == "iam"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "set REDSHIFT_HOST, REDSHIFT_USER and DBT_ENV_SECRET_REDSHIFT_PASSWORD; or, to log"),
        (PASSWORD, "set REDSHIFT_HOST and REDSHIFT_USER."),
        ({"REDSHIFT_CLUSTER": "shop"}, "set REDSHIFT_USER."),
        ({**PLACE, **PASSWORD, "REDSHIFT_PORT": "0"}, "REDSHIFT_PORT must be"),
        ({**PLACE, **PASSWORD, "REDSHIFT_SSLMODE": "disable"}, "REDSHIFT_SSLMODE must be"),
        ({**PLACE, **PASSWORD, "REDSHIFT_METHOD": "guess"}, "REDSHIFT_METHOD must be"),
        ({**PLACE, **PASSWORD, "WAREHOUSE_S3_STAGING": "s3://b"}, "WAREHOUSE_S3_STAGING must be"),
        ({"WAREHOUSE_S3_STAGING": "s3://staging/it's"}, "WAREHOUSE_S3_STAGING must be"),
        ({"WAREHOUSE_S3_STAGING": "s3://staging/files"}, "set REDSHIFT_IAM_ROLE to the role"),
        (
            {"WAREHOUSE_S3_STAGING": "s3://staging", "REDSHIFT_IAM_ROLE": "x' manifest '"},
            "REDSHIFT_IAM_ROLE must be",
        ),
    ],
)
def test_what_is_missing_or_wrong_is_named(given: dict[str, str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        RedshiftAddress.from_environment(given)


def test_where_files_are_staged() -> None:
    found = address(
        **PLACE, **PASSWORD,
        WAREHOUSE_S3_STAGING="s3://staging/files/", WAREHOUSE_S3_KMS_KEY="alias/shop",
        REDSHIFT_IAM_ROLE=ROLE,
    )  # fmt: skip
    assert found.require_staging() == Staging("staging", "files", "alias/shop", ROLE)
    with pytest.raises(UsageError, match="set WAREHOUSE_S3_STAGING to s3://bucket/prefix"):
        address(**PLACE, **PASSWORD).require_staging()


@pytest.fixture
def aws() -> Iterator[None]:
    """AWS's services on a server of our own."""
    with running_s3("unused"):
        yield


def test_login_from_secrets_manager(aws: None) -> None:
    kept = {"username": "loader", "password": "open-4711", "host": "shop.example"}
    client = boto3.client("secretsmanager")
    arn = client.create_secret(Name="shop", SecretString=json.dumps(kept))["ARN"]
    found = address(REDSHIFT_SECRET_ARN=arn)
    assert found.login() == COMMON | {
        "host": "shop.example", "user": "loader", "password": "open-4711",
    }  # fmt: skip
    assert found.for_dbt() == {
        "REDSHIFT_HOST": "shop.example", "REDSHIFT_USER": "loader",
        "DBT_ENV_SECRET_REDSHIFT_PASSWORD": "open-4711",
    }  # fmt: skip
    with pytest.raises(DatabaseFailure, match="cannot be read: ResourceNotFoundException"):
        address(REDSHIFT_SECRET_ARN=arn + "x").login()
    bare = client.create_secret(Name="bare", SecretString="open-4711")["ARN"]
    with pytest.raises(DatabaseFailure, match="is not a JSON object with a login") as caught:
        address(REDSHIFT_SECRET_ARN=bare).login()
    assert "4711" not in str(caught.value)
