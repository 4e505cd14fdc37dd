"""Who is told what, and when: once, when it changes, daily while it lasts, and when it is over."""

import json
import threading
from pathlib import Path

import pytest

from ingest.loader_errors import LockHeld, UsageError
from ingest.loads import loader
from ingest.loads.load_options import Options
from tests.alerts.conftest import Watched
from tests.conftest import free_port
from warehouse.alerts import alerting
from warehouse.alerts.alert_settings import read_alert_settings
from warehouse.alerts.alerting import watched_build, watched_load
from warehouse.errors import WarehouseError
from warehouse.server import bringup, database, embedded
from warehouse.watching.known_sources import KnownSources
from warehouse.watching.places import read_places
from warehouse.watching.watcher import Rhythm, Watcher

FAILED = ("build_failed", "build")
OPEN = "select kind, subject, told_at is not null from ops.alerts where ended_at is null order by 1"


def load(watched: Watched, shop: str, *files: Path) -> None:
    """Loads files as the command does."""
    settings = watched.settings
    with watched_load(settings, shop, warn=watched.told.append) as one:
        one.report = loader.load(
            database.conninfo(settings, "loader"),
            settings.project_dir,
            shop,
            files,
            Options(token_key="5f" * 32),
        )


def sales(folder: Path, name: str, rows: int, header: str = "order_id,store_id,ordered_at") -> Path:
    path = folder / f"sales_{name}.csv"
    lines = [f"{name}-{number},S,2024-01-01,5.00" for number in range(rows)]
    path.write_text("\n".join([f"{header},amount", *lines]) + "\n")
    return path


def test_a_failure_is_told_once_and_so_is_its_end(watched: Watched) -> None:
    watched.build_ended()
    assert watched.news() == []
    for _ in range(3):
        watched.build_ended("failed", "orders_are_small")
    assert watched.news() == [("opened", *FAILED)]
    watched.build_ended()
    watched.build_ended()
    assert watched.news() == [("ended", *FAILED)]
    assert watched.query("select count(*) from ops.alerts") == [(1,)]
    watched.build_ended("failed", "orders_are_small")
    assert watched.news() == [("opened", *FAILED)]


def test_another_failure_is_told_although_one_is_open(watched: Watched) -> None:
    watched.build_ended("failed", "orders_are_small")
    watched.build_ended("failed", "shops_are_open")
    assert watched.news() == [("opened", *FAILED), ("changed", *FAILED)]
    watched.build_ended("failed", "shops_are_open")
    assert watched.news() == []


def test_people_are_reminded_once_a_day(watched: Watched) -> None:
    watched.build_ended("failed", "orders_are_small")
    watched.query("update ops.alerts set told_at = told_at - interval '23 hours'")
    watched.build_ended("failed", "orders_are_small")
    assert watched.news() == [("opened", *FAILED)]
    watched.query("update ops.alerts set told_at = told_at - interval '1 hour'")
    watched.build_ended("failed", "orders_are_small")
    watched.build_ended("failed", "orders_are_small")
    assert watched.news() == [("reminder", *FAILED)]


def test_a_build_that_raises_is_told_and_goes_on_raising(watched: Watched) -> None:
    home = watched.settings.home
    with (
        pytest.raises(WarehouseError),
        watched_build(watched.settings, is_whole=True, warn=watched.told.append),
    ):
        raise WarehouseError(f"{home}/secrets is not readable.\nDETAIL: Ada Quill")
    (post,) = watched.webhook.posts
    assert post["what"] == "the home/secrets is not readable."
    assert post["kind"] == "build_failed" and post["since"] and "warehouse build" in post["text"]
    watched.news()
    watched.build_ended()
    assert watched.news() == [("ended", *FAILED)]


@pytest.mark.parametrize("error", [UsageError("no such source"), LockHeld("busy")])
def test_a_wrong_call_and_a_busy_warehouse_are_no_news(watched: Watched, error: Exception) -> None:
    with pytest.raises(type(error)), watched_load(watched.settings, "north", warn=print):
        raise error
    assert watched.news() == []


def test_a_bug_is_told_by_its_name_alone(watched: Watched) -> None:
    with pytest.raises(ZeroDivisionError), watched_load(watched.settings, "north", warn=print):
        raise ZeroDivisionError("Ada Quill")
    (post,) = watched.webhook.posts
    assert post["what"] == "It ended with ZeroDivisionError, which is a bug of the program."


def test_a_build_of_chosen_models_is_of_whoever_makes_it(watched: Watched) -> None:
    with watched_build(watched.settings, is_whole=False, warn=watched.told.append):
        watched.record_build("failed", "orders_are_small")
    assert watched.news() == []


