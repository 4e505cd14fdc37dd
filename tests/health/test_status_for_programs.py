"""The state of the warehouse as JSON and as Prometheus' metrics, with figures put in by hand."""

import json
import os
import re
import stat
import subprocess
import sys
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest

from tests.conftest import free_port
from tests.health.prometheus_text import parse
from warehouse.health.health import Health, read_database
from warehouse.health.health_json import as_json
from warehouse.health.health_text import render
from warehouse.health.metrics import as_metrics
from warehouse.settings import Settings

PROGRAM = str(Path(sys.executable).with_name("warehouse"))
HOSTILE = 'a"b\\c\nd'
# Nine loads of the cafe, one a day, the last one five days ago; one of the grocer, replaced by
# another. Build 1 passed, build 2 of selected models passed, build 3 failed, and readers see 1.
STATE = """
insert into ops.load_files (
    source_system, table_name, file_name, sha256, file_bytes, rows_in_file, rows_loaded,
    rows_rejected, as_of_date, status, is_live, started_at, finished_at
)
select 'cafe', 'transactions', 'ada_quill.csv', '', 1, 100, 98, 2, current_date, 'live', true,
    moment, moment
from generate_series(now() - interval '312 hours', now() - interval '120 hours', '24 hours')
    as m (moment);
insert into ops.load_files (
    source_system, table_name, file_name, sha256, file_bytes, rows_in_file, rows_loaded,
    rows_rejected, as_of_date, status, is_live, started_at, finished_at
) values
    ('grocery', 'product', 'p.csv', '', 1, 50, 50, 0, current_date, 'replaced', false,
        '2026-01-02 03:04:05+00', '2026-01-02 03:04:05+00'),
    ('grocery', 'product', 'p.csv', '', 1, 60, 60, 0, current_date, 'live', true,
        '2026-01-02 03:04:05+00', '2026-01-02 03:04:05.25+00');
insert into ops.built_loads select load_id from ops.load_files where source_system = 'cafe';
insert into ops.build_runs (
    started_at, finished_at, status, models_built, tests_passed, tests_warned, tests_failed,
    fingerprint, scope, cause, failure
) values
    ('2026-01-01 00:00+00', '2026-01-01 00:01:30+00', 'passed', 9, 9, 0, 0, 'x', 'everything',
        'as asked', null),
    ('2026-01-02 00:00+00', '2026-01-02 00:01+00', 'passed', 1, 1, 0, 0, '', 'selected',
        'selected: x', null),
    ('2026-01-03 00:00+00', '2026-01-03 00:00:12.5+00', 'failed', 3, 4, 1, 2, 'y', 'changes',
        'new files in cafe.transactions', 'Test x of y failed on 3 rows, and 1 more failed.');
insert into ops.build_steps values
    (3, 1, 'read models', '2026-01-03 00:00:00+00', 2.5, 'passed', 0, null, null),
    (3, 2, 'sources', '2026-01-03 00:00:02.5+00', 10, 'failed', 7, 1200, 'Test x of y failed.');
insert into ops.publications values (1, '2026-01-01 00:02+00', 1, false);
insert into ops.held_sources values ('grocery', '2026-01-03 00:00+00', 'Test x of y failed.');
insert into ops.alerts (kind, subject, what, mark, since, told_at) values
    ('build_failed', 'build', 'Build 3: Test x of y failed.', '', '2026-01-03 00:00+00', null),
    ('source_held', 'grocery', 'over', '', '2026-01-01 00:00+00', '2026-01-01 00:00+00');
update ops.alerts set ended_at = now() where kind = 'source_held';
"""


@pytest.fixture
def health(empty_database: str, embedded: Settings) -> Health:
    with psycopg.connect(empty_database, autocommit=True) as connection:
        connection.execute(STATE)
        health = Health(True, "127.0.0.1:15329", "home x", data_bytes=42_000_000)
        read_database(connection, embedded, health)
    return health


