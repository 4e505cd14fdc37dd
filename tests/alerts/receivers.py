"""A mail server and a webhook on this machine that keep what they are sent."""

import json
import socketserver
import ssl
import threading
import time
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class MailServer(socketserver.ThreadingTCPServer):
    """Speaks enough SMTP for a client to log in and to hand over a letter."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, context: ssl.SSLContext | None = None, refuses: str = "") -> None:
        super().__init__(("127.0.0.1", 0), _Mail)
        self.context = context
        self.refuses = refuses
        self.letters: list[EmailMessage] = []
        self.receivers: list[list[str]] = []
        self.logins: list[tuple[str, str]] = []

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def get_request(self) -> tuple[Any, Any]:
        connection, address = super().get_request()
        if self.context:
            connection = self.context.wrap_socket(connection, server_side=True)
        return connection, address

    def handle_error(self, *_: object) -> None:
        pass  # A client that refuses the certificate hangs up.


class _Mail(socketserver.StreamRequestHandler):
    server: MailServer

    def say(self, *lines: str) -> None:
        self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())

    def handle(self) -> None:
        receivers: list[str] = []
        self.say("220 mail.example")
        while line := self.rfile.readline().decode().strip():
            word = line.upper().split()[0]
            if word == self.server.refuses:
                self.say("550 5.7.1 Ada Quill <ada@quill.example> may not do this")
            elif word == "EHLO":
                self.say("250-mail.example", "250-AUTH PLAIN", "250 8BITMIME")
            elif word == "AUTH":
                _, user, password = b64decode(line.split()[2]).decode().split("\0")
                self.server.logins.append((user, password))
                self.say("235 welcome")
            elif word == "RCPT":
                receivers.append(line.split(":")[1].strip("<> "))
                self.say("250 ok")
            elif word == "DATA":
                self.say("354 go on")
                self.server.letters.append(message_from_bytes(self.data(), policy=policy.default))
                self.server.receivers.append(receivers)
                self.say("250 taken")
            elif word == "QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 ok")

    def data(self) -> bytes:
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line.removeprefix(b"."))
        return b"".join(lines)


class Webhook(ThreadingHTTPServer):
    """Answers every POST with `status`, after `pause` seconds."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Post)
        self.status = 200
        self.pause = 0.0
        self.posts: list[dict[str, Any]] = []
        self.paths: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/hooks/geheim"


class _Post(BaseHTTPRequestHandler):
    server: Webhook

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        assert self.headers["Content-Type"] == "application/json"
        self.server.paths.append(self.path)
        time.sleep(self.server.pause)
        if self.server.status < 300:
            self.server.posts.append(json.loads(body))
        self.send_response(self.server.status)
        if 300 <= self.server.status < 400:
            self.send_header("Location", self.server.url + "/elsewhere")
        self.end_headers()

    def do_GET(self) -> None:
        self.server.paths.append(self.path)  # who follows a redirect comes with GET
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serving(server: Any) -> Iterator[Any]:
    """Runs the server until the block ends."""
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
