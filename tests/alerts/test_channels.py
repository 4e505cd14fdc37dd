"""Each channel against a real server or program on this machine."""

import json
import ssl
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.alerts.receivers import MailServer, Webhook, serving
from tests.conftest import free_port
from warehouse.alerts import channels, command_channel, mail_channel
from warehouse.alerts.alert_messages import Message
from warehouse.alerts.alert_settings import read_alert_settings
from warehouse.alerts.channels import Channel, failure_of, send_all

SINCE = datetime(2026, 11, 30, 6, 5, tzinfo=UTC)
MESSAGE = Message(
    event="opened",
    kind="build_failed",
    subject="build",
    title="The build failed",
    what="Build 7: Test <a> of fct_orders failed on 3 rows.",
    since=SINCE,
    what_to_do="Run `warehouse build`.",
    warehouse="till, port 15329",
    alert_id=4,
)


def only(**environment: str) -> Channel:
    found = read_alert_settings(environment).channels
    assert len(found) == 1
    return found[0]


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    with serving(Webhook()) as server:
        yield server


def by_hook(server: Webhook) -> Channel:
    return only(WAREHOUSE_ALERT_WEBHOOK=server.url)


def by_mail(server: MailServer, scheme: str = "smtp", login: str = "", **more: str) -> Channel:
    url = f"{scheme}://{login}127.0.0.1:{server.port}"
    given = {"WAREHOUSE_ALERT_EMAIL": "ada@quill.example, shop@quill.example", **more}
    return only(WAREHOUSE_SMTP_URL=url, **given)


def test_a_webhook_gets_json_with_a_text(webhook: Webhook) -> None:
    assert failure_of(by_hook(webhook), MESSAGE) is None
    assert webhook.paths == ["/hooks/geheim"]
    local = SINCE.astimezone()
    assert webhook.posts == [
        {
            # Slack would take <a> for a link.
            "text": "The build failed (till, port 15329). Build 7: Test &lt;a&gt; of fct_orders "
            f"failed on 3 rows. Since {local:%Y-%m-%d %H:%M %z}. "
            "What to do: Run `warehouse build`.",
            "event": "opened",
            "kind": "build_failed",
            "subject": "build",
            "title": "The build failed",
            "what": "Build 7: Test <a> of fct_orders failed on 3 rows.",
            "since": local.isoformat(timespec="seconds"),
            "ended_at": None,
            "what_to_do": "Run `warehouse build`.",
            "warehouse": "till, port 15329",
            "alert_id": 4,
        }
    ]


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (500, "it answers 500"),
        (404, "it answers 404"),
        (302, "it answers 302, a redirect, which is not followed"),
        (307, "it answers 307, a redirect, which is not followed"),
    ],
)
def test_a_webhook_that_does_not_take_it_is_asked_once(
    webhook: Webhook, status: int, reason: str
) -> None:
    webhook.status = status
    assert failure_of(by_hook(webhook), MESSAGE) == reason
    assert webhook.paths == ["/hooks/geheim"]


