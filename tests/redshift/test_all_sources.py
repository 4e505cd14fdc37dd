"""The sample files of all sources, through both doors: the same rows, totals and rejects."""

from pathlib import Path

import pytest

from ingest.engine.redshift_address import RedshiftAddress
from ingest.loads.load_options import Options
from ingest.loads.loader import load
from ingest.tables.definition_files import read_definitions
from sample import parse_scale, write_sample
from tests.ingest.conftest import TOKEN_KEY
from tests.redshift.both_doors import LEDGER, require_same, rows
from tests.redshift.cluster import Cluster


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_all_sources_come_in_the_same_by_both_doors(
    loading_address: RedshiftAddress,
    redshift: Cluster,
    empty_database: str,
    project_dir: Path,
    tmp_path: Path,
) -> None:
    written = write_sample(tmp_path / "sample", parse_scale("0.1"), 7, True)
    definitions = read_definitions(project_dir)
    options = Options(token_key=TOKEN_KEY, max_reject_share=0.2)
    for source in written.sources.values():
        folder = written.folders[source.source]
        for address in (loading_address, empty_database):
            load(address, project_dir, source.source, [folder], options)
    assert len(rows(redshift.behind, LEDGER)) > 80
    tables = [f"raw_{s.name}.{t}" for s in definitions.values() for t in s.tables]
    require_same(redshift.behind, empty_database, tables)
    assert redshift.keys("door/") == []
