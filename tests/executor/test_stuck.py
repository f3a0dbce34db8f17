"""Nothing stays stuck: rows that should not be as they are, written by hand, are all healed or ended with a reason."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.conf import LazySettings
from django.db.models import Q

from accounts.models import User
from credits.holds import hold
from credits.models import Hold, HoldStatus
from executor.dispatch.bell import queue
from executor.dispatch.models import RepairCount
from executor.each_in_turn import each
from executor.launching.launch import launch
from executor.models import GraphExecution, NodeExecution
from executor.reviews.models import Review
from executor.statuses import TERMINAL, Status
from executor.sweeping.sweep import REPAIRS, sweep
from graphs.models import GraphVersion
from tests.executor.books import account_of
from tests.executor.building import build
from tests.executor.running import fresh, run, store
from tests.executor.waiting import in_queue, queued
from tests.factories import make_user

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_url")]

Spoil = Callable[[GraphExecution], None]
HOUR = timedelta(hours=1)


def _ago(**time: float) -> datetime:
    return datetime.now(UTC) - timedelta(**time)


@pytest.fixture
def ada() -> User:
    return make_user()


@pytest.fixture
def version(ada: User) -> GraphVersion:
    return store(ada, build({"pause": ("Pause", {"value": 1, "seconds": 0})}))


@pytest.fixture
def execution(version: GraphVersion) -> GraphExecution:
    """Launched half an hour ago, with its first node execution; nothing of it is in the queue."""
    launched = launch(version.graph.owner, version, inputs={}, ring=False)
    GraphExecution.objects.update(created_at=_ago(minutes=30), dispatched_at=None)
    return fresh(launched)


def _write(**fields: Any) -> Spoil:
    def spoil(execution: GraphExecution) -> None:
        GraphExecution.objects.filter(id=execution.id).update(**fields)

    return spoil


def _running(*, until: datetime | None = None, **fields: Any) -> Spoil:
    """Under an owner who is gone."""
    started_at = fields.pop("started_at", _ago(minutes=5))
    lease_until = until or _ago(minutes=4)
    return _write(status=Status.RUNNING, lease_until=lease_until, started_at=started_at, fence=1, **fields)


def _all_nodes_done(execution: GraphExecution) -> None:
    _running(claims=1)(execution)
    NodeExecution.objects.filter(execution=execution).update(status=Status.COMPLETED, ended_at=_ago(minutes=4))


def _nodes_lost(execution: GraphExecution) -> None:
    NodeExecution.objects.filter(execution=execution).delete()


def _node_running(execution: GraphExecution) -> None:
    """The journal's last word was that a node had begun."""
    _running(claims=1)(execution)
    NodeExecution.objects.filter(execution=execution).update(status=Status.RUNNING, attempt=1, started_at=_ago(hours=1))


#: Each ends COMPLETED once a worker takes it up again.
HEALED: dict[str, tuple[Spoil, str]] = {
    "never rung": (_write(), "dispatched"),
    "its job was lost": (_write(dispatched_at=_ago(minutes=5)), "rung_again"),
    "rung in the future": (_write(dispatched_at=datetime.now(UTC) + 30 * HOUR), "rung_again"),
    "running, its owner gone": (_running(claims=1), "taken_over"),
    "running, without the name of an owner": (_running(owner=""), "taken_over"),
    "running, never claimed": (_running(claims=0), "taken_over"),
    "running, rung long ago, that job lost too": (_running(dispatched_at=_ago(minutes=3)), "taken_over"),
    "running, a node running": (_node_running, "taken_over"),
    "running, all its nodes done": (_all_nodes_done, "taken_over"),
    "running, its lease in the future": (_running(until=datetime.now(UTC) + 30 * HOUR, claims=1), "lease_shortened"),
    "incomplete": (_write(status=Status.INCOMPLETE), "queued"),
    "incomplete, although rung": (_write(status=Status.INCOMPLETE, dispatched_at=_ago(minutes=9)), "queued"),
    "in review, nothing to be reviewed": (_write(status=Status.REVIEW), "review_forgotten"),
    "queued, with a lease and an owner": (_write(lease_until=_ago(minutes=1), owner="gone"), "dispatched"),
    "queued, its nodes lost": (_nodes_lost, "dispatched"),
}

