"""`warehouse build` and `publish` on Redshift, on a small project."""

import json
from pathlib import Path

import pytest

from tests.ingest.conftest import LEEDS, ticket
from tests.platform.mini_project import write_mini_project
from tests.redshift.cluster import Cluster
from tests.redshift.warehouse_command import warehouse

SEGMENTS = "select rfm_segment, count(*) from marts.customer_rfm group by rfm_segment order by 1"


@pytest.fixture
def project(project_dir: Path, tmp_path: Path, environment: dict[str, str]) -> dict[str, str]:
    """Variables for the command, with a small project; two of its models are for PostgreSQL."""
    folder = write_mini_project(project_dir, tmp_path / "project")
    marts = folder / "models" / "marts"
    (marts / "customer_rfm.sql").write_text(
        "with numbers as ({{ dbt.generate_series(var('customers', 5)) }})\n"
        "select cast(generated_number as integer) as customer_key,\n"
        "    cast(case when generated_number <= 2 then 'champion' else 'hibernating' end"
        " as varchar(64)) as rfm_segment\n"
        "from numbers\n"
    )
    (marts / "product_affinity.sql").write_text(
        "select cast(1 as integer) as product_key_a, getdate() as built_at\n"
    )
    return environment | {"WAREHOUSE_PROJECT_DIR": str(folder)}


def test_files_are_built_and_published_when_all_passed(
    redshift: Cluster, project: dict[str, str], tmp_path: Path
) -> None:
    assert warehouse(project, "up")[0] == 0
    path = tmp_path / LEEDS
    path.write_text(ticket() + "\n", encoding="utf-8")
    code, _, err = warehouse(project, "load", "cafe", str(path))
    assert code == 0, err
    code, out, err = warehouse(project, "build")
    assert code == 0, out + err
    assert "3 models built, 3 tests passed" in out
    assert "Readers see build 1." in out
    assert redshift.seen(SEGMENTS) == [("champion", 2), ("hibernating", 3)]
    assert redshift.seen("select tickets from marts.ticket_count") == [(1,)]

    code, out, err = warehouse(project, "build", "--no-publish", "--vars", "{customers: 4}")
    assert code == 0, out + err
    assert redshift.seen(SEGMENTS) == [("champion", 2), ("hibernating", 3)]
    code, out, err = warehouse(project, "publish")
    assert code == 0, out + err
    assert "Readers see build 2." in out
    assert redshift.seen(SEGMENTS) == [("champion", 2), ("hibernating", 2)]

    code, out, err = warehouse(project, "status", "--json")
    assert code == 0, err
    state = json.loads(out)
    assert state["last_load"]["load_id"] == 1
    assert [(one["source"], one["live_rows"]) for one in state["sources"]] == [("cafe", 1)]
    assert (state["last_build"]["build_id"], state["last_build"]["status"]) == (2, "passed")
    assert state["published"]["build_id"] == 2
    assert "readers see build 2, since" in warehouse(project, "status")[1].replace("  ", " ")

    test = Path(project["WAREHOUSE_PROJECT_DIR"]) / "tests" / "no_champions.sql"
    test.write_text("select * from {{ ref('customer_rfm') }} where rfm_segment = 'champion'\n")
    code, out, err = warehouse(project, "build", "--vars", "{customers: 9}")
    assert code == 1, out + err
    assert "test no_champions failed: 2 rows" in out
    assert redshift.seen(SEGMENTS) == [("champion", 2), ("hibernating", 2)]
    assert redshift.seen(
        "select build_id, status, scope, models_built, tests_failed, failure from ops.build_runs"
        " order by build_id"
    ) == [
        (1, "passed", "everything", 3, 0, None),
        (2, "passed", "everything", 3, 0, None),
        (3, "failed", "everything", 3, 1, "Test no_champions of customer_rfm failed on 2 rows."),
    ]
