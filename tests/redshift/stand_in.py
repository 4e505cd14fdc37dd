"""A server that speaks as Redshift does to redshift_connector and dbt, with PostgreSQL behind it.

It hands messages on both ways, rewrites statements (rewriting.py), refuses what Redshift refuses
(refusals.py, unknown_texts.py), runs COPY and UNLOAD itself (bulk.py), and fails where a test wants
it to (faults.py). It proves how drivers, dbt, transactions and files go together; it does not prove
Redshift's parser, arithmetic, isolation, queues, rights of IAM or speed.

Not as there: farmfingerprint64 is another hash of 64 bits, the one of PostgreSQL's keys; a view
with no schema binding is bound; identity columns count without gaps.
"""

import re
import select
import socket
import ssl
import struct
import threading
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import psycopg
from scramp import ScramClient

from tests.redshift import bulk
from tests.redshift.faults import SERIALIZATION, THROTTLED, FaultName, Faults, Ledger, entry
from tests.redshift.refusals import refusal, refused_in_transaction
from tests.redshift.rewriting import rewrite
from tests.redshift.statements import kind, split
from tests.redshift.unknown_texts import Columns, remember, uses_unknown
from tests.redshift.wire import (
    CANCEL_REQUEST,
    GSS_REQUEST,
    SSL_REQUEST,
    Behind,
    Failure,
    Line,
    Message,
    bound_values,
)

VERSION = "8.0.2"
# What Redshift's sessions have otherwise than PostgreSQL's: backslashes in texts mean something,
# and a transaction sees one snapshot.
_OPTIONS = (
    "-c standard_conforming_strings=off -c escape_string_warning=off -c timezone=UTC"
    " -c default_transaction_isolation=repeatable\\ read"
)
_PASSED_ON = ("user", "database", "application_name", "client_encoding")
_IN_FAILED = Failure(
    "25P02", "current transaction is aborted, commands ignored until end of transaction block"
)
_ENDS = ("commit", "rollback")
_BULK = ("copy", "unload")
_WELCOME = struct.pack("!i", 0)
# What VACUUM says of rows that it has to leave, by version.
_DEAD = re.compile(r"(\d+) (?:are dead but not yet removable|dead row versions cannot be removed)")
_NOTHING = "do $nothing$ begin end $nothing$"


class Dropped(ConnectionError):
    """A test has this connection break."""


@dataclass(frozen=True)
class Statement:
    """A statement of a client: as sent, what PostgreSQL runs for it, why it is refused if it is."""

    sent: str
    kind: str
    behind: str
    refused: Failure | None

    @classmethod
    def read(cls, sent: str, views: Columns) -> "Statement":
        """Reads a statement; PostgreSQL is given nothing to do for what is not its own.

        `views`: those with columns of type unknown.
        """
        what, refused = kind(sent), refusal(sent) or uses_unknown(sent, views)
        return cls(sent, what, _NOTHING if refused or what in _BULK else rewrite(sent), refused)


