"""Mails about accounts. A template's first line is the subject."""

from collections.abc import Callable
from typing import Any

from django.core.mail import send_mail
from django.template.loader import render_to_string

from accounts.errors import MailUnavailable


def send(name: str, to: str, **content: Any) -> None:
    """Send the mail of this name, a template in `accounts/mail`. Raises MailUnavailable."""
    subject, _, text = render_to_string(f"accounts/mail/{name}.txt", content).partition("\n")
    deliver(lambda: send_mail(subject.strip(), text.strip() + "\n", None, [to]))


def deliver(act: Callable[[], object]) -> None:
    """Do what sends a mail. Raises MailUnavailable. What mail servers refuse with is an OSError too."""
    try:
        act()
    except OSError as error:
        raise MailUnavailable from error
