"""What the loader makes of a file's rows by the project's own definitions, without a database."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from ingest.checks.cell_rules import FileFacts, rules_for
from ingest.files.batches import Verdict
from ingest.files.csv_reader import CsvReader
from ingest.tables.definition_files import read_definitions

TODAY = dt.date(2026, 1, 31)


def faults(
    project_dir: Path, table: str, content: str, facts: FileFacts | None = None
) -> list[tuple[int, str | None, str]]:
    """Line, column and reason of each row that is rejected; `table` is written source.table."""
    source, _, name = table.partition(".")
    definition = read_definitions(project_dir)[source].tables[name]
    verdict = Verdict(1000)
    reader = CsvReader(definition, rules_for(definition, facts or FileFacts(), TODAY), verdict)
    kept = sum(batch.rows.num_rows for batch in reader.batches([content.encode()]))
    assert kept + len(verdict.rejects) == verdict.rows
    return [(reject.line, reject.column, reject.reason) for reject in verdict.rejects]
