"""Alerts by e-mail, over TLS or to a mail server on this machine."""

import re
import smtplib
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import localtime, make_msgid
from urllib.parse import unquote, urlsplit

from ingest.foreign_text import shown
from ingest.loader_errors import UsageError
from warehouse.alerts.alert_messages import Message
from warehouse.alerts.channels import ChannelError, is_loopback

TO, FROM, SERVER = "WAREHOUSE_ALERT_EMAIL", "WAREHOUSE_ALERT_FROM", "WAREHOUSE_SMTP_URL"
_ADDRESS = re.compile(r"[^\s@<>()\[\],;:\\\"]+@[^\s@<>()\[\],;:\\\"]+")
_PORTS = {"smtp": 587, "smtps": 465}
_FORM = "smtps://user:password@host:465, or smtp://host:587 for STARTTLS"
_SECONDS = 20.0


@dataclass(frozen=True)
class MailChannel:
    """A mail server, and who writes to whom through it."""

    receivers: tuple[str, ...]
    sender: str
    host: str
    port: int
    has_tls: bool
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)

    @property
    def name(self) -> str:
        """The way, without its addresses."""
        return f"e-mail through {shown(self.host)}"

    def send(self, message: Message) -> None:
        """Sends the message to all receivers. Raises ChannelError."""
        try:
            with self._connect() as server:
                if self.user:
                    server.login(self.user, self.password)
                refused = server.send_message(self._letter(message))
        except smtplib.SMTPAuthenticationError:
            raise ChannelError("the server refuses user or password") from None
        except smtplib.SMTPRecipientsRefused:
            raise ChannelError("the server refuses all receivers") from None
        except smtplib.SMTPResponseException as error:
            raise ChannelError(f"the server answers {error.smtp_code}") from None
        except ssl.SSLError as error:
            raise ChannelError(f"no encryption ({error.reason or 'SSL error'})") from None
        except (smtplib.SMTPException, ValueError) as error:
            raise ChannelError(f"the server does not take it ({type(error).__name__})") from None
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise ChannelError(f"no connection ({reason})") from None
        if refused:
            raise ChannelError(f"the server refuses {len(refused):,} of the receivers")

    def _connect(self) -> smtplib.SMTP:
        own_name = socket.gethostname()
        if self.has_tls:
            context = ssl.create_default_context()
            return smtplib.SMTP_SSL(
                self.host, self.port, own_name, timeout=_SECONDS, context=context
            )
        server = smtplib.SMTP(self.host, self.port, own_name, timeout=_SECONDS)
        if not is_loopback(self.host):
            try:
                server.starttls(context=ssl.create_default_context())
            except smtplib.SMTPNotSupportedError:
                server.close()
                raise ChannelError("the server offers no encryption (STARTTLS)") from None
            except Exception:
                server.close()
                raise
        return server

    def _letter(self, message: Message) -> EmailMessage:
        letter = EmailMessage()
        letter["Subject"] = f"[warehouse] {message.headline}"
        letter["From"] = self.sender
        letter["To"] = ", ".join(self.receivers)
        letter["Date"] = localtime()
        letter["Message-ID"] = make_msgid(domain="warehouse.invalid")
        letter["Auto-Submitted"] = "auto-generated"
        known = message.as_json()
        parts = [message.headline, message.what]
        times = [f"Warehouse: {message.warehouse}", f"Since: {known['since']}"]
        times += [f"Until: {known['ended_at']}"] if message.ended_at else []
        parts += ["\n".join(times)]
        parts += [f"What to do: {message.what_to_do}"] if message.what_to_do else []
        letter.set_content("\n\n".join(filter(None, parts)) + "\n")
        return letter


def read_mail(environment: Mapping[str, str]) -> MailChannel | None:
    """The channel that the environment describes; None if it describes none. Raises UsageError,
    which never shows the server's URL, because it may hold a password.
    """
    to, server = environment.get(TO, ""), environment.get(SERVER, "")
    if not to and not server:
        return None
    if not server:
        raise UsageError(f"{TO} is set, but {SERVER} is not. Set it to {_FORM}.")
    if not to:
        raise UsageError(f"{SERVER} is set, but {TO} is not. Set it to who is to be told.")
    try:
        url = urlsplit(server)
        port = url.port
    except ValueError:
        raise UsageError(f"{SERVER} is no URL. Set it to {_FORM}.") from None
    if url.scheme not in _PORTS or not url.hostname or url.path.strip("/") or url.query:
        raise UsageError(f"{SERVER} does not have the form {_FORM}.")
    if bool(url.username) != bool(url.password):
        raise UsageError(f"{SERVER} has a user without a password, or a password without a user.")
    user = unquote(url.username or "")
    receivers = tuple(_address(TO, one.strip()) for one in to.split(","))
    given = environment.get(FROM, "")
    sender = _address(FROM, given) if given else user if "@" in user else receivers[0]
    return MailChannel(
        receivers,
        sender,
        url.hostname,
        port or _PORTS[url.scheme],
        url.scheme == "smtps",
        user,
        unquote(url.password or ""),
    )


def _address(variable: str, text: str) -> str:
    if not _ADDRESS.fullmatch(text):
        raise UsageError(
            f"{variable} has '{shown(text)}', which is no e-mail address. Write addresses as "
            "name@host, with commas between them."
        )
    return text
