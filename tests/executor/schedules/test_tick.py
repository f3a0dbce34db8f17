"""What becomes of the times that a schedule is due."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.db.models.signals import post_save

from accounts.models import User
from executor.models import GraphExecution
from executor.schedules.decisions import WAITING_MAX
from executor.schedules.deleting import delete_schedules
from executor.schedules.models import Occurrence, Outcome, Overlap, Schedule
from executor.schedules.pausing import pause, resume
from executor.schedules.scheduling import change_schedule, make_schedule
from executor.schedules.tick import tick
from executor.statuses import Status
from graphs.models import GraphVersion
from tests.api.cast import store_echo
from tests.factories import make_user

pytestmark = pytest.mark.django_db

NINE = datetime(2026, 6, 1, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
Make = Callable[..., Schedule]


@pytest.fixture
def ada() -> User:
    return make_user()


@pytest.fixture
def version(ada: User) -> GraphVersion:
    return store_echo(ada)


@pytest.fixture
def make(ada: User, version: GraphVersion) -> Make:
    def made(**options: Any) -> Schedule:
        wish = {"name": "Minutely", "cron": "* * * * *", "timezone": "UTC", "inputs": {"question": "?"}} | options
        return make_schedule(ada, version, now=NINE, **wish)

    return made


def outcomes(schedule: Schedule) -> list[str]:
    return list(schedule.occurrences.order_by("due_at").values_list("outcome", flat=True))


def end(status: Status) -> None:
    """Everything that runs ends so."""
    for execution in GraphExecution.objects.active():
        execution.status, execution.lease_until = status, None
        GraphExecution.objects.filter(id=execution.id).update(status=status)


def test_a_due_time_starts_one_execution_however_often_the_clock_ticks(make: Make) -> None:
    schedule = make()
    assert tick(now=NINE + MINUTE / 2) == {}
    for seconds in (0, 1, 2):
        tick(now=NINE + MINUTE + timedelta(seconds=seconds))
    (execution,) = GraphExecution.objects.all()
    assert (execution.trigger, execution.inputs, execution.status) == ("SCHEDULE", {"question": "?"}, Status.QUEUED)
    assert schedule.occurrences.get().due_at == NINE + MINUTE
    assert Schedule.objects.get().next_at == NINE + 2 * MINUTE


def test_a_time_that_is_due_while_the_execution_before_runs_is_skipped(make: Make) -> None:
    schedule = make()
    tick(now=NINE + MINUTE)
    tick(now=NINE + 2 * MINUTE)
    end(Status.COMPLETED)
    tick(now=NINE + 3 * MINUTE)
    assert outcomes(schedule) == [Outcome.STARTED, Outcome.SKIPPED, Outcome.STARTED]
    assert schedule.occurrences.get(outcome=Outcome.SKIPPED).reason == "The execution before had not ended."


def test_a_queued_time_starts_when_the_execution_before_has_ended(make: Make) -> None:
    schedule = make(overlap=Overlap.QUEUE)
    for minutes in (1, 2, 3):
        tick(now=NINE + minutes * MINUTE)
    assert outcomes(schedule) == [Outcome.STARTED, Outcome.WAITING, Outcome.WAITING]
    end(Status.COMPLETED)
    tick(now=NINE + 3.1 * MINUTE)
    assert outcomes(schedule) == [Outcome.STARTED, Outcome.STARTED, Outcome.WAITING]
    assert GraphExecution.objects.active().count() == 1


def test_so_many_times_wait_for_the_execution_before_and_no_more(make: Make) -> None:
    schedule = make(overlap=Overlap.QUEUE, misfire_grace_seconds=24 * 3600)
    tick(now=NINE + MINUTE)
    tick(now=NINE + (WAITING_MAX + 2) * MINUTE)
    assert outcomes(schedule) == [Outcome.STARTED] + [Outcome.WAITING] * WAITING_MAX + [Outcome.SKIPPED]
    assert schedule.occurrences.get(outcome=Outcome.SKIPPED).reason == "100 were waiting already."


def test_the_replacing_time_stops_the_execution_before(make: Make) -> None:
    schedule = make(overlap=Overlap.REPLACE)
    tick(now=NINE + MINUTE)
    tick(now=NINE + 2 * MINUTE)
    ran = [occurrence.execution.status for occurrence in schedule.occurrences.order_by("due_at")]  # type: ignore[union-attr]
    assert ran == [Status.TERMINATED, Status.QUEUED]


def test_times_within_the_grace_are_made_up_for_and_older_ones_are_missed(make: Make) -> None:
    schedule = make(misfire_grace_seconds=120, overlap=Overlap.QUEUE)
    tick(now=NINE + 5 * MINUTE)
    assert outcomes(schedule) == [
        Outcome.MISSED,
        Outcome.MISSED,
        Outcome.STARTED,
        Outcome.WAITING,
        Outcome.WAITING,
    ]


def test_exactly_at_the_grace_it_still_starts(make: Make) -> None:
    schedule = make(misfire_grace_seconds=60)
    tick(now=NINE + 2 * MINUTE)
    assert outcomes(schedule)[0] == Outcome.STARTED


def test_a_long_absence_is_recorded_without_a_row_for_each_time(make: Make) -> None:
    schedule = make(cron="*/10 * * * *")
    tick(now=NINE + timedelta(days=30))
    first, *others = schedule.occurrences.order_by("due_at")
    assert (first.outcome, first.due_at) == (Outcome.MISSED, NINE + 10 * MINUTE)
    assert "Nothing started from then until" in first.reason
    assert len(others) == 24 * 6
    assert others[0].due_at > NINE + timedelta(days=29)


def test_after_so_many_failures_in_a_row_it_is_paused(make: Make) -> None:
    schedule = make(max_failures=2)
    for minutes, status in enumerate((Status.FAILED, Status.COMPLETED, Status.FAILED, Status.FAILED), start=1):
        tick(now=NINE + minutes * MINUTE)
        end(status)
    tick(now=NINE + 5 * MINUTE)
    schedule.refresh_from_db()
    assert (schedule.is_paused, schedule.pause_reason) == (True, "2 executions in a row have failed.")
    assert GraphExecution.objects.count() == 4


def test_resuming_forgives_failures_and_makes_up_for_nothing(make: Make) -> None:
    schedule = make(max_failures=1)
    tick(now=NINE + MINUTE)
    end(Status.FAILED)
    tick(now=NINE + 2 * MINUTE)
    schedule.refresh_from_db()
    assert schedule.is_paused
    resume(schedule, now=datetime.now(UTC))
    schedule.refresh_from_db()
    assert schedule.next_at is not None
    tick(now=schedule.next_at)
    assert outcomes(schedule) == [Outcome.STARTED, Outcome.STARTED]


def test_a_paused_schedule_starts_nothing_and_forgets_what_waited(make: Make) -> None:
    schedule = make(overlap=Overlap.QUEUE)
    for minutes in (1, 2):
        tick(now=NINE + minutes * MINUTE)
    pause(schedule.id, reason="enough")
    end(Status.COMPLETED)
    assert tick(now=NINE + 9 * MINUTE) == {}
    resume(Schedule.objects.get(), now=NINE + 9.5 * MINUTE)
    assert outcomes(schedule) == [Outcome.STARTED, Outcome.SKIPPED]
    assert Schedule.objects.get().next_at == NINE + 10 * MINUTE


def test_a_refused_start_is_recorded_and_counts_as_a_failure(ada: User, make: Make) -> None:
    poor = make(max_failures=1)
    ada.credit_account.__class__.objects.filter(user=ada).update(balance=0)
    tick(now=NINE + MINUTE)
    refused = Occurrence.objects.get()
    assert (refused.outcome, refused.execution) == (Outcome.REFUSED, None)
    assert "credit" in refused.reason
    tick(now=NINE + 2 * MINUTE)
    poor.refresh_from_db()
    assert poor.is_paused


def test_nothing_starts_after_its_end(make: Make) -> None:
    schedule = make(ends_at=NINE + 2.5 * MINUTE, overlap=Overlap.QUEUE)
    tick(now=NINE + 10 * MINUTE)
    assert len(outcomes(schedule)) == 2
    assert Schedule.objects.get().next_at is None


def test_a_schedule_goes_with_its_graph(make: Make, version: GraphVersion) -> None:
    make()
    version.graph.delete()
    assert not Schedule.objects.exists()
    assert tick(now=NINE + MINUTE) == {}


def test_a_pinned_version_stays_when_the_graph_moves_on(make: Make, version: GraphVersion) -> None:
    make()
    version.graph.active_version = 2
    version.graph.save()
    tick(now=NINE + MINUTE)
    assert GraphExecution.objects.get().version == version


def test_one_schedule_in_trouble_does_not_hold_the_others_up(make: Make) -> None:
    broken, sound = make(name="broken"), make(name="sound")
    Schedule.objects.filter(id=broken.id).update(timezone="Mars/Base")
    tick(now=NINE + MINUTE)
    broken.refresh_from_db()
    assert "is no time zone" in broken.pause_reason
    assert outcomes(sound) == [Outcome.STARTED]


def test_after_an_outage_only_the_newest_replaces(make: Make, settings: LazySettings) -> None:
    settings.STARTS_PER_MINUTE_MAX = 5
    schedule = make(overlap=Overlap.REPLACE, misfire_grace_seconds=3600)
    tick(now=NINE + 45 * MINUTE)
    assert outcomes(schedule) == [Outcome.SKIPPED] * 44 + [Outcome.STARTED]


def test_what_is_refused_for_now_stays_due_and_what_started_stays_started(make: Make, settings: LazySettings) -> None:
    settings.STARTS_PER_MINUTE_MAX = 1
    first, second = make(), make()
    tick(now=NINE + MINUTE)
    assert sorted([len(outcomes(first)), len(outcomes(second))]) == [0, 1]
    assert Schedule.objects.filter(next_at=NINE + MINUTE).count() == 1


def test_what_waits_goes_on_waiting_while_it_is_refused_for_now(make: Make, settings: LazySettings) -> None:
    schedule = make(overlap=Overlap.QUEUE)
    for minutes in (1, 2):
        tick(now=NINE + minutes * MINUTE)
    end(Status.COMPLETED)
    settings.STARTS_PER_MINUTE_MAX = 1
    assert tick(now=NINE + 2.5 * MINUTE) == {}
    assert outcomes(schedule) == [Outcome.STARTED, Outcome.WAITING]
    settings.STARTS_PER_MINUTE_MAX = 0
    assert tick(now=NINE + 2.6 * MINUTE) == {Outcome.STARTED: 1}


def test_what_waits_does_not_start_if_it_is_paused_while_another_starts(make: Make) -> None:
    schedules = [make(overlap=Overlap.QUEUE), make(overlap=Overlap.QUEUE)]
    for minutes in (1, 2):
        tick(now=NINE + minutes * MINUTE)
    end(Status.COMPLETED)

    def pause_all(created: bool, **kwargs: Any) -> None:
        for schedule in schedules if created else ():
            pause(schedule.id, reason="Somebody wants that.")

    post_save.connect(pause_all, sender=GraphExecution)
    try:
        assert tick(now=NINE + 2.5 * MINUTE) == {Outcome.STARTED: 1}
    finally:
        post_save.disconnect(pause_all, sender=GraphExecution)


def test_one_that_is_deleted_during_the_tick_ends_quietly(make: Make, caplog: pytest.LogCaptureFixture) -> None:
    make(), make()

    def delete_those_that_are_due(created: bool, **kwargs: Any) -> None:
        delete_schedules(Schedule.objects.filter(next_at=NINE + MINUTE))

    post_save.connect(delete_those_that_are_due, sender=GraphExecution)
    try:
        assert tick(now=NINE + MINUTE) == {Outcome.STARTED: 1}
    finally:
        post_save.disconnect(delete_those_that_are_due, sender=GraphExecution)
    assert Schedule.objects.count() == 1
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


def test_a_change_of_its_name_does_not_drop_a_time_that_is_due(make: Make) -> None:
    schedule = make()
    change_schedule(schedule, now=NINE + 1.5 * MINUTE, name="Other")
    tick(now=NINE + 1.6 * MINUTE)
    assert outcomes(schedule) == [Outcome.STARTED]


def test_a_time_that_comes_again_by_a_clock_that_is_behind_starts_nothing_more(make: Make) -> None:
    schedule = make()
    tick(now=NINE + MINUTE)
    change_schedule(schedule, now=NINE + MINUTE - timedelta(milliseconds=20), cron="*/1 * * * *")
    end(Status.COMPLETED)
    tick(now=NINE + MINUTE)
    tick(now=NINE + 2 * MINUTE)
    assert outcomes(schedule) == [Outcome.STARTED, Outcome.STARTED]


def test_resuming_one_that_is_not_paused_changes_nothing(make: Make) -> None:
    schedule = make(overlap=Overlap.QUEUE)
    for minutes in (1, 2):
        tick(now=NINE + minutes * MINUTE)
    resume(Schedule.objects.get(), now=NINE + 2.5 * MINUTE)
    assert outcomes(schedule) == [Outcome.STARTED, Outcome.WAITING]


def test_a_replacing_time_takes_the_place_of_those_that_wait(make: Make) -> None:
    schedule = make(overlap=Overlap.QUEUE)
    for minutes in (1, 2):
        tick(now=NINE + minutes * MINUTE)
    change_schedule(Schedule.objects.get(), now=NINE + 2.5 * MINUTE, overlap=Overlap.REPLACE)
    tick(now=NINE + 3 * MINUTE)
    assert outcomes(schedule) == [Outcome.STARTED, Outcome.SKIPPED, Outcome.STARTED]


def test_schedules_of_a_disabled_user_start_nothing(ada: User, make: Make) -> None:
    schedule = make()
    ada.is_active = False
    ada.save()
    tick(now=NINE + MINUTE)
    assert outcomes(schedule) == []
