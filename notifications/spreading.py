"""Deciding who is told of what happened."""

from datetime import UTC, datetime
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q
from django.db.models.functions import Now

from executor.models import GraphExecution
from notifications.kinds import OF_EXECUTIONS
from notifications.messages.executions import derive
from notifications.messages.placing import place
from notifications.models import Channel, Delivery, Endpoint, Notice
from notifications.singly import singly

#: Notices that one call looks at.
AT_ONCE = 100


def spread(*, now: datetime | None = None) -> int:
    """Make the deliveries of notices that have none yet. How many were dealt with. now: instead of the clock."""
    moment = now or datetime.now(UTC)
    return _pass(moment) + _pass(moment)  # the second for what follows from the first


def _pass(now: datetime) -> int:
    waiting = list(Notice.objects.filter(spread_at=None).order_by("id").values_list("pk", flat=True)[:AT_ONCE])
    return singly(waiting, lambda notice_id: _spread(notice_id, now))


@transaction.atomic
def _spread(notice_id: int, now: datetime) -> bool:
    """False if somebody else has done it, or is doing it. A notice that nobody wants is forgotten.

    One of an execution is for endpoints; what its user is told by other ways are notices that follow from it.
    """
    can_skip = connection.features.has_select_for_update_skip_locked
    unspread = Notice.objects.select_for_update(skip_locked=can_skip).filter(pk=notice_id, spread_at=None)
    notice = unspread.first()
    if notice is None:
        return False
    if notice.kind not in OF_EXECUTIONS:
        place(notice, now=now)
        return True
    derive(notice)
    endpoints = [endpoint for endpoint in _listening(notice) if notice.kind in endpoint.kinds]
    if not endpoints:
        notice.delete()
        return True
    Delivery.objects.bulk_create([delivery_to(endpoint, notice) for endpoint in endpoints])
    Notice.objects.filter(pk=notice_id).update(spread_at=Now())
    return True


def _listening(notice: Notice) -> list[Endpoint]:
    """Those of its user that were there when it happened, and are for its graph."""
    of_graph = Q(graph=None)
    if notice.execution_id is not None:
        of_graph |= Q(graph__in=GraphExecution.objects.filter(id=notice.execution_id).values("graph"))
    enabled = Endpoint.objects.filter(of_graph, user=notice.user_id, is_enabled=True)
    return list(enabled.filter(created_at__lte=notice.happened_at))


def delivery_to(endpoint: Endpoint, notice: Notice) -> Delivery:
    """Not yet stored; due at once."""
    recipient: UUID = endpoint.id
    return Delivery(
        notice=notice, channel=Channel.WEBHOOK, recipient=str(recipient), endpoint=endpoint, next_at=notice.happened_at
    )
