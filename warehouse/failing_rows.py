"""The rows that a failing data test found, for those who have to mend them."""

from pathlib import Path

import psycopg

from warehouse.dbt_run import NodeResult

MOST_ROWS = 5


def first_rows(
    connection: psycopg.Connection, project_dir: Path, result: NodeResult
) -> list[dict[str, str]]:
    """The first rows of a singular data test, as column → text; without empty columns.

    Empty for other tests: what those select is not written for people, and a test of a personal
    column must not print it.
    """
    is_singular = result.kind == "test" and result.unique_id.count(".") == 2
    if not is_singular or not result.compiled_path or result.status not in ("fail", "warn"):
        return []
    try:
        query = (project_dir / result.compiled_path).read_text()
        with connection.transaction():
            connection.execute("set transaction read only")
            cursor = connection.execute(
                f"select * from (\n{query}\n) as found limit {MOST_ROWS}".encode()
            )
            names = [column.name for column in cursor.description or ()]
            rows = cursor.fetchall()
    except (OSError, psycopg.Error):
        return []
    return [
        {name: str(value) for name, value in zip(names, row, strict=True) if value is not None}
        for row in rows
    ]