def test_refused_files_are_counted_and_not_named(watched: Watched, tmp_path: Path) -> None:
    good, bad = sales(tmp_path, "1", 2), sales(tmp_path, "ada_quill", 2, "number,ada,quill")
    load(watched, "north", good, bad)
    assert "ada" not in json.dumps(watched.webhook.posts)
    (post,) = watched.webhook.posts
    assert post["title"] == "Loading north.sales failed"
    assert post["what"] == (
        "1 file was refused, of 2. What they hold is missing until they are loaded."
    )
    watched.news()
    load(watched, "south", sales(tmp_path, "2", 2))
    assert watched.news() == []
    load(watched, "north", good)
    (post,) = watched.webhook.posts
    assert (post["event"], post["subject"], post["what_to_do"]) == ("ended", "north.sales", "")
    assert post["what"].startswith("The last load went well. Files that were refused")


def test_files_that_belong_to_no_table_are_told(watched: Watched, tmp_path: Path) -> None:
    stray = tmp_path / "ada_quill.csv"
    stray.write_text("a\n1\n")
    load(watched, "north", stray)
    load(watched, "south", tmp_path / "quill.csv")
    assert [post["what"] for post in watched.webhook.posts] == [
        "None of 1 file belongs to a table of this source.",
        "1 path could not be read.",
    ]
    watched.news()
    load(watched, "north", sales(tmp_path, "1", 1))
    assert watched.news() == [("ended", "load_failed", "north")]


def test_a_load_with_far_fewer_rows_is_told(watched: Watched, tmp_path: Path) -> None:
    watched.record_loads("north", *[100] * 8)
    load(watched, "north", sales(tmp_path, "1", 3))
    (post,) = watched.webhook.posts
    number = watched.query("select max(load_id) from ops.load_files")[0][0]
    # 101 / 2 - 1 = 49.5 and 101 * 2 - 1 = 201.
    assert post["what"] == (
        f"Load {number} has 3 rows, fewer than usual: half of the loads before it have at least "
        "100, and 50 to 201 are usual."
    )
    watched.news()
    load(watched, "north", sales(tmp_path, "2", 100))
    assert watched.news() == [("ended", "rows_unusual", "north.sales")]


def test_seven_loads_say_nothing_about_the_next(watched: Watched, tmp_path: Path) -> None:
    watched.record_loads("north", *[100] * 7)
    load(watched, "north", sales(tmp_path, "1", 3))
    assert watched.news() == []


def test_a_silent_source_is_told_and_so_is_its_return(watched: Watched, tmp_path: Path) -> None:
    watched.record_loads("north", *[5] * 9, days_ago=3.1)
    watched.record_loads("south", *[5] * 9, days_ago=2.9)
    watched.record_loads("closed", *[5] * 9, days_ago=50)
    alerts = read_alert_settings()
    alerting.check(watched.settings, alerts, watched.told.append)
    alerting.check(watched.settings, alerts, watched.told.append)
    (post,) = watched.webhook.posts
    assert post["title"] == "No new files for source north"
    assert post["what"].endswith(
        "Files usually come every 24.0 hours; more than 3.0 days without one is out of this rhythm."
    )
    last = watched.query(
        "select max(finished_at) from ops.load_files where source_system = 'north'"
    )
    assert post["since"] == last[0][0].astimezone().isoformat(timespec="seconds")
    watched.news()
    load(watched, "north", sales(tmp_path, "1", 5))
    assert watched.news() == [("ended", "source_stale", "north")]


