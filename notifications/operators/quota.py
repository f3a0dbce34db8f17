"""Which alerts may go out: so many an hour and channel. The others are counted in one that says so."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from notifications.operators.links import admin_link
from notifications.operators.models import (
    AlertChannel,
    AlertQuota,
    AlertState,
    OperatorAlert,
    OperatorAlertQuerySet,
)
from notifications.operators.targets import targets_of

PER_HOUR, HOUR = 20, timedelta(hours=1)
#: How long others are waited for before it is said how many were held back.
GATHERED = timedelta(seconds=60)
#: Alerts that one call looks at.
AT_ONCE = 500


def admit(*, now: datetime) -> None:
    """Decide what becomes of each new alert."""
    new = OperatorAlert.objects.waiting().filter(admitted_at=None)
    for channel in new.order_by().values_list("channel", flat=True).distinct():
        _admit(AlertChannel(channel), now)
    for channel in AlertChannel:
        if _untold(channel).filter(created_at__lte=now - GATHERED).exists():
            _sum_up(channel, now)


@transaction.atomic
def _admit(channel: AlertChannel, now: datetime) -> None:
    _hold_quota(channel)
    waiting = OperatorAlert.objects.waiting().filter(channel=channel, admitted_at=None)
    new = list(waiting.order_by("created_at", "id").values_list("id", flat=True)[:AT_ONCE])
    if not targets_of(channel):
        waiting.filter(id__in=new).update(state=AlertState.KEPT, next_at=None)
        return
    let_in, held = divided(new, places=PER_HOUR - _of_last_hour(channel, now))
    waiting.filter(id__in=let_in).update(admitted_at=now)
    waiting.filter(id__in=held).update(state=AlertState.HELD_BACK, next_at=None)


def divided(new: Sequence[UUID], *, places: int) -> tuple[Sequence[UUID], Sequence[UUID]]:
    """Those that go out, the first ones, and those that do not. Pure."""
    places = max(places, 0)
    return new[:places], new[places:]


def _of_last_hour(channel: AlertChannel, now: datetime) -> int:
    alerts = OperatorAlert.objects.filter(channel=channel, is_summary=False)
    return alerts.filter(admitted_at__gt=now - HOUR).count()


def _untold(channel: AlertChannel) -> OperatorAlertQuerySet:
    return OperatorAlert.objects.filter(channel=channel, state=AlertState.HELD_BACK, summary=None)


@transaction.atomic
def _sum_up(channel: AlertChannel, now: datetime) -> None:
    """At most once an hour."""
    _hold_quota(channel)
    summaries = OperatorAlert.objects.filter(channel=channel, is_summary=True)
    untold = _untold(channel)
    if summaries.filter(admitted_at__gt=now - HOUR).exists() or summaries.waiting().exists():
        return
    oldest = untold.order_by("created_at").first()
    if oldest is None:
        return
    count = untold.count()
    summary = OperatorAlert.objects.create(
        channel=channel,
        signature="held-back",
        title=f"{count} more",
        text=f"Beyond {PER_HOUR} alerts an hour nothing is sent. The page has them all.",
        link=admin_link("operators_operatoralert_changelist", state__exact=AlertState.HELD_BACK),
        since=oldest.created_at,
        count=count,
        is_summary=True,
        admitted_at=now,
        created_at=now,
        next_at=now,
    )
    untold.update(summary=summary)


def _hold_quota(channel: AlertChannel) -> None:
    AlertQuota.objects.bulk_create([AlertQuota(channel=channel)], ignore_conflicts=True)
    AlertQuota.objects.select_for_update().get(channel=channel)
