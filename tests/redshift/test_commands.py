"""The `warehouse` command on Redshift: from an empty database to loaded files and back."""

from pathlib import Path

from tests.ingest.conftest import good_lines, grocery_file
from tests.redshift.cluster import Cluster
from tests.redshift.warehouse_command import warehouse


def test_from_nothing_to_loaded_files_and_back(
    redshift: Cluster, environment: dict[str, str], tmp_path: Path
) -> None:
    code, out, err = warehouse(environment, "up")
    assert (code, err) == (0, "")
    assert out == "Connected to target redshift; raw tables are in place.\n"
    assert redshift.keys("door/") == []
    roles = {name for (name,) in redshift.seen("select rolname from pg_roles")}
    assert {"reporter", "logistics", "sales", "pii_reader"} <= roles
    (width,) = redshift.seen(
        "select atttypmod - 4 from pg_attribute where attname = 'currency_code'"
        " and attrelid = 'ops.load_totals'::regclass"
    )[0]
    assert width == 12  # three characters of up to four bytes

    again, _, err = warehouse(environment, "up")
    assert (again, err) == (0, "")

    path = tmp_path / "transaction_data.csv"
    path.write_text(grocery_file(good_lines(5)), encoding="utf-8")
    code, out, err = warehouse(environment, "load", "grocery", str(path), "--json")
    assert code == 0, err
    assert '"rows_loaded": 5' in out
    code, out, _ = warehouse(environment, "load", "grocery", str(path), "--json")
    assert code == 0
    assert '"result": "known"' in out
    code, out, err = warehouse(environment, "unload", "1")
    assert code == 0, err
    assert out.startswith(
        "Load 1 removed: transaction_data.csv, 5 rows of grocery.transaction_data"
    )
    assert redshift.seen("select count(*) from raw_grocery.transaction_data") == [(0,)]
    assert warehouse(environment, "unload", "1")[0] == 2
    assert redshift.keys("door/") == []


def test_what_is_missing_is_named(redshift: Cluster, environment: dict[str, str]) -> None:
    without = {n: v for n, v in environment.items() if not n.startswith("REDSHIFT_")}
    del without["DBT_ENV_SECRET_REDSHIFT_PASSWORD"]
    code, _, err = warehouse(without, "up")
    assert code == 2
    assert "REDSHIFT_IAM_ROLE" in err
    del without["WAREHOUSE_S3_STAGING"]
    code, _, err = warehouse(without, "up")
    assert code == 2
    assert "For target redshift set REDSHIFT_HOST, REDSHIFT_USER and" in err

    unstaged = {n: v for n, v in environment.items() if n != "WAREHOUSE_S3_STAGING"}
    code, _, err = warehouse(unstaged, "up")
    assert code == 1
    assert "set WAREHOUSE_S3_STAGING to s3://bucket/prefix" in err

    code, _, err = warehouse(environment | {"WAREHOUSE_S3_STAGING": "s3://nobodys-bucket"}, "up")
    assert code == 1
    assert "the staging bucket nobodys-bucket returned an error: NoSuchBucket" in err


def test_a_role_that_may_not_unload_is_told_of(
    redshift: Cluster, environment: dict[str, str]
) -> None:
    redshift.fail_at("^unload", "s3_throttle")
    code, _, err = warehouse(environment, "up")
    assert code == 0
    assert "warning: Files can be loaded, but risk models cannot be trained: the cluster" in err
    assert redshift.keys("door/") == []


def test_a_wrong_password_is_one_line(environment: dict[str, str]) -> None:
    wrong = environment | {"DBT_ENV_SECRET_REDSHIFT_PASSWORD": "guess-4711"}
    code, _, err = warehouse(wrong, "up")
    assert code == 1
    assert err.startswith("error: cannot reach the database: ")
    assert len(err.splitlines()) == 1
    assert "4711" not in err


def test_serializable_isolation_is_named_with_the_cure(
    redshift: Cluster, environment: dict[str, str]
) -> None:
    change = "update stv_db_isolation_level set isolation_level = '{}' returning 1"
    redshift.seen(change.format("Serializable"))
    code, _, err = warehouse(environment, "up")
    redshift.seen(change.format("Snapshot Isolation"))
    assert code == 1
    assert f'alter database "{redshift.database}" isolation level snapshot;' in err


def test_nothing_is_wrong_with_an_empty_warehouse(environment: dict[str, str]) -> None:
    assert warehouse(environment, "up")[0] == 0
    assert warehouse(environment, "alerts") == (0, "Nothing is wrong.\n", "")


def test_other_commands_say_what_works(redshift: Cluster, environment: dict[str, str]) -> None:
    code, out, _ = warehouse(environment, "url")
    assert code == 0
    expected = f"redshift://{redshift.user}@127.0.0.1:{redshift.port}/{redshift.database}\n"
    assert out == expected
    for command in (["psql"], ["backup", "file"]):
        code, _, err = warehouse(environment, *command)
        assert code == 1
        assert "does not work on Redshift yet" in err
    code, _, err = warehouse(environment, "down")
    assert code == 1
    assert "Target redshift is a server of your own" in err
