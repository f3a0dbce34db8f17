"""How many graphs a user may have, and how many versions a graph. Asked inside the transaction that adds one."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db.models import F

from graphs.errors import TooManyGraphs, TooManyVersions
from graphs.models import Graph

if TYPE_CHECKING:
    from accounts.models import User


def require_room_for_graph(user: "User") -> None:
    """The user's row stands in for all of them: two that come at once are counted one after the other.

    Raises TooManyGraphs.
    """
    get_user_model().objects.filter(pk=user.pk).update(is_active=F("is_active"))
    most = settings.GRAPHS_PER_USER_MAX
    if most and Graph.objects.for_user(user).listed().count() >= most:
        message = f"A user may have {most:,} graphs (GRAPHS_PER_USER_MAX). Delete some."
        raise TooManyGraphs(message, limit="GRAPHS_PER_USER_MAX", maximum=most)


def require_room_for_version(graph: Graph) -> None:
    """Called while the graph's row is held. Raises TooManyVersions."""
    most = settings.VERSIONS_PER_GRAPH_MAX
    if most and graph.versions.count() >= most:
        message = f"A graph may have {most:,} versions (VERSIONS_PER_GRAPH_MAX). Import it as a new graph."
        raise TooManyVersions(message, limit="VERSIONS_PER_GRAPH_MAX", maximum=most)
