"""The comparison: plain psql on the same server with the same settings."""

import subprocess
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from warehouse.errors import WarehouseError
from warehouse.server import database, layout
from warehouse.settings import Settings

SCHEMA_PREFIX = "straight_"


@dataclass(frozen=True)
class Model:
    """A dbt model as a plain statement: `select` is its compiled SQL for a full build.

    `relation` is the quoted name of its table or view, `indexes` are (columns, is unique).
    """

    name: str
    relation: str
    schema: str
    is_view: bool
    select: str
    indexes: tuple[tuple[tuple[str, ...], bool], ...]


def run_psql(settings: Settings, *arguments: str) -> float:
    """Run psql as the owner and return the seconds that its process took.

    Raises WarehouseError with psql's first message if it fails.
    """
    parameters = database.parameters(settings)
    given = {"PGPASSWORD": parameters["password"], "PGOPTIONS": "-c client_min_messages=warning"}
    command = [
        str(layout.program("psql")), "--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1",
        "--host", parameters["host"], "--port", parameters["port"],
        "--username", parameters["user"], "--dbname", parameters["dbname"], *arguments,
    ]  # fmt: skip
    began = time.monotonic()
    result = subprocess.run(command, env=given, capture_output=True, text=True, check=False)
    seconds = time.monotonic() - began
    if result.returncode != 0:
        raise WarehouseError(f"psql: {result.stderr.strip().splitlines()[0]}")
    return seconds


def copy_statement(table: str, file: Path) -> str:
    r"""psql's \copy of a CSV file with a header into the columns that the header names."""
    with file.open(encoding="utf-8") as lines:
        columns = lines.readline().strip().lower()
    return f"\\copy {table} ({columns}) from '{file}' with (format csv, header true)"


def straight_relation(model: Model) -> str:
    """Quoted name of the plain copy of a model: the same name in a separate schema."""
    return model.relation.replace(f'"{model.schema}"', f'"{SCHEMA_PREFIX}{model.schema}"')


def straight_script(models: Iterable[Model], built: Iterable[Model]) -> str:
    """The models as a psql script: a plain `create … as` for each, and the indexes.

    `models` are in build order; references to any of `built` point to the plain copies.
    """
    names = {model.relation: straight_relation(model) for model in built}
    statements = []
    for model in models:
        select = model.select
        for relation, plain in names.items():
            select = select.replace(relation, plain)
        kind = "view" if model.is_view else "table"
        statements.append(f"create {kind} {names[model.relation]} as (\n{select}\n);")
        for columns, is_unique in model.indexes:
            unique = "unique " if is_unique else ""
            statements.append(
                f"create {unique}index on {names[model.relation]} ({', '.join(columns)});"
            )
    return "\n\n".join(statements) + "\n"
