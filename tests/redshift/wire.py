"""Messages of PostgreSQL's protocol 3, which Redshift's drivers speak."""

import socket
import struct
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field

SSL_REQUEST, CANCEL_REQUEST, GSS_REQUEST = 80877103, 80877102, 80877104


@dataclass(frozen=True)
class Message:
    """One message: its letter and what follows its length."""

    kind: bytes
    body: bytes = b""

    def packed(self) -> bytes:
        """As sent."""
        return self.kind + struct.pack("!i", len(self.body) + 4) + self.body

    def texts(self, count: int) -> list[str]:
        """The first texts of the body, each ended by a zero byte."""
        return [part.decode() for part in self.body.split(b"\0", count)[:count]]


@dataclass
class Failure(Exception):
    """An error as a server reports it: SQLSTATE, message, detail."""

    code: str
    message: str
    detail: str = ""

    def as_message(self) -> Message:
        """The ErrorResponse."""
        fields = {b"S": "ERROR", b"V": "ERROR", b"C": self.code, b"M": self.message}
        if self.detail:
            fields[b"D"] = self.detail
        told = b"".join(letter + text.encode() + b"\0" for letter, text in fields.items())
        return Message(b"E", told + b"\0")

    @classmethod
    def read(cls, message: Message) -> "Failure":
        """What an ErrorResponse says."""
        fields = {text[:1]: text[1:] for text in message.texts(message.body.count(b"\0")) if text}
        return cls(fields.get("C", ""), fields.get("M", ""), fields.get("D", ""))


@dataclass(frozen=True)
class Column:
    """A column of a result: name, type's oid, type modifier (-1 where there is none)."""

    name: str
    type_oid: int
    modifier: int


@dataclass
class Result:
    """What a server answered to a simple query: values as text, the command's tag."""

    columns: list[Column] = field(default_factory=list)
    rows: list[list[str | None]] = field(default_factory=list)
    tag: str = ""


class Line:
    """One end of a connection, by whole messages. ConnectionError where the other end is gone."""

    def __init__(self, endpoint: socket.socket):
        # Both ends send small messages and wait for the answer.
        endpoint.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.endpoint = endpoint
        self._waiting = bytearray()

    @property
    def has_waiting(self) -> bool:
        """Whether bytes were received that nobody has read yet."""
        pending = getattr(self.endpoint, "pending", None)
        return bool(self._waiting) or (pending is not None and pending() > 0)

    def take(self, count: int) -> bytes:
        """The next bytes."""
        while len(self._waiting) < count:
            received = self.endpoint.recv(262144)
            if not received:
                raise ConnectionError("closed by the other end")
            self._waiting += received
        taken = bytes(self._waiting[:count])
        del self._waiting[:count]
        return taken

    def read(self) -> Message:
        """The next message."""
        kind, length = struct.unpack("!ci", self.take(5))
        return Message(kind, self.take(length - 4))

    def read_packet(self) -> bytes:
        """The first message of a client, which has no letter."""
        (length,) = struct.unpack("!i", self.take(4))
        return self.take(length - 4)

    def write(self, *messages: Message) -> None:
        """Sends messages."""
        self.endpoint.sendall(b"".join(message.packed() for message in messages))

    def close(self) -> None:
        """Ends the connection, whatever is still under way."""
        with suppress(OSError):
            self.endpoint.shutdown(socket.SHUT_RDWR)
        self.endpoint.close()


class Behind(Line):
    """The connection to the PostgreSQL behind, which also asks it questions of its own."""

    status = b"I"  # as the last ReadyForQuery said: I idle, T in a transaction, E in a failed one

    @property
    def in_transaction(self) -> bool:
        """Whether the client has opened a transaction, failed or not."""
        return self.status != b"I"

    def answers(self) -> Iterator[Message]:
        """The messages up to ReadyForQuery, which is not among them."""
        while (message := self.read()).kind != b"Z":
            yield message
        self.status = message.body

    def ask(self, statement: str, copied: bytes = b"") -> Result:
        """Runs a statement in the client's session, handing `copied` to a copy from stdin.

        What a copy to stdout sends is the one value of one row. Raises Failure.
        """
        self.write(Message(b"Q", statement.encode() + b"\0"))
        result, sent, failure = Result(), bytearray(), None
        for message in self.answers():
            if message.kind == b"T":
                result.columns = columns_of(message)
            elif message.kind == b"D":
                result.rows.append(_values(message))
            elif message.kind == b"d":
                sent += message.body
            elif message.kind == b"G":
                chunks = range(0, len(copied), 1 << 20)
                data = [Message(b"d", copied[start : start + (1 << 20)]) for start in chunks]
                self.write(*data, Message(b"c"))
            elif message.kind == b"C":
                result.tag = message.texts(1)[0]
            elif message.kind == b"E":
                failure = Failure.read(message)
        if failure:
            raise failure
        if sent or (result.tag.startswith("COPY") and not copied):
            result.rows.append([sent.decode()])
        return result


def columns_of(message: Message) -> list[Column]:
    """The columns that a RowDescription names."""
    (count,) = struct.unpack_from("!h", message.body)
    columns, at = [], 2
    for _ in range(count):
        end = message.body.index(b"\0", at)
        _, _, oid, _, modifier, _ = struct.unpack_from("!ihihih", message.body, end + 1)
        columns.append(Column(message.body[at:end].decode(), oid, modifier))
        at = end + 19
    return columns


def bound_values(message: Message) -> list[str]:
    """The values that a Bind message gives to parameters, nulls left out."""
    portal, name = message.texts(2)
    at = len(portal.encode()) + len(name.encode()) + 2
    (formats,) = struct.unpack_from("!h", message.body, at)
    at += 2 + 2 * formats
    (count,) = struct.unpack_from("!h", message.body, at)
    at += 2
    found = []
    for _ in range(count):
        (length,) = struct.unpack_from("!i", message.body, at)
        at += 4
        if length >= 0:
            found.append(message.body[at : at + length].decode(errors="replace"))
        at += max(length, 0)
    return found


def _values(message: Message) -> list[str | None]:
    (count,) = struct.unpack_from("!h", message.body)
    values: list[str | None] = []
    at = 2
    for _ in range(count):
        (length,) = struct.unpack_from("!i", message.body, at)
        at += 4
        values.append(None if length < 0 else message.body[at : at + length].decode())
        at += max(length, 0)
    return values
