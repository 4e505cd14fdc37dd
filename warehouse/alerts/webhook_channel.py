"""Alerts to a webhook: each message is posted as JSON, with a `text` that chats show."""

import http.client
import json
import socket
from dataclasses import dataclass, field
from html import escape
from typing import IO, Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

from ingest.foreign_text import shown
from ingest.loader_errors import UsageError
from warehouse.alerts.alert_messages import Message
from warehouse.alerts.channels import ChannelError, is_loopback

VARIABLE = "WAREHOUSE_ALERT_WEBHOOK"
_SECONDS = 20.0


class _NoRedirect(HTTPRedirectHandler):
    """Leaves a redirect unanswered: it could lead into the network of this machine."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: Any, newurl: str
    ) -> None:
        return None


@dataclass(frozen=True)
class WebhookChannel:
    """An address that takes messages. It often contains a secret, so nothing shows it."""

    url: str = field(repr=False)
    host: str = ""

    @property
    def name(self) -> str:
        """The host alone."""
        return f"the webhook at {shown(self.host)}"

    def send(self, message: Message) -> None:
        """Posts the message. Raises ChannelError unless the answer is 2xx."""
        # As Slack and those like it want it: <…> would be a link or call everybody.
        body = message.as_json() | {"text": escape(message.text, quote=False)}
        request = Request(  # noqa: S310 (read_webhook allows https, and http to this machine)
            self.url,
            json.dumps(body).encode(),
            {"Content-Type": "application/json", "User-Agent": "retail-warehouse"},
        )
        # A proxy is for other machines.
        handlers = [ProxyHandler({})] if is_loopback(self.host) else []
        try:
            with build_opener(_NoRedirect, *handlers).open(request, timeout=_SECONDS):
                return
        except HTTPError as error:
            error.close()
            is_redirect = 300 <= error.code < 400
            more = ", a redirect, which is not followed" if is_redirect else ""
            raise ChannelError(f"it answers {error.code}{more}") from None
        except (URLError, OSError, http.client.HTTPException, ValueError) as error:
            cause = getattr(error, "reason", error)
            is_timeout = isinstance(cause, TimeoutError | socket.timeout)
            reason = "no answer in time" if is_timeout else getattr(cause, "strerror", None)
            raise ChannelError(f"no connection ({reason or type(cause).__name__})") from None


def read_webhook(given: str) -> WebhookChannel:
    """The channel of a URL. Raises UsageError, which does not show it."""
    try:
        url = urlsplit(given)
        host, _ = url.hostname, url.port
    except ValueError:
        host = None
    if not host or url.username is not None or not given.isascii() or not given.isprintable():
        raise UsageError(f"{VARIABLE} is not a URL such as https://chat.example/hooks/secret.")
    if url.scheme != "https" and not (url.scheme == "http" and is_loopback(host)):
        raise UsageError(
            f"{VARIABLE} must begin with https://. Only an address on this machine may be http://."
        )
    return WebhookChannel(given, host)
