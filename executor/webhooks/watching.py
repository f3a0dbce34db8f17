"""What a trigger node wants to be told by a provider."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from accounts.credentials.finding import find_usable
from accounts.credentials.models import StoredCredential
from blocks.readiness import Waiting, parse
from executor.webhooks.errors import WebhookInvalid
from executor.webhooks.triggers import PAYLOAD
from graphs.plan import PlanNode

if TYPE_CHECKING:
    from accounts.models import User


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """resource: what is watched there.  events: `kind.event`; one of them must happen."""

    provider: str
    resource: str
    events: frozenset[str]
    credential: StoredCredential


def watch_of(user: "User", node: PlanNode, config: Mapping[str, Any]) -> Watch | None:
    """None for a trigger that anybody may call. config: laid over the node's constants.

    Raises WebhookInvalid, and CredentialNotFound for one that is not the user's.
    """
    wish = node.block.webhook
    if wish is None:
        return None
    parsed: Any = parse(node.block, {**node.defaults, **config, PAYLOAD: {}})
    if isinstance(parsed, Waiting):
        raise _invalid("config", parsed.reason)
    input = parsed.parsed
    if not (events := wish.wanted(input)):
        raise _invalid(f"config.{wish.events}", "At least one event must be chosen.")
    return Watch(
        provider=wish.provider,
        resource=str(getattr(input, wish.resource)),
        events=events,
        credential=_own(user, input.credentials.id),
    )


def _own(user: "User", credential_id: str) -> StoredCredential:
    """What the installation owns is not lent for registering webhooks."""
    credential = find_usable(user.id, credential_id)
    if credential.is_system:
        raise _invalid("config.credentials", "A webhook is registered with a credential of your own.")
    return credential


def _invalid(field: str, message: str) -> WebhookInvalid:
    return WebhookInvalid(f"{field}: {message}", fields={field: message})
