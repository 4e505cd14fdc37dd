"""`warehouse forget` and `purge` on Redshift."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.ingest.conftest import LEEDS, ticket
from tests.ingest.test_forgetting import MEMBERS, token
from tests.redshift.cluster import Cluster
from tests.redshift.mini_project_there import write_mini_project_there
from tests.redshift.warehouse_command import warehouse

pytestmark = pytest.mark.slow

CARD = "4929123456781234"


@pytest.fixture
def project(project_dir: Path, tmp_path: Path, environment: dict[str, str]) -> dict[str, str]:
    """Variables for the command, with a small project whose rejects have an age."""
    folder = write_mini_project_there(project_dir, tmp_path / "project")
    path = folder / "models" / "staging" / "cafe" / "_cafe__sources.yml"
    definition = yaml.safe_load(path.read_text(encoding="utf-8"))
    (source,) = definition["sources"]
    for table in source["tables"]:
        table.setdefault("config", {}).setdefault("meta", {})["reject_retention_days"] = 10
    path.write_text(yaml.safe_dump(definition), encoding="utf-8")
    return environment | {"WAREHOUSE_PROJECT_DIR": str(folder)}


def forget_from_a_pipe(
    environment: dict[str, str], source: str, person: str
) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of `warehouse forget SOURCE - --yes`."""
    done = subprocess.run(
        [sys.executable, "-m", "warehouse.cli", "forget", source, "-", "--yes"],
        env=environment, input=f"{person}\n", capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


def test_a_card_is_forgotten_and_forgotten_again(
    redshift: Cluster, project: dict[str, str], tmp_path: Path
) -> None:
    assert warehouse(project, "up")[0] == 0
    path = tmp_path / LEEDS
    path.write_text(
        ticket() + "\n" + ticket(date_time="01/01/2020 09:20", card_number="1" * 16) + "\n"
    )
    assert warehouse(project, "load", "cafe", str(path))[0] == 0
    redshift.ledger.clear()
    code, out, err = forget_from_a_pipe(project, "cafe", CARD)
    assert code == 0, out + err
    assert "raw_cafe.transactions (card_number): 1 given a random id" in out
    assert "nothing is left" in out
    assert token(CARD) not in redshift.ledger.log()
    assert CARD not in redshift.ledger.log()
    cards = {card for (card,) in redshift.seen("select card_number from raw_cafe.transactions")}
    assert len(cards) == 2 and token(CARD) not in cards and token("1" * 16) in cards

    code, out, err = warehouse(project, "forget", "--again")
    assert (code, out) == (0, "Nobody who was forgotten is back.\n"), err
    # As after rows were brought back from a copy that is older.
    forgotten = (
        f"update raw_cafe.transactions set card_number = '{token(CARD)}' where file_line = 1"
    )
    redshift.run(forgotten)
    code, out, err = warehouse(project, "forget", "--again", "--yes")
    assert code == 0, out + err
    cards = {card for (card,) in redshift.seen("select card_number from raw_cafe.transactions")}
    assert token(CARD) not in cards
    code, _, err = forget_from_a_pipe(project, "cafe", "4000000000000000")
    assert (code, err) == (2, "error: source cafe has no customer with this id\n")
    assert redshift.keys("door/") == []

    code, out, err = warehouse(project, "purge", "--dry-run")
    assert code == 0, err
    assert out == (
        "rejected rows of raw_cafe.transactions: 0 would be deleted\n"
        "Nothing was changed (--dry-run).\n"
    )
    code, out, err = warehouse(project, "purge")
    assert (code, out) == (0, "rejected rows of raw_cafe.transactions: 0 deleted\n"), err


def test_what_readers_of_names_see_is_built_and_published_anew(
    redshift: Cluster, project: dict[str, str], project_dir: Path, tmp_path: Path
) -> None:
    folder = Path(project["WAREHOUSE_PROJECT_DIR"])
    sources = Path("models/staging/ecommerce/_ecommerce__sources.yml")
    (folder / sources).parent.mkdir()
    shutil.copy(project_dir / sources, folder / sources)
    given = folder / "dbt_project.yml"
    given.write_text(given.read_text().replace("[cafe]", "[cafe, ecommerce]"))
    model = folder / "models" / "restricted" / "people.sql"
    model.parent.mkdir()
    model.write_text(
        "{{ config(schema='restricted', materialized='table', tags=['restricted']) }}\n"
        "select last_name from {{ source('ecommerce', 'members') }}\n"
    )
    assert warehouse(project, "up")[0] == 0
    path = tmp_path / "members.csv"
    path.write_text(MEMBERS, encoding="utf-8")
    assert warehouse(project, "load", "ecommerce", str(path))[0] == 0
    code, out, err = warehouse(project, "build")
    assert code == 0, out + err
    names = "select last_name from restricted.people order by 1"
    assert redshift.seen(names) == [("Marshwood",), ("Quillington",)]
    redshift.ledger.clear()
    code, out, err = forget_from_a_pipe(project, "ecommerce", "Quill_6845c")
    assert code == 0, out + err
    assert redshift.seen(names) == [("Marshwood",), (None,)]
    assert "Quillington" not in redshift.ledger.log()
    dead = "select dead from pg_catalog.stand_in_dead where relation = 'published.people'::regclass"
    assert redshift.seen(dead) == [(0,)]
