"""The units and crontab lines of `warehouse schedule`, as systemd and cron read them."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ingest.loader_errors import UsageError
from warehouse.errors import WarehouseError
from warehouse.settings import Settings
from warehouse.watching.crontab_lines import crontab_lines
from warehouse.watching.kept_environment import KeptEnvironment, keep_environment
from warehouse.watching.times_of_day import read_time
from warehouse.watching.unit_files import MADE_BY, unit_files, write_units

PROGRAM = str(Path(sys.executable).with_name("warehouse"))
# What shells, systemd and cron each give a meaning.
ODD = "/srv/our tills/50 %h $HOME \"big\" 'small' \\s"
ODD_FOR_CRON = ODD.replace("\\", "")
QUARTER = [read_time(":15")]


def environment(
    secrets_file: str = "/srv/home/secrets/environment", **values: str
) -> KeptEnvironment:
    return KeptEnvironment(values, (), Path(secrets_file))


def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    result = subprocess.run(
        [PROGRAM, *arguments],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
    )
    assert "Traceback" not in result.stderr
    return result


@pytest.mark.parametrize(
    ("text", "calendar", "cron"),
    [
        (":15", "*-*-* *:15:00", "15 * * * *"),
        ("20:00", "*-*-* 20:00:00", "0 20 * * *"),
        ("7:05", "*-*-* 07:05:00", "5 7 * * *"),
    ],
)
def test_times(text: str, calendar: str, cron: str) -> None:
    assert (read_time(text).calendar, read_time(text).cron) == (calendar, cron)


@pytest.mark.parametrize("text", ["24:00", "12:60", "noon", "15", "1:5", "-1:00", ""])
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(UsageError, match=r"write 20:00, or :15 for each hour"):
        read_time(text)


def seen_by_systemd(folder: Path) -> dict[str, tuple[list[str], list[str]]]:
    """The words of each unit's command and its variables, as systemd takes them from the files."""
    found: dict[str, tuple[list[str], list[str]]] = {}
    for file in sorted(folder.iterdir()):
        told = subprocess.run(
            ["systemd-analyze", "verify", "--man=no", str(file)],
            env={**os.environ, "SYSTEMD_LOG_LEVEL": "debug"},
            capture_output=True,
            text=True,
        )
        assert told.returncode == 0, told.stderr[-2000:]
        assert f"{file}:" not in told.stderr  # how it names a line that it does not like
        unit = told.stdout[told.stdout.index(f"-> Unit {file.name}:") :].split("-> Unit ")[1]
        commands = re.findall(r"Command Line: (.*)", unit)
        if commands:
            shell = ["sh", "-c", f"printf '%s\\n' {commands[0]}"]
            words = subprocess.run(shell, capture_output=True, text=True, check=True).stdout
            found[file.name] = (words.splitlines(), re.findall(r"Environment: (.*)", unit))
    return found


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not here")
def test_systemd_reads_the_units_as_they_are_meant(tmp_path: Path) -> None:
    program = tmp_path / "our programs 100 %d"
    program.mkdir()
    (program / "warehouse").symlink_to("/bin/true")
    watch = [str(program / "warehouse"), "watch"]
    units = unit_files(
        "shop",
        [*watch, "--once", ODD, f"cafe={ODD}"],
        [*watch, ODD],
        [read_time(":15"), read_time("20:00")],
        environment(ODD, WAREHOUSE_HOME=ODD),
    )
    write_units(tmp_path / "units", units)
    assert seen_by_systemd(tmp_path / "units") == {
        "shop.service": ([*watch, "--once", ODD, f"cafe={ODD}"], [f"WAREHOUSE_HOME={ODD}"]),
        "shop-watch.service": ([*watch, ODD], [f"WAREHOUSE_HOME={ODD}"]),
    }
    assert (
        units["shop.timer"].count("OnCalendar=") == 2 and "Persistent=true" in units["shop.timer"]
    )


def test_a_service_of_the_database_is_not_ended_with_the_unit() -> None:
    units = unit_files("shop", ["/w"], ["/w"], QUARTER, environment())
    assert all("KillMode=process" in units[n] for n in ("shop.service", "shop-watch.service"))
    assert "RestartPreventExitStatus=1 2" in units["shop.service"]
    assert "Restart=always" in units["shop-watch.service"]


def test_cron_runs_the_line_as_it_is_meant(tmp_path: Path) -> None:
    secrets = tmp_path / "50 % secret"
    secrets.write_text("WAREHOUSE_TOKEN_KEY='a b'\n")
    program = tmp_path / "show"
    program.write_text('#!/bin/sh\nprintf "%s\\n" "$WAREHOUSE_HOME" "$WAREHOUSE_TOKEN_KEY" "$@"\n')
    program.chmod(0o755)
    text = crontab_lines(
        [str(program), "watch", "--once", ODD_FOR_CRON],
        [read_time(":15"), read_time("20:00")],
        environment(str(secrets), WAREHOUSE_HOME=ODD_FOR_CRON),
    )
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    assert [line.split(" set -a;")[0] for line in lines] == [
        "15 * * * *", "0 20 * * *", "@reboot",
    ]  # fmt: skip
    command = lines[0].removeprefix("15 * * * * ")
    # What cron gives the shell: all up to the first percent sign without a backslash.
    given = re.split(r"(?<!\\)%", command)[0].replace("\\%", "%")
    told = subprocess.run(["/bin/sh", "-c", given], capture_output=True, text=True, check=True)
    assert told.stdout.splitlines() == [ODD_FOR_CRON, "a b", "watch", "--once", ODD_FOR_CRON]


