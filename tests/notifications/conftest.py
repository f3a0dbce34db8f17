"""Imports wait until a fixture runs: pytest reads this file before Django is set up."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from django.conf import LazySettings

if TYPE_CHECKING:
    from accounts.models import User
    from tests.notifications.sink import Sink


@pytest.fixture
def ada(db: None) -> "User":
    """She hears of her executions by webhooks alone."""
    from accounts.wishes import NotificationType, set_wishes
    from tests.factories import make_user

    user = make_user()
    set_wishes(user, preferences=dict.fromkeys(NotificationType, False))
    return user


@pytest.fixture
def grace(db: None) -> "User":
    """She wants all there is."""
    from tests.factories import make_user

    return make_user("grace@example.org")


@pytest.fixture
def sink(settings: LazySettings) -> Iterator["Sink"]:
    """One that the settings let us reach."""
    from executor.hosting.services import door
    from tests.notifications.sink import HOST, opened_sink

    with opened_sink() as opened:
        settings.PRIVATE_HOSTS, settings.OUTWARD_PORTS = [HOST], [str(opened.port)]
        door.cache_clear()
        yield opened
        door.cache_clear()