def test_json_says_everything(health: Health) -> None:
    told = json.loads(as_json(health))
    assert set(told) == {
        "format", "is_running", "address", "place", "version", "data_bytes", "last_load",
        "last_build", "last_passed_build", "builds", "published", "loads_not_built", "sources",
        "alerts", "notes",
    }  # fmt: skip
    assert (told["format"], told["is_running"], told["data_bytes"]) == (1, True, 42_000_000)

    def moment(text: str) -> str:
        return datetime.fromisoformat(text).astimezone().isoformat(timespec="seconds")

    assert told["last_load"] == {
        "load_id": 11, "source": "grocery", "table": "product", "rows_loaded": 60,
        "rows_rejected": 0, "finished_at": moment("2026-01-02T03:04:05+00:00"),
    }  # fmt: skip
    steps = told["last_build"].pop("steps")
    assert told["last_build"] == {
        "build_id": 3, "status": "failed", "scope": "changes",
        "cause": "new files in cafe.transactions",
        "failure": "Test x of y failed on 3 rows, and 1 more failed.",
        "started_at": moment("2026-01-03T00:00:00+00:00"),
        "finished_at": moment("2026-01-03T00:00:12+00:00"),
        "seconds": 12.5, "models_built": 3, "tests_passed": 4, "tests_warned": 1,
        "tests_failed": 2,
    }  # fmt: skip
    assert [(s["step"], s["seconds"], s["node_count"], s["row_count"]) for s in steps] == [
        ("read models", 2.5, 0, None), ("sources", 10, 7, 1200),
    ]  # fmt: skip
    assert told["last_passed_build"]["build_id"] == 1
    assert told["builds"] == {"failed": 1, "passed": 2}
    assert told["published"] == {
        "build_id": 1, "published_at": moment("2026-01-01T00:02:00+00:00"), "is_back": False,
    }  # fmt: skip
    assert told["loads_not_built"] == 1  # the grocer's; the replaced one was never built
    cafe, grocery = told["sources"]
    assert (cafe["source"], cafe["loads"], cafe["live_rows"]) == ("cafe", 9, 882)
    assert (cafe["rows_loaded"], cafe["rows_rejected"]) == (882, 18)
    # Five days is longer than three times a day.
    assert (cafe["usual_gap_seconds"], cafe["longest_gap_seconds"]) == (86400, 259200)
    assert cafe["is_stale"] and cafe["held_since"] is None
    assert (grocery["loads"], grocery["rows_loaded"], grocery["live_rows"]) == (2, 110, 60)
    assert (grocery["longest_gap_seconds"], grocery["is_stale"]) == (None, False)
    assert grocery["held_reason"] == "Test x of y failed."
    (alert,) = told["alerts"]
    assert (alert["kind"], alert["subject"], alert["told_at"]) == ("build_failed", "build", None)
    assert alert["title"] == "The build failed" and "build`" in alert["what_to_do"]
    assert "quill" not in as_json(health)


def test_people_see_the_same(health: Health) -> None:
    lines = render(health).splitlines()
    shown = datetime(2026, 1, 1, 0, 2, tzinfo=UTC).astimezone()
    assert f"readers see build 1, since {shown:%Y-%m-%d %H:%M:%S}" in lines
    assert "alerts      1 thing is wrong (warehouse alerts)" in lines
    assert "sources     cafe, 882 rows, no new files" in lines
    assert "            grocery, 60 rows, held back" in lines


def test_metrics_are_as_prometheus_reads_them(health: Health) -> None:
    found = parse(as_metrics(health))
    samples = {name: values for name, (_, values) in found.items()}

    def one(name: str) -> float:
        return samples[f"warehouse_{name}"][()]

    def by(name: str) -> dict[str, float]:
        return {key[0][1]: value for key, value in samples[f"warehouse_{name}"].items()}

    assert all(name.startswith("warehouse_") for name in samples)
    assert (one("up"), one("database_bytes")) == (1, 42_000_000)
    # 2026-01-01 00:00 UTC is 20,454 days after 1970.
    new_year = 20_454 * 86_400
    assert one("build_last_success_timestamp_seconds") == new_year + 90
    assert one("build_last_timestamp_seconds") == new_year + 2 * 86_400 + 12.5
    assert (one("build_last_passed"), one("build_last_id")) == (0, 3)
    assert by("build_duration_seconds") == {"read models": 2.5, "sources": 10}
    assert by("builds_total") == {"failed": 1, "passed": 2}
    assert (one("models_built"), one("tests_passed")) == (3, 4)
    assert (one("tests_warned"), one("tests_failed")) == (1, 2)
    assert (one("published_build_id"), one("published_timestamp_seconds")) == (1, new_year + 120)
    assert by("loads_total") == {"cafe": 9, "grocery": 2}
    assert by("loaded_rows_total") == {"cafe": 882, "grocery": 110}
    assert by("rejected_rows_total") == {"cafe": 18, "grocery": 0}
    assert by("source_rows") == {"cafe": 882, "grocery": 60}
    assert by("source_last_load_timestamp_seconds")["grocery"] == new_year + 86_400 + 11_045.25
    assert by("source_longest_gap_seconds") == {"cafe": 259_200}
    assert by("source_stale") == {"cafe": 1, "grocery": 0}
    assert by("source_held") == {"cafe": 0, "grocery": 1}
    assert (one("loads_not_built"), one("alerts_open")) == (1, 1)
    assert samples["warehouse_alert_open"] == {(("kind", "build_failed"), ("subject", "build")): 1}
    assert {name for name, (kind, _) in found.items() if kind == "counter"} == {
        "warehouse_builds_total", "warehouse_loads_total", "warehouse_loaded_rows_total",
        "warehouse_rejected_rows_total",
    }  # fmt: skip


