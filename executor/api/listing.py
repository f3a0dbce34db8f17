"""Lists of executions: which ones, in which order, and how they are shown."""

from collections.abc import Mapping, Sequence
from typing import Any

from rest_framework import serializers

from api.paging import CursorQuery
from executor.api.serializers import PageSerializer, execution_body
from executor.models import GraphExecution, GraphExecutionQuerySet, Trigger
from executor.sharing.models import Share
from executor.statuses import Status
from executor.telling.fitting import LARGE_IN_VERSION, fill
from executor.telling.payloads import Payload

NEWEST_FIRST = "-created_at"
ORDERS = (NEWEST_FIRST, "created_at", "-cost", "cost", "-ended_at", "ended_at")
#: Large, and read one after the other, as far as there is room.
LARGE = ("inputs", "input_masks", "skipped_nodes", *LARGE_IN_VERSION)


class ExecutionsQuery(PageSerializer, CursorQuery):
    """By pages, or with `cursor` or `limit` by cursor. `since` and `until` are of `created_at`, `until` excluded."""

    status = serializers.MultipleChoiceField(choices=Status.values, default=set)
    trigger = serializers.MultipleChoiceField(choices=Trigger.values, default=set)
    since = serializers.DateTimeField(required=False)
    until = serializers.DateTimeField(required=False)
    ordering = serializers.ChoiceField(choices=ORDERS, default=NEWEST_FIRST)

    @property
    def is_by_cursor(self) -> bool:
        return not {"cursor", "limit"}.isdisjoint(self.initial_data)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "since" in attrs and "until" in attrs and attrs["since"] > attrs["until"]:
            raise serializers.ValidationError({"since": "It must not be after `until`."})
        if self.is_by_cursor and attrs["ordering"] != NEWEST_FIRST:
            raise serializers.ValidationError({"ordering": f"Lists by cursor are in the order {NEWEST_FIRST}."})
        return attrs


class AllExecutionsQuery(ExecutionsQuery):
    graph_id = serializers.UUIDField(required=False)


def wanted(executions: GraphExecutionQuerySet, wish: Mapping[str, Any]) -> GraphExecutionQuerySet:
    """The root executions among these that a valid query asks for, in its order."""
    lookups = {"status__in": "status", "trigger__in": "trigger", "created_at__gte": "since", "created_at__lt": "until"}
    given = {lookup: wish[name] for lookup, name in {**lookups, "graph": "graph_id"}.items() if wish.get(name)}
    order = wish["ordering"]
    found = executions.roots().filter(**given).select_related("version").defer(*LARGE)
    return found.order_by(order, "-pk" if order.startswith("-") else "pk")


def part(executions: GraphExecutionQuerySet, wish: Mapping[str, Any]) -> list[GraphExecution]:
    """One page by its number."""
    start = (wish["page"] - 1) * wish["page_size"]
    return list(executions[start : start + wish["page_size"]])


def listed_bodies(executions: Sequence[GraphExecution]) -> list[Payload]:
    """Three queries, and never more inputs in memory than an answer may hold."""
    ids = [execution.id for execution in executions]
    full = fill(executions, "inputs")
    shared = set(Share.objects.filter(execution__in=ids).values_list("execution_id", flat=True))
    bodies = []
    for execution in executions:
        more = {"has_all_inputs": execution.id in full, "is_shared": execution.id in shared}
        bodies.append(execution_body(execution) | more)
    return bodies
