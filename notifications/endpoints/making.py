"""Making and changing endpoints."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction

from executor.dispatch.database import follow_own_starts
from graphs.models import Graph
from notifications.addresses import require_reachable
from notifications.endpoints.secrets import give_secret
from notifications.endpoints.switching import switch_off, switch_on
from notifications.errors import TooManyEndpoints
from notifications.models import Endpoint
from reliability.secrets import Secret

if TYPE_CHECKING:
    from accounts.models import User


@transaction.atomic
def make_endpoint(user: "User", *, url: str, kinds: list[str], graph: Graph | None = None) -> tuple[Endpoint, Secret]:
    """A new one, and what its deliveries are signed with. Raises EndpointInvalid and TooManyEndpoints."""
    require_reachable(url)
    follow_own_starts(user.id)
    limit = settings.ENDPOINTS_PER_USER_MAX
    if Endpoint.objects.for_user(user).count() >= limit:
        raise TooManyEndpoints(f"A user may have {limit} endpoints (ENDPOINTS_PER_USER_MAX).", limit=limit)
    endpoint = Endpoint.objects.create(user=user, url=url, kinds=kinds, graph=graph)
    return endpoint, give_secret(endpoint, now=datetime.now(UTC))


@transaction.atomic
def remove_endpoint(endpoint: Endpoint) -> None:
    """With its log. What is on its way is not sent any more, but for what is being tried at this moment."""
    Endpoint.objects.locked(endpoint.id)
    endpoint.delete()


@transaction.atomic
def change_endpoint(endpoint: Endpoint, changes: Mapping[str, Any]) -> None:
    """changes: `url`, `kinds`, `graph` and `is_enabled`, each only if it is to change. Raises EndpointInvalid."""
    if "url" in changes:
        require_reachable(changes["url"])
    fields = {name: changes[name] for name in ("url", "kinds", "graph") if name in changes}
    if fields:
        Endpoint.objects.filter(id=endpoint.id).update(**fields)
    if "is_enabled" in changes:
        switch_on(endpoint) if changes["is_enabled"] else switch_off(endpoint)
