"""Telling operators of something, once for all processes that meet it."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from notifications.operators.models import (
    LINK_CHARACTERS,
    TEXT_CHARACTERS,
    TITLE_CHARACTERS,
    AlertChannel,
    AlertState,
    OperatorAlert,
)
from reliability.sql import storable_text
from reliability.throttle.models import SIGNATURE_CHARACTERS
from reliability.throttle.slots import NEVER, WINDOW, Slot, throttled

logger = logging.getLogger(__name__)


def alert(
    channel: AlertChannel,
    *,
    signature: str,
    title: str,
    text: str,
    link: str = "",
    since: datetime | None = None,
    count: int | None = None,
    window: timedelta = WINDOW,
    now: datetime | None = None,
) -> None:
    """Write it down, to be sent soon; once for each signature within the window. Raises nothing: what fails is logged.

    since: when it began; None: now, or when it was last told if it has happened since.
    count: how many there are; None: this one and those that were not told since the last one.
    Within a transaction it waits for the commit, and is lost with what is undone.
    """
    moment = now or timezone.now()

    def write(slot: Slot) -> None:
        _store(
            OperatorAlert(
                channel=channel,
                signature=signature[:SIGNATURE_CHARACTERS],
                since=since or begun(slot, moment),
                count=slot.suppressed + 1 if count is None else count,
                slot_at=slot.taken_at,
                created_at=moment,
                next_at=moment,
                **said(title, text, link),
            ),
            adds_up=count is None,
        )

    def tell() -> None:
        with throttled(signature, window=window, now=moment) as slot:
            if slot is not None:
                write(slot)

    if connection.in_atomic_block:
        transaction.on_commit(lambda: _unharmed(tell, title))
    else:
        _unharmed(tell, title)


def note(channel: AlertChannel, *, signature: str, title: str, text: str, link: str = "") -> None:
    """Write it in the open transaction of what it tells of, once while it waits. Whoever calls it throttles by itself.

    Raises DatabaseError.
    """
    now = timezone.now()
    noted = OperatorAlert(
        channel=channel,
        signature=signature[:SIGNATURE_CHARACTERS],
        since=now,
        created_at=now,
        next_at=now,
        **said(title, text, link),
    )
    OperatorAlert.objects.bulk_create([noted], ignore_conflicts=True)


def begun(slot: Slot, now: datetime) -> datetime:
    """Since when it happens. Pure."""
    return slot.before if slot.suppressed and slot.before != NEVER else now


def said(title: str, text: str, link: str) -> dict[str, str]:
    """As it can be stored: a title is one line. Pure."""
    one_line = " ".join(storable_text(title).split())
    return {
        "title": _cut(one_line, TITLE_CHARACTERS),
        "text": _cut(storable_text(text), TEXT_CHARACTERS),
        "link": link[:LINK_CHARACTERS],
    }


def _store(new: OperatorAlert, *, adds_up: bool) -> None:
    """One that still waits takes it up: while nothing can be sent, the same does not gather."""
    OperatorAlert.objects.bulk_create([new], ignore_conflicts=True)
    if OperatorAlert.objects.filter(pk=new.pk).exists():
        return
    older = OperatorAlert.objects.filter(channel=new.channel, signature=new.signature, state=AlertState.WAITING)
    count = F("count") + new.count if adds_up else new.count
    if not older.update(count=count, text=new.text, title=new.title, slot_at=new.slot_at):
        OperatorAlert.objects.bulk_create([new], ignore_conflicts=True)  # it was sent at this moment


def _unharmed(tell: Callable[[], None], title: str) -> None:
    """The flow that has met a failure does not meet another one here."""
    try:
        tell()
    except Exception:
        logger.exception("Operators could not be told", extra={"action": "alert_failed", "title": title})
    else:
        logger.debug("Operators are told", extra={"action": "alert_noted"})


def _cut(text: str, characters: int) -> str:
    return text if len(text) <= characters else text[: characters - 1] + "…"
