import io
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from rich.console import Console

from ingest.lock import exclusive
from tests.platform.mini_project import write_mini_project
from tests.platform.waiting import wait_until
from tests.platform.workshop import Workshop, running_mini_project
from warehouse import personal_data
from warehouse.build import build_runs, fingerprint, pipeline
from warehouse.errors import TryAgainLater, WarehouseError
from warehouse.server import bringup, database
from warehouse.server.secret_files import read_password
from warehouse.settings import Settings


class Shop(Workshop):
    """A workshop that tells of its builds and loads."""

    def runs(self) -> int:
        return int(self.query("select count(*) from ops.build_runs")[0][0])

    def affinity_built_at(self) -> Any:
        return self.query("select built_at from marts.product_affinity")[0][0]

    def add_load(self) -> int:
        rows = self.query(
            "insert into ops.load_files (source_system, table_name, file_name, sha256, file_bytes, "
            "rows_in_file, rows_loaded, rows_rejected, as_of_date, status, is_live, started_at, "
            "finished_at) values ('cafe', 'transactions', 'day.csv', '', 1, 1, 1, 0, current_date, "
            "'live', true, clock_timestamp(), clock_timestamp()) returning load_id"
        )
        return int(rows[0][0])


@pytest.fixture(scope="module")
def running(project_dir: Path) -> Iterator[Settings]:
    with running_mini_project(project_dir) as settings:
        yield settings


@pytest.fixture
def workshop(running: Settings, project_dir: Path) -> Shop:
    """The project as it was written, built once and passed."""
    for path in (running.project_dir / "models" / "marts").iterdir():
        path.unlink()
    for path in (running.project_dir / "tests").iterdir():
        path.unlink()
    write_mini_project(project_dir, running.project_dir)
    workshop = Shop(running)
    workshop.query("truncate ops.build_runs, ops.load_files")
    code, told = workshop.build()
    assert code == 0, told
    return workshop


def test_a_build_is_recorded_and_summed_up(workshop: Shop) -> None:
    code, told = workshop.build(full_refresh=True)
    assert code == 0
    assert "3 models built" in told and "3 tests passed" in told
    assert "champion" in told
    assert "marts.product_performance is not built yet" in told
    row = workshop.query(
        "select status, models_built, tests_passed, tests_warned, tests_failed, "
        "finished_at >= started_at from ops.build_runs order by build_id desc limit 1"
    )
    assert row == [("passed", 3, 3, 0, 0, True)]


def test_nothing_new_builds_nothing(workshop: Shop) -> None:
    before = (workshop.runs(), workshop.affinity_built_at())
    code, told = workshop.build()
    assert code == 0
    assert told.startswith("Nothing new since the build of")
    assert (workshop.runs(), workshop.affinity_built_at()) == before


def test_nothing_new_does_not_even_import_dbt(workshop: Shop) -> None:
    program = (
        "import sys\n"
        "from dataclasses import replace\n"
        "from pathlib import Path\n"
        "from warehouse.build import pipeline\n"
        "from warehouse.settings import Settings\n"
        "assert pipeline.build(Settings.from_environment(), pipeline.Request()) == 0\n"
        "assert not any(name.split('.')[0] == 'dbt' for name in sys.modules)\n"
    )
    environment = {
        **os.environ,
        "WAREHOUSE_HOME": str(workshop.settings.home),
        "WAREHOUSE_PORT": str(workshop.settings.port),
        "WAREHOUSE_PROJECT_DIR": str(workshop.settings.project_dir),
    }
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "Nothing new" in done.stdout


