"""Writing down what came of a try, and what follows from it."""

import logging
import random
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.db.models.functions import Now

from notifications.deliveries.backoff import pause_after
from notifications.deliveries.claiming import Claimed
from notifications.deliveries.outcomes import Outcome, failing_since
from notifications.endpoints.switching import switch_off
from notifications.messages.counting import uncount
from notifications.models import TROUBLE_CHARACTERS, Attempt, Delivery, DeliveryStatus, Endpoint

logger = logging.getLogger(__name__)

#: Attempts of one delivery that are kept.
KEPT = 20


@transaction.atomic
def record(claimed: Claimed, outcome: Outcome) -> bool:
    """Whether it was taken. Who holds an older fence writes nothing."""
    endpoint = Endpoint.objects.locked(claimed.endpoint_id)
    mine = Delivery.objects.select_for_update().waiting().filter(id=claimed.delivery_id, fence=claimed.fence)
    delivery = mine.first()
    if delivery is None or (endpoint is None and delivery.endpoint_id is not None):
        return False
    _log(delivery, outcome)
    if outcome.is_taken:
        _taken(delivery, endpoint)
    else:
        _failed(delivery, endpoint, outcome)
    delivery.claimed_until = None
    delivery.save(update_fields=["status", "tries", "next_at", "claimed_until", "counted_on", "delivered_at"])
    return outcome.is_taken


def _log(delivery: Delivery, outcome: Outcome) -> None:
    number = (delivery.attempts.aggregate(last=Max("number"))["last"] or 0) + 1
    Attempt.objects.create(
        delivery=delivery,
        number=number,
        started_at=outcome.started_at,
        milliseconds=outcome.milliseconds,
        status_code=outcome.status_code,
        answer=outcome.answer,
        error=outcome.error[:TROUBLE_CHARACTERS],
    )
    delivery.attempts.filter(number__lte=number - KEPT).delete()


def _taken(delivery: Delivery, endpoint: Endpoint | None) -> None:
    delivery.status, delivery.next_at, delivery.delivered_at = DeliveryStatus.DELIVERED, None, datetime.now(UTC)
    if endpoint is not None and endpoint.failing_since is not None:
        Endpoint.objects.filter(id=endpoint.id).update(failing_since=None, failed_at=None)


def _failed(delivery: Delivery, endpoint: Endpoint | None, outcome: Outcome) -> None:
    delivery.tries += 1
    pause = pause_after(delivery.tries, wanted=outcome.wanted, chance=random.random())
    if pause is None or outcome.is_unwanted:
        delivery.status, delivery.next_at = DeliveryStatus.GIVEN_UP, None
        extra = {"action": "delivery_given_up", "delivery": str(delivery.id), "tries": delivery.tries}
        logger.warning("A delivery was given up", extra=extra)
    else:
        delivery.next_at = Now() + pause
    if endpoint is None:
        uncount(delivery)
    elif _is_off_now(endpoint, outcome, now=datetime.now(UTC)):
        delivery.next_at = None


def _is_off_now(endpoint: Endpoint, outcome: Outcome, *, now: datetime) -> bool:
    """Note the failure, and switch the endpoint off if it was one too many."""
    endpoint.failing_since = failing_since(endpoint.failing_since, endpoint.failed_at, now=now)
    endpoint.failed_at = now
    endpoint.save(update_fields=["failing_since", "failed_at"])
    trouble = _trouble(endpoint, outcome, now=now)
    return bool(trouble) and switch_off(endpoint, trouble=trouble)


def _trouble(endpoint: Endpoint, outcome: Outcome, *, now: datetime) -> str:
    """Why it is to be switched off; empty if it may go on."""
    if outcome.is_unwanted:
        return "It has answered 410: it wants nothing more."
    days = settings.ENDPOINT_FAILING_DAYS
    if endpoint.failing_since is not None and now - endpoint.failing_since >= timedelta(days=days):
        return f"It has taken nothing for {days} days (ENDPOINT_FAILING_DAYS)."
    return ""
