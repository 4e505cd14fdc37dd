"""Lines for a crontab that load what has arrived and build."""

import shlex
from collections.abc import Sequence

from warehouse.errors import WarehouseError
from warehouse.watching.kept_environment import KeptEnvironment
from warehouse.watching.times_of_day import TimeOfDay

# Longer commands are refused or cut by cron.
_LONGEST = 990

_LINES = """\
# Retail warehouse: load what has arrived, then build. Cron does not catch up on runs that were
# missed while the machine was off; the last line does that after each start of the machine.
# Secrets, such as WAREHOUSE_TOKEN_KEY: NAME=value lines in {secrets_file}, which you make
# (mode 0600).
"""


def crontab_lines(
    once: Sequence[str], times: Sequence[TimeOfDay], environment: KeptEnvironment
) -> str:
    """Comments and one line per time, and one for after a start of the machine.

    once: the command line that loads and builds once. Raises WarehouseError for a path that a
    crontab cannot hold, and for a command that is too long for one.
    """
    secrets = shlex.quote(str(environment.secrets_file))
    given = [f"{name}={shlex.quote(value)}" for name, value in environment.values.items()]
    words = [*given, *(shlex.quote(word) for word in once)]
    command = f"set -a; [ -r {secrets} ] && . {secrets}; {' '.join(words)}"
    escaped = _escaped(command)
    if len(escaped) > _LONGEST:
        raise WarehouseError(
            f"The command has {len(escaped)} characters, more than cron takes. Use --systemd, "
            "or put the folders below one folder."
        )
    lines = [f"{time.cron} {escaped}" for time in times]
    comment = _LINES.format(secrets_file=environment.secrets_file)
    return comment + "\n".join([*lines, f"@reboot {escaped}"]) + "\n"


def _escaped(command: str) -> str:
    """Cron ends a command at a percent sign, unless a backslash comes before it.

    Which backslashes it then removes depends on the cron, so there may be no other.
    """
    if not command.isprintable() or "\\" in command:
        raise WarehouseError(
            "A path has backslashes or control characters, which no crontab can hold. "
            "Use --systemd, or rename it."
        )
    return command.replace("%", "\\%")
