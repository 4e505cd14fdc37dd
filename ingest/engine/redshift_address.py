"""Where a Redshift cluster or workgroup is, how to log in, and where files for it are staged."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ingest.loader_errors import DatabaseFailure, UsageError

_BUCKET = re.compile(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/(.*))?")
_ROLE = re.compile(r"default|arn:[\w-]+:iam::\d{12}:role/[\w+=,.@/-]+(,arn:[\w:/+=.@-]+)*")
_KMS_KEY = re.compile(r"[\w:/.-]+")
_METHODS = ("database", "iam", "iam_role")
_PASSWORD = "DBT_ENV_SECRET_REDSHIFT_PASSWORD"  # noqa: S105 (its name)
_OF_AWS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
_NEEDS = "For target redshift set {}."


@dataclass(frozen=True)
class Staging:
    """Where files wait for COPY: a bucket and a prefix without slashes at its ends, the KMS key
    that encrypts them (None: the bucket's own rule) and the role that reads them."""

    bucket: str
    prefix: str
    kms_key: str | None
    iam_role: str

    @property
    def quoted_role(self) -> str:
        """The role as COPY and UNLOAD name it."""
        return "default" if self.iam_role == "default" else f"'{self.iam_role}'"


@dataclass(frozen=True)
class RedshiftAddress:
    """One database on Redshift. Without a password the login is by IAM, with what AWS's own
    settings allow: to a cluster by its identifier, or to a serverless workgroup."""

    database: str
    host: str | None = None
    port: int = 5439
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    cluster: str | None = None
    workgroup: str | None = None
    account: str | None = None
    region: str | None = None
    sslmode: str = "verify-full"
    method: str = "database"
    secret: str | None = None
    staging: Staging | None = None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> RedshiftAddress:
        """Read REDSHIFT_METHOD, _HOST, _PORT, _USER, _DATABASE, _CLUSTER, _WORKGROUP, _ACCOUNT,
        _REGION, _SSLMODE, _SECRET_ARN, _IAM_ROLE, DBT_ENV_SECRET_REDSHIFT_PASSWORD,
        WAREHOUSE_S3_STAGING and WAREHOUSE_S3_KMS_KEY.

        An empty variable counts as absent. Raises UsageError that names what is missing or wrong.
        """
        given = os.environ if environment is None else environment

        def get(name: str) -> str | None:
            return given.get(name, "").strip() or None

        method = get("REDSHIFT_METHOD") or "database"
        if method not in _METHODS:
            raise UsageError(f"REDSHIFT_METHOD must be one of {', '.join(_METHODS)}")
        address = cls(
            method=method,
            database=get("REDSHIFT_DATABASE") or "warehouse",
            host=get("REDSHIFT_HOST"),
            port=_port(get("REDSHIFT_PORT")),
            user=get("REDSHIFT_USER"),
            password=get(_PASSWORD) if method == "database" else None,
            cluster=get("REDSHIFT_CLUSTER"),
            workgroup=get("REDSHIFT_WORKGROUP"),
            account=get("REDSHIFT_ACCOUNT"),
            region=get("REDSHIFT_REGION"),
            sslmode=_sslmode(get("REDSHIFT_SSLMODE")),
            secret=get("REDSHIFT_SECRET_ARN"),
            staging=_staging(
                get("WAREHOUSE_S3_STAGING"), get("WAREHOUSE_S3_KMS_KEY"), get("REDSHIFT_IAM_ROLE")
            ),
        )
        address._require_login()
        return address

    @property
    def place(self) -> str:
        """Where it is, for people: a host, or what AWS finds one by."""
        return self.host or self.workgroup or self.cluster or "Secrets Manager"

    def require_staging(self) -> Staging:
        """Where files are staged. Raises UsageError if the environment does not say."""
        if self.staging is None:
            raise UsageError(
                "files reach Redshift by way of S3: set WAREHOUSE_S3_STAGING to s3://bucket/prefix"
            )
        return self.staging

    def login(self) -> dict[str, Any]:
        """The arguments for redshift_connector.connect. Raises DatabaseFailure if the secret cannot
        be read."""
        found: dict[str, Any] = {
            "database": self.database,
            "port": self.port,
            "sslmode": self.sslmode,
        }
        host, user, password = self.host, self.user, self.password
        if self.secret:
            kept = _read_secret(self.secret)
            user, password = user or kept.get("username"), kept.get("password")
            host = host or kept.get("host")
            if not host or not user or not password:
                raise DatabaseFailure("the secret REDSHIFT_SECRET_ARN has no login for this host")
        if host:
            found["host"] = host
        if password:
            return found | {"user": user, "password": password}
        found |= {"iam": True, "ssl": True, "region": self.region}
        if self.workgroup:
            return found | {
                "is_serverless": True,
                "serverless_work_group": self.workgroup,
                "serverless_acct_id": self.account,
            }
        found["cluster_identifier"] = self.cluster
        # With iam_role Redshift makes a user of the role that AWS's own credentials have.
        if self.method == "iam_role":
            return found | {"group_federation": True}
        return found | {"db_user": user}

    def for_dbt(self) -> dict[str, str | None]:
        """The environment variables by which dbt logs in. By IAM it needs AWS's own credentials."""
        found = self.login()
        if "password" in found:
            return {
                "REDSHIFT_HOST": str(found["host"]),
                "REDSHIFT_USER": str(found["user"]),
                _PASSWORD: str(found["password"]),
            }
        kept = {name: os.environ.get(name) for name in _OF_AWS}
        return {"REDSHIFT_METHOD": "iam_role" if self.method == "iam_role" else "iam", **kept}

    def _require_login(self) -> None:
        if self.secret:
            return
        if self.password:
            missing = [
                name
                for name, value in (("REDSHIFT_HOST", self.host), ("REDSHIFT_USER", self.user))
                if not value
            ]
        elif self.workgroup:
            missing = []
        elif self.cluster:
            missing = [] if self.user or self.method == "iam_role" else ["REDSHIFT_USER"]
        else:
            missing = [
                "REDSHIFT_HOST, REDSHIFT_USER and DBT_ENV_SECRET_REDSHIFT_PASSWORD; or, to log in "
                "by IAM, REDSHIFT_CLUSTER and REDSHIFT_USER, or REDSHIFT_WORKGROUP; or "
                "REDSHIFT_SECRET_ARN"
            ]
        if missing:
            raise UsageError(_NEEDS.format(" and ".join(missing)))


# Where a warehouse is: a connection string of libpq, or a Redshift.
Address = str | RedshiftAddress


def _port(text: str | None) -> int:
    if text is None:
        return 5439
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise UsageError("REDSHIFT_PORT must be a whole number from 1 to 65535")
    return int(text)


def _sslmode(text: str | None) -> str:
    if text not in (None, "verify-full", "verify-ca"):
        raise UsageError("REDSHIFT_SSLMODE must be verify-full or verify-ca")
    return text or "verify-full"


def _staging(address: str | None, kms_key: str | None, role: str | None) -> Staging | None:
    if address is None:
        return None
    found = _BUCKET.fullmatch(address)
    # What is quoted in COPY must need no escapes.
    if found is None or re.search(r"[^\w./=+@-]", found[2] or ""):
        raise UsageError("WAREHOUSE_S3_STAGING must be an address such as s3://bucket/prefix")
    if role is None:
        raise UsageError(
            "set REDSHIFT_IAM_ROLE to the role with which Redshift reads the staged files (its "
            "ARN, or default)"
        )
    if not _ROLE.fullmatch(role):
        raise UsageError("REDSHIFT_IAM_ROLE must be the ARN of a role, or default")
    if kms_key is not None and not _KMS_KEY.fullmatch(kms_key):
        raise UsageError("WAREHOUSE_S3_KMS_KEY must be the id or the ARN of a key")
    return Staging(found[1], (found[2] or "").strip("/"), kms_key, role)


def _read_secret(arn: str) -> dict[str, str]:
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        answer = boto3.client("secretsmanager").get_secret_value(SecretId=arn)
        kept = json.loads(answer["SecretString"])
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "no reason given")
        raise DatabaseFailure(f"the secret REDSHIFT_SECRET_ARN cannot be read: {code}") from None
    except BotoCoreError as error:
        reason = type(error).__name__
        raise DatabaseFailure(
            f"the secret REDSHIFT_SECRET_ARN cannot be read: {reason}", may_pass=True
        ) from None
    except (KeyError, ValueError):
        kept = None
    if not isinstance(kept, dict):
        raise DatabaseFailure("the secret REDSHIFT_SECRET_ARN is not a JSON object with a login")
    return {name: str(value) for name, value in kept.items()}