def test_changed_code_of_the_risk_models_is_new(
    workshop: Shop, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    code = tmp_path / "ml"
    shutil.copytree(fingerprint.RISK_MODELS, code)
    monkeypatch.setattr(fingerprint, "RISK_MODELS", code)
    assert workshop.build()[1].startswith("Nothing new")
    with (code / "training.py").open("a") as module:
        module.write("# another training\n")
    assert "changed scores or risk models" in workshop.build()[1]
    assert workshop.build()[1].startswith("Nothing new")


def test_another_scikit_learn_is_new(workshop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    known = fingerprint.version
    monkeypatch.setattr(
        fingerprint, "version", lambda name: "99.0" if name == "scikit-learn" else known(name)
    )
    assert "changed scores or risk models" in workshop.build()[1]


def test_a_run_of_dbt_by_hand_is_noticed(workshop: Shop) -> None:
    dbt = str(Path(sys.executable).with_name("dbt"))
    environment = {
        **os.environ,
        "WAREHOUSE_PORT": str(workshop.settings.port),
        "WAREHOUSE_HOME": str(workshop.settings.home),
        database.PASSWORD_VARIABLE: read_password(workshop.settings, "transformer"),
    }
    command = [dbt, "-q", "build", "--select", "customer_rfm", "--vars", "{customers: 9}"]
    subprocess.run(command, cwd=workshop.settings.project_dir, env=environment, check=True)
    assert workshop.query("select count(*) from build_marts.customer_rfm") == [(9,)]
    assert workshop.query("select count(*) from marts.customer_rfm") == [(5,)]
    workshop.build()
    assert workshop.query("select count(*) from build_marts.customer_rfm") == [(5,)]
    assert workshop.query("select count(*) from marts.customer_rfm") == [(5,)]


@pytest.mark.slow
@pytest.mark.parametrize("prefix", ["", "other_"])
def test_dbt_by_hand_leaves_a_warehouse_of_another_home_alone(workshop: Shop, prefix: str) -> None:
    """As without WAREHOUSE_PORT, where another warehouse listens on the default port."""
    dbt = str(Path(sys.executable).with_name("dbt"))
    environment = {
        **os.environ,
        "WAREHOUSE_PORT": str(workshop.settings.port),
        "WAREHOUSE_HOME": "elsewhere/",
        "WAREHOUSE_SCHEMA_PREFIX": prefix,
        database.PASSWORD_VARIABLE: read_password(workshop.settings, "transformer"),
    }
    project = workshop.settings.project_dir
    command = [dbt, "--no-use-colors", "build", "--select", "customer_rfm"]
    command += ["--vars", "{customers: 9}"]
    done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True)
    assert done.returncode != 0
    told = " ".join(done.stdout.split())
    if not prefix:
        assert f"belongs to project {project} with home {workshop.settings.home};" in told
        assert f"this is project {project} with home {project}/elsewhere." in told
    assert workshop.query("select count(*) from marts.customer_rfm") == [(5,)]
    made = "select count(*) from pg_namespace where nspname like 'other%'"
    assert workshop.query(made) == [(0,)]


def test_no_secret_gets_into_what_dbt_writes(
    workshop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WAREHOUSE_TOKEN_KEY", "5ec2e7" * 10)
    monkeypatch.setenv("PGPASSWORD", "5ec2e7" * 9)
    asked = "{{ env_var('WAREHOUSE_TOKEN_KEY', 'nothing') }}{{ env_var('PGPASSWORD', '-at-all') }}"
    (workshop.marts / "told.yml").write_text(
        'models:\n  - name: ticket_count\n    description: "' + asked + '"\n'
    )
    assert workshop.build()[0] == 0
    manifest = (workshop.settings.home / "target" / "manifest.json").read_text()
    assert "nothing-at-all" in manifest
    password = read_password(workshop.settings, "transformer")
    for written in (manifest, (workshop.settings.log_dir / "dbt.log").read_text()):
        assert "5ec2e7" not in written
        assert password not in written
    assert os.environ["WAREHOUSE_TOKEN_KEY"] == "5ec2e7" * 10


def test_other_variables_are_something_new(workshop: Shop) -> None:
    workshop.build(variables={"customers": 7})
    assert workshop.query("select count(*) from marts.customer_rfm") == [(7,)]
    assert workshop.build(variables={"customers": 7})[1].startswith("Nothing new")
    workshop.build()
    assert workshop.query("select count(*) from marts.customer_rfm") == [(5,)]


@pytest.mark.slow
def test_variables_and_back_do_not_read_the_project_anew(workshop: Shop) -> None:
    def readings() -> int:
        return (workshop.settings.log_dir / "dbt.log").read_text().count("config vars")

    workshop.build(variables={"customers": 8})
    before = readings()
    workshop.build()
    workshop.build(variables={"customers": 8})
    assert workshop.query("select count(*) from marts.customer_rfm") == [(8,)]
    assert readings() == before > 0


def test_a_new_load_builds_all_but_the_weekly_models(workshop: Shop) -> None:
    before = workshop.affinity_built_at()
    workshop.add_load()
    code, told = workshop.build()
    assert code == 0 and "1 model built" in told
    assert told.startswith("Building what depends on new files in cafe.transactions.")
    assert workshop.affinity_built_at() == before
    assert workshop.build()[1].startswith("Nothing new")


def test_a_forced_build_is_the_one_that_a_new_load_makes(workshop: Shop) -> None:
    before = workshop.affinity_built_at()
    assert "Nothing new" not in workshop.build(force=True)[1]
    assert workshop.affinity_built_at() == before
    workshop.build(full_refresh=True)
    assert workshop.affinity_built_at() > before


def test_weekly_models_are_due_after_a_week_with_new_loads(workshop: Shop) -> None:
    before = workshop.affinity_built_at()
    workshop.query("update ops.build_runs set started_at = started_at - interval '7 days'")
    assert workshop.build()[1].startswith("Nothing new")
    workshop.add_load()
    workshop.build()
    assert workshop.affinity_built_at() > before


@pytest.mark.slow
def test_weekly_models_are_due_when_a_load_they_hold_is_withdrawn(workshop: Shop) -> None:
    load_id = workshop.add_load()
    workshop.build(full_refresh=True)
    before = workshop.affinity_built_at()
    workshop.query(
        "update ops.load_files set is_live = false, status = 'unloaded', "
        f"superseded_at = clock_timestamp() where load_id = {load_id}"
    )
    workshop.build()
    assert workshop.affinity_built_at() > before


@pytest.mark.slow
def test_weekly_models_are_due_when_somebody_was_forgotten(workshop: Shop) -> None:
    """They hold the old id, which no other table has after a build."""

    def erase(reason: str) -> None:
        workshop.query(
            "insert into ops.erasures values "
            f"(clock_timestamp(), '{reason}', 'cafe', 'transactions', null, 1)"
        )

    before = workshop.affinity_built_at()
    erase("purge")
    workshop.build(force=True)
    assert workshop.affinity_built_at() == before
    erase("forget")
    assert not workshop.build()[1].startswith("Nothing new")
    assert workshop.affinity_built_at() > before
    assert workshop.build()[1].startswith("Nothing new")


@pytest.mark.slow
def test_weekly_models_are_due_when_their_table_is_gone(workshop: Shop) -> None:
    workshop.query("drop view build_marts.product_affinity")
    assert workshop.build()[0] == 0
    assert workshop.query("select count(*) from marts.product_affinity") == [(1,)]


@pytest.mark.slow
def test_weekly_models_are_due_when_the_code_changed(workshop: Shop) -> None:
    before = workshop.affinity_built_at()
    (workshop.marts / "ticket_count.sql").write_text("{{ config(schema='marts') }} select 1 as n")
    workshop.build()
    assert workshop.affinity_built_at() > before


UNIT_TEST = """\
unit_tests:
  - name: no_tickets
    model: ticket_count
    given:
      - input: source('cafe', 'transactions')
        rows: []
    expect:
      rows: [{tickets: 0}]
"""


def test_unit_tests_run_once_for_the_same_code(workshop: Shop) -> None:
    def tests_passed() -> int:
        query = "select tests_passed from ops.build_runs order by build_id desc limit 1"
        return int(workshop.query(query)[0][0])

    (workshop.marts / "unit_tests.yml").write_text(UNIT_TEST)
    assert workshop.build()[0] == 0
    assert tests_passed() == 2  # the new one, and that of the weekly model, due with other code
    assert workshop.build(force=True)[0] == 0
    assert tests_passed() == 2  # those of customer_rfm
    assert workshop.build(full_refresh=True)[0] == 0
    assert tests_passed() == 4


def test_a_broken_model_is_named_and_the_rest_stands(workshop: Shop) -> None:
    (workshop.marts / "ticket_count.sql").write_text("select no_such_column from pg_class")
    code, told = workshop.build()
    assert code == 1
    assert "model ticket_count" in told and "no_such_column" in told
    assert "The build failed" in told and "champion" not in told
    last = "select status, tests_failed, models_built from ops.build_runs order by 1 limit 1"
    assert workshop.query(last) == [("failed", 0, 1)]  # the weekly one, since models changed
    assert workshop.query("select count(*) from marts.customer_rfm") == [(5,)]
    code, _ = workshop.build()
    assert code == 1


def test_what_dbt_cannot_read_is_told_in_its_words(workshop: Shop) -> None:
    (workshop.marts / "ticket_count.sql").write_text("select * from {{ ref('no_such_model') }}")
    code, told = workshop.build()
    assert code == 1
    assert "The build could not run" in told and "no_such_model" in told


def test_a_failing_test_fails_the_build_and_a_warning_does_not(workshop: Shop) -> None:
    rows = "select * from {{ ref('customer_rfm') }} where customer_key > 3"
    test = workshop.settings.project_dir / "tests" / "few_customers.sql"
    test.write_text(rows)
    code, told = workshop.build()
    assert code == 1
    assert "test few_customers" in told and "2 rows" in told
    assert "- source_system cafe, customer_key 4, rfm_segment hibernating" in told
    test.write_text("{{ config(severity='warn') }}" + rows)
    code, told = workshop.build()
    assert code == 0
    assert "Warnings (1)" in told and "1 warned" in told


TWICE = """\
models:
  - name: twice
    config: {schema: marts}
    columns:
      - {name: order_id, data_tests: [{unique: {config: {severity: warn}}}]}
  - name: people
    config: {schema: restricted}
    columns:
      - {name: name, data_tests: [{unique: {config: {severity: warn}}}]}
"""


def test_rows_of_generic_tests_are_shown_unless_they_may_be_personal(workshop: Shop) -> None:
    (workshop.marts / "twice.yml").write_text(TWICE)
    (workshop.marts / "twice.sql").write_text("select 'E7' as order_id union all select 'E7'")
    restricted = workshop.settings.project_dir / "models" / "restricted"
    restricted.mkdir()
    (restricted / "people.sql").write_text("select 'Ada' as name union all select 'Ada'")
    try:
        code, told = workshop.build()
    finally:
        shutil.rmtree(restricted)
    assert code == 0 and "Warnings (2)" in told and told.count("1 row found") == 2
    assert "- unique_field E7, n_records 2" in told
    assert "Ada" not in told


REPORT = """\
models:
  - name: customer_report
    config:
      schema: marts
      materialized: incremental
      on_schema_change: fail
      contract: {enforced: true}
      grants: {select: [reporter]}
    columns:
      - {name: customer_key, data_type: bigint}
      - {name: revenue_amount, data_type: "numeric(18,4)"}
  - name: data_version
    config: {schema: marts, materialized: view, contract: {enforced: true}}
    columns:
      - {name: customers, data_type: bigint}
      - {name: build_status, data_type: varchar(16)}
"""

CUSTOMER_REPORT = """\
select customer_key::bigint as customer_key, 1.5::numeric(18, 4) as revenue_amount
from {{ ref('customer_rfm') }} {% if is_incremental() %} where false {% endif %}
"""

DATA_VERSION = """\
select count(*) as customers, (
    select status from {{ source('ops', 'build_runs') }} order by build_id desc limit 1
)::varchar(16) as build_status
from {{ ref('customer_report') }}
"""


def test_what_a_failed_build_did_not_come_to_is_there_and_empty(workshop: Shop) -> None:
    (workshop.marts / "report.yml").write_text(REPORT)
    (workshop.marts / "customer_report.sql").write_text(CUSTOMER_REPORT)
    (workshop.marts / "data_version.sql").write_text(DATA_VERSION)
    test = workshop.settings.project_dir / "tests" / "no_customers.sql"
    test.write_text("select * from {{ ref('customer_rfm') }}")
    for is_first in (True, False):
        code, told = workshop.build()
        assert code == 1
        assert workshop.query("select * from marts.data_version") == [(0, "failed")]
        assert ("1 table was not built yet and is empty" in told) == is_first
    columns = (
        "select attname, format_type(atttypid, atttypmod) from pg_attribute"
        " where attrelid = 'marts.customer_report'::regclass and attnum > 0"
    )
    assert workshop.query(columns) == [
        ("customer_key", "bigint"), ("revenue_amount", "numeric(18,4)"),
    ]  # fmt: skip
    with database.connect(workshop.settings, "reporter") as connection:
        assert connection.execute("select * from marts.customer_report").fetchall() == []

    test.unlink()
    assert workshop.build()[0] == 0
    assert workshop.query("select * from marts.data_version") == [(5, "passed")]
    kind = "select relkind::text from pg_class where oid = 'marts.customer_report'::regclass"
    assert workshop.query(kind.replace("marts.", "build_marts.")) == [("r",)]
    test.write_text("select * from {{ ref('customer_rfm') }}")
    assert "not built yet" not in workshop.build()[1]
    assert workshop.query("select * from marts.data_version") == [(5, "failed")]


def test_select_builds_a_part_and_the_next_build_the_whole(workshop: Shop) -> None:
    workshop.add_load()
    code, told = workshop.build(select=("customer_rfm",))
    assert code == 0 and "1 model built" in told
    code, told = workshop.build()
    assert code == 0 and not told.startswith("Nothing new")
    # Over a warehouse that lacks nothing, a selection leaves nothing for the next build.
    assert workshop.build(select=("customer_rfm",))[0] == 0
    assert workshop.build()[1].startswith("Nothing new")


def test_a_selection_of_nothing_is_an_error(workshop: Shop) -> None:
    with pytest.raises(WarehouseError, match="no_such_model"):
        workshop.build(select=("no_such_model",))


def test_a_second_build_waits_and_says_for_whom(workshop: Shop) -> None:
    screen = io.StringIO()
    request, console = pipeline.Request(), Console(file=screen, width=200)
    build = threading.Thread(target=pipeline.build, args=(workshop.settings, request, console))
    with (
        psycopg.connect(database.conninfo(workshop.settings)) as holder,
        exclusive(holder, "load cafe"),
    ):
        build.start()
        wait_until(lambda: "waiting for" in screen.getvalue())
        time.sleep(0.5)
        assert "Nothing new" not in screen.getvalue()
    build.join(60)
    assert "load cafe" in screen.getvalue() and "Nothing new" in screen.getvalue()


def test_the_password_does_not_stay_in_the_environment(workshop: Shop) -> None:
    workshop.build(force=True)
    assert database.PASSWORD_VARIABLE not in os.environ


def test_weekly_reason_follows_the_clock(workshop: Shop) -> None:
    with database.connect(workshop.settings) as connection:
        last = build_runs.last_weekly_run(connection, "")
        assert last is not None and last.weekly_fingerprint is not None
        plan = last.weekly_fingerprint
        assert build_runs.weekly_reason(connection, "", plan) is None
        assert build_runs.weekly_reason(connection, "", "other") is not None
        connection.execute("truncate ops.build_runs")
        assert build_runs.weekly_reason(connection, "", plan) == "never built"
        connection.rollback()


@pytest.fixture
def hasty(workshop: Shop) -> Iterator[Workshop]:
    """Its builds wait for a lock no longer than a moment."""
    short = "alter role transformer in database warehouse set lock_timeout = '300ms'"
    workshop.query(short)
    yield workshop
    bringup.create_roles(workshop.settings)


def test_a_build_names_whose_transaction_keeps_it_from_being_published(hasty: Workshop) -> None:
    hasty.query(
        "grant usage on schema marts to reporter; "
        "grant select on marts.product_affinity to reporter"
    )
    before = hasty.query("select built_at from marts.product_affinity")
    with database.connect(hasty.settings, "reporter") as reader:
        reader.execute("select * from marts.product_affinity")
        with pytest.raises(WarehouseError, match="Readers see what they saw before") as raised:
            hasty.build(full_refresh=True)
        assert f"process {reader.info.backend_pid}, idle in transaction" in str(raised.value)
        assert isinstance(raised.value, TryAgainLater)
    assert hasty.query("select built_at from marts.product_affinity") == before
    assert "now readers see it" in hasty.build()[1]
    assert hasty.query("select built_at from marts.product_affinity") > before


def _end_once_waited_for(workshop: Shop, reader: psycopg.Connection) -> None:
    """Closes the reader when a statement has waited for it until its time was up, once."""
    waits = f"select 1 from pg_locks where {reader.info.backend_pid} = any(pg_blocking_pids(pid))"
    wait_until(lambda: bool(workshop.query(waits)))
    time.sleep(4)
    reader.close()


def test_a_build_says_whom_it_waits_for_and_tries_again(workshop: Shop) -> None:
    """An analyst reads, as the builder, what is to be replaced; after a while he is done."""
    workshop.query("alter role transformer in database warehouse set lock_timeout = '3s'")
    workshop.query("drop view build_marts.product_affinity cascade")
    workshop.query(
        "create table build_marts.product_affinity as select 1 as product_key_a, now() as built_at;"
        "alter table build_marts.product_affinity owner to transformer"
    )
    with database.connect(workshop.settings, "transformer") as analyst:
        analyst.execute("select * from build_marts.product_affinity")
        process = analyst.info.backend_pid
        ending = threading.Thread(target=_end_once_waited_for, args=(workshop, analyst))
        ending.start()
        code, told = workshop.build(force=True, full_refresh=True)
        ending.join()
    told = " ".join(told.split())
    assert code == 0, told
    assert f"process {process}), idle in transaction since" in told
    assert "on build_marts.product_affinity." in told
    assert "again, after a lock or a lost connection." in told
    bringup.create_roles(workshop.settings)


@pytest.mark.slow
def test_erasing_names_who_reads_personal_data(
    hasty: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    config = "{{ config(schema='restricted', materialized='table', tags=['restricted']) }}\n"
    people = hasty.settings.project_dir / "models" / "marts" / "people.sql"
    people.write_text(config + "select 'Ann'::varchar as name\n")
    personal_data.rebuild_restricted(hasty.settings)  # there is nothing to rebuild
    hasty.build()
    hasty.query(
        "grant usage on schema restricted to pii_reader; "
        "grant select on restricted.people to pii_reader"
    )
    try:
        with database.connect(hasty.settings, "pii_reader") as reader:
            reader.execute("select * from restricted.people")
            with pytest.raises(WarehouseError, match="could not be rebuilt"):
                personal_data.rebuild_restricted(hasty.settings)
            process = reader.info.backend_pid
        told = " ".join(capsys.readouterr().err.split())
        assert "Still waiting for pii_reader" in told
        assert f"process {process}, idle in transaction" in told
    finally:
        hasty.query("drop schema restricted, build_restricted cascade")
