"""Runs sqlfluff without a database: `python .ci/lint_sql.py [--engine E] lint PATH…`.

The dbt templater asks the database which tables exist before it compiles the first model. No model
here needs the answer to compile, so this step is skipped, and is_incremental() behaves as in
`dbt compile --no-introspect`. The engine (postgres, the default, or redshift) is both the dbt
target and the dialect.
"""

import os
import sys
from dataclasses import dataclass


def main() -> None:
    """Run sqlfluff's command line with the given arguments."""
    arguments = sys.argv[1:]
    engine = "postgres"
    if arguments[:1] == ["--engine"]:
        engine, arguments = arguments[1], arguments[2:]
    os.environ["DBT_TARGET"] = engine
    # dbt leaves a semaphore behind that each worker's tracker would complain about.
    os.environ["PYTHONWARNINGS"] = "ignore::UserWarning:multiprocessing.resource_tracker"

    import sqlfluff_templater_dbt.templater as templater
    from dbt.adapters.base import BaseAdapter
    from sqlfluff.cli.commands import cli

    @dataclass
    class OfflineArguments(templater.DbtConfigArgs):
        introspect: bool = False

    templater.DbtConfigArgs = OfflineArguments  # type: ignore[misc]
    BaseAdapter.set_relations_cache = lambda *_, **__: None  # type: ignore[method-assign]
    cli([*arguments, "--dialect", engine])


if __name__ == "__main__":
    main()
