"""What cannot be repaired stands behind everything else: a sweep tries only so many, and always the oldest first."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from executor.dispatch.bell import job_id, queue
from executor.each_in_turn import WINDOW
from executor.models import GraphExecution, NodeExecution
from executor.reviews.expiring import expire_reviews
from executor.reviews.models import Review
from executor.reviews.statuses import ReviewStatus
from executor.statuses import Status
from executor.sweeping.sweep import REPAIRS
from graphs.models import GraphVersion
from tests.executor.running import fresh
from tests.executor.waiting import echo_graph, queued
from tests.factories import make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_url")]

TABLE = GraphExecution._meta.db_table
STUCK = "stuck"
_STEPS = {
    "sqlite": (
        f"CREATE TRIGGER refuse_stuck BEFORE UPDATE ON {TABLE} WHEN OLD.error_code = '{STUCK}' "
        "BEGIN SELECT RAISE(ABORT, 'This one is stuck'); END",
    ),
    "postgresql": (
        "CREATE OR REPLACE FUNCTION pg_temp.refuse_stuck() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'This one is stuck' USING ERRCODE = 'check_violation'; END $$",
        f"CREATE TRIGGER refuse_stuck BEFORE UPDATE ON {TABLE} FOR EACH ROW WHEN (OLD.error_code = '{STUCK}') "
        "EXECUTE FUNCTION pg_temp.refuse_stuck()",
    ),
}
_NO_MORE = {"sqlite": "DROP TRIGGER refuse_stuck", "postgresql": f"DROP TRIGGER refuse_stuck ON {TABLE}"}
LONG_AGO = datetime.now(UTC) - timedelta(hours=3)
#: By kind of repair: what is wrong with an execution, and what it becomes.
TROUBLES: dict[str, tuple[dict[str, Any], Status]] = {
    "cancelled": ({"status": Status.QUEUED}, Status.TERMINATED),
    "poisoned": ({"status": Status.RUNNING, "claims": 3}, Status.FAILED),
    "overdue": ({"status": Status.RUNNING, "claims": 1}, Status.FAILED),
    "review_forgotten": ({"status": Status.REVIEW}, Status.QUEUED),
    "orphan_ended": ({"status": Status.QUEUED}, Status.FAILED),
}


@pytest.fixture
def version(db: None) -> GraphVersion:
    return echo_graph(make_user())


@pytest.fixture
def refusing(db: None) -> None:
    """The database changes nothing of what is stuck, until `let_go`."""
    with connection.cursor() as cursor:
        for step in _STEPS[connection.vendor]:
            cursor.execute(step)


def let_go() -> None:
    with connection.cursor() as cursor:
        cursor.execute(_NO_MORE[connection.vendor])


def in_trouble(version: GraphVersion, kind: str) -> list[GraphExecution]:
    """A sweep's worth of executions that are stuck, and a younger one that is not."""
    fields, _ = TROUBLES[kind]
    executions = queued(version, WINDOW + 1, lease_until=LONG_AGO, **fields)
    for second, execution in enumerate(executions):
        moment = LONG_AGO + timedelta(seconds=second)
        execution.created_at = execution.started_at = execution.lease_until = moment
        execution.cancel_requested_at = moment if kind == "cancelled" else None
        execution.error_code = "" if execution is executions[-1] else STUCK
        if kind == "orphan_ended":
            _put_inside(execution, version)
    GraphExecution.objects.bulk_update(
        executions,
        ["created_at", "started_at", "lease_until", "cancel_requested_at", "error_code", "parent", "root", "depth"],
    )
    return executions


def _put_inside(execution: GraphExecution, version: GraphVersion) -> None:
    """Of one that has ended; what is stuck is the deepest, so it comes first."""
    [root] = queued(version, 1, status=Status.COMPLETED)
    execution.parent = execution.root = root
    execution.depth = 2 if execution.error_code == STUCK else 1


@pytest.mark.usefixtures("refusing")
@pytest.mark.parametrize("kind", TROUBLES)
def test_what_cannot_be_repaired_lets_others_have_their_turn(kind: str, version: GraphVersion) -> None:
    *stuck, last = in_trouble(version, kind)
    repair, (_, healed) = REPAIRS[kind], TROUBLES[kind]
    assert repair() == 0
    assert repair() == 1
    assert fresh(last).status == healed
    let_go()
    assert repair() == WINDOW, "they have their turn again"
    assert {fresh(execution).status for execution in stuck} == {healed}


def ask(executions: list[GraphExecution], **fields: Any) -> None:
    """A question to a person in each of them."""
    node = executions[0].version.nodes.get()
    runs = NodeExecution.objects.bulk_create(
        NodeExecution(execution=execution, node=node, number=1, status=Status.REVIEW, added_at=LONG_AGO)
        for execution in executions
    )
    common = {"is_sensitive": False, "payload_hash": "", "editable": True, "created_at": LONG_AGO}
    Review.objects.bulk_create(
        Review(
            node_execution=run, execution=run.execution, root=run.execution, user=run.execution.user, **common | fields
        )
        for run in runs
    )


@pytest.mark.usefixtures("refusing")
def test_a_review_that_cannot_expire_lets_others_have_their_turn(version: GraphVersion) -> None:
    executions = in_trouble(version, "review_forgotten")
    ask(executions, expires_at=LONG_AGO)
    assert (expire_reviews(), expire_reviews()) == (0, 1)
    assert fresh(executions[-1]).status == Status.QUEUED
    let_go()
    assert expire_reviews() == WINDOW


def test_who_has_waited_for_people_does_not_hide_who_is_late(version: GraphVersion) -> None:
    executions = in_trouble(version, "overdue")
    now = datetime.now(UTC)
    ask(executions[:-1], status=ReviewStatus.APPROVED, reviewed_at=now, resumed_at=now)
    assert (REPAIRS["overdue"](), REPAIRS["overdue"]()) == (0, 1)
    assert fresh(executions[-1]).status == Status.FAILED


def test_jobs_that_wait_for_a_worker_do_not_hide_one_that_was_lost(version: GraphVersion) -> None:
    *rung, lost = queued(version, WINDOW + 1, dispatched_at=LONG_AGO)
    GraphExecution.objects.filter(id=lost.id).update(dispatched_at=LONG_AGO + timedelta(seconds=1))
    for execution in rung:
        queue().enqueue("executor.jobs.run_execution", str(execution.id), job_id=job_id(execution.id, LONG_AGO))
    assert REPAIRS["rung_again"]() == 1
    assert fresh(lost).dispatched_at is None
