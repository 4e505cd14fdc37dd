"""A warehouse of two shops, and a webhook that hears of it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from tests.alerts.receivers import Webhook, serving
from tests.conftest import temporary_folder, temporary_settings
from tests.platform.two_shops import write_two_shops
from tests.platform.workshop import Workshop
from warehouse.alerts.alerting import watched_build
from warehouse.server import bringup, database
from warehouse.settings import Settings

PROGRAM = str(Path(sys.executable).with_name("warehouse"))


@dataclass
class Watched(Workshop):
    """A warehouse whose alerts come to a webhook; `told` is what commands said of alerts."""

    webhook: Webhook
    told: list[str] = field(default_factory=list)

    def news(self) -> list[tuple[str, str, str]]:
        """Event, kind and subject of what was posted since the last call."""
        posts = [(post["event"], post["kind"], post["subject"]) for post in self.webhook.posts]
        self.webhook.posts.clear()
        return posts

    def build_ended(self, status: str = "passed", failed: str = "", **more: Any) -> None:
        """As if a build of everything had ended so; `failed` is a test that failed."""
        with watched_build(self.settings, is_whole=True, warn=self.told.append):
            self.record_build(status, failed, **more)

    def record_build(self, status: str = "passed", failed: str = "", seconds: int = 90) -> None:
        with database.connect(self.settings) as connection:
            connection.execute(
                "insert into ops.build_runs (started_at, finished_at, status, models_built, "
                "tests_passed, tests_warned, tests_failed, fingerprint, scope, failure) values "
                "(clock_timestamp(), clock_timestamp() + %s * interval '1 second', %s, 0, 0, 0, 0, "
                "'x', 'everything', %s)",
                [seconds, status, f"Test {failed} failed on 3 rows." if failed else None],
            )
            connection.execute(
                "insert into ops.build_nodes (build_id, node_name, kind, status, seconds) "
                "select max(build_id), %s, 'test', 'fail', 1 from ops.build_runs",
                [failed],
            )

    def record_loads(self, source: str, *rows: int, days_ago: float = 0.0) -> None:
        """As if one load of so many rows had come a day, the last one so many days ago."""
        for number, count in enumerate(reversed(rows)):
            self.query(
                "insert into ops.load_files (source_system, table_name, file_name, sha256, "
                "file_bytes, rows_in_file, rows_loaded, rows_rejected, as_of_date, status, is_live,"
                f" started_at, finished_at) select '{source}', 'sales', 'day.csv', md5(random()"
                f"::text), 1, {count}, {count}, 0, current_date, 'replaced', false, moment, moment "
                f"from (select now() - interval '1 hour' * 24 * {days_ago + number}) as m (moment)"
            )

    @property
    def environment(self) -> dict[str, str]:
        """What leads commands to this warehouse."""
        return {
            "WAREHOUSE_HOME": str(self.settings.home),
            "WAREHOUSE_PORT": str(self.settings.port),
            "WAREHOUSE_PROJECT_DIR": str(self.settings.project_dir),
        }

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Runs the command; the webhook is set."""
        result = subprocess.run(
            [PROGRAM, *arguments],
            env={**os.environ, **self.environment, **environment},
            capture_output=True,
            text=True,
            timeout=180,
        )
        assert "Traceback" not in result.stdout + result.stderr, result.stderr
        return result


@pytest.fixture(scope="package")
def two_shops(project_dir: Path) -> Iterator[Settings]:
    with temporary_folder() as folder, temporary_settings() as settings:
        write_two_shops(project_dir, folder)
        settings = replace(settings, project_dir=folder)
        bringup.bring_up(settings, print)
        yield settings


@pytest.fixture
def watched(two_shops: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watched]:
    """Two shops that have loaded nothing and built nothing, and nobody was told anything."""
    with serving(Webhook()) as webhook:
        monkeypatch.setenv("WAREHOUSE_ALERT_WEBHOOK", webhook.url)
        watched = Watched(two_shops, webhook)
        watched.query(
            "truncate ops.alerts, ops.load_files, ops.load_totals, ops.build_runs, ops.build_nodes,"
            " ops.built_loads, ops.held_sources, raw_north.sales, raw_south.sales"
        )
        yield watched
