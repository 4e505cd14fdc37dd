"""The first rows that a failing data test found, to show what to fix."""

from pathlib import Path

from ingest.engine.engines import engine_of
from ingest.engine.session import Session
from ingest.sessions import FAILURES
from warehouse.build.dbt_run import NodeResult

MOST_ROWS = 5


def first_rows(connection: Session, project_dir: Path, result: NodeResult) -> list[dict[str, str]]:
    """The first rows of a data test, as column → text, without empty columns and rows.

    Empty for generic tests of raw tables and of models in `restricted`, because their columns may
    be personal.
    """
    if result.kind != "test" or not result.compiled_path or result.status not in ("fail", "warn"):
        return []
    is_singular = result.unique_id.count(".") == 2
    if not is_singular and _may_be_personal(result, project_dir):
        return []
    try:
        query = (project_dir / result.compiled_path).read_text()
        with connection.transaction(force_rollback=True):
            if engine_of(connection).has_foreign_code:
                connection.execute("set transaction read only")
            cursor = connection.execute(
                f"select * from (\n{query}\n) as found limit {MOST_ROWS}".encode()  # noqa: S608 (dbt's)
            )
            names = [column[0] for column in cursor.description or ()]
            rows = cursor.fetchall()
    except (OSError, *FAILURES):
        return []
    found = [
        {name: str(value) for name, value in zip(names, row, strict=True) if value is not None}
        for row in rows
    ]
    return [row for row in found if row]


def _may_be_personal(result: NodeResult, project_dir: Path) -> bool:
    restricted = {path.stem for path in (project_dir / "models" / "restricted").rglob("*.sql")}
    return any(
        name.startswith("source.") or name.rsplit(".", 1)[-1] in restricted for name in result.reads
    )
