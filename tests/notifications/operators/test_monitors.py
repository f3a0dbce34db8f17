"""Each monitor speaks of the fault it is for, and of nothing else."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import User
from credits.freezing import freeze
from credits.models import Account
from credits.payments.models import Payment, PaymentEvent, PaymentKind, PaymentStatus
from executor.dispatch.models import Share
from executor.models import GraphExecution, NodeExecution
from executor.reviews.models import Review
from executor.schedules.models import Schedule
from executor.schedules.scheduling import make_schedule
from executor.statuses import Status
from executor.sweeping.counting import count
from graphs.models import Graph
from notifications.models import Channel, Delivery, Notice
from notifications.monitors import workers
from notifications.monitors.blocks import Runs, failing, failing_blocks
from notifications.monitors.findings import Finding
from notifications.monitors.frozen import frozen_accounts
from notifications.monitors.late import late_executions
from notifications.monitors.masking import masked, samples
from notifications.monitors.outbox import old_outbox
from notifications.monitors.payments import uncredited_payments
from notifications.monitors.repairs import repaired_shapes
from notifications.monitors.schedules import lagging_schedules
from notifications.monitors.watch import MONITORS, SLOW_MONITORS, watch
from notifications.monitors.workers import absent_workers
from notifications.operators.models import OperatorAlert
from reliability.ids import first_id, uuid7
from tests.executor.building import build
from tests.executor.running import started
from tests.factories import make_user

pytestmark = pytest.mark.django_db

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def ada() -> User:
    return make_user()


@pytest.fixture
def execution(ada: User, redis_url: str) -> GraphExecution:
    """QUEUED a moment ago."""
    return started(ada, build({"a": ("Echo", {"value": 1})}))


def change(execution: GraphExecution, **fields: object) -> None:
    GraphExecution.objects.filter(id=execution.id).update(**fields)


def run_for(execution: GraphExecution, time: timedelta, now: datetime) -> None:
    change(execution, status=Status.RUNNING, started_at=now - time, lease_until=now + MINUTE)


def found(monitor: Callable[[datetime], object], now: datetime) -> list[Finding]:
    return list(monitor(now))  # type: ignore[call-overload]


# --- Late executions


def test_what_waits_for_five_minutes_is_late(execution: GraphExecution, now: datetime) -> None:
    change(execution, created_at=now - timedelta(seconds=299))
    assert found(late_executions, now) == []
    change(execution, created_at=now - timedelta(seconds=301))
    (late,) = found(late_executions, now)
    assert (late.count, late.since) == (1, now - timedelta(seconds=301))
    assert late.text.startswith("1 of 1 user. The oldest:\n" + str(execution.id))
    assert late.link == "/admin/executor/graphexecution/?status__exact=QUEUED"


@pytest.mark.parametrize("status", [Status.REVIEW, Status.COMPLETED, Status.FAILED, Status.INCOMPLETE])
def test_what_does_not_wait_for_a_worker_is_not_late(execution: GraphExecution, now: datetime, status: Status) -> None:
    change(execution, created_at=now - DAY, status=status)
    assert found(late_executions, now) == []


def test_what_an_operator_has_paused_is_not_late(execution: GraphExecution, ada: User, now: datetime) -> None:
    change(execution, created_at=now - DAY)
    share = Share.objects.create(user=ada, is_paused=True)
    assert found(late_executions, now) == []
    share.delete()
    Graph.objects.update(is_paused=True)
    assert found(late_executions, now) == []
    Graph.objects.update(is_paused=False)
    assert len(found(late_executions, now)) == 1


def answered(execution: GraphExecution, now: datetime) -> None:
    """A person was asked, and has answered at this moment."""
    node = execution.version.nodes.get()
    asked = NodeExecution.objects.create(execution=execution, node=node, number=9, status="REVIEW", added_at=now)
    Review.objects.create(
        node_execution=asked, execution=execution, root=execution, user=execution.user, is_sensitive=False,
        status="APPROVED", editable=False, created_at=now - 2 * DAY, reviewed_at=now, resumed_at=now,
    )  # fmt: skip


def test_the_time_in_which_a_person_was_asked_does_not_count(execution: GraphExecution, now: datetime) -> None:
    change(execution, created_at=now - 2 * DAY)
    answered(execution, now - MINUTE)
    assert found(late_executions, now) == []
    run_for(execution, 2 * DAY, now)
    assert found(late_executions, now) == []
    assert len(found(late_executions, now + 2 * DAY)) == 1


def test_what_runs_for_a_day_is_late(execution: GraphExecution, now: datetime) -> None:
    run_for(execution, DAY - MINUTE, now)
    assert found(late_executions, now) == []
    run_for(execution, DAY + MINUTE, now)
    (late,) = found(late_executions, now)
    assert (late.title, late.since) == ("Executions run for more than 24 h", now - DAY - MINUTE)


# --- Blocks


def run_nodes(
    execution: GraphExecution,
    *,
    failed: int,
    completed: int,
    at: datetime,
    error: str = "No",
    ended: Status = Status.COMPLETED,
) -> None:
    node = execution.version.nodes.get()
    statuses = [Status.FAILED] * failed + [ended] * completed
    first = NodeExecution.objects.count() + 1
    NodeExecution.objects.bulk_create(
        NodeExecution(
            id=UUID(int=first_id(at).int | uuid7().int & ((1 << 80) - 1)),
            execution=execution, node=node, number=number, status=status, added_at=at, ended_at=at,
            error=error if status == Status.FAILED else "",
        )
        for number, status in enumerate(statuses, start=first)
    )  # fmt: skip


def test_a_block_that_fails_as_often_as_not_is_told_with_masked_samples(
    execution: GraphExecution, now: datetime
) -> None:
    run_nodes(execution, failed=5, completed=5, at=now - HOUR, error="The key 'canary' of ada@example.org is wrong 12")
    (finding,) = found(failing_blocks, now)
    assert (finding.title, finding.count) == ("Echo fails: 50%", 5)
    assert finding.text == "5 of 10 runs have failed within 24 h.\n- The key MASKED of EMAIL is wrong XX"
    assert abs(finding.since - (now - HOUR)) < timedelta(seconds=1)


@pytest.mark.parametrize(
    ("failed", "completed", "ago"), [(4, 5, HOUR), (9, 0, HOUR), (5, 6, HOUR), (20, 0, DAY + MINUTE), (0, 20, HOUR)]
)
def test_other_blocks_are_not_told(
    execution: GraphExecution, now: datetime, failed: int, completed: int, ago: timedelta
) -> None:
    run_nodes(execution, failed=failed, completed=completed, at=now - ago)
    assert found(failing_blocks, now) == []


def test_what_has_not_ended_does_not_count(execution: GraphExecution, now: datetime) -> None:
    run_nodes(execution, failed=5, completed=5, at=now - HOUR, ended=Status.RUNNING)
    assert found(failing_blocks, now) == []


def test_the_worst_block_is_told_first(now: datetime) -> None:
    runs = [Runs("a", 20, 12, now), Runs("b", 10, 10, now), Runs("c", 9, 9, now), Runs("d", 10, 4, now)]
    assert [one.block_id for one in failing(runs)] == ["b", "a"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("HTTP 404 for https://x.example/a?key=1", "MASKED XXX for URL"),
        ("Could not find /home/ada/secret.txt: No such file", "Could not find PATH: No such file"),
        ("Execution 0190a000-0000-7000-8000-000000000001 is gone", "Execution UUID is gone"),
        ("CANARY_TOKEN sk-live-abcdef aB3 was refused", "MASKED MASKED MASKED was refused"),
        ('{"a": "secret words"} is not valid', "MASKED is not valid"),
        ("Value 12.5 is too large (max 10)", "Value XX.X is too large (max XX)"),
        ("x " * 500, ("x " * 50)),
    ],
)
def test_samples_hold_nothing_of_users(text: str, shown: str) -> None:
    assert masked(text) == shown


def test_samples_that_are_alike_are_one() -> None:
    assert samples(["Row 1", "Row 2", "Other", "Row 3", "Third", "Fourth"], most=2) == ["Row X", "Other"]


# --- What the sweeper repairs


def test_a_shape_that_should_not_be_there_is_told(now: datetime) -> None:
    count("orphan_ended", 3)
    assert found(repaired_shapes, now) == [], "what was there before the first look is nobody's news"
    assert found(repaired_shapes, now + MINUTE) == []
    count("orphan_ended", 1)
    count("review_forgotten", 2)
    told = {finding.name: finding.count for finding in found(repaired_shapes, now + 2 * MINUTE)}
    assert told == {"repairs:orphan_ended": 1, "repairs:review_forgotten": 2}
    found(repaired_shapes, now + HOUR)
    assert found(repaired_shapes, now + HOUR + MINUTE) == []


def test_ordinary_repairs_are_told_when_they_become_many(now: datetime) -> None:
    found(repaired_shapes, now)
    count("taken_over", 20)
    assert found(repaired_shapes, now + MINUTE) == []
    count("taken_over", 1)
    (finding,) = found(repaired_shapes, now + 2 * MINUTE)
    assert (finding.count, finding.link) == (21, "/admin/dispatch/repaircount/")


# --- Accounts and payments


def test_an_account_that_an_audit_has_frozen_is_told_until_somebody_has_looked(ada: User, now: datetime) -> None:
    account = Account.objects.get(user=ada)
    freeze(account, reason="They asked for it")
    assert found(frozen_accounts, now) == []
    Account.objects.update(frozen_reason="The audit found: balance 1 is not 2.")
    (finding,) = found(frozen_accounts, now)
    assert finding.count == 1


def payment(user: User, now: datetime, **fields: object) -> Payment:
    paid = {"kind": PaymentKind.TOP_UP, "amount": 500, "status": PaymentStatus.PENDING, "expires_at": now + HOUR}
    return Payment.objects.create(
        account=Account.objects.get(user=user), provider="sandbox", idempotency_key=str(uuid7()), created_at=now,
        **{**paid, **fields},
    )  # fmt: skip


def test_a_payment_that_is_paid_and_not_credited_is_told(ada: User, now: datetime) -> None:
    payment(ada, now, status=PaymentStatus.PAID, paid_at=now - HOUR)
    (finding,) = found(uncredited_payments, now)
    assert (finding.title, finding.since) == ("Payments are paid, but not credited", now - HOUR)


def test_other_payments_are_not_told(ada: User, now: datetime) -> None:
    transaction = Account.objects.get(user=ada).transactions.get()
    payment(ada, now, status=PaymentStatus.PAID, paid_at=now - HOUR, transaction=transaction)
    payment(ada, now, status=PaymentStatus.PAID, paid_at=now - MINUTE)
    payment(ada, now, status=PaymentStatus.PAID, paid_at=now - HOUR, kind=PaymentKind.CARD_CHECK, amount=0)
    payment(ada, now)
    payment(ada, now, status=PaymentStatus.EXPIRED, expires_at=now - DAY)
    assert found(uncredited_payments, now) == []


def test_messages_of_a_provider_that_could_not_be_acted_on_are_told(now: datetime) -> None:
    event = PaymentEvent.objects.create(provider="stripe", event_id="e", type="paid", received_at=now - HOUR)
    assert [finding.name for finding in found(uncredited_payments, now)] == ["payments-events"]
    PaymentEvent.objects.update(received_at=now - MINUTE)
    assert found(uncredited_payments, now) == []
    PaymentEvent.objects.filter(id=event.id).update(received_at=now - HOUR, handled_at=now)
    assert found(uncredited_payments, now) == []


def test_payments_whose_end_nobody_knows_are_told(ada: User, now: datetime) -> None:
    payment(ada, now, expires_at=now - 2 * HOUR)
    assert [finding.name for finding in found(uncredited_payments, now)] == ["payments-pending"]


# --- Outbox, workers, schedules


def notice(ada: User, happened_at: datetime, *, spread_at: datetime | None = None) -> Notice:
    return Notice.objects.create(
        user=ada, kind="execution.failed", key=str(uuid7()), happened_at=happened_at, spread_at=spread_at
    )


def test_notices_that_nobody_deals_with_are_told(ada: User, now: datetime) -> None:
    notice(ada, now - DAY, spread_at=now)
    notice(ada, now - MINUTE)
    assert found(old_outbox, now) == []
    notice(ada, now - HOUR)
    (finding,) = found(old_outbox, now)
    assert (finding.name, finding.count, finding.since) == ("outbox-notices", 1, now - HOUR)


def test_deliveries_that_nobody_tries_are_told(ada: User, now: datetime) -> None:
    told = notice(ada, now - HOUR, spread_at=now)
    due = Delivery.objects.create(notice=told, channel=Channel.EMAIL, recipient="a", next_at=now - HOUR)
    (finding,) = found(old_outbox, now)
    assert (finding.name, finding.since) == ("outbox-deliveries", now - HOUR)
    for fields in (
        {"next_at": now + HOUR},
        {"next_at": None},
        {"claimed_until": now + MINUTE},
        {"status": "GIVEN_UP"},
    ):
        Delivery.objects.filter(id=due.id).update(**{"next_at": now - HOUR, **fields})
        assert found(old_outbox, now) == []


def test_workers_that_are_away_for_two_minutes_are_told(
    now: datetime, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert found(absent_workers, now) == []
    assert found(absent_workers, now + MINUTE) == []
    (finding,) = found(absent_workers, now + 2 * MINUTE)
    assert (finding.since, finding.text) == (now, "Nothing that is started begins. 0 executions wait.")

    monkeypatch.setattr(workers, "places", lambda: 64)
    assert found(absent_workers, now + 3 * MINUTE) == []
    monkeypatch.undo()
    assert found(absent_workers, now + 4 * MINUTE) == []


def test_a_schedule_that_was_due_and_did_not_start_is_told(execution: GraphExecution, now: datetime) -> None:
    schedule = make_schedule(execution.user, execution.version, now=now, name="Nightly", cron="0 3 * * *")
    assert found(lagging_schedules, now) == []
    Schedule.objects.filter(id=schedule.id).update(next_at=now - HOUR)
    (finding,) = found(lagging_schedules, now)
    assert (finding.since, finding.count) == (now - HOUR, 1)
    Schedule.objects.filter(id=schedule.id).update(is_paused=True)
    assert found(lagging_schedules, now) == []


# --- All of them


def test_where_all_is_well_nothing_is_told(execution: GraphExecution, now: datetime) -> None:
    assert watch({**MONITORS, **SLOW_MONITORS}, now=now) == 0


@pytest.mark.django_db(transaction=True)
def test_what_lasts_is_told_once_an_hour_and_again_when_it_is_ten_times_as_much(
    execution: GraphExecution, now: datetime
) -> None:
    change(execution, created_at=now - HOUR)
    late = {"late_executions": late_executions}
    for minute in range(5):
        assert watch(late, now=now + minute * MINUTE) == 1
    assert OperatorAlert.objects.count() == 1
    OperatorAlert.objects.update(state="SENT")
    GraphExecution.objects.bulk_create(
        GraphExecution(
            user=execution.user, graph=execution.graph, version=execution.version, status=Status.QUEUED
        )
        for _ in range(9)
    )  # fmt: skip
    GraphExecution.objects.update(created_at=now - HOUR)
    watch(late, now=now + 6 * MINUTE)
    assert [alert.count for alert in OperatorAlert.objects.order_by("created_at")] == [1, 10]
    OperatorAlert.objects.update(state="SENT")
    watch(late, now=now + HOUR + 7 * MINUTE)
    assert OperatorAlert.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_a_monitor_with_a_fault_does_not_stand_in_the_way(execution: GraphExecution, now: datetime) -> None:
    def broken(now: datetime) -> list[Finding]:
        raise ZeroDivisionError

    change(execution, created_at=now - HOUR)
    assert watch({"broken": broken, "late_executions": late_executions}, now=now) == 1


def test_executions_are_found_by_indexes(execution: GraphExecution, now: datetime) -> None:
    """None of these reads all executions that there ever were, of which most have ended."""
    ended = {"user": execution.user, "graph": execution.graph, "version": execution.version, "status": Status.COMPLETED}
    GraphExecution.objects.bulk_create(GraphExecution(**ended) for _ in range(300))
    plans = []

    def explain(execute: Callable[..., object], sql: str, parameters: object, many: bool, context: object) -> object:
        if sql.startswith("SELECT") and "executor_" in sql:
            with connection.cursor() as cursor:
                prefix = "EXPLAIN QUERY PLAN " if connection.vendor == "sqlite" else "EXPLAIN "
                cursor.cursor.execute(prefix + sql, parameters)
                plans.append(str(cursor.fetchall()))
        return execute(sql, parameters, many, context)

    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("ANALYZE executor_graphexecution")
    with connection.execute_wrapper(explain):
        found(late_executions, now)
        found(failing_blocks, now)
    late_queued, late_running, counted = plans[:3]
    assert "execution_queued" in late_queued or "execution_waiting" in late_queued
    assert "execution_running" in late_running
    assert "INDEX" in counted.upper()
    assert "SCAN executor_nodeexecution" not in counted
