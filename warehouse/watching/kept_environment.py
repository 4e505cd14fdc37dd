"""What a scheduled command needs of the environment in which it was scheduled."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from warehouse.settings import Settings

# Settings without secrets. A name that is not here is not written down.
_KEPT = (
    "WAREHOUSE_SCHEMA_PREFIX", "WAREHOUSE_TARGET",
    "WAREHOUSE_ALERT_EMAIL", "WAREHOUSE_ALERT_FROM", "WAREHOUSE_ALERT_MUTE",
    "WAREHOUSE_S3_STAGING", "WAREHOUSE_S3_KMS_KEY",
    "REDSHIFT_METHOD", "REDSHIFT_HOST", "REDSHIFT_PORT", "REDSHIFT_DATABASE", "REDSHIFT_USER",
    "REDSHIFT_CLUSTER", "REDSHIFT_WORKGROUP", "REDSHIFT_ACCOUNT", "REDSHIFT_REGION",
    "REDSHIFT_SSLMODE", "REDSHIFT_SECRET_ARN", "REDSHIFT_IAM_ROLE",
    "PGHOST", "PGHOSTADDR", "PGPORT", "PGUSER", "PGDATABASE", "PGSERVICE", "PGSERVICEFILE",
    "PGPASSFILE", "PGSSLMODE", "PGSSLROOTCERT", "PGSSLCERT", "PGSSLKEY", "PGREQUIREAUTH",
    "AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3",
    "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_CA_BUNDLE",
)  # fmt: skip
_OURS = ("WAREHOUSE_", "REDSHIFT_", "PG", "AWS_", "DBT_ENV_SECRET_")


@dataclass(frozen=True)
class KeptEnvironment:
    """Variables to write down with their values, and names of those that are left out because they
    are, or may contain, secrets. `secrets_file` is where the user may put these.
    """

    values: dict[str, str]
    left_out: tuple[str, ...]
    secrets_file: Path


def keep_environment(settings: Settings, environment: Mapping[str, str]) -> KeptEnvironment:
    """The part of the environment that matters, with absolute paths."""
    values = {"WAREHOUSE_HOME": str(settings.home)}
    if environment.get("WAREHOUSE_PROJECT_DIR"):
        values["WAREHOUSE_PROJECT_DIR"] = str(settings.project_dir)
    if environment.get("WAREHOUSE_MODELS"):
        values["WAREHOUSE_MODELS"] = settings.models
    if environment.get("WAREHOUSE_PORT"):
        values["WAREHOUSE_PORT"] = str(settings.port)
    values |= {name: environment[name] for name in _KEPT if environment.get(name)}
    left_out = [
        name
        for name, value in sorted(environment.items())
        if value and name.startswith(_OURS) and name not in values
    ]
    return KeptEnvironment(values, tuple(left_out), settings.secrets_dir / "environment")