#: Each ends at once, with a reason.
ENDED: dict[str, tuple[Spoil, str, Status, str]] = {
    "queued, asked to stop": (_write(cancel_requested_at=_ago(minutes=1)), "cancelled", Status.TERMINATED, "stopped"),
    "running, owner gone, asked to stop": (
        _running(cancel_requested_at=_ago(minutes=1)),
        "cancelled",
        Status.TERMINATED,
        "stopped",
    ),
    "in review, asked to stop": (
        _write(status=Status.REVIEW, cancel_requested_at=_ago(minutes=1)),
        "cancelled",
        Status.TERMINATED,
        "stopped",
    ),
    "incomplete, asked to stop": (
        _write(status=Status.INCOMPLETE, cancel_requested_at=_ago(minutes=1)),
        "cancelled",
        Status.TERMINATED,
        "stopped",
    ),
    "running, its owners died of it": (_running(claims=3), "poisoned", Status.FAILED, "poison"),
    "running for too long, owner gone": (_running(started_at=_ago(hours=2)), "overdue", Status.FAILED, "time_limit"),
    "running for too long, owner asleep": (
        _running(started_at=_ago(hours=2), until=datetime.now(UTC) + timedelta(seconds=20)),
        "overdue",
        Status.FAILED,
        "time_limit",
    ),
    "running for longer than it was given": (
        _running(max_seconds=60),
        "overdue",
        Status.FAILED,
        "duration_limit",
    ),
}


def _count(kind: str) -> int:
    return sum(RepairCount.objects.filter(kind=kind).values_list("total", flat=True))


@pytest.mark.parametrize("trouble", HEALED)
def test_it_is_healed_and_runs_to_its_end(
    execution: GraphExecution, trouble: str, redis_url: str, settings: LazySettings
) -> None:
    spoil, kind = HEALED[trouble]
    spoil(execution)
    first = sweep()
    assert first[kind] == 1, first
    assert _count(kind) == (1 if kind != "dispatched" else 0)
    if kind == "lease_shortened":
        _end_of_the_lease(execution, settings)
        assert sweep()["taken_over"] == 1
    assert in_queue() == [execution.id]
    assert run(execution).status == Status.COMPLETED
    queue().empty()
    assert not any(sweep().values())


def _end_of_the_lease(execution: GraphExecution, settings: LazySettings) -> None:
    left = fresh(execution).lease_until
    assert left is not None
    assert left <= datetime.now(UTC) + timedelta(seconds=settings.LEASE_SECONDS)
    GraphExecution.objects.filter(id=execution.id).update(lease_until=_ago(seconds=1))


@pytest.mark.parametrize("trouble", ENDED)
def test_it_is_ended_with_a_reason(execution: GraphExecution, trouble: str) -> None:
    spoil, kind, status, code = ENDED[trouble]
    spoil(execution)
    assert sweep()[kind] == 1
    ended = fresh(execution)
    assert (ended.status, ended.error_code, ended.lease_until) == (status, code, None)
    assert ended.error
    assert ended.ended_at is not None
    assert _count(kind) == 1
    assert not NodeExecution.objects.filter(execution=execution).filter(~Q(status__in=TERMINAL)).exists()
    assert not any(sweep().values())


@pytest.mark.parametrize("inside", [Status.QUEUED, Status.RUNNING, Status.REVIEW, Status.INCOMPLETE])
@pytest.mark.parametrize(
    ("root", "expected"),
    [(Status.TERMINATED, Status.TERMINATED), (Status.FAILED, Status.FAILED), (Status.COMPLETED, Status.FAILED)],
)
def test_what_a_dead_root_has_left_behind_ends_with_it(
    execution: GraphExecution, version: GraphVersion, inside: Status, root: Status, expected: Status
) -> None:
    [child] = queued(version, 1, status=inside, parent=execution, root=execution, depth=1)
    [grandchild] = queued(version, 1, status=inside, parent=child, root=execution, depth=2)
    _write(status=root, ended_at=_ago(minutes=1))(execution)
    assert sweep()["orphan_ended"] == 2
    assert {fresh(child).status, fresh(grandchild).status} == {expected}
    assert fresh(child).error
    assert not any(sweep().values())


