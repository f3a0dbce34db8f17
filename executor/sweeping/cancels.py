"""Executions that should stop, although nobody runs them who could be told."""

from uuid import UUID

from executor.stopping.cancel import stop_without_owner, without_owner
from executor.sweeping.each import WINDOW, each
from executor.sweeping.unfinished import unfinished


def cancelled() -> int:
    """Those that somebody has asked to stop."""
    return each(_asked(), stop_without_owner)


def _asked() -> list[UUID]:
    asked = (without_owner() & unfinished()).filter(cancel_requested_at__isnull=False)
    return list(asked.order_by("cancel_requested_at").values_list("id", flat=True)[:WINDOW])
