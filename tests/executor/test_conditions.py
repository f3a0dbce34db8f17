"""The admin's list of executions: each condition finds what it is for, by an index, and says what is waited for."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from executor.admin import conditions, listing
from executor.admin.conditions import CONDITIONS, ids_of
from executor.admin.waiting_for import waiting_for
from executor.dispatch.models import Share
from executor.models import GraphExecution, NodeExecution
from executor.statuses import Status
from graphs.models import Graph, GraphVersion
from reliability.ids import first_id, uuid7
from tests.executor.waiting import echo_graph, queued
from tests.factories import make_user

pytestmark = pytest.mark.django_db

PAGE = "/admin/executor/graphexecution/"
HOUR, DAY, MINUTE = timedelta(hours=1), timedelta(days=1), timedelta(minutes=1)
NOW = datetime(2026, 1, 2, tzinfo=UTC)
RUNNING: dict[str, Any] = {"status": Status.RUNNING, "claims": 1}
LEFT = RUNNING | {"lease_until": NOW - MINUTE}


def ago(time: timedelta) -> datetime:
    return datetime.now(UTC) - time


@pytest.fixture
def ada() -> User:
    return make_user()


@pytest.fixture
def version(ada: User) -> GraphVersion:
    return echo_graph(ada)


@pytest.fixture
def admin(db: None) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("admin@example.org"))
    return client


def made(version: GraphVersion, **fields: Any) -> GraphExecution:
    """created_at: when it was started, which its id says too."""
    created_at = fields.pop("created_at", datetime.now(UTC))
    id = UUID(int=first_id(created_at).int | uuid7().int & ((1 << 80) - 1))
    [execution] = queued(version, 1, id=id, **fields)
    GraphExecution.objects.filter(id=id).update(created_at=created_at)
    return execution


def at_work(**fields: Any) -> dict[str, Any]:
    """Under an owner who is alive."""
    return {
        "status": Status.RUNNING, "owner": "host:7:abc", "fence": 4, "claims": 2, "started_at": ago(MINUTE),
        "lease_until": datetime.now(UTC) + timedelta(seconds=20), **fields,
    }  # fmt: skip


def left(**fields: Any) -> dict[str, Any]:
    """Under an owner who is gone."""
    return at_work(lease_until=ago(timedelta(seconds=5)), **fields)


#: One execution that each shape makes, and the conditions that find it.
SHAPES: dict[str, tuple[Callable[[], dict[str, Any]], set[str]]] = {
    "just queued": (dict, {"queued"}),
    "queued for long": (lambda: {"created_at": ago(HOUR)}, {"queued", "late"}),
    "running": (at_work, {"running"}),
    "running for long": (lambda: at_work(started_at=ago(2 * HOUR)), {"running", "long"}),
    "orphaned": (left, {"running", "orphaned"}),
    "orphaned for long": (lambda: left() | {"lease_until": ago(HOUR)}, {"running", "orphaned", "stuck"}),
    "a lease from a wrong clock": (lambda: at_work() | {"lease_until": ago(-DAY)}, {"running", "stuck"}),
    "to be stopped": (lambda: at_work(cancel_requested_at=ago(timedelta(0))), {"running", "stopping"}),
    "not stopped": (lambda: at_work(cancel_requested_at=ago(HOUR)), {"running", "stopping", "stuck"}),
    "never queued": (lambda: {"status": Status.INCOMPLETE, "created_at": ago(HOUR)}, {"stuck"}),
    "review without a question": (lambda: {"status": Status.REVIEW}, {"review", "stuck"}),
    "failed": (lambda: {"status": Status.FAILED, "created_at": ago(HOUR)}, {"failed"}),
    "failed long ago": (lambda: {"status": Status.FAILED, "created_at": ago(2 * DAY)}, set()),
    "stopped": (lambda: {"status": Status.TERMINATED, "created_at": ago(HOUR)}, {"stopped"}),
    "completed": (lambda: {"status": Status.COMPLETED, "created_at": ago(HOUR)}, set()),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_each_condition_finds_what_it_is_for(shape: str, version: GraphVersion) -> None:
    make, expected = SHAPES[shape]
    execution = made(version, **make())
    assert {name for name in CONDITIONS if execution.id in ids_of(name)} == expected


def test_what_is_left_inside_an_ended_execution_is_stuck(version: GraphVersion) -> None:
    root = made(version, status=Status.FAILED)
    node = version.nodes.get()
    around = NodeExecution.objects.create(execution=root, node=node, number=1, status="RUNNING", added_at=ago(HOUR))
    inner = made(version, root=root, parent=root, parent_node_execution=around, status=Status.RUNNING)
    assert ids_of("stuck") == [inner.id]


def test_of_many_the_oldest_are_listed(version: GraphVersion, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conditions, "MOST", 2)
    executions = [made(version, created_at=ago(hours * HOUR)) for hours in (3, 1, 2)]
    assert ids_of("queued") == [executions[0].id, executions[2].id]


def test_the_list_shows_who_has_it_and_what_it_waits_for(admin: Client, version: GraphVersion) -> None:
    mine, other = made(version, **left()), made(version)
    page = admin.get(PAGE, {"condition": "orphaned"}).content.decode()
    assert str(mine.id) in page
    assert str(other.id) not in page
    numbers = ('"field-fence">4<', '"field-claims">2<', '"field-age">1\xa0minute<')
    cells = ("host:7:abc", "to ring another worker", *numbers)
    assert [cell for cell in cells if cell not in page] == []


def test_links_of_alerts_still_filter_by_status(admin: Client, version: GraphVersion) -> None:
    failed, waiting = made(version, status=Status.FAILED), made(version)
    page = admin.get(PAGE, {"status__exact": "QUEUED"}).content.decode()
    assert str(waiting.id) in page
    assert str(failed.id) not in page


@pytest.mark.parametrize("by", ["id", "graph", "e-mail", "name"])
def test_executions_are_found_by_ids_and_names(admin: Client, version: GraphVersion, by: str) -> None:
    mine = made(version)
    Graph.objects.update(name="Weather report")
    other = made(echo_graph(make_user("grace@example.org")))
    text = {"id": str(mine.id), "graph": str(version.graph_id), "e-mail": "ADA@", "name": "weather"}[by]
    page = admin.get(PAGE, {"q": text}).content.decode()
    assert (str(mine.id) in page, str(other.id) in page) == (True, False)


WAITS: dict[str, tuple[dict[str, Any], str]] = {
    "its turn": ({}, "its turn"),
    "a worker": ({"dispatched_at": NOW}, "a worker: its job is in the queue"),
    "its end": ({"cancel_requested_at": NOW}, "its end: it is to be stopped"),
    "a person": ({"status": Status.REVIEW}, "a person"),
    "the sweeper": ({"status": Status.INCOMPLETE}, "the sweeper, to be queued"),
    "nothing, for it has ended": ({"status": Status.COMPLETED}, ""),
    "nothing, for it runs": (RUNNING | {"lease_until": NOW}, ""),
    "a ring": (LEFT, "the sweeper, to ring another worker"),
    "another worker": (LEFT | {"dispatched_at": NOW}, "another worker, which is rung"),
    "its ring was before": (LEFT | {"dispatched_at": NOW - HOUR}, "the sweeper, to ring another worker"),
    "to be given up": (LEFT | {"claims": 3}, "the sweeper, to be given up"),
    "what is around it": ({"parent_id": uuid7()}, "the execution around it"),
    "nothing, inside another": (RUNNING | {"parent_id": uuid7()}, ""),
}


@pytest.mark.parametrize("case", WAITS)
def test_what_it_waits_for(case: str) -> None:
    fields, expected = WAITS[case]
    assert waiting_for(GraphExecution(graph=Graph(), **fields), is_user_paused=False, now=NOW) == expected


def test_who_has_paused_it_is_said(admin: Client, ada: User, version: GraphVersion) -> None:
    made(version)
    Graph.objects.update(is_paused=True)
    assert "its graph, which is paused" in admin.get(PAGE).content.decode()
    Share.objects.create(user=ada, is_paused=True)
    assert "its user, who is paused" in admin.get(PAGE).content.decode()


# --- However many there are


@pytest.mark.parametrize("wanted", [{}, {"condition": "queued"}, {"q": "ada@"}], ids=["all", "condition", "user"])
def test_the_number_of_queries_does_not_grow(admin: Client, version: GraphVersion, wanted: dict[str, str]) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert admin.get(PAGE, wanted).status_code == 200
        return len(queries)

    made(version)
    few = asked()
    for number in range(5):
        made(echo_graph(make_user(f"user{number}@example.org")))
        made(version)
    assert asked() == few


def test_no_more_is_counted_than_is_listed(
    admin: Client, version: GraphVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "MOST_LISTED", 3)
    queued(version, 5)
    assert admin.get(PAGE).context["cl"].result_count == 3


def test_without_a_condition_only_the_newest_are_looked_at(
    admin: Client, version: GraphVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "MOST_LOOKED_AT", 2)
    old, *new = (made(version, trigger="WEBHOOK") for _ in range(3))
    page = admin.get(PAGE, {"trigger__exact": "WEBHOOK"}).content.decode()
    assert [str(one.id) in page for one in (old, *new)] == [False, True, True]
    assert str(old.id) in admin.get(PAGE, {"q": str(old.id)}).content.decode()


class Plans:
    """Asks the database for the plan of each statement about executions, with the values that it is run with."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.asked = 0

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if "executor_graphexecution" in sql and sql.startswith("SELECT"):
            self.asked += 1
            explain = "EXPLAIN QUERY PLAN " if connection.vendor == "sqlite" else "EXPLAIN "
            execute(explain + sql, params, many, context)
            self.lines += [f"{row[-1]}   of   {sql}" for row in context["cursor"].fetchall()]
        return execute(sql, params, many, context)

    def whole(self) -> list[str]:
        """Steps that go through all executions, in their table or along an index that holds all of them."""
        return [line for line in self.lines if _reads_all(line.partition("   of   ")[0])]


