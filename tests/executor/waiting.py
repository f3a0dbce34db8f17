"""Many executions that wait, stored at once, and workers that are quick because they run nothing."""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar
from uuid import UUID

from django.db import connections

from accounts.models import User
from executor.dispatch.bell import queue
from executor.dispatch.claim import Claim, claim
from executor.dispatch.dispatching import dispatch, put_back
from executor.models import GraphExecution
from executor.statuses import Status
from executor.stopping.ending import end
from graphs.models import GraphVersion
from tests.executor.building import build
from tests.executor.running import store

T = TypeVar("T")


def echo_graph(user: User) -> GraphVersion:
    """The smallest graph that runs."""
    return store(user, build({"echo": ("Echo", {"value": 1})}))


def queued(version: GraphVersion, number: int, **fields: Any) -> list[GraphExecution]:
    """So many executions of its owner that nobody was told of, in the order in which they were started."""
    user = version.graph.owner
    rows = [GraphExecution(user=user, graph=version.graph, version=version, **fields) for _ in range(number)]
    return GraphExecution.objects.bulk_create(rows, batch_size=500)


def in_queue() -> list[UUID]:
    """The executions whose jobs are in the queue, in order."""
    return [UUID(job_id.removeprefix("execution-")[:36]) for job_id in queue().get_job_ids()]


def take_next() -> UUID | None:
    """What the first job in the queue is for; the job is gone then. None: the queue is empty."""
    bell = queue()
    job_id = bell.connection.lpop(bell.key)
    return UUID(job_id.decode().removeprefix("execution-")[:36]) if job_id else None


def work_off(number: int, *, places: int = 1) -> list[GraphExecution]:
    """Be a worker that runs `places` executions at once, until so many have begun; in the order in which they began.

    Each is claimed as a worker claims it, and the oldest ends as soon as all places are taken.
    """
    dispatch()
    begun: list[GraphExecution] = []
    at_work: list[Claim] = []
    while len(begun) < number:
        execution_id = take_next()
        if execution_id is not None and (mine := claim(execution_id, owner="quick")) is not None:
            begun.append(GraphExecution.objects.get(id=execution_id))
            at_work.append(mine)
        elif execution_id is not None:
            put_back(execution_id)
        elif not at_work:
            return begun
        if len(at_work) == places or (execution_id is None and at_work):
            finish(at_work.pop(0))
            dispatch()
    return begun


def finish(mine: Claim) -> None:
    """The execution has done its work."""
    which = GraphExecution.objects.filter(fence=mine.fence)
    assert end(which, execution_id=mine.execution_id, status=Status.COMPLETED, code="", message="")


def at_once(calls: Iterable[Callable[[], T]]) -> list[T]:
    """Call all of them at the same moment, each in a thread with a connection of its own."""
    waiting = list(calls)
    gate = threading.Barrier(len(waiting))

    def called(call: Callable[[], T]) -> T:
        try:
            gate.wait(10)
            return call()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(waiting)) as threads:
        return list(threads.map(called, waiting))
