"""Passwords and keys, each in a file that only its owner can read."""

import re
import secrets
from pathlib import Path

from warehouse.errors import WarehouseError
from warehouse.safe_files import write_private
from warehouse.settings import Settings

OWNER = "warehouse"


def read_password(settings: Settings, role: str = OWNER) -> str:
    """The generated password of a role of the embedded server.

    Raises WarehouseError when the home has none or it may not be read.
    """
    password = _read(settings.secrets_dir / f"{role}.password")
    if password is None:
        raise WarehouseError(
            f"{settings.home} has no password for role {role}. Run `warehouse up` first."
        )
    return password


def has_password(settings: Settings, role: str) -> bool:
    """Whether the home has a password for the role. Raises WarehouseError if it may not be read."""
    return _read(settings.secrets_dir / f"{role}.password") is not None


def ensure_password(settings: Settings, role: str) -> str:
    """The role's password; made now when there is none yet."""
    path = settings.secrets_dir / f"{role}.password"
    password = _read(path)
    if password is None:
        password = secrets.token_urlsafe(24)
        write_private(path, password + "\n")
    return password


def read_token_key(settings: Settings) -> str | None:
    """The key of the tokens, 64 hex digits: WAREHOUSE_TOKEN_KEY, else the home's, else None."""
    if settings.given_token_key:
        return settings.given_token_key
    path = settings.secrets_dir / "token_key"
    key = _read(path)
    if key is not None and not re.fullmatch(r"[0-9a-f]{64}", key):
        raise WarehouseError(
            f"{path} does not hold 64 hexadecimal digits. Restore it from a backup: "
            "tokens made with another key do not match those already loaded."
        )
    return key


def ensure_token_key(settings: Settings) -> str:
    """The key of the tokens; made now and kept in the home when there is none yet."""
    key = read_token_key(settings)
    if key is None:
        key = secrets.token_hex(32)
        write_token_key(settings, key)
    return key


def write_token_key(settings: Settings, key: str) -> None:
    """Keeps a key, 64 hex digits, in the home; it replaces the one that was there."""
    write_private(settings.secrets_dir / "token_key", key + "\n")


def _read(path: Path) -> str | None:
    try:
        return path.read_text().strip() or None
    except FileNotFoundError:
        return None
    except PermissionError:
        raise WarehouseError(
            f"{path} belongs to another user. Run as that user, "
            "or set WAREHOUSE_HOME to a folder of your own."
        ) from None
