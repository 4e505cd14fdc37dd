"""Runs the tests of this folder if the environment names a Redshift, or says what to set."""

import os
import sys
from pathlib import Path

import pytest

from ingest.engine.redshift_address import RedshiftAddress
from ingest.loader_errors import UsageError
from tests.cluster.endpoint import SWITCH

NEEDED = """\
make test-cluster tries a real Redshift. Set, for a database that you may fill:
  REDSHIFT_HOST, REDSHIFT_USER, DBT_ENV_SECRET_REDSHIFT_PASSWORD
      or, to log in by IAM, REDSHIFT_CLUSTER and REDSHIFT_USER, or REDSHIFT_WORKGROUP
      or REDSHIFT_SECRET_ARN
  REDSHIFT_DATABASE       the database (default: warehouse)
  WAREHOUSE_S3_STAGING    s3://bucket/prefix, where files wait for COPY
  REDSHIFT_IAM_ROLE       the role with which Redshift reads them
and AWS's own settings (AWS_REGION; credentials). All schemas that it makes begin with wtest_; they
and the files that it writes are deleted at the end. It costs a quarter of an hour of the smallest
cluster."""


def main() -> int:
    """The exit code of pytest; 2 if something is not set."""
    try:
        address = RedshiftAddress.from_environment()
        address.require_staging()
    except UsageError as error:
        print(f"{NEEDED}\n\nNow: {error}", file=sys.stderr)
        return 2
    os.environ[SWITCH] = "yes"
    folder = str(Path(__file__).parent)
    return int(pytest.main([folder, "-x", "--timeout", "3600", *sys.argv[1:]]))


if __name__ == "__main__":
    sys.exit(main())
