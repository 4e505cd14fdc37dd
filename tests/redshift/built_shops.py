"""Two shops that are loaded, built and published on the cluster, all in this process."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from ingest.engine.redshift_address import RedshiftAddress
from ingest.loads import loader
from ingest.loads.load_options import Options
from tests.conftest import temporary_folder, temporary_settings
from tests.ingest.conftest import TOKEN_KEY
from tests.platform.two_shops import write_two_shops
from tests.platform.waiting import wait_until
from tests.platform.workshop import Workshop
from tests.redshift.cluster import Cluster
from tests.redshift.cluster_shop import STAGING
from tests.watching.watched_shops import PROGRAM
from warehouse.alerts.alerting import watched_build
from warehouse.build import publishing
from warehouse.server import bringup

Sale = tuple[str, str, str]
FIGURES = "select source_system, orders, amount from marts.sales_by_shop order by 1"


@dataclass
class BuiltShops(Workshop):
    """Two shops in a warehouse on the cluster. What is asked for is read behind it."""

    cluster: Cluster
    files: Path
    warnings: list[str] = field(default_factory=list)

    def query(self, query: str) -> list[tuple[Any, ...]]:
        return self.cluster.seen(query)

    def figures(self) -> list[tuple[str, int, str]]:
        """Orders and amounts as readers see them."""
        return [(shop, orders, f"{amount:.2f}") for shop, orders, amount in self.query(FIGURES)]

    def load(self, shop: str, name: str, *sales: Sale, **options: Any) -> int:
        """Loads a file of sales: order, store, amount. Returns the number of the load."""
        path = self.files / f"sales_{name}.csv"
        lines = [f"{order},{store},2024-01-0{day},{paid}" for day, (order, store, paid) in
                 enumerate(sales, 1)]  # fmt: skip
        path.write_text("\n".join(["order_id,store_id,ordered_at,amount", *lines]) + "\n")
        given = Options(token_key=TOKEN_KEY, **options)
        address = RedshiftAddress.from_environment()
        report = loader.load(address, self.settings.project_dir, shop, [path], given)
        assert [file.status for file in report.files] == ["loaded"], report
        return int(self.query("select max(load_id) from ops.load_files")[0][0])

    def unload(self, load_id: int) -> None:
        loader.unload(RedshiftAddress.from_environment(), load_id)

    def build(self, **request: Any) -> tuple[int, str]:
        self.cluster.ledger.clear()
        with watched_build(self.settings, is_whole=True, warn=self.warnings.append):
            code, told = super().build(**request)
        return code, " ".join(told.split())

    def publish(self, *, is_back: bool = False) -> int:
        self.cluster.ledger.clear()
        return publishing.publish_alone(self.settings, is_back=is_back)

    def everything(self) -> list[list[tuple[Any, ...]]]:
        """All that readers see, but for when it was built."""
        names = (
            "core.fct_orders", "core.dim_store", "marts.sales_by_shop", "aggregates.as_of_dates",
        )  # fmt: skip
        return [sorted(self.query(f"select * from {name}"), key=str) for name in names]


@contextmanager
def shops_on(cluster: Cluster, original: Path, files: Path) -> Iterator[BuiltShops]:
    """Two shops that have loaded nothing yet, on an empty cluster."""
    given = cluster.environment | {
        "WAREHOUSE_S3_STAGING": STAGING,
        "REDSHIFT_IAM_ROLE": cluster.iam_role,
        "WAREHOUSE_TOKEN_KEY": TOKEN_KEY,
    }
    with (
        pytest.MonkeyPatch.context() as patch,
        temporary_folder() as folder,
        temporary_settings() as settings,
    ):
        for name, value in given.items():
            patch.setenv(name, value)
        write_two_shops(original, folder)
        settings = replace(
            settings, project_dir=folder, target="redshift", given_token_key=TOKEN_KEY
        )
        bringup.bring_up(settings, print)
        yield BuiltShops(settings, cluster, files)


def environment_of(shops: BuiltShops) -> dict[str, str]:
    """Variables with which the command finds the same warehouse."""
    return os.environ | {
        "WAREHOUSE_TARGET": "redshift",
        "WAREHOUSE_HOME": str(shops.settings.home),
        "WAREHOUSE_PROJECT_DIR": str(shops.settings.project_dir),
    }


def kill_at(shops: BuiltShops, pattern: str) -> None:
    """kill -9 of `warehouse build` while a statement like this runs."""
    ledger, stand_in = shops.cluster.ledger, shops.cluster.stand_in
    ledger.clear()
    shops.cluster.fail_at(pattern, "hold")
    process = subprocess.Popen(
        [PROGRAM, "build"], env=environment_of(shops),
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    wait_until(lambda: bool(ledger.matching(pattern)) or process.poll() is not None, 60)
    assert process.poll() is None, "it ended before"
    process.send_signal(signal.SIGKILL)
    process.communicate()
    stand_in.faults.release()
    # The server takes back what was open when it notices.
    wait_until(lambda: not stand_in.sessions, 10)
