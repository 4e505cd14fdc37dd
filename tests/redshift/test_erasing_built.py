"""A member and a guest of the café, forgotten after everything was built and published."""

import csv
from pathlib import Path

import pytest

from ingest.erasure.forgetting import forget
from sample import write_sample
from tests.ingest.conftest import TOKEN_KEY
from tests.ingest.test_forgetting import token
from tests.pipeline.test_erasing import BUILT, FILES
from tests.redshift.cluster import Cluster
from tests.redshift.cluster_shop import ClusterShop
from tests.redshift.dbt_runs import make_loaders_tables, run_dbt

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

MEMBER = ("Quillington", "winifred@quill.example", "winifred@quill.com", "1987-05-17", "81234567")
SOURCES = ("--vars", "{source_systems: [cafe, ecommerce]}")


def test_nothing_of_them_is_in_any_table(
    shop: ClusterShop, redshift: Cluster, project_dir: Path, tmp_path: Path
) -> None:
    make_loaders_tables(redshift, project_dir)
    written = write_sample(tmp_path / "sample", 0.02)
    assert shop.load("cafe", written.folders["cafe"]).exit_code == 0
    for name, content in FILES.items():
        shop.load_one("ecommerce", f"{name}.csv", content)
    guests = next(iter(sorted(written.folders["cafe"].glob("*.csv"))))
    with guests.open(encoding="utf-8", newline="") as file:
        card = next(row[6] for row in csv.reader(file) if row[6])
    # The member applied under another address, which nothing links to the membership.
    persons = [("ecommerce", "Quill_6845c"), ("ecommerce", "winifred@quill.com"), ("cafe", card)]

    def build(*arguments: str) -> None:
        run_dbt(redshift, project_dir, tmp_path / "dbt", "build", *SOURCES, "--select", *arguments)

    build(*BUILT)
    before = shop.everything()
    personal = [*MEMBER, token("Quill_6845c"), token(card)]
    assert [value for value in personal if value not in before] == []

    redshift.ledger.clear()
    for source, person in persons:
        done = forget(
            shop.address,
            project_dir,
            source,
            person,
            token_key=TOKEN_KEY,
            rebuild=lambda: build("tag:restricted,resource_type:model"),
        )
        assert done.rows > 0
        assert (done.traces, done.not_rewritten) == ((), ())
    assert [value for value in (*personal, card) if value in redshift.ledger.log()] == []
    # Facts have the old ids until they are built anew.
    after = shop.everything()
    assert [value for value in MEMBER if value in after] == []
    build(*BUILT)
    after = shop.everything()
    assert [value for value in personal if value in after] == []
    assert redshift.keys("door/") == []
