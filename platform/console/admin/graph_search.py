"""Which graphs an operator means."""

from uuid import UUID

from graphs.models import Graph

#: How many graphs a part of a name may mean.
MOST_GRAPHS = 200


def ids_of(text: str) -> frozenset[str]:
    """The graph with this id, or those with this in their name, at most one more than MOST_GRAPHS."""
    if is_id(text):
        return frozenset([str(UUID(text))])
    found = Graph.objects.filter(name__icontains=text).values_list("id", flat=True)
    return frozenset(map(str, found[: MOST_GRAPHS + 1]))


def is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
