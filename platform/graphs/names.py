"""Names of graphs, for pages that know graphs by id. Whoever shows them has decided that they may be seen."""

from collections.abc import Iterable
from uuid import UUID

from graphs.models import Graph


def names_of(ids: Iterable[str]) -> dict[str, str]:
    """`{id: name}` of those that exist. What is no id is left out."""
    wanted = [id for id in ids if _is_id(id)]
    return {str(id): name for id, name in Graph.objects.filter(pk__in=wanted).values_list("pk", "name")}


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
