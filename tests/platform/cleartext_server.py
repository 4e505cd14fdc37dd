"""A foreign program on the warehouse's port that asks for passwords in clear text."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_ENCRYPTION_ASKED = {80877103: b"N", 80877104: b"N"}  # TLS and GSSAPI: not spoken
_CLEARTEXT_PASSWORD = b"R\x00\x00\x00\x08\x00\x00\x00\x03"


class CleartextServer(socketserver.ThreadingTCPServer):
    """Answers every start of a connection with AuthenticationCleartextPassword."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked = 0
        self.heard = b""

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server_address[1])


class _Handler(socketserver.BaseRequestHandler):
    server: CleartextServer

    def handle(self) -> None:
        while True:
            head = self.request.recv(8)
            answer = _ENCRYPTION_ASKED.get(int.from_bytes(head[4:8]))
            if answer is None:
                break
            self.request.sendall(answer)
        self.request.recv(int.from_bytes(head[:4]) - 8)
        self.server.asked += 1
        self.request.sendall(_CLEARTEXT_PASSWORD)
        self.request.settimeout(5)
        try:
            while part := self.request.recv(4096):
                self.server.heard += part
                if b"p" in part:
                    return
        except OSError:
            return


@contextmanager
def cleartext_server() -> Iterator[CleartextServer]:
    """The server, running; `heard` is what clients said after they were asked."""
    with CleartextServer() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()