def test_what_units_and_crontabs_cannot_hold_is_refused() -> None:
    with pytest.raises(WarehouseError, match="cannot be written into a unit"):
        unit_files("shop", ["/w", "/srv/a\nb"], ["/w"], QUARTER, environment())
    for path in ("/srv/a\nb", "/srv/a\\b"):
        with pytest.raises(WarehouseError, match="no crontab can hold"):
            crontab_lines(["/w", path], QUARTER, environment())
    with pytest.raises(WarehouseError, match="more than cron takes"):
        crontab_lines(["/w", *[f"/srv/{'x' * 100}"] * 10], QUARTER, environment())


def test_of_the_environment_all_is_kept_but_secrets(tmp_path: Path) -> None:
    given = {
        "WAREHOUSE_HOME": str(tmp_path),
        "WAREHOUSE_PORT": "15000",
        "WAREHOUSE_SCHEMA_PREFIX": "dev_",
        "WAREHOUSE_TARGET": "postgres",
        "WAREHOUSE_TOKEN_KEY": "ab" * 32,
        "WAREHOUSE_ALERT_EMAIL": "shop@example.com",
        "WAREHOUSE_ALERT_WEBHOOK": "secret1",
        "DBT_ENV_SECRET_X": "secret2",
        "PGHOST": "db",
        "PGPASSWORD": "secret3",
        "AWS_SECRET_ACCESS_KEY": "secret4",
        "AWS_PROFILE": "shop",
        "EDITOR": "vi",
        "PGUSER": "",
    }
    kept = keep_environment(Settings.from_environment(given), given)
    assert kept.values == {
        "WAREHOUSE_HOME": str(tmp_path),
        "WAREHOUSE_PORT": "15000",
        "WAREHOUSE_SCHEMA_PREFIX": "dev_",
        "WAREHOUSE_TARGET": "postgres",
        "WAREHOUSE_ALERT_EMAIL": "shop@example.com",
        "PGHOST": "db",
        "AWS_PROFILE": "shop",
    }
    assert kept.left_out == (
        "AWS_SECRET_ACCESS_KEY", "DBT_ENV_SECRET_X", "PGPASSWORD", "WAREHOUSE_ALERT_WEBHOOK",
        "WAREHOUSE_TOKEN_KEY",
    )  # fmt: skip
    assert kept.secrets_file == tmp_path / "secrets" / "environment"


def test_the_command_writes_units_once_more_but_none_that_is_not_its_own(tmp_path: Path) -> None:
    out, incoming = tmp_path / "units", tmp_path / "incoming"
    home = {"WAREHOUSE_HOME": str(tmp_path / "home"), "PGPASSWORD": "not to be told"}
    shown = run("schedule", str(incoming), "--rest", "10", "--at", "20:00", **home)
    assert shown.returncode == 0 and not out.exists()
    assert "# ---- warehouse.timer" in shown.stdout and "OnCalendar=*-*-* 20:00:00" in shown.stdout
    assert f'"watch" "--rest" "10" "--once" "{incoming}"' in shown.stdout
    assert "PGPASSWORD" in shown.stderr
    assert "not to be told" not in shown.stdout + shown.stderr

    for _ in range(2):
        written = run("schedule", "--systemd", "--out", str(out), str(incoming), **home)
        assert written.returncode == 0
    assert sorted(path.name for path in out.iterdir()) == [
        "warehouse-watch.service", "warehouse.service", "warehouse.timer",
    ]  # fmt: skip
    assert "systemctl --user enable --now warehouse.timer" in written.stdout
    assert "loginctl enable-linger" in written.stdout
    assert (out / "warehouse.timer").read_text().startswith(MADE_BY)

    (out / "warehouse.timer").write_text("[Timer]\n")
    (out / "warehouse.service").unlink()
    refused = run("schedule", "--systemd", "--out", str(out), str(incoming), **home)
    assert refused.returncode == 1 and "--name" in refused.stderr
    assert not (out / "warehouse.service").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ("schedule",),
        ("schedule", "--at", "25:00", "incoming"),
        ("schedule", "nobody=incoming"),
        ("schedule", "--name", "a/b", "incoming"),
        ("schedule", "--cron", "--out", "x", "incoming"),
        ("watch",),
        ("watch", "nobody=incoming"),
        ("watch", "--rest", "-1", "incoming"),
    ],
)
def test_wrong_usage_is_exit_2(arguments: tuple[str, ...], tmp_path: Path) -> None:
    assert run(*arguments, WAREHOUSE_HOME=str(tmp_path / "home")).returncode == 2