def test_a_watcher_notices_that_nothing_comes(
    watched: Watched, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched.record_loads("north", *[5] * 9, days_ago=3.1)
    for name, value in watched.environment.items():
        monkeypatch.setenv(name, value)
    sources = KnownSources(watched.settings.project_dir)
    (tmp_path / "north").mkdir()
    places = read_places([str(tmp_path)], sources.names)
    watcher = Watcher(watched.settings, places, sources, Rhythm(), watched.told.append)
    watcher._step()
    assert watched.news() == []
    monkeypatch.setattr("warehouse.watching.watcher._SECONDS_BETWEEN_CHECKS", 0.0)
    watcher._step()
    watcher.close()
    assert watched.news() == [("opened", "source_stale", "north")] and watched.told == []


def test_what_is_muted_is_not_told(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    watched.record_loads("north", *[5] * 9, days_ago=4)
    monkeypatch.setenv("WAREHOUSE_ALERT_MUTE", "source_stale:north,build_failed")
    watched.build_ended("failed", "orders_are_small")
    assert watched.news() == [] and watched.query(OPEN) == []


def test_a_build_that_takes_far_too_long_is_told(watched: Watched) -> None:
    for _ in range(8):
        watched.record_build(seconds=100)
    watched.build_ended(seconds=201)
    assert watched.news() == []
    watched.build_ended(seconds=202)
    (post,) = watched.webhook.posts
    number = watched.query("select max(build_id) from ops.build_runs")[0][0]
    # Nine builds of about 100 s, the median 100: 101 * 2 - 1 = 201 was seen, too.
    assert post["what"] == (
        f"Build {number} took 202 s; half of its like take at most 100 s, and more than 201 s is "
        "unusual."
    )
    watched.news()
    watched.build_ended("failed", "orders_are_small")
    assert watched.news() == [("opened", *FAILED)]
    watched.build_ended(seconds=100)
    assert watched.news() == [("ended", "build_slow", "build"), ("ended", *FAILED)]


def test_loads_that_no_build_takes_in_are_told(watched: Watched) -> None:
    watched.record_loads("north", 5, days_ago=1.1)
    watched.record_loads("south", 5, days_ago=0.9)
    watched.query("update ops.load_files set status = 'live', is_live = true")
    watched.build_ended()  # without having taken them in, as builds of earlier versions
    (post,) = watched.webhook.posts
    assert post["title"] == "Loaded files wait for a build"
    assert post["what"] == "1 load is in no build after more than a day."
    watched.news()
    watched.query("insert into ops.built_loads select load_id from ops.load_files")
    alerting.check(watched.settings, read_alert_settings(), watched.told.append)
    assert watched.news() == [("ended", "build_overdue", "build")]


def test_a_warehouse_that_is_never_built_waits_for_nothing(watched: Watched) -> None:
    watched.record_loads("north", 5, days_ago=9)
    watched.query("update ops.load_files set status = 'live', is_live = true")
    alerting.check(watched.settings, read_alert_settings(), watched.told.append)
    watched.build_ended("failed", "orders_are_small")
    assert watched.news() == [("opened", *FAILED)]


def test_without_a_channel_alerts_wait_for_one(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WAREHOUSE_ALERT_WEBHOOK")
    watched.build_ended("failed", "orders_are_small")
    assert watched.told == [] and watched.query(OPEN) == [(*FAILED, False)]
    monkeypatch.setenv("WAREHOUSE_ALERT_WEBHOOK", watched.webhook.url)
    watched.build_ended("failed", "orders_are_small")
    assert watched.news() == [("opened", *FAILED)]


def test_what_ended_before_anybody_was_told_is_not_told(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WAREHOUSE_ALERT_WEBHOOK")
    watched.build_ended("failed", "orders_are_small")
    watched.build_ended()
    monkeypatch.setenv("WAREHOUSE_ALERT_WEBHOOK", watched.webhook.url)
    watched.build_ended()
    assert watched.news() == []


def test_a_channel_that_fails_is_said_and_tried_again_with_the_next_command(
    watched: Watched,
) -> None:
    watched.webhook.status = 503
    watched.build_ended("failed", "orders_are_small")
    assert watched.told == ["Alerts: the webhook at 127.0.0.1 failed: it answers 503"]
    assert watched.query(OPEN) == [(*FAILED, False)]
    watched.webhook.status = 200
    watched.build_ended("failed", "orders_are_small")
    assert watched.news() == [("opened", *FAILED)]
    watched.webhook.status = 503
    watched.build_ended()
    watched.webhook.status = 200
    watched.build_ended()
    assert watched.news() == [("ended", *FAILED)]


def test_two_commands_at_once_tell_people_once(watched: Watched) -> None:
    watched.record_build("failed", "orders_are_small")
    watched.webhook.pause = 0.3

    def look() -> None:
        with watched_build(watched.settings, is_whole=True, warn=watched.told.append):
            pass

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert watched.news() == [("opened", *FAILED)] and watched.told == []


def test_a_database_that_does_not_work_is_told_once(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = watched.settings
    embedded.stop(settings)
    try:
        for _ in range(2):
            with pytest.raises(WarehouseError), watched_build(settings, is_whole=True, warn=print):
                raise WarehouseError("PostgreSQL did not start.")
        (post,) = watched.webhook.posts
        assert (post["kind"], post["what"]) == ("database_failed", "PostgreSQL did not start.")
    finally:
        bringup.bring_up(settings, print)
    watched.news()
    watched.build_ended()
    watched.build_ended()
    assert watched.news() == [("ended", "database_failed", "database")]
    assert not (settings.home / "database_failed.json").exists()


def test_another_projects_warehouse_is_left_alone(watched: Watched, tmp_path: Path) -> None:
    (watched.settings.home / "project.json").rename(tmp_path / "project.json")
    try:
        watched.build_ended("failed", "orders_are_small")
    finally:
        (tmp_path / "project.json").rename(watched.settings.home / "project.json")
    assert watched.news() == [] and watched.query(OPEN) == []


def test_a_warehouse_of_an_earlier_version_says_what_to_do(watched: Watched) -> None:
    watched.query("alter table ops.alerts rename to alerts_kept")
    try:
        watched.build_ended("failed", "orders_are_small")
        assert len(watched.told) == 1 and "warehouse up` has made" in watched.told[0]
    finally:
        watched.query("alter table ops.alerts_kept rename to alerts")


@pytest.mark.slow
def test_the_commands_tell(watched: Watched, tmp_path: Path) -> None:
    files = [sales(tmp_path, "1", 3)]
    assert watched.run("load", "north", str(files[0])).returncode == 0
    assert watched.run("load", "south", str(sales(tmp_path, "2", 3))).returncode == 0
    assert watched.run("build").returncode == 0
    assert watched.news() == []
    bad = tmp_path / "sales_3.csv"
    bad.write_text("order_id,store_id,ordered_at,amount\nada_quill,S,2024-01-01,-5.00\n")
    assert watched.run("load", "south", str(bad)).returncode == 0
    assert watched.run("build").returncode == 1
    (post,) = watched.webhook.posts
    assert (post["event"], post["title"]) == ("opened", "Source south is held back")
    assert post["what"] == "Test south_paid_something of stg_south__sales failed on 1 row."
    assert "quill" not in json.dumps(watched.webhook.posts)
    listed = watched.run("alerts")
    assert listed.returncode == 0
    assert listed.stdout.startswith("Source south is held back\n  source_held:south, since 2")
    broken = watched.settings.project_dir / "tests" / "nobody_is_here.sql"
    broken.write_text("select order_id from {{ ref('fct_orders') }}")
    watched.news()
    assert watched.run("build").returncode == 1
    broken.unlink()
    (post,) = watched.webhook.posts
    # Three orders of each shop; what keeps south back was told already.
    assert post["what"].endswith(": Test nobody_is_here of fct_orders failed on 6 rows.")
    watched.news()
    watched.query(
        "update ops.load_files set is_live = false, status = 'unloaded' where file_name = "
        "'sales_3.csv'; delete from raw_south.sales where order_id = 'ada_quill'"
    )
    assert watched.run("build").returncode == 0
    assert sorted(watched.news()) == [("ended", *FAILED), ("ended", "source_held", "south")]
    assert watched.run("alerts").stdout == "Nothing is wrong.\n"


def test_a_check_for_cron_prints_nothing(watched: Watched) -> None:
    watched.record_loads("north", *[5] * 9, days_ago=4)
    done = watched.run("alerts", "--check")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert watched.news() == [("opened", "source_stale", "north")]


def test_check_of_a_load_tells_nobody(watched: Watched, tmp_path: Path) -> None:
    bad = sales(tmp_path, "1", 2, "number,ada,quill")
    assert watched.run("load", "north", str(bad), "--check").returncode == 1
    assert watched.news() == []


def test_a_test_goes_through_every_channel(watched: Watched) -> None:
    done = watched.run("alerts", "--test")
    assert (done.returncode, done.stdout) == (0, "the webhook at 127.0.0.1: sent\n")
    assert watched.news() == [("test", "test", "alerts")]
    done = watched.run("alerts", "--test", WAREHOUSE_ALERT_COMMAND="false")
    assert done.returncode == 1
    assert done.stdout.startswith("the command false: it ended with exit code 1\n")
    done = watched.run("alerts", "--test", WAREHOUSE_ALERT_WEBHOOK="")
    assert done.returncode == 2 and "WAREHOUSE_ALERT_COMMAND" in done.stderr


@pytest.mark.parametrize(
    "arguments", [("build",), ("load", "north", "x.csv"), ("alerts",), ("alerts", "--check")]
)
def test_a_wrong_setting_ends_every_command_that_tells(
    watched: Watched, arguments: tuple[str, ...]
) -> None:
    done = watched.run(*arguments, WAREHOUSE_ALERT_WEBHOOK="http://chat.example/geheim")
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.count("\n") == 1 and "WAREHOUSE_ALERT_WEBHOOK must begin" in done.stderr
    assert "geheim" not in done.stderr


def test_an_unreachable_channel_fails_no_build(watched: Watched) -> None:
    dead = f"http://127.0.0.1:{free_port()}/geheim"
    watched.record_build("failed", "orders_are_small")
    done = watched.run("build", WAREHOUSE_ALERT_WEBHOOK=dead)
    assert done.returncode == 0 and done.stderr == ""
    watched.record_loads("north", *[5] * 9, days_ago=4)
    done = watched.run("build", WAREHOUSE_ALERT_WEBHOOK=dead)
    assert done.returncode == 0
    assert done.stderr == (
        "warning: Alerts: the webhook at 127.0.0.1 failed: no connection (Connection refused)\n"
    )