def test_a_webhook_on_this_machine_needs_no_proxy(
    webhook: Webhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{free_port()}")
    assert failure_of(by_hook(webhook), MESSAGE) is None


def test_a_webhook_that_is_not_there_is_named_without_its_secret() -> None:
    channel = only(WAREHOUSE_ALERT_WEBHOOK=f"http://127.0.0.1:{free_port()}/hooks/geheim")
    told: list[str] = []
    assert send_all([channel], [MESSAGE, MESSAGE], told.append) == []
    assert told == ["Alerts: the webhook at 127.0.0.1 failed: no connection (Connection refused)"]
    assert "geheim" not in repr(channel)


def test_a_slow_webhook_does_not_keep_the_command(
    webhook: Webhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channels, "_LONGEST_SECONDS", 0.2)
    webhook.pause = 2.0
    began = time.monotonic()
    assert failure_of(by_hook(webhook), MESSAGE) == "no answer within 0 s"
    assert time.monotonic() - began < 1.5


def test_a_letter_has_all_that_there_is_to_know() -> None:
    with serving(MailServer()) as server:
        channel = by_mail(server, login="shop%40quill.example:pass%2Fword@")
        assert failure_of(channel, MESSAGE) is None
        assert server.logins == [("shop@quill.example", "pass/word")]
        assert server.receivers == [["ada@quill.example", "shop@quill.example"]]
        (letter,) = server.letters
    assert letter["Subject"] == "[warehouse] The build failed"
    assert letter["From"] == "shop@quill.example"
    assert letter["To"] == "ada@quill.example, shop@quill.example"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter.get_content().splitlines() == [
        "The build failed",
        "",
        "Build 7: Test <a> of fct_orders failed on 3 rows.",
        "",
        "Warehouse: till, port 15329",
        f"Since: {SINCE.astimezone().isoformat(timespec='seconds')}",
        "",
        "What to do: Run `warehouse build`.",
    ]
    assert "pass/word" not in repr(channel) and "pass" not in channel.name


def test_the_sender_can_be_another_than_the_user() -> None:
    with serving(MailServer()) as server:
        for given, sender in (
            ({"WAREHOUSE_ALERT_FROM": "bot@quill.example"}, "bot@quill.example"),
            ({}, "ada@quill.example"),
        ):
            assert failure_of(by_mail(server, login="AKIA42:secret@", **given), MESSAGE) is None
            assert server.letters[-1]["From"] == sender


@pytest.mark.parametrize(
    ("refuses", "reason"),
    [
        ("AUTH", "the server refuses user or password"),
        ("MAIL", "the server answers 550"),
        ("RCPT", "the server refuses all receivers"),
        ("DATA", "the server answers 550"),
    ],
)
def test_what_a_mail_server_says_is_not_repeated(refuses: str, reason: str) -> None:
    with serving(MailServer(refuses=refuses)) as server:
        assert failure_of(by_mail(server, login="user:secret@"), MESSAGE) == reason
        assert server.letters == []


def test_a_mail_server_elsewhere_must_offer_encryption(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail_channel, "is_loopback", lambda host: False)
    with serving(MailServer()) as server:
        reason = failure_of(by_mail(server, login="user:secret@"), MESSAGE)
        assert reason == "the server offers no encryption (STARTTLS)"
        assert server.logins == [] and server.letters == []


def certificate(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """A server's context with a certificate for 127.0.0.1 that nobody else trusts, and its file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    here = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(here, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path = folder / "certificate.pem"
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + secret)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context, path


def test_smtps_checks_the_certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    context, file = certificate(tmp_path)
    with serving(MailServer(context)) as server:
        channel = by_mail(server, "smtps", "user:secret@")
        reason = failure_of(channel, MESSAGE)
        assert reason == "no encryption (CERTIFICATE_VERIFY_FAILED)"
        assert server.logins == []
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
        assert failure_of(channel, MESSAGE) is None
        assert server.logins == [("user", "secret")] and len(server.letters) == 1


def test_a_command_gets_json_and_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "told.json"
    program = (
        "import json, os, sys; told = json.load(sys.stdin); told['env'] = sorted(os.environ); "
        "told['words'] = sys.argv[1:]; json.dump(told, open(sys.argv[1], 'w'))"
    )
    command = f"{sys.executable} -c \"{program}\" {out} 'two words' '$HOME'"
    for name in ("WAREHOUSE_TOKEN_KEY", "WAREHOUSE_SMTP_URL", "PGPASSWORD", "PAGER_KEY"):
        monkeypatch.setenv(name, "secret")
    assert failure_of(only(WAREHOUSE_ALERT_COMMAND=command), MESSAGE) is None
    told = json.loads(out.read_text())
    assert told["kind"] == "build_failed" and told["text"].startswith("The build failed (till,")
    assert told["words"] == [str(out), "two words", "$HOME"]
    assert "PAGER_KEY" in told["env"]
    assert not {"WAREHOUSE_TOKEN_KEY", "WAREHOUSE_SMTP_URL", "PGPASSWORD"} & {*told["env"]}


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        ("false", "it ended with exit code 1"),
        ("no-such-program --x", "it does not start (No such file or directory)"),
        ("sh -c 'sleep 60 & wait'", "it ran longer than 0 s and was ended"),
    ],
)
def test_a_command_that_fails(command: str, reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command_channel, "_SECONDS", 0.3)
    assert failure_of(only(WAREHOUSE_ALERT_COMMAND=command), MESSAGE) == reason


def test_a_command_that_does_not_read_is_no_failure() -> None:
    assert failure_of(only(WAREHOUSE_ALERT_COMMAND="true"), MESSAGE) is None


def test_one_channel_that_fails_does_not_keep_others_from_telling(webhook: Webhook) -> None:
    told: list[str] = []
    environment = {"WAREHOUSE_ALERT_COMMAND": "false", "WAREHOUSE_ALERT_WEBHOOK": webhook.url}
    sent = send_all(read_alert_settings(environment).channels, [MESSAGE], told.append)
    assert sent == [MESSAGE] and len(webhook.posts) == 1
    assert told == ["Alerts: the command false failed: it ended with exit code 1"]
