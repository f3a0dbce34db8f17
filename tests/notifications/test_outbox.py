"""A notice is there if and only if the change is that it tells of, whoever has written that."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.db.models import F

from accounts.models import User
from executor.models import GraphExecution
from executor.statuses import TERMINAL, Status
from notifications import outbox
from notifications.deliveries.delivering import deliver_due
from notifications.models import Delivery, Notice
from notifications.spreading import spread
from tests.executor.processes import kill, process
from tests.executor.running import fresh, ran, started
from tests.executor.test_killed_worker import chain, finished
from tests.house.processes import wait_until
from tests.notifications.sink import Sink
from tests.notifications.telling import echo, told_at

pytestmark = pytest.mark.django_db(transaction=True)


def ended_by_hand(execution: GraphExecution, status: Status) -> None:
    GraphExecution.objects.filter(id=execution.id).update(status=status, seq=F("seq") + 1, lease_until=None)


@pytest.mark.parametrize("status", [Status.FAILED, Status.TERMINATED, Status.REVIEW])
def test_every_way_to_write_a_status_leaves_a_notice(ada: User, sink: Sink, status: Status) -> None:
    told_at(sink, ada)
    execution = started(ada, echo())
    ended_by_hand(execution, status)

    notice = Notice.objects.get()
    assert (notice.execution_id, notice.user_id, notice.kind) == (execution.id, ada.id, outbox.KINDS[status])


def test_a_change_that_is_rolled_back_leaves_none(ada: User, sink: Sink) -> None:
    told_at(sink, ada)
    execution = started(ada, echo())
    with transaction.atomic():
        ended_by_hand(execution, Status.FAILED)
        assert Notice.objects.count() == 1
        transaction.set_rollback(True)

    assert (Notice.objects.count(), fresh(execution).status) == (0, Status.QUEUED)


def test_other_changes_leave_none(ada: User, sink: Sink) -> None:
    told_at(sink, ada)
    execution = ran(ada, echo())
    ended_by_hand(execution, Status.COMPLETED)
    assert Notice.objects.count() == 1


def test_without_the_trigger_nothing_is_told(ada: User, sink: Sink) -> None:
    told_at(sink, ada)
    outbox.remove(connection)
    try:
        ran(ada, echo())
        assert deliver_due() == {}
    finally:
        outbox.install(connection)


def test_migrations_find_no_trigger_in_their_way_and_leave_one(ada: User, sink: Sink) -> None:
    told_at(sink, ada)
    outbox.remove_before_migrate("default", plan=["something"])
    outbox.install_after_migrate("default")
    outbox.install_after_migrate("default")
    ran(ada, echo())
    assert Notice.objects.count() == 1


def test_several_processes_spread_a_notice_once(ada: User, sink: Sink) -> None:
    told_at(sink, ada)
    for _ in range(10):
        ended_by_hand(started(ada, echo()), Status.FAILED)
    together = threading.Barrier(3)

    def work() -> int:
        try:
            together.wait(30)
            return spread()
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as pool:
        done = [future.result(60) for future in [pool.submit(work) for _ in range(3)]]
    spread()  # what the others had skipped
    assert sum(done) <= 20, "each notice, and what follows from it"
    assert (Delivery.objects.count(), Notice.objects.filter(spread_at=None).count()) == (10, 0)


def test_a_killed_worker_loses_no_notice_and_writes_none_twice(
    ada: User, sink: Sink, redis_url: str, tmp_path: Path
) -> None:
    told_at(sink, ada)
    executions = [started(ada, chain(tmp_path / str(number))) for number in range(3)]
    with process("clock"):
        for _ in range(2):
            with process("rqworker") as worker:
                before = sum(len(finished(tmp_path / str(number))) for number in range(3))
                wait_until(lambda: sum(len(finished(tmp_path / str(n))) for n in range(3)) >= before + 8)  # noqa: B023
                kill(worker)
        with process("rqworker"):
            wait_until(lambda: all(fresh(execution).status in TERMINAL for execution in executions), seconds=90)
    told = Notice.objects.values_list("execution_id", flat=True)
    assert sorted(told) == sorted(execution.id for execution in executions)