class StandIn:
    """The server: sessions are threads. `plan` and `ledger` are for tests."""

    def __init__(
        self, behind: tuple[str, int], admin: str, s3: Any, certificate: ssl.SSLContext | None
    ):
        """`behind`: host and port; `admin`: a superuser's connection string; `s3`: boto3's."""
        self.behind, self.admin, self.s3, self.certificate = behind, admin, s3, certificate
        self.faults, self.ledger = Faults(), Ledger()
        self.sessions: set[Session] = set()
        # In each database, the views with columns of type unknown.
        self.views: defaultdict[str, Columns] = defaultdict(dict)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def fail_at(self, at: str | int, fault: FaultName, nth: int = 1) -> None:
        """A fault at the n-th statement with this pattern in its code, or at the n-th of all."""
        self.faults.plan(at, fault, nth)

    def drop_all(self) -> None:
        """Breaks every connection, as a restart of the cluster does."""
        for session in list(self.sessions):
            session.close()

    def stop(self) -> None:
        """Takes no more clients, and breaks the connections of those it has."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.drop_all()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            # Answers are small, and nobody should wait for more to send.
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            session = Session(self, client)
            self.sessions.add(session)
            threading.Thread(target=session.run, daemon=True).start()


class Session:
    """One client."""

    def __init__(self, server: StandIn, client: socket.socket):
        self._server, self._client = server, Line(client)
        self._behind: Behind | None = None
        self._number = self._process = 0
        self._database = ""
        self._prepared: dict[str, Statement] = {}
        self._portals: dict[str, str] = {}

    def run(self) -> None:
        """Serves the client until one of both ends goes."""
        try:
            if self._open():
                while self._serve():
                    pass
        except (OSError, ValueError):
            pass
        finally:
            self.close()

    def close(self) -> None:
        """Breaks both connections; PostgreSQL takes back what was not committed."""
        self._server.sessions.discard(self)
        for line in (self._client, self._behind):
            if line is not None:
                line.close()

    # Starting

    def _open(self) -> bool:
        packet = self._client.read_packet()
        (code,) = struct.unpack_from("!i", packet)
        while code in (SSL_REQUEST, GSS_REQUEST):
            certificate = self._server.certificate if code == SSL_REQUEST else None
            self._client.endpoint.sendall(b"S" if certificate else b"N")
            if certificate:
                wrapped = certificate.wrap_socket(self._client.endpoint, server_side=True)
                self._client = Line(wrapped)
            packet = self._client.read_packet()
            (code,) = struct.unpack_from("!i", packet)
        self._behind = Behind(socket.create_connection(self._server.behind))
        self._behind.endpoint.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if code == CANCEL_REQUEST:
            self._behind.endpoint.sendall(struct.pack("!i", len(packet) + 4) + packet)
            return False
        return self._log_in(packet[4:].split(b"\0"))

    def _log_in(self, words: list[bytes]) -> bool:
        given = dict(zip(words[::2], words[1::2], strict=False))
        own = {name: given[name.encode()] for name in _PASSED_ON if given.get(name.encode())}
        own["options"] = _OPTIONS.encode()
        body = b"".join(name.encode() + b"\0" + value + b"\0" for name, value in own.items())
        packet = struct.pack("!i", 196608) + body + b"\0"
        behind = self._the_behind
        behind.endpoint.sendall(struct.pack("!i", len(packet) + 4) + packet)
        self._database = own.get("database", own["user"]).decode()
        while True:
            message = behind.read()
            if message.kind == b"S" and message.body.startswith(b"server_version\0"):
                message = Message(b"S", b"server_version\0" + VERSION.encode() + b"\0")
            if message.kind == b"K":
                self._process = struct.unpack("!i", message.body[:4])[0]
            if message.kind == b"R" and message.body != _WELCOME:
                self._prove(own["user"].decode(), message)
                continue
            self._client.write(message)
            if message.kind == b"E":
                return False
            if message.kind == b"Z":
                self._server.ledger.connections += 1
                self._number = self._server.ledger.connections
                return True

    def _prove(self, user: str, asked: Message) -> None:
        """Asks the client for its password, with which PostgreSQL is satisfied.

        The driver's own SCRAM does not understand PostgreSQL's list of mechanisms.
        """
        self._client.write(Message(b"R", struct.pack("!i", 3)))
        password = self._client.read().texts(1)[0]
        behind, mechanism = self._the_behind, "SCRAM-SHA-256"
        assert asked.body[4:].startswith(mechanism.encode())
        scram = ScramClient([mechanism], user, password)
        first = scram.get_client_first().encode()
        begin = mechanism.encode() + b"\0" + struct.pack("!i", len(first)) + first
        behind.write(Message(b"p", begin))
        if (answer := self._next_or_error()) is None:
            raise Dropped
        scram.set_server_first(answer.body[4:].decode())
        behind.write(Message(b"p", scram.get_client_final().encode()))
        if (answer := self._next_or_error()) is None:
            raise Dropped
        scram.set_server_final(answer.body[4:].decode())

    def _next_or_error(self) -> Message | None:
        """PostgreSQL's next message; None after an error, which the client hears."""
        message = self._the_behind.read()
        if message.kind != b"E":
            return message
        self._client.write(message)
        return None

    @property
    def _views(self) -> Columns:
        return self._server.views[self._database]

    @property
    def _the_behind(self) -> Behind:
        assert self._behind is not None
        return self._behind

    # Serving

    def _serve(self) -> bool:
        """Answers what the client sends up to its next Sync or Query."""
        batch: list[Message] = []
        while not batch or batch[-1].kind not in (b"S", b"Q", b"X"):
            if not batch and not self._client.has_waiting:
                self._wait()
            batch.append(self._client.read())
        if batch[-1].kind == b"X":
            return False
        if batch[-1].kind == b"Q":
            self._run_all(batch[-1].texts(1)[0])
            return True
        executed = self._take_in(batch)
        if executed is None:
            self._pass_on(batch)
        else:
            self._run(executed, batch)
        self._ready()
        return True

    def _wait(self) -> None:
        """Until the client says something; what PostgreSQL says meanwhile is its farewell."""
        ends = [self._client.endpoint, self._the_behind.endpoint]
        while True:
            ready, _, _ = select.select(ends, [], [])
            if self._the_behind.endpoint not in ready:
                return
            self._client.write(self._the_behind.read())

    def _take_in(self, batch: list[Message]) -> Statement | None:
        """Remembers what is prepared and bound, and rewrites it; returns what is executed."""
        executed = None
        for place, message in enumerate(batch):
            if message.kind == b"P":
                name, sent = message.texts(2)
                statement = Statement.read(sent, self._views)
                self._prepared[name] = statement
                types = message.body[len(name.encode()) + len(sent.encode()) + 2 :]
                body = name.encode() + b"\0" + statement.behind.encode() + b"\0" + types
                batch[place] = replace(message, body=body)
            elif message.kind == b"B":
                portal, name = message.texts(2)
                self._portals[portal] = name
            elif message.kind == b"E":
                executed = self._prepared[self._portals[message.texts(1)[0]]]
        return executed

    def _run_all(self, statements: str) -> None:
        """A simple query, which may be several statements; the first error ends it."""
        for sent in split(statements) or [statements]:
            statement = Statement.read(sent, self._views)
            query = Message(b"Q", statement.behind.encode() + b"\0")
            if not self._run(statement, [query]):
                break
        self._ready()

    def _run(self, statement: Statement, batch: list[Message]) -> bool:
        """Runs a statement for which the client sent the batch. Returns whether it passed."""
        behind, ledger = self._the_behind, self._server.ledger
        values = tuple(v for m in batch if m.kind == b"B" for v in bound_values(m))
        ledger.entries.append(entry(self._number, statement.sent, values))
        fault = self._server.faults.due(statement.sent)
        if fault == "drop":
            raise Dropped
        if fault == "hold":
            self._server.faults.hold()
        if behind.status == b"E" and statement.kind not in _ENDS:
            return self._refuse(_IN_FAILED)
        failure = statement.refused
        if behind.in_transaction and not failure:
            failure = refused_in_transaction(statement.sent)
        if fault in ("serialization", "s3_throttle"):
            failure = SERIALIZATION if fault == "serialization" else THROTTLED
        if failure:
            return self._refuse(failure, ends=statement.kind == "commit")
        if statement.kind in _BULK:
            passed = self._bulk(statement, batch, is_lost=fault == "drop_after")
        else:
            passed = self._pass_on(batch, is_lost=fault == "drop_after")
        if passed and statement.kind == "vacuum":
            self._count_dead(statement.behind)
        if passed and statement.kind in ("create", "alter"):
            remember(statement.sent, self._views)
        if passed and statement.kind == "truncate" and behind.in_transaction:
            behind.ask("commit")
        return passed

    def _pass_on(self, batch: list[Message], is_lost: bool = False) -> bool:
        passed, behind, told, size = True, self._the_behind, [], 0
        behind.write(*batch)
        for message in behind.answers():
            if message.kind == b"E":
                passed = False
                # Two transactions that cannot both be right.
                if Failure.read(message).code == "40001":
                    message = SERIALIZATION.as_message()
            told.append(message)
            size += len(message.body)
            if size > 1 << 20 and not is_lost:
                self._client.write(*told)
                told, size = [], 0
        if is_lost:
            raise Dropped
        self._client.write(*told)
        return passed

    def _refuse(self, failure: Failure, ends: bool = False) -> bool:
        """Tells the client why not. A transaction fails with it, or is over if it was to commit."""
        behind = self._the_behind
        if ends and behind.in_transaction:
            behind.ask("rollback")
        elif behind.status == b"T":
            with suppress(Failure):
                behind.ask("refused")
        self._client.write(failure.as_message())
        return False

    def _bulk(self, statement: Statement, batch: list[Message], is_lost: bool) -> bool:
        behind, s3 = self._the_behind, self._server.s3
        try:
            if statement.kind == "copy":
                count = bulk.copy(behind, s3, statement.sent)
                behind.ask(f"select set_config('stand_in.copied', '{count}', false)")
            else:
                count = bulk.unload(behind, s3, statement.sent)
                behind.ask(f"select set_config('stand_in.unloaded', '{count}', false)")
        except bulk.LoadError as error:
            self._note(error)
            return self._refuse(error.as_failure())
        except Failure as failure:
            return self._refuse(failure)
        if is_lost:
            raise Dropped
        answers = {b"P": b"1", b"B": b"2", b"D": b"n", b"C": b"3"}
        done = Message(b"C", statement.kind.upper().encode() + b"\0")
        told = [Message(answers[m.kind]) for m in batch if m.kind in answers]
        self._client.write(*told, done)
        return True

    def _note(self, error: bulk.LoadError) -> None:
        """Writes the error down where a rollback does not reach it."""
        with psycopg.connect(self._server.admin, dbname=self._database, autocommit=True) as admin:
            admin.execute(
                "insert into pg_catalog.sys_load_error_detail (session_id, database_name,"
                " start_time, file_name, line_number, column_name, error_code, error_message)"
                " values (%s, %s, now() at time zone 'UTC', %s, %s, %s, %s, %s)",
                [self._process, self._database, error.file, error.line, error.column, error.code,
                 str(error)],
            )  # fmt: skip

    def _count_dead(self, vacuum: str) -> None:
        """Notes the deleted rows that a VACUUM had to leave, for svv_table_info."""
        table = re.sub(r"^\s*vacuum\b", "", vacuum, flags=re.I).strip().rstrip(";")
        with psycopg.connect(self._server.admin, dbname=self._database, autocommit=True) as admin:
            told: list[str] = []
            admin.add_notice_handler(lambda notice: told.append(str(notice.message_primary)))
            admin.execute(f"vacuum (verbose) {table}".encode())
            dead = max((int(n) for line in told for n in _DEAD.findall(line)), default=0)
            admin.execute(
                "insert into pg_catalog.stand_in_dead values (%s::regclass, %s)"
                " on conflict (relation) do update set dead = excluded.dead",
                [table, dead],
            )

    def _ready(self) -> None:
        self._client.write(Message(b"Z", self._the_behind.status))
