"""Making an execution of what somebody wishes and what its graph says. Nothing is stored yet."""

from typing import TYPE_CHECKING, Any

from executor.launching.ceilings import lowest
from executor.models import GraphExecution
from graphs.errors import GraphNotFound
from graphs.models import GraphVersion

if TYPE_CHECKING:
    from accounts.models import User


def make_execution(
    user: "User", version: GraphVersion, *, max_cost: int | None, max_seconds: int | None, **wishes: Any
) -> GraphExecution:
    """Who is asked for a review is the graph's to say; of its ceilings and the wished ones the lower count.

    wishes: further columns of the execution.
    Raises GraphNotFound for a graph that was deleted.
    """
    graph = version.graph
    if graph.deleted_at is not None:
        raise GraphNotFound(f"The graph {graph.name} was deleted.")
    return GraphExecution(
        user=user,
        graph=graph,
        version=version,
        human_review=graph.human_review,
        sensitive_review=graph.sensitive_review,
        max_cost=lowest(max_cost, graph.max_cost),
        max_seconds=lowest(max_seconds, graph.max_seconds),
        **wishes,
    )
