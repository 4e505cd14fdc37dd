"""A session on Redshift, over redshift_connector."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Self

from ingest.engine.redshift_address import RedshiftAddress
from ingest.engine.redshift_errors import cannot_connect, failure_of
from ingest.engine.session import Query

_CONNECT_SECONDS = 30
# In seconds: when the first sign of life is due, and how often; after how many lost ones the
# connection is. A load balancer of AWS forgets after 350 seconds.
_KEEP_ALIVE = {"TCP_KEEPIDLE": 60, "TCP_KEEPINTVL": 15, "TCP_KEEPCNT": 4}


class RedshiftRows:
    """The rows of a statement, all fetched."""

    def __init__(
        self, rows: list[tuple[Any, ...]], rowcount: int, description: Sequence[Any] | None = None
    ) -> None:
        self.rowcount = rowcount
        self.description = description
        self._rows = iter(rows)

    def fetchone(self) -> tuple[Any, ...] | None:
        """The next row; None after the last."""
        return next(self._rows, None)

    def fetchall(self) -> list[tuple[Any, ...]]:
        """The remaining rows."""
        return list(self._rows)

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        return self._rows


class RedshiftSession:
    """One connection. Every statement raises RedshiftFailure when it fails."""

    def __init__(self, address: RedshiftAddress, connection: Any) -> None:
        self.address = address
        self._connection = connection
        self._is_in_block = False

    def execute(self, query: Query, params: Any = None, /) -> RedshiftRows:
        """Run one statement; `params` is a sequence, for %s, or a mapping, for %(name)s."""
        cursor = self._connection.cursor()
        given = params
        if isinstance(params, Mapping):
            cursor.paramstyle = "pyformat"
        elif params is not None:
            given = list(params)
        try:
            cursor.execute(_text(query), given)
            rows = [tuple(row) for row in cursor.fetchall()] if cursor.description else []
        except Exception as error:
            raise failure_of(_driver_error(error)) from None
        return RedshiftRows(rows, cursor.rowcount, cursor.description)

    @property
    def autocommit(self) -> bool:
        """Whether each statement outside of transaction() is committed by itself."""
        return bool(self._connection.autocommit)

    @autocommit.setter
    def autocommit(self, value: bool) -> None:
        self._connection.autocommit = value

    @contextmanager
    def transaction(
        self, savepoint_name: str | None = None, force_rollback: bool = False
    ) -> Iterator[Self]:
        """A transaction. Redshift has none within another: a block within a block is a part of
        it."""
        if self._is_in_block:
            yield self
            return
        assert not self._connection.in_transaction, "commit before you begin a transaction"
        if self.autocommit:
            self.execute("begin")
        self._is_in_block = True
        try:
            yield self
        except BaseException:
            with suppress(Exception):
                self.rollback()
            raise
        finally:
            self._is_in_block = False
        if force_rollback:
            self.rollback()
        else:
            self.commit()

    def commit(self) -> None:
        """Commit. If the connection is lost meanwhile, nobody knows whether it was committed."""
        if self.autocommit and not self._connection.in_transaction:
            return
        try:
            self._connection.commit()
        except Exception as error:
            raise failure_of(_driver_error(error)) from None

    def rollback(self) -> None:
        """Take back what was not committed."""
        try:
            self._connection.rollback()
        except Exception as error:
            raise failure_of(_driver_error(error)) from None

    def another(self) -> RedshiftSession:
        """A second session at the same address."""
        return open_session(self.address)

    def close(self) -> None:
        """End the session."""
        with suppress(Exception):  # it may be lost
            self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *raised: Any) -> None:
        try:
            if kind is None:
                self.commit()
            else:
                with suppress(Exception):
                    self.rollback()
        finally:
            self.close()


def open_session(address: RedshiftAddress) -> RedshiftSession:
    """Connect over TLS. Raises DatabaseFailure."""
    import redshift_connector

    given: dict[str, Any] = {"application_name": "warehouse", "timeout": _CONNECT_SECONDS}
    try:
        connection = redshift_connector.connect(**given, **address.login())
    except Exception as error:
        raise cannot_connect(_driver_error(error)) from None
    # The limit is for the connection alone: a COPY may take hours.
    connection._usock.settimeout(None)
    # Networks forget connections that are silent while a statement or a build runs.
    for option, value in _KEEP_ALIVE.items():
        if hasattr(socket, option):
            connection._usock.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)
    connection._usock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    # The driver sends a statement in small pieces, which would wait for each other.
    connection._usock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return RedshiftSession(address, connection)


def _text(query: Query) -> str:
    if isinstance(query, bytes):
        return query.decode()
    return query if isinstance(query, str) else query.as_string(None)


def _driver_error(error: Exception) -> Exception:
    """The error, if it tells of the database or the network; a bug of this program is raised."""
    import struct

    import redshift_connector
    from botocore.exceptions import BotoCoreError, ClientError

    known = (redshift_connector.error.Error, OSError, struct.error, BotoCoreError, ClientError)
    if isinstance(error, known):
        return error
    raise error
