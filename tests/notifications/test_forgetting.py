"""The log goes back as far as the settings say."""

from datetime import UTC, datetime, timedelta

import pytest
from django.conf import LazySettings

from accounts.models import User
from notifications.deliveries.forgetting import forget_notices
from notifications.endpoints.making import make_endpoint
from notifications.endpoints.switching import switch_off
from notifications.endpoints.testing import send_test
from notifications.models import Delivery, DeliveryStatus, Endpoint, Notice

pytestmark = pytest.mark.django_db

NOW = datetime.now(UTC)


@pytest.fixture
def endpoint(ada: User) -> Endpoint:
    return make_endpoint(ada, url="https://hooks.example.org/", kinds=["execution.failed"])[0]


def sent(endpoint: Endpoint, *, days_ago: int) -> Delivery:
    delivery = send_test(endpoint)
    Notice.objects.filter(pk=delivery.notice_id).update(happened_at=NOW - timedelta(days=days_ago))
    return delivery


def finish(delivery: Delivery) -> None:
    Delivery.objects.filter(pk=delivery.pk).update(status=DeliveryStatus.DELIVERED, next_at=None)


def test_what_is_old_is_forgotten_and_what_is_not_stays(endpoint: Endpoint, settings: LazySettings) -> None:
    settings.DELIVERY_LOG_DAYS = 7
    old, new = sent(endpoint, days_ago=8), sent(endpoint, days_ago=6)
    finish(old)
    finish(new)
    assert forget_notices(now=NOW) == 1
    assert list(Delivery.objects.all()) == [new]


def test_what_is_on_its_way_stays(endpoint: Endpoint) -> None:
    sent(endpoint, days_ago=1000)
    assert forget_notices(now=NOW) == 0


def test_what_waits_for_an_endpoint_that_is_off_is_forgotten(endpoint: Endpoint) -> None:
    sent(endpoint, days_ago=1000)
    switch_off(endpoint)
    assert forget_notices(now=NOW) == 1


def test_what_nobody_has_looked_at_yet_stays(ada: User) -> None:
    Notice.objects.create(user=ada, kind="execution.failed", key="k", happened_at=NOW - timedelta(days=1000))
    assert forget_notices(now=NOW) == 0
