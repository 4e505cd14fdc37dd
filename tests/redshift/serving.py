"""The stand-in as a server of its own: `python -m tests.redshift.serving`.

Prints the environment variables by which others reach it, as lines for a shell, then serves until
it is interrupted or terminated. For `make test-cluster`, or commands by hand, where no cluster is.
"""

import os
import signal
import sys
import threading
from contextlib import redirect_stdout, suppress

import boto3

from tests.conftest import temporary_folder, temporary_settings
from tests.redshift.certificate import make_certificate
from tests.redshift.cluster import address_of, cluster_database
from tests.redshift.stand_in import StandIn
from tests.s3_server import running_s3
from warehouse.server import bringup, database, layout

BUCKET = "staging"


def main() -> None:
    """Serves."""
    told = sys.stdout
    with (
        redirect_stdout(sys.stderr),
        temporary_settings() as settings,
        temporary_folder() as folder,
        running_s3(BUCKET),
    ):
        bringup.bring_up(settings, print)
        with (layout.data_dir(settings) / "pg_hba.conf").open("a") as access:
            access.write("host all all 127.0.0.1/32 scram-sha-256\n")
        with database.connect(settings) as connection:
            connection.execute("select pg_reload_conf()")
        server = database.conninfo(settings)
        context, authorities = make_certificate(folder)
        stand_in = StandIn(address_of(server), server, boto3.client("s3"), context)
        with cluster_database(stand_in, server, BUCKET, authorities) as cluster:
            given = cluster.environment | {
                "WAREHOUSE_S3_STAGING": f"s3://{BUCKET}/served",
                "REDSHIFT_IAM_ROLE": cluster.iam_role,
            }
            given |= {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
            for name, value in given.items():
                print(f"export {name}={value}", file=told)
            told.flush()
            with suppress(KeyboardInterrupt):
                threading.Event().wait()
            stand_in.stop()


if __name__ == "__main__":
    # A shell has what it starts in the background ignore interrupts.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    main()
