"""The `warehouse` command."""

import io
import sys

import click

from warehouse.commands import (
    backups,
    building,
    by_itself,
    comparing,
    erasure,
    loading,
    reporting,
    risk_models,
    running,
    scaffolding,
)
from warehouse.safe_files import keep_new_files_private
from warehouse.settings import Settings

EPILOG = """\b
First steps:
  warehouse up                              start the database
  warehouse sample --out /tmp/sample        make sample files
  warehouse load cafe /tmp/sample/cafe      load them
  warehouse build                           build and test facts and marts
  warehouse psql                            query the result

Settings come from the environment: WAREHOUSE_HOME (state, default .warehouse),
WAREHOUSE_PORT (default 15329), WAREHOUSE_SCHEMA_PREFIX, WAREHOUSE_TARGET
(local, postgres or redshift) and WAREHOUSE_TOKEN_KEY (64 hex digits).

Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 3 try again later (locked, connection lost,
disk full)."""


class _Paragraphs(click.Group):
    """Lists the commands in the order of work, not alphabetically."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of the commands in the order in which they were added."""
        return list(self.commands)


@click.group(
    cls=_Paragraphs, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(package_name="retail-warehouse", prog_name="warehouse")
@click.pass_context
def cli(context: click.Context) -> None:
    """Retail sales files in; facts, dimensions and marts out."""
    keep_new_files_private()
    if "--help" not in sys.argv and "-h" not in sys.argv:
        context.obj = Settings.from_environment()


# The help lists them in this order, which is the order of work.
for command in (
    running.up,
    running.down,
    reporting.status,
    reporting.alerts,
    running.url,
    running.psql,
    running.roles,
    loading.sample,
    loading.load,
    loading.unload,
    erasure.purge,
    erasure.forget,
    building.build,
    building.publish,
    by_itself.watch,
    by_itself.schedule,
    risk_models.train,
    risk_models.score,
    risk_models.value,
    risk_models.models,
    building.docs,
    scaffolding.scaffold,
    backups.backup,
    backups.restore,
    comparing.compare,
    running.clean,
):
    cli.add_command(command)


def main() -> None:
    """Runs the command; every known error becomes one line and an exit code."""
    from ingest.loader_errors import UsageError
    from warehouse.commands.messages import fail, say
    from warehouse.known_errors import explain, may_pass

    try:
        cli.main(standalone_mode=False)
    except click.Abort:
        click.echo("Stopped.", err=True)
        sys.exit(1)
    except click.ClickException as error:
        told = io.StringIO()
        error.show(told)
        say(told.getvalue().rstrip("\n"), is_answer=False)
        sys.exit(2)
    except KeyboardInterrupt:
        click.echo("\nStopped.", err=True)
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
    except Exception as error:
        message = explain(error)
        if message is None:
            raise
        fail(message)
        sys.exit(2 if isinstance(error, UsageError) else 3 if may_pass(error) else 1)


if __name__ == "__main__":
    main()
