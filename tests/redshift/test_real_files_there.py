"""The real files and the exports of shops, through both doors: the same rows, totals and rejects;
no personal value where none belongs."""

import csv
import io
from pathlib import Path

import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ingest.engine.staging_area import StagingArea
from ingest.loads.load_options import Options
from ingest.loads.loader import load
from ingest.sessions import connect
from ingest.tables import raw_schemas
from ingest.tables.definition_files import read_definitions
from scaffold import plan_scaffold, write_scaffold
from tests.ingest.conftest import TOKEN_KEY
from tests.redshift.both_doors import LEDGER, require_same, rows
from tests.redshift.cluster import Cluster
from tests.redshift.cluster_shop import ClusterShop
from tests.scaffold.conftest import copied_project
from tests.scaffold.exports_of_shops import SHOPS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]


@pytest.fixture
def staged(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, bytes]]:
    """Key and content of every object that is put into the bucket."""
    objects: list[tuple[str, bytes]] = []
    put = StagingArea._put

    def note_and_put(self: StagingArea, key: str, content: bytes) -> None:
        objects.append((key, content))
        put(self, key, content)

    monkeypatch.setattr(StagingArea, "_put", note_and_put)
    return objects


def cells(objects: list[tuple[str, bytes]]) -> dict[str, dict[str, set[str]]]:
    """All values that were staged, as text: by table and column."""
    found: dict[str, dict[str, set[str]]] = {}
    for key, content in objects:
        if key.endswith(".parquet"):
            rows_of = pq.read_table(io.BytesIO(content))
            columns = found.setdefault(key.split("/")[-2], {})
            for name in rows_of.column_names:
                texts = rows_of.column(name).cast(pa.string()).to_pylist()
                columns.setdefault(name, set()).update(text for text in texts if text)
    return found


def test_real_files_come_in_the_same_by_both_doors(
    shop: ClusterShop, redshift: Cluster, empty_database: str, real_data: Path
) -> None:
    options = Options(token_key=TOKEN_KEY)
    observations = Options(token_key=TOKEN_KEY, table="risk_observations")
    for address in (shop.address, empty_database):
        for source in ("cafe", "ecommerce", "grocery"):
            load(address, shop.project_dir, source, [real_data / source], options)
        for name in ("risk_actual.csv", "risk_random.csv"):
            path = real_data / "electronics" / name
            load(address, shop.project_dir, "electronics", [path], observations)
    definitions = read_definitions(shop.project_dir)
    tables = [f"raw_{s.name}.{t}" for s in definitions.values() for t in s.tables]
    require_same(redshift.behind, empty_database, tables)
    loaded = dict(
        rows(redshift.behind, "select table_name, sum(rows_loaded) from ops.load_files group by 1")
    )
    # The two files of the café, and those of the applications.
    assert (loaded["transactions"], loaded["applications"]) == (650, 4999)
    assert (loaded["transaction_data"], loaded["causal_data"]) == (100_000, 360_535)
    assert len(rows(redshift.behind, LEDGER)) == 14
    assert redshift.keys("door/") == []


def test_exports_come_in_the_same_by_both_doors(
    shop: ClusterShop, redshift: Cluster, empty_database: str, tmp_path: Path
) -> None:
    project = copied_project(shop.project_dir, tmp_path / "project")
    for name, (paths, wishes) in SHOPS.items():
        write_scaffold(project, plan_scaffold(project, name, paths, wishes))
    definitions = {n: d for n, d in read_definitions(project).items() if n in SHOPS}
    options = Options(token_key=TOKEN_KEY)
    for address in (shop.address, empty_database):
        with connect(address) as session:
            raw_schemas.ensure(session, definitions)
        for name, (paths, _) in SHOPS.items():
            report = load(address, project, name, paths, options)
            assert report.exit_code == 0, (name, report.files)
    tables = [f"raw_{s.name}.{t}" for s in definitions.values() for t in s.tables]
    assert len(tables) >= len(SHOPS)
    require_same(redshift.behind, empty_database, tables)


def test_no_name_and_no_card_of_the_cafe_leaves_this_machine(
    shop: ClusterShop, redshift: Cluster, real_data: Path, staged: list[tuple[str, bytes]]
) -> None:
    names, cards = set[str](), set[str]()
    for path in sorted((real_data / "cafe").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.reader(file):
                names.add(row[2])
                cards |= {row[6]} - {""}
    assert len(names) > 500 and len(cards) > 250
    redshift.ledger.clear()
    assert shop.load("cafe", real_data / "cafe").rows_loaded == 650
    sent = cells(staged)
    assert "customer_name" not in sent["transactions"]
    texts = [text for columns in sent.values() for found in columns.values() for text in found]
    log = redshift.ledger.log() + _load_errors(redshift)
    for value in names | cards:
        assert value not in log
        assert not any(value in text for text in texts)


def test_personal_values_of_applications_are_in_their_columns_alone(
    shop: ClusterShop, redshift: Cluster, real_data: Path, staged: list[tuple[str, bytes]]
) -> None:
    restricted = {"name", "email", "date_of_birth", "mobile_no"}
    values: dict[str, set[str]] = {"name": set(), "email": set(), "mobile_no": set()}
    for path in sorted((real_data / "ecommerce").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                for name, found in values.items():
                    # Shorter ones may be a part of anything.
                    found |= {row[name].strip()} if len(row[name].strip()) >= 6 else set()
    assert min(map(len, values.values())) > 1000
    redshift.ledger.clear()
    assert shop.load("ecommerce", real_data / "ecommerce").rows_loaded == 4999
    sent = cells(staged)
    assert restricted <= set(sent["applications"])
    log = redshift.ledger.log() + _load_errors(redshift)
    others = [
        text
        for table, columns in sent.items()
        for name, found in columns.items()
        if table != "applications" or name not in restricted
        for text in found
    ]
    joined = "\n".join(others)
    # A token is made of digits, too, and may have those of a telephone number in it.
    named = values["name"] | values["email"]
    assert [v for v in named if v in log or v in joined] == []
    assert values["mobile_no"].isdisjoint(others)
    assert redshift.keys("door/") == []


def _load_errors(redshift: Cluster) -> str:
    with psycopg.connect(redshift.behind) as connection:
        found = connection.execute("select e::text from sys_load_error_detail as e").fetchall()
    return str(found)