def test_labels_are_escaped() -> None:
    health = Health(True, "", "", alerts=[{"kind": "load_failed", "subject": HOSTILE}])
    text = as_metrics(health)
    assert r'subject="a\"b\\c\nd"' in text
    ((_, samples),) = [value for name, value in parse(text).items() if name.endswith("alert_open")]
    assert samples == {(("kind", "load_failed"), ("subject", HOSTILE)): 1}


def test_decimals_of_the_database_are_numbers() -> None:
    health = Health(True, "", "", last_load={"rows_loaded": Decimal(3), "seconds": Decimal("0.5")})
    assert json.loads(as_json(health))["last_load"] == {"rows_loaded": 3, "seconds": 0.5}


def test_a_warehouse_of_an_earlier_version_says_what_it_knows(
    empty_database: str, embedded: Settings
) -> None:
    with psycopg.connect(empty_database, autocommit=True) as connection:
        connection.execute(STATE)
        connection.execute("drop table ops.alerts, ops.build_steps, ops.publications")
        health = Health(True, "", "")
        read_database(connection, embedded, health)
    assert health.last_load is not None and health.last_build is not None
    assert (health.published, health.alerts) == (None, [])
    assert parse(as_metrics(health))["warehouse_loads_total"]


def run(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "WAREHOUSE_HOME": str(settings.home),
        "WAREHOUSE_PORT": str(settings.port),
    }
    done = subprocess.run(
        [PROGRAM, "status", *arguments], env=environment, capture_output=True, text=True
    )
    assert "Traceback" not in done.stderr
    return done


def test_the_file_is_replaced_whole_and_readable_for_all(
    embedded: Settings, tmp_path: Path
) -> None:
    file = tmp_path / "warehouse.prom"
    file.write_text("old")
    before = file.stat().st_ino
    done = run(embedded, "--prometheus", str(file))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    found = parse(file.read_text())
    assert found["warehouse_up"] == ("gauge", {(): 1})
    assert found["warehouse_database_bytes"][1][()] > 1_000_000
    assert stat.S_IMODE(file.stat().st_mode) == 0o644
    assert file.stat().st_ino != before and list(tmp_path.iterdir()) == [file]


def test_metrics_and_json_are_printed(embedded: Settings) -> None:
    assert parse(run(embedded, "--prometheus").stdout)["warehouse_up"][1] == {(): 1}
    told = json.loads(run(embedded, "--json").stdout)
    assert told["is_running"] and re.fullmatch(r"[\d.]+", told["version"])


def test_a_server_that_is_down_is_said_too(tmp_path: Path) -> None:
    settings = Settings.from_environment(
        {"WAREHOUSE_HOME": str(tmp_path / "home"), "WAREHOUSE_PORT": str(free_port())}
    )
    done = run(settings, "--prometheus", str(tmp_path / "w.prom"))
    assert done.returncode == 1
    assert parse((tmp_path / "w.prom").read_text()) == {"warehouse_up": ("gauge", {(): 0})}
    done = run(settings, "--json")
    assert done.returncode == 1 and json.loads(done.stdout)["is_running"] is False


def test_wrong_usage(embedded: Settings, tmp_path: Path) -> None:
    assert run(embedded, "--json", "--prometheus").returncode == 2
    assert run(embedded, "--prometheus", str(tmp_path)).returncode == 2
    done = run(embedded, "--prometheus", str(tmp_path / "missing" / "w.prom"))
    assert done.returncode == 1 and "missing" in done.stderr and done.stderr.count("\n") == 1
