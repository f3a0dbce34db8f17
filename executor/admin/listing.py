"""A list of executions that stays quick, however many there are: bounded in what it counts, and in how far it looks."""

from typing import Any, cast

from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property

from executor.admin.conditions import CONDITIONS, Condition
from executor.admin.searching import newest

#: Executions that are counted, and so can be leafed through. A condition or a name finds the others.
MOST_LISTED = 1000
#: Executions that are looked at where neither is given: a rare trigger must not be looked for among all.
MOST_LOOKED_AT = 100_000


class BoundedPaginator(Paginator):
    """Counts no further than MOST_LISTED."""

    @cached_property
    def count(self) -> int:
        rows = cast(QuerySet[Any], self.object_list)
        return rows.values("pk")[:MOST_LISTED].count()


class ExecutionList(ChangeList):
    """The newest first: ids are in the order in which executions were made."""

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet[Any]:
        found = super().get_queryset(request, exclude_parameters)
        if self.query or self.params.get(Condition.parameter_name) in CONDITIONS:
            return found
        first = newest(MOST_LOOKED_AT)
        return found.filter(pk__gte=first) if first is not None else found