#: Indexes of all executions, whoever goes along them without a value goes through all.
ALL = ("executor_graphexecution_pkey", "execution_of_user", "execution_of_graph", "sqlite_autoindex")


def _reads_all(step: str) -> bool:
    words = step.strip().removeprefix("->").strip()
    if words.startswith(("Seq Scan on executor_graphexecution", "Parallel Seq Scan on executor_graphexecution")):
        return True
    if words.startswith("SCAN executor_graphexecution"):
        return "USING" not in words or any(name in words for name in ALL)
    return False


@pytest.fixture
def many_ended(version: GraphVersion) -> None:
    """Twenty thousand that have ended long ago, so that no planner has a reason to read all of them; a few have not."""
    [one] = queued(version, 1, status=Status.COMPLETED)
    columns = [field.column for field in GraphExecution._meta.fields if field.column != "id"]
    names = ", ".join(f'"{name}"' for name in columns)
    id = one.id if connection.vendor == "postgresql" else one.id.hex
    with connection.cursor() as cursor:
        cursor.execute(_MANY[connection.vendor].format(names=names), [id])
    made(version)
    made(version, **left())
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


_MANY = {
    "postgresql": "INSERT INTO executor_graphexecution (id, {names}) "
    "SELECT (lpad(to_hex(i), 8, '0') || '-0000-7000-8000-000000000000')::uuid, {names} "
    "FROM executor_graphexecution, generate_series(1, 20000) AS i WHERE id = %s",
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) "
    "INSERT INTO executor_graphexecution (id, {names}) "
    "SELECT printf('%%08x000070008000000000000000', i), {names} "
    "FROM executor_graphexecution, n WHERE id = %s",
}


