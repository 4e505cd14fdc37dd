"""Wrong settings are refused in one line that names the variable and shows no secret."""

import pytest

from ingest.loader_errors import UsageError
from tests.alerts.test_channels import SINCE
from warehouse.alerts.alert_settings import read_alert_settings
from warehouse.alerts.conditions import Condition
from warehouse.alerts.mail_channel import MailChannel

TO, SERVER = "WAREHOUSE_ALERT_EMAIL", "WAREHOUSE_SMTP_URL"
HOOK = "WAREHOUSE_ALERT_WEBHOOK"
SMTP = "smtp://mail.example"


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({TO: "ada@quill.example"}, TO),
        ({SERVER: SMTP}, SERVER),
        ({TO: "ada", SERVER: SMTP}, TO),
        ({TO: "ada@quill.example,", SERVER: SMTP}, TO),
        ({TO: "ada@quill.example\nBcc: x@y.example", SERVER: SMTP}, TO),
        ({TO: "a@b.example", SERVER: SMTP, "WAREHOUSE_ALERT_FROM": "me"}, "WAREHOUSE_ALERT_FROM"),
        ({TO: "a@b.example", SERVER: "http://geheim@mail.example"}, SERVER),
        ({TO: "a@b.example", SERVER: "smtp://mail.example:geheim"}, SERVER),
        ({TO: "a@b.example", SERVER: "smtps://user:geheim@"}, SERVER),
        ({TO: "a@b.example", SERVER: "smtps://geheim@mail.example"}, SERVER),
        ({TO: "a@b.example", SERVER: "smtp://mail.example/geheim"}, SERVER),
        ({TO: "a@b.example", SERVER: "smtp://[::1"}, SERVER),
        ({HOOK: "http://chat.example/geheim"}, HOOK),
        ({HOOK: "http://10.0.0.1/geheim"}, HOOK),
        ({HOOK: "https://user:geheim@chat.example/"}, HOOK),
        ({HOOK: "https:///geheim"}, HOOK),
        ({HOOK: "https://chat.example/geheim\n"}, HOOK),
        ({HOOK: "file:///etc/geheim"}, HOOK),
        ({"WAREHOUSE_ALERT_COMMAND": "mail 'geheim"}, "WAREHOUSE_ALERT_COMMAND"),
        ({"WAREHOUSE_ALERT_COMMAND": "  "}, "WAREHOUSE_ALERT_COMMAND"),
        ({"WAREHOUSE_ALERT_MUTE": "build_failed,quiet"}, "WAREHOUSE_ALERT_MUTE"),
    ],
)
def test_a_wrong_setting_is_named(environment: dict[str, str], named: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_alert_settings(environment)
    assert str(caught.value).startswith(named) and "\n" not in str(caught.value)
    assert "geheim" not in str(caught.value)


def test_nothing_is_set() -> None:
    assert read_alert_settings({}).channels == ()
    empty = {TO: "", SERVER: "", HOOK: "", "WAREHOUSE_ALERT_COMMAND": ""}
    assert read_alert_settings(empty).channels == ()


@pytest.mark.parametrize(
    ("url", "host", "port", "has_tls"),
    [
        ("smtp://mail.example", "mail.example", 587, False),
        ("smtps://mail.example/", "mail.example", 465, True),
        ("smtp://[::1]:2525", "::1", 2525, False),
    ],
)
def test_the_usual_ports(url: str, host: str, port: int, has_tls: bool) -> None:
    (channel,) = read_alert_settings({TO: "ada@quill.example", SERVER: url}).channels
    assert isinstance(channel, MailChannel)
    assert (channel.host, channel.port, channel.has_tls) == (host, port, has_tls)


@pytest.mark.parametrize("url", ["http://localhost:8080/x", "http://127.0.0.2/", "http://[::1]/"])
def test_this_machine_needs_no_encryption(url: str) -> None:
    assert len(read_alert_settings({HOOK: url}).channels) == 1


def test_what_is_muted() -> None:
    settings = read_alert_settings({"WAREHOUSE_ALERT_MUTE": "build_slow, source_stale:cafe"})
    for kind, subject, is_muted in (
        ("build_slow", "build", True),
        ("source_stale", "cafe", True),
        ("source_stale", "grocery", False),
        ("build_failed", "build", False),
    ):
        assert settings.is_muted(Condition(kind, subject, "", SINCE)) == is_muted
