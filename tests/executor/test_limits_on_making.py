"""How many presets, schedules and webhooks a user may have: exact, however many are made at once."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

import pytest
from django.conf import LazySettings

from accounts.models import User
from executor.presets.errors import TooManyPresets
from executor.presets.models import Preset
from executor.presets.saving import make_preset
from executor.schedules.errors import TooManySchedules
from executor.schedules.models import Schedule
from executor.schedules.scheduling import make_schedule
from executor.webhooks.errors import TooManyWebhooks
from executor.webhooks.models import Webhook
from executor.webhooks.registering import make_webhook
from tests.executor.building import build
from tests.executor.running import store
from tests.executor.waiting import at_once, echo_graph
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)

MAKERS = 8
MOST = 2


@pytest.fixture
def ada() -> User:
    return make_user()


def _is_made(make: Callable[[], object]) -> bool:
    try:
        make()
    except (TooManyPresets, TooManySchedules, TooManyWebhooks):
        return False
    return True


def test_schedules_made_at_once_never_pass_the_limit(ada: User, settings: LazySettings) -> None:
    settings.SCHEDULES_PER_USER_MAX = MOST
    make = partial(make_schedule, ada, echo_graph(ada), now=datetime.now(UTC), name="daily", cron="0 9 * * *")
    assert sum(at_once([partial(_is_made, make)] * MAKERS)) == Schedule.objects.count() == MOST


def test_webhooks_made_at_once_never_pass_the_limit(ada: User, settings: LazySettings) -> None:
    settings.WEBHOOKS_PER_USER_MAX = MOST
    make = partial(make_webhook, ada, store(ada, build({"hook": ("GenericWebhookTrigger", {})})), name="Shop")
    assert sum(at_once([partial(_is_made, make)] * MAKERS)) == Webhook.objects.count() == MOST


def test_presets_made_at_once_never_pass_the_limit(ada: User, settings: LazySettings) -> None:
    settings.PRESETS_PER_USER_MAX = MOST
    make = partial(make_preset, ada, echo_graph(ada), name="daily")
    assert sum(at_once([partial(_is_made, make)] * MAKERS)) == Preset.objects.count() == MOST
