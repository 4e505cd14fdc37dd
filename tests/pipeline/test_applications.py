"""Applications for membership: the real files, hostile ones, keys, and what erasing leaves."""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import psycopg
import pytest

from ingest.erasure.purging import purge
from tests.marts.built_warehouse import BuiltWarehouse, database_on

RESULTS = (
    "membership_applications", "int_ecommerce__membership_applications",
    "fct_membership_applications", "membership_results",
)  # fmt: skip
HEADER = "name,email,date_of_birth,mobile_no\n"
GOOD = "Ann O'Sample,ann@example.com,1987-05-17,81234567"
HOSTILE = (
    '"Robert\'); drop table raw_ecommerce.applications;--"',
    '"Ann ""the Quote"" O\'Sample"',
    "😀 Ünïcödé 李",
    f"Long {'n' * 9_995}",
    '"Tab\tand\nline"',
    "{{ this }} %s \\N",
)


# The longest of everything, a date that is an attack, the same content again, and nothing at all.
ODD = [
    *(GOOD.replace("Ann O'Sample", name) for name in HOSTILE),
    f"{'n ' * 5_000},{'e' * 9_999},{'9' * 10_000},{'8' * 10_000}",
    GOOD.replace("1987-05-17", '"1987-05-17\'; select 1"'),
    GOOD,
    GOOD,
    ",,,",
]


def check(shop: BuiltWarehouse, *arguments: str) -> None:
    """Builds the checks and their results."""
    shop.dbt("run", "--select", *RESULTS, *arguments)


def write_odd(folder: Path, *parts: list[str]) -> Path:
    """Writes rows of applications into files, a file for each part; returns the folder."""
    folder.mkdir()
    for number, rows in enumerate(parts, 1):
        (folder / f"applications_odd_{number}.csv").write_text(HEADER + "\n".join(rows) + "\n")
    return folder