@pytest.mark.usefixtures("many_ended")
def test_no_condition_reads_all_executions(version: GraphVersion) -> None:
    plans = Plans()
    with connection.execute_wrapper(plans):
        for name in CONDITIONS:
            ids_of(name)
    assert plans.whole() == []
    assert plans.asked > len(CONDITIONS)


LOOKED_FOR = {
    "all": {},
    "a condition": {"condition": "orphaned"},
    "an id": {"q": "0197f000-0000-7000-8000-000000000001"},
    "a user": {"q": "grace@"},
    "a status": {"status__exact": "QUEUED"},
}


@pytest.mark.usefixtures("many_ended")
@pytest.mark.parametrize("what", LOOKED_FOR)
def test_the_list_never_goes_through_the_table(admin: Client, version: GraphVersion, what: str) -> None:
    """Along the index of ids it goes as far as it shows."""
    made(echo_graph(make_user("grace@example.org")))
    plans = Plans()
    with connection.execute_wrapper(plans):
        assert admin.get(PAGE, LOOKED_FOR[what]).status_code == 200
    assert [line for line in plans.whole() if " USING " not in line.partition("   of   ")[0]] == []
    assert plans.asked


@pytest.mark.usefixtures("many_ended")
def test_a_plan_that_reads_all_executions_is_noticed(version: GraphVersion) -> None:
    plans = Plans()
    with connection.execute_wrapper(plans):
        list(GraphExecution.objects.filter(stats={"nothing": "is like this"}))
    assert plans.whole()
    assert " USING " not in plans.whole()[0].partition("   of   ")[0]
