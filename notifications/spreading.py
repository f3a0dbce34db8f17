"""Deciding who is told of what happened."""

import logging
from uuid import UUID

from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import Q
from django.db.models.functions import Now

from executor.models import GraphExecution
from notifications.models import Channel, Delivery, Endpoint, Notice

logger = logging.getLogger(__name__)

#: Notices that one call looks at.
AT_ONCE = 100


def spread() -> int:
    """Make the deliveries of notices that have none yet. How many notices were dealt with."""
    waiting = list(Notice.objects.filter(spread_at=None).order_by("id").values_list("pk", flat=True)[:AT_ONCE])
    return sum(_tried(notice_id) for notice_id in waiting)


def _tried(notice_id: int) -> bool:
    """One that cannot be dealt with is logged, and does not stand in the way of the others."""
    try:
        return _spread(notice_id)
    except (OperationalError, InterfaceError):
        raise  # the database is away, for all of them
    except Exception:
        logger.exception("A notice could not be spread", extra={"action": "notice_not_spread", "notice": notice_id})
        return False


@transaction.atomic
def _spread(notice_id: int) -> bool:
    """False if somebody else has done it, or is doing it. A notice that nobody wants is forgotten."""
    can_skip = connection.features.has_select_for_update_skip_locked
    unspread = Notice.objects.select_for_update(skip_locked=can_skip).filter(pk=notice_id, spread_at=None)
    notice = unspread.first()
    if notice is None:
        return False
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
