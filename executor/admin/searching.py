"""How operators find executions: by an id, or by whose they are. Both have an index."""

from uuid import UUID

from django.db.models import Q

from accounts.models import User
from executor.models import GraphExecution, GraphExecutionQuerySet
from graphs.models import Graph

#: Users, and graphs, that a part of a name may mean.
MOST_NAMED = 100
#: Executions of them that are found: the newest.
MOST_FOUND = 1000


def search(executions: GraphExecutionQuerySet, text: str) -> GraphExecutionQuerySet:
    """Those with this id, inside it or of the graph with it; else of users and graphs with this in their names."""
    wanted = _as_id(text.strip())
    if wanted is not None:
        return executions.filter(Q(id=wanted) | Q(root=wanted) | Q(graph=wanted))
    text = text.strip()
    users = list(User.objects.filter(email__icontains=text).values_list("id", flat=True)[:MOST_NAMED])
    graphs = list(Graph.objects.filter(name__icontains=text).values_list("id", flat=True)[:MOST_NAMED])
    return executions.filter(pk__in=[*_newest_of(user__in=users), *_newest_of(graph__in=graphs)])


def newest(number: int) -> UUID | None:
    """The id from which on there are so many executions; None if there are not as many. Reads nothing but ids."""
    return GraphExecution.objects.order_by("-id").values_list("id", flat=True)[number - 1 : number].first()


def _newest_of(**whose: list[UUID]) -> list[UUID]:
    """Read by themselves: along their index, which no planner then leaves for the order of the list."""
    found = GraphExecution.objects.filter(**whose).order_by("-created_at")
    return list(found.values_list("id", flat=True)[:MOST_FOUND])


def _as_id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