@pytest.fixture(scope="module")
def shop(
    server: str, project_dir: Path, dbt_folder: Path, real_data: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[BuiltWarehouse]:  # fmt: skip
    """The real applications (loads 1 and 2) and odd ones (3 and 4), under the default rule."""
    odd = write_odd(tmp_path_factory.mktemp("applications") / "odd", ODD[:2], ODD[2:])
    with database_on(server, project_dir, dbt_folder) as warehouse:
        warehouse.load("ecommerce", real_data / "ecommerce")
        warehouse.load("ecommerce", odd)
        check(warehouse)
        yield warehouse


@pytest.fixture(scope="module")
def results(shop: BuiltWarehouse) -> pd.DataFrame:
    """The results of the real applications."""
    return shop.frame(
        "select results.* from marts.membership_results as results"
        " inner join core.fct_membership_applications as fact using (application_key)"
        " where fact.load_id < 3"
    )


@pytest.fixture(scope="module")
def reference(real_data: Path) -> pd.DataFrame:
    """The real applications with their checks as pandas sees them."""
    files = sorted((real_data / "ecommerce").glob("*.csv"))
    rows = pd.concat([pd.read_csv(file, dtype=str) for file in files], ignore_index=True)
    born = pd.Series(pd.NaT, index=rows.index)
    for form in ("%Y-%m-%d", "%Y/%m/%d", "%m/%d/%Y", "%d-%m-%Y"):
        born = born.fillna(pd.to_datetime(rows["date_of_birth"], format=form, errors="coerce"))
    assert born.notna().all()
    return rows.assign(
        born=born,
        has_valid_mobile=rows["mobile_no"].str.fullmatch(r"\d{8}"),
        has_valid_age=born < pd.Timestamp(2004, 1, 1),
        has_valid_email=rows["email"].str.contains(r"\.(?:com|net)$"),
        has_valid_name=True,
    )


def test_real_applications_succeed_as_published(
    shop: BuiltWarehouse, results: pd.DataFrame, reference: pd.DataFrame
) -> None:
    assert len(results) == 4_999
    assert results["is_successful"].sum() == 526
    ids = shop.frame(
        "select membership_id from restricted.membership_applications where load_id < 3"
    )["membership_id"].dropna()
    assert (len(ids), ids.nunique()) == (526, 525)

    flags = ["has_valid_mobile", "has_valid_age", "has_valid_email", "has_valid_name"]
    expected = reference.groupby(flags).size()
    assert results.astype(dict.fromkeys(flags, bool)).groupby(flags).size().equals(expected)


def test_reasons_add_up(results: pd.DataFrame) -> None:
    reasons = results["failed_reasons"].str.split(", ").explode().dropna().value_counts().to_dict()
    assert reasons == {
        "mobile number is not 8 digits": (~results["has_valid_mobile"].astype(bool)).sum(),
        "not over 18": (~results["has_valid_age"].astype(bool)).sum(),
        "e-mail ending is not permitted": (~results["has_valid_email"].astype(bool)).sum(),
    }
    assert sum(reasons.values()) == results["failed_check_count"].sum()
    assert (results["failed_reasons"].isna() == results["is_successful"]).all()


def test_dates_are_told_apart_by_their_separators(
    shop: BuiltWarehouse, reference: pd.DataFrame
) -> None:
    found = shop.frame(
        "select email, birth_date, membership_id from restricted.membership_applications"
        " where load_id < 3 order by load_id, file_line"
    )
    assert found["email"].tolist() == reference["email"].tolist()
    assert found["birth_date"].tolist() == reference["born"].dt.date.tolist()
    succeeded = found["membership_id"].notna()
    for day, member in found.loc[succeeded, ["birth_date", "membership_id"]].itertuples(False):
        digest = hashlib.sha256(f"{day:%Y%m%d}".encode()).hexdigest()
        assert member.endswith(f"_{digest[:5]}")


def test_hostile_applications_are_applications(shop: BuiltWarehouse) -> None:
    found = shop.frame(
        "select first_name, last_name, membership_id, is_successful"
        " from restricted.membership_applications where load_id > 2 order by load_id, file_line"
    )
    assert len(found) == len(ODD)
    names = [tuple(row) for row in found[["first_name", "last_name"]].itertuples(index=False)]
    assert names[:6] == [
        ("Robert'); drop table", "raw_ecommerce.applications;--"),
        ('Ann "the Quote"', "O'Sample"),
        ("😀 Ünïcödé", "李"),
        ("Long", "n" * 9_995),
        ("Tab and", "line"),
        ("{{ this }} %s", "\\N"),
    ]
    assert found["is_successful"].tolist()[:8] == [True] * 6 + [False] * 2
    assert found["membership_id"][1] == "O'Sample_6845c"


def test_keys_do_not_depend_on_files_or_their_order(
    shop: BuiltWarehouse, new_warehouse: Callable[..., BuiltWarehouse], tmp_path: Path
) -> None:
    other = new_warehouse()
    other.load("ecommerce", write_odd(tmp_path / "odd", ODD[::-1]))
    other.dbt("run", "--select", "membership_applications")
    results = (
        "(select application_key, application_id, is_successful, failed_reasons, membership_id"
        " from restricted.membership_applications where load_id > {})"
    )
    assert shop.checksum(results.format(2)) == other.checksum(results.format(0))
    repeated = "select count(*) from restricted.membership_applications where application_id like"
    assert other.value(f"{repeated} '%-2'") == 1


def test_results_outlive_erasing(shop: BuiltWarehouse, project_dir: Path) -> None:
    before = shop.checksum("marts.membership_results")
    with psycopg.connect(shop.conninfo) as connection:
        connection.execute(
            "update ops.load_files set finished_at = finished_at - interval '8 days'"
            " where load_id <> 4"
        )
    assert purge(shop.conninfo, project_dir).rows == 4_999 + 2
    check(shop)
    assert shop.checksum("marts.membership_results") == before
    left = shop.frame(
        "select distinct load_id from restricted.membership_applications where"
        " coalesce(first_name, last_name, email, mobile_no, membership_id) is not null"
        " or birth_date is not null"
    )
    assert left["load_id"].tolist() == [4]


@pytest.mark.slow
def test_nobody_succeeds_under_the_literal_rule(
    new_warehouse: Callable[..., BuiltWarehouse], real_data: Path
) -> None:
    literal = "{membership_email_endings: ['@emailprovider.com', '@emailprovider.net']}"
    shop = new_warehouse()
    shop.load("ecommerce", real_data / "ecommerce")
    for rule in (literal, "{membership_email_endings: []}"):
        check(shop, "--vars", rule)
        found = shop.frame("select is_successful from marts.membership_results")
        assert (len(found), found["is_successful"].sum()) == (4_999, 0)
