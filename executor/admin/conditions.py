"""What operators look for among executions. Each is found by an index of its own, however many have ended."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from executor.late import running_since, waiting_since
from executor.models import GraphExecution, GraphExecutionQuerySet
from executor.reviews.requeueing import forgotten
from executor.statuses import Status
from executor.sweeping.leases import abandoned, too_long
from executor.sweeping.leftovers import left_inside, never_queued
from reliability.ids import first_id

#: Executions of a condition that are listed: the oldest.
MOST = 1000
LONG = timedelta(hours=1)
LATELY = timedelta(days=1)
#: What is to be stopped is stopped within seconds.
STOP_PATIENCE = timedelta(seconds=60)

Found = list[GraphExecutionQuerySet]


def _now() -> datetime:
    return datetime.now(UTC)


def queued() -> Found:
    return [_roots(Status.QUEUED).order_by("created_at")]


def running() -> Found:
    return [_roots(Status.RUNNING).order_by("started_at")]


def asking() -> Found:
    return [_roots(Status.REVIEW).order_by("created_at")]


def orphaned() -> Found:
    return [abandoned().order_by("lease_until")]


def late() -> Found:
    return [waiting_since(_now() - timedelta(seconds=settings.LATE_QUEUED_SECONDS))]


def long_running() -> Found:
    return [running_since(_now() - LONG)]


def stopping() -> Found:
    return [_to_be_stopped().order_by("cancel_requested_at")]


def stuck() -> Found:
    """What the sweeper should have repaired by now."""
    return [
        too_long().order_by("lease_until"),
        abandoned().filter(lease_until__lt=_now() - STOP_PATIENCE).order_by("lease_until"),
        _to_be_stopped().filter(cancel_requested_at__lt=_now() - STOP_PATIENCE).order_by("cancel_requested_at"),
        left_inside().order_by("root"),
        never_queued().order_by("created_at"),
        forgotten().order_by("created_at"),
    ]


def failed() -> Found:
    return [_started_lately(Status.FAILED)]


def stopped() -> Found:
    return [_started_lately(Status.TERMINATED)]


#: By what stands in the address: how it is called, and who finds it.
CONDITIONS: dict[str, tuple[str, Callable[[], Found]]] = {
    "queued": ("Queued", queued),
    "late": ("Queued for too long", late),
    "running": ("Running", running),
    "long": ("Running for more than an hour", long_running),
    "orphaned": ("Orphaned: the lease is over", orphaned),
    "stuck": ("Stuck: should be repaired by now", stuck),
    "review": ("Waiting for a person", asking),
    "stopping": ("To be stopped", stopping),
    "failed": ("Failed, of the last 24 hours", failed),
    "stopped": ("Stopped, of the last 24 hours", stopped),
}


def ids_of(condition: str) -> list[UUID]:
    """Of the first MOST. They are read by themselves, so that no planner goes through all executions by age instead."""
    _, find = CONDITIONS[condition]
    return list(islice(_ids(find()), MOST))


class Condition(admin.SimpleListFilter):
    title = "condition"
    parameter_name = "condition"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, title) for name, (title, _) in CONDITIONS.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        wanted = self.value()
        return queryset.filter(id__in=ids_of(wanted)) if wanted in CONDITIONS else queryset


def _ids(found: Found) -> Iterator[UUID]:
    seen: set[UUID] = set()
    for executions in found:
        for id in executions.values_list("id", flat=True)[:MOST]:
            if id not in seen:
                seen.add(id)
                yield id


def _roots(status: Status) -> GraphExecutionQuerySet:
    return GraphExecution.objects.roots().filter(status=status)


def _to_be_stopped() -> GraphExecutionQuerySet:
    return GraphExecution.objects.active().filter(cancel_requested_at__isnull=False)


def _started_lately(status: Status) -> GraphExecutionQuerySet:
    """The newest first."""
    return GraphExecution.objects.filter(status=status, id__gte=first_id(_now() - LATELY)).order_by("-id")
