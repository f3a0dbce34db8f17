"""The clock's task: asks every monitor, and tells operators what it has found. Any number of processes may do it."""

import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from django.db import InterfaceError, OperationalError

from notifications.monitors.blocks import failing_blocks
from notifications.monitors.findings import Finding
from notifications.monitors.frozen import frozen_accounts
from notifications.monitors.late import late_executions
from notifications.monitors.outbox import old_outbox
from notifications.monitors.payments import uncredited_payments
from notifications.monitors.repairs import repaired_shapes
from notifications.monitors.schedules import lagging_schedules
from notifications.monitors.workers import absent_workers

logger = logging.getLogger(__name__)

Monitor = Callable[[datetime], Iterable[Finding]]

#: Asked every minute. None looks at more than what is wrong.
MONITORS: dict[str, Monitor] = {
    "late_executions": late_executions,
    "absent_workers": absent_workers,
    "lagging_schedules": lagging_schedules,
    "old_outbox": old_outbox,
    "repaired_shapes": repaired_shapes,
    "uncredited_payments": uncredited_payments,
    "frozen_accounts": frozen_accounts,
}
#: Asked every hour: they read all that has run in a day.
SLOW_MONITORS: dict[str, Monitor] = {"failing_blocks": failing_blocks}


def watch(monitors: Mapping[str, Monitor], *, now: datetime) -> int:
    """Tell what they find. How much there was."""
    return sum(_watched(name, monitor, now) for name, monitor in monitors.items())


def _watched(name: str, monitor: Monitor, now: datetime) -> int:
    """One monitor that has a fault is logged, and does not stand in the way of the others."""
    try:
        found = list(monitor(now))
    except (OperationalError, InterfaceError):
        raise  # the database is away, for all of them
    except Exception:
        logger.exception("A monitor failed", extra={"action": "monitor_failed", "monitor": name})
        return 0
    for finding in found:
        finding.tell(now=now)
    return len(found)
