"""How mails leave: to a server that is named by one address, or into a folder that nobody else reads."""

import stat
from pathlib import Path
from typing import Any

import pytest
from django.core import mail as django_mail
from django.core.exceptions import ImproperlyConfigured

from accounts import mail
from config.mail import mail_settings


def test_one_address_says_everything(tmp_path: Path) -> None:
    found = mail_settings("smtp+tls://ada:s%40crt@mail.example.org:587", folder=tmp_path)
    wanted = ("EMAIL_HOST", "EMAIL_PORT", "EMAIL_HOST_USER", "EMAIL_HOST_PASSWORD", "EMAIL_USE_TLS")
    assert [found[name] for name in wanted] == ["mail.example.org", 587, "ada", "s@crt", True]


@pytest.mark.parametrize("url", ["mail.example.org", "http://mail.example.org", "smtp+tls://host:port", "dummymail://"])
def test_what_is_no_address_of_a_server_is_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(ImproperlyConfigured, match="EMAIL_URL"):
        mail_settings(url, folder=tmp_path)


def test_without_an_address_mails_are_files_that_nobody_else_reads(tmp_path: Path, settings: Any) -> None:
    for name, value in mail_settings("", folder=tmp_path / "mail").items():
        setattr(settings, name, value)
    mail.send("address_taken", "ada@example.org")
    assert "Subject: You have an account at Sluice already" in next((tmp_path / "mail").iterdir()).read_text()
    assert stat.S_IMODE((tmp_path / "mail").stat().st_mode) == 0o700


def test_a_mail_is_text_and_has_one_subject(settings: Any) -> None:
    mail.send("address_asked", "ada@example.org", new="a&b'c@example.org")
    [sent] = django_mail.outbox
    assert (sent.subject, sent.to) == ("Another address was asked for", ["ada@example.org"])
    assert "a&b'c@example.org" in sent.body
