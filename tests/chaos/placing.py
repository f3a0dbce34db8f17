"""Puts the moments of `failpoints` into a process of ours. Loaded as one of its BLOCK_MODULES, in tests only."""

import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import wraps
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.signals import post_save
from rq import Queue
from rq.job import Job

from executor import events
from executor.dispatch import claim as claiming
from executor.journal.batch import Batch, Written
from executor.journal.changes import Change
from executor.journal.writer import Writer
from executor.models import GraphExecution
from executor.statuses import TERMINAL, Status
from tests.chaos.failpoints import FOLDER, reach

#: Executions that a transaction of this thread has made, and the graphs of all that this process has accepted.
_new = threading.local()
_graphs: dict[str, str] = {}


def place_all() -> None:
    """Once a process."""
    post_save.connect(_note_new, sender=GraphExecution)
    BaseDatabaseWrapper.commit = _around_commit(BaseDatabaseWrapper.commit)  # type: ignore[method-assign]
    Queue._enqueue_job = _around_enqueue(Queue._enqueue_job)
    _replace_everywhere(claiming.claim, _after_claim(claiming.claim))
    Writer._bill = _after_bill(Writer._bill)  # type: ignore[method-assign]
    Writer._apply = _after_apply(Writer._apply)  # type: ignore[method-assign]
    events.execution_events.send_robust = _after_sending(events.execution_events.send_robust)  # type: ignore[method-assign]


def _replace_everywhere(old: Any, new: Any) -> None:
    """In every module that has imported it by name, and in those that will."""
    for module in list(sys.modules.values()):
        for name, value in list(vars(module).items()) if hasattr(module, "__dict__") else ():
            if value is old:
                setattr(module, name, new)


# --- accepting


def _note_new(sender: object, instance: GraphExecution, created: bool, **rest: object) -> None:
    if created and instance.parent_id is None:
        _graphs[str(instance.pk)] = str(instance.graph_id)
        _new.ids = [*getattr(_new, "ids", ()), str(instance.pk)]


def _reach_accepted(execution_id: str, point: str) -> None:
    for name in (execution_id, _graphs.get(execution_id)):
        reach(name, point)


def _around_commit(commit: Callable[..., None]) -> Callable[..., None]:
    @wraps(commit)
    def deadly(connection: BaseDatabaseWrapper) -> None:
        made, _new.ids = getattr(_new, "ids", []), []
        for execution_id in made:
            _reach_accepted(execution_id, "accept.before_commit")
        commit(connection)
        for execution_id in made:
            _reach_accepted(execution_id, "accept.after_commit")

    return deadly


def _around_enqueue(enqueue: Callable[..., Job]) -> Callable[..., Job]:
    @wraps(enqueue)
    def deadly(queue: Queue, job: Job, *args: Any, **options: Any) -> Job:
        _reach_accepted(job.args[0], "enqueue.before")
        enqueued = enqueue(queue, job, *args, **options)
        _reach_accepted(job.args[0], "enqueue.after")
        return enqueued

    return deadly


# --- running


def _after_claim(claim: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(claim)
    def deadly(execution_id: Any, **options: Any) -> Any:
        claimed = claim(execution_id, **options)
        if claimed is not None:
            reach(execution_id, "claim.after")
        return claimed

    return deadly


def _after_bill(bill: Callable[..., None]) -> Callable[..., None]:
    @wraps(bill)
    def deadly(writer: Writer, living: Sequence[tuple[Batch, Written]], *args: Any) -> None:
        bill(writer, living, *args)
        for batch, _ in living:
            if batch.bills:
                reach(batch.claim.execution_id, "charge.after")

    return deadly


def _after_apply(apply: Callable[..., list[Written]]) -> Callable[..., list[Written]]:
    @wraps(apply)
    def deadly(writer: Writer, batches: Sequence[Batch], **options: Any) -> list[Written]:
        written = apply(writer, batches, **options)
        for batch, answer in zip(batches, written, strict=True):
            if answer.error is None:
                for change in batch.changes:
                    for point in _points_of(change):
                        reach(batch.claim.execution_id, point)
        return written

    return deadly


def _points_of(change: Change) -> Iterator[str]:
    """What a committed change is."""
    if change.run is None:
        if change.status in TERMINAL and change.graph.parent is None:
            yield "exec.done"
    elif change.index is not None:
        yield "output.persisted"
    elif change.status is Status.RUNNING:
        yield "node.started"
    elif change.status is Status.QUEUED:
        yield "children.enqueued"
    elif change.status is Status.COMPLETED:
        yield "node.done"


def _after_sending(send: Callable[..., Any]) -> Callable[..., Any]:
    def deadly(sender: Any, *, event: Any, **named: Any) -> Any:
        answers = send(sender=sender, event=event, **named)
        reach(event.execution_id, "notify.after")
        return answers

    return deadly


if FOLDER in os.environ:
    place_all()
