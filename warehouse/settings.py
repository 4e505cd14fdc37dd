"""The settings of this warehouse, from the environment."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from warehouse import safe_files
from warehouse.errors import WarehouseError

# Below the ports that systems use for outgoing connections; the port of earlier versions was not.
DEFAULT_PORT = 15329
FORMER_PORT = 54329
OWN_HOME = (
    "Run as an ordinary user, or set WAREHOUSE_HOME to a folder that only root can write to, "
    "such as /var/lib/warehouse."
)
TARGETS = ("local", "postgres", "redshift")


@dataclass(frozen=True)
class Settings:
    """The settings of one warehouse. Read with `Settings.from_environment()`."""

    project_dir: Path
    home: Path
    port: int
    prefix: str
    target: str
    given_token_key: str | None = None
    given_models: str | None = None
    given_home: Path | None = None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> "Settings":
        """Reads WAREHOUSE_PROJECT_DIR, _HOME, _PORT, _SCHEMA_PREFIX, _TARGET, _TOKEN_KEY, _MODELS.

        An empty variable counts as absent; a relative home is relative to the project's folder.
        Raises WarehouseError that names the invalid variable.
        """
        environment = os.environ if environment is None else environment
        project_dir = _project_dir(environment.get("WAREHOUSE_PROJECT_DIR", ""))
        given_home = Path(environment.get("WAREHOUSE_HOME", "") or ".warehouse").expanduser()
        return cls(
            project_dir=project_dir,
            home=_home(project_dir / given_home, project_dir),
            port=_port(environment.get("WAREHOUSE_PORT", "")),
            prefix=_prefix(environment.get("WAREHOUSE_SCHEMA_PREFIX", "")),
            target=_target(environment.get("WAREHOUSE_TARGET", "")),
            given_token_key=_token_key(environment.get("WAREHOUSE_TOKEN_KEY", "")),
            given_models=environment.get("WAREHOUSE_MODELS") or None,
            given_home=project_dir / given_home,
        )

    @property
    def is_embedded(self) -> bool:
        """Whether this program starts the database itself."""
        return self.target == "local"

    @property
    def is_redshift(self) -> bool:
        """Whether the database is Redshift, where some commands work and others do not yet."""
        return self.target == "redshift"

    @property
    def former_port(self) -> int | None:
        """The port where an earlier version's server may still run; None if the port was chosen."""
        return FORMER_PORT if self.port == DEFAULT_PORT else None

    @property
    def models(self) -> str:
        """Where trained models are kept: a folder, or s3://bucket/prefix."""
        given = self.given_models
        if given is None or given.startswith("s3:"):
            return given or str(self.home / f"{self.prefix}models")
        return str(self.project_dir / Path(given).expanduser())

    @property
    def secrets_dir(self) -> Path:
        """Folder of the passwords and the token key."""
        return self.home / "secrets"

    @property
    def log_dir(self) -> Path:
        """Folder of the server's and dbt's logs."""
        return self.home / "logs"

    @property
    def log_file(self) -> Path:
        """The embedded server's log. Holds no row content."""
        return self.log_dir / "postgres.log"


def _project_dir(value: str) -> Path:
    path = Path(value).expanduser() if value else Path(__file__).resolve().parents[1]
    path = path.resolve()
    if not (path / "dbt_project.yml").is_file():
        hint = "WAREHOUSE_PROJECT_DIR" if value else "the installed package"
        raise WarehouseError(
            f"{path} ({hint}) has no dbt_project.yml. "
            "Set WAREHOUSE_PROJECT_DIR to the folder of the checkout."
        )
    return path


def _home(path: Path, project_dir: Path) -> Path:
    safe_files.require_own(path, OWN_HOME)
    path = path.resolve()
    if path.exists() and not path.is_dir():
        raise WarehouseError(f"WAREHOUSE_HOME is {path}, which is a file. Set it to a folder.")
    if path == project_dir or path in project_dir.parents:
        raise WarehouseError(
            f"WAREHOUSE_HOME is {path}, which contains the project itself. "
            "Set it to a folder of its own, because `warehouse clean` deletes it."
        )
    return path


def _port(value: str) -> int:
    if not value:
        return DEFAULT_PORT
    if not re.fullmatch(r"[0-9]{1,5}", value) or not 1024 <= int(value) <= 65535:
        raise WarehouseError(
            f"WAREHOUSE_PORT is {value!r}. It must be a whole number from 1024 to 65535."
        )
    return int(value)


def _prefix(value: str) -> str:
    if value and not re.fullmatch(r"[a-z_][a-z0-9_]{0,29}", value):
        raise WarehouseError(
            f"WAREHOUSE_SCHEMA_PREFIX is {value!r}. It must be up to 30 lower-case letters, "
            "digits and underscores, and must not begin with a digit."
        )
    if value.startswith("pg_"):
        raise WarehouseError(
            f"WAREHOUSE_SCHEMA_PREFIX is {value!r}, but PostgreSQL reserves names that start with "
            "pg_. Choose another prefix."
        )
    return value


def _target(value: str) -> str:
    if not value:
        return "local"
    if value not in TARGETS:
        raise WarehouseError(
            f"WAREHOUSE_TARGET is {value!r}. It must be one of {', '.join(TARGETS)}."
        )
    return value


def _token_key(value: str) -> str | None:
    if not value:
        return None
    if not re.fullmatch(r"[0-9a-fA-F]{64}", value):
        raise WarehouseError(
            f"WAREHOUSE_TOKEN_KEY has {len(value)} characters. It must be 64 hexadecimal digits, "
            "as printed by `openssl rand -hex 32`."
        )
    return value.lower()
