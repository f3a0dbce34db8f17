"""Making and changing schedules: a schedule that is kept could start now."""

from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from executor.dispatch.database import follow_own_starts
from executor.launching.inputs import check_inputs
from executor.launching.seeds import seeds
from executor.presets.models import Preset
from executor.presets.presence import require_preset
from executor.schedules.cron import read_cron
from executor.schedules.errors import ScheduleInvalid, TooManySchedules
from executor.schedules.models import Schedule
from graphs.models import GraphVersion
from graphs.plans import runnable_plan
from reliability.errors import NotFound

if TYPE_CHECKING:
    from accounts.models import User

#: Fields that say when it is due.
TIMES = frozenset({"cron", "timezone", "ends_at"})


@transaction.atomic
def make_schedule(
    user: "User",
    version: GraphVersion,
    *,
    now: datetime,
    name: str,
    cron: str,
    timezone: str = "",
    inputs: dict[str, Any] | None = None,
    preset: Preset | None = None,
    **options: Any,
) -> Schedule:
    """Keep a new schedule. timezone: the user's own unless given.  options: further fields of Schedule.

    Raises GraphInvalid, InputInvalid, ScheduleInvalid and TooManySchedules; and NotFound if the preset was deleted.
    """
    follow_own_starts(user.id)
    require_preset(preset)
    if Schedule.objects.for_user(user).count() >= settings.SCHEDULES_PER_USER_MAX:
        limit = settings.SCHEDULES_PER_USER_MAX
        raise TooManySchedules(f"A user may have {limit} schedules (SCHEDULES_PER_USER_MAX).", limit=limit)
    schedule = Schedule(
        user=user,
        graph=version.graph,
        version=version,
        preset=preset,
        name=name,
        cron=cron,
        timezone=timezone or user.timezone or "UTC",
        inputs=inputs or {},
        **options,
    )
    _check(schedule, now)
    schedule.save(force_insert=True)
    return schedule


@transaction.atomic
def change_schedule(schedule: Schedule, *, now: datetime, **changes: Any) -> Schedule:
    """Change some of its fields; if its times change, work out anew when it is due. Others may change the rest.

    Raises as `make_schedule` does, and NotFound if it was deleted meanwhile.
    """
    schedule = _held(schedule.id)
    due = schedule.next_at
    for field, value in changes.items():
        setattr(schedule, field, value)
    _check(schedule, now)
    if changes.keys() & TIMES:
        schedule.save(update_fields=[*changes, "next_at"])
    else:
        schedule.next_at = due  # it may be due at this moment
        schedule.save(update_fields=[*changes])
    return schedule


def _held(schedule_id: UUID) -> Schedule:
    """As it is now; until the end of the transaction nobody else changes or deletes it."""
    schedules = Schedule.objects.select_for_update(of=("self",)).select_related("preset", "version__graph")
    if (schedule := schedules.filter(id=schedule_id).first()) is None:
        raise NotFound("This schedule was deleted.")
    return schedule


def _check(schedule: Schedule, now: datetime) -> None:
    due = read_cron(schedule.cron, schedule.timezone).next_after(now)
    if due is None or (schedule.ends_at is not None and due > schedule.ends_at):
        message = "The schedule would be over before it is due."
        raise ScheduleInvalid(f"ends_at: {message}", fields={"ends_at": message})
    saved = schedule.preset.inputs if schedule.preset else {}
    inputs = {**saved, **schedule.inputs}
    plan = runnable_plan(schedule.version)
    check_inputs(plan, inputs, max_bytes=settings.INPUT_MAX_BYTES)
    seeds(plan, inputs, {})
    schedule.next_at = due