def test_reviews_inside_what_is_left_behind_are_rejected(execution: GraphExecution, version: GraphVersion) -> None:
    [child] = queued(version, 1, status=Status.REVIEW, parent=execution, root=execution, depth=1)
    node = NodeExecution.objects.get(execution=execution)
    inside = NodeExecution.objects.create(
        execution=child, node=node.node, number=1, status=Status.REVIEW, added_at=_ago(minutes=1)
    )
    _asked_in(inside, root=execution)
    _write(status=Status.TERMINATED, error="Stopped on request.", ended_at=_ago(minutes=1))(execution)
    assert sweep()["orphan_ended"] == 1
    review = Review.objects.get()
    assert (review.status, review.message) == ("REJECTED", "Stopped on request.")
    assert review.reviewed_at is not None


def _asked_in(run_: NodeExecution, *, root: GraphExecution) -> None:
    Review.objects.create(
        node_execution=run_,
        execution=run_.execution,
        root=root,
        user=root.user,
        is_sensitive=False,
        payload=1,
        payload_hash="",
        editable=True,
        created_at=_ago(minutes=1),
    )


def test_what_runs_inside_a_living_root_is_let_alone(execution: GraphExecution, version: GraphVersion) -> None:
    _running(until=datetime.now(UTC) + timedelta(seconds=20))(execution)
    queued(version, 1, status=Status.RUNNING, parent=execution, root=execution, depth=1)
    assert not any(sweep().values())


def test_what_is_set_aside_for_an_ended_execution_is_released(execution: GraphExecution, ada: User) -> None:
    hold(account_of(ada), amount=5, key="left", expires_at=datetime.now(UTC) + HOUR)
    Hold.objects.update(execution_id=execution.id)
    _write(status=Status.COMPLETED)(execution)
    assert sweep()["released"] == 1
    assert Hold.objects.get().status == HoldStatus.RELEASED


def test_a_living_execution_is_let_alone(execution: GraphExecution) -> None:
    _running(until=datetime.now(UTC) + timedelta(seconds=20), claims=3, dispatched_at=_ago(minutes=5))(execution)
    before = GraphExecution.objects.values().get()
    assert not any(sweep().values())
    assert GraphExecution.objects.values().get() == before


@pytest.mark.parametrize(
    ("resumed_at", "status"),
    [
        pytest.param(_ago(minutes=10), Status.RUNNING, id="it waited for a worker afterwards"),
        pytest.param(None, Status.RUNNING, id="it was taken up just now"),
        pytest.param(_ago(hours=7), Status.FAILED, id="it has run for hours since"),
    ],
)
def test_only_the_time_after_it_went_on_with_an_answer_counts(
    execution: GraphExecution, resumed_at: datetime | None, status: Status
) -> None:
    Review.objects.create(
        node_execution=NodeExecution.objects.get(execution=execution),
        execution=execution,
        root=execution,
        user=execution.user,
        is_sensitive=False,
        payload_hash="",
        editable=False,
        status="APPROVED",
        created_at=_ago(hours=9),
        reviewed_at=_ago(hours=8),
        resumed_at=resumed_at,
    )
    _running(started_at=_ago(hours=9), until=datetime.now(UTC) + timedelta(seconds=20))(execution)
    sweep()
    assert fresh(execution).status == status


def test_an_execution_that_cannot_be_repaired_does_not_stand_in_the_way_of_others() -> None:
    def repair(execution_id: UUID) -> bool:
        if execution_id == first:
            raise ValueError("What is wrong with it, nobody foresaw.")
        return execution_id == second

    first, second, third = uuid4(), uuid4(), uuid4()
    assert each([first, second, third], repair) == 1


def test_a_kind_of_trouble_that_cannot_be_repaired_does_not_stand_in_the_way_of_others(
    execution: GraphExecution, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> int:
        raise ValueError("What is wrong, nobody foresaw.")

    monkeypatch.setitem(REPAIRS, "cancelled", broken)
    _running(claims=3)(execution)
    done = sweep()
    assert (done["cancelled"], done["poisoned"]) == (0, 1)
