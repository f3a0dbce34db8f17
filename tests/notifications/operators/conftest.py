"""Imports wait until a fixture runs: pytest reads this file before Django is set up."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from django.conf import LazySettings

if TYPE_CHECKING:
    from tests.notifications.operators.mail_sink import MailSink
    from tests.notifications.sink import Sink


@pytest.fixture
def sink(settings: LazySettings) -> Iterator["Sink"]:
    """A chat that both channels go to. Nothing but the targets says that it may be reached."""
    from tests.notifications.operators.telling import targets
    from tests.notifications.sink import opened_sink

    with opened_sink() as opened:
        settings.ALERT_PLATFORM_TARGETS = settings.ALERT_PRODUCT_TARGETS = targets(f"discord={opened.url}")
        yield opened


@pytest.fixture
def mail_sink(settings: LazySettings) -> Iterator["MailSink"]:
    """The mail server of the settings."""
    from tests.notifications.operators.mail_sink import HOST, opened_mail_sink

    with opened_mail_sink() as opened:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = HOST, opened.port
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        yield opened
