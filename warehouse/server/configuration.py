"""The embedded server's configuration files."""

import shutil
from pathlib import Path

from warehouse.safe_files import write_private
from warehouse.server.machine import core_count, memory_bytes, shared_memory_type, sized_settings
from warehouse.server.server_user import ServerUser

# Only the owner may connect to databases other than the warehouse.
_ACCESS = """\
host all warehouse 127.0.0.1/32 scram-sha-256
host warehouse all 127.0.0.1/32 scram-sha-256
"""

_FIXED = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "password_encryption": "scram-sha-256",
    # A silent connection keeps its slot until this time is over.
    "authentication_timeout": "5s",
    "max_connections": "100",
    "superuser_reserved_connections": "5",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "datestyle": "iso, ymd",
    "lc_messages": "C",
    "default_text_search_config": "pg_catalog.simple",
    # One machine without replicas: no row needs to travel in the log more than recovery asks.
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "synchronous_commit": "on",
    "checkpoint_timeout": "15min",
    "checkpoint_completion_target": "0.9",
    "max_locks_per_transaction": "256",
    # Nothing listens, and anybody may notify: 8 MB of what nobody fetched suffice.
    "max_notify_queue_pages": "1024",
    "random_page_cost": "1.1",
    "jit": "off",
    # When a program is killed, its statement ends, too, and is rolled back.
    "client_connection_check_interval": "1s",
    # An error's text, detail, context and statement may all quote a row, so none is logged:
    # `log` keeps start, stop, crashes and FATAL, and leaves out ERROR and WARNING.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_statement": "none",
    "log_min_duration_statement": "-1",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_checkpoints": "off",
    "log_line_prefix": "%m [%p] ",
}


def server_settings(data_dir: Path, port: int) -> dict[str, str]:
    """All settings of the server, by PostgreSQL's own names."""
    free_disk = shutil.disk_usage(data_dir).free
    return {
        "port": str(port),
        **_FIXED,
        **sized_settings(memory_bytes(), core_count(), free_disk),
        "dynamic_shared_memory_type": shared_memory_type(),
    }


def write_configuration(data_dir: Path, port: int, user: ServerUser) -> None:
    """Writes postgresql.conf and pg_hba.conf, owned by the server's user.

    Raises WarehouseError when the folder is a link.
    """
    lines = ["# Written by `warehouse up` at each start; changes made here are lost."]
    lines += [f"{name} = '{value}'" for name, value in server_settings(data_dir, port).items()]
    for name, content in (("postgresql.conf", "\n".join(lines) + "\n"), ("pg_hba.conf", _ACCESS)):
        write_private(data_dir / name, content, user.owner if user.is_other else None)
