"""For each route and method a request that its owner may send, for tests that go over all of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.api.belongings import INPUTS, Belongings

Body = Callable[[Belongings], dict[str, Any]]


@dataclass(frozen=True)
class Good:
    """A request that is good.

    body: what is sent, or the parameters of a GET.  names: whether something of its owner's is named there, so that a
    stranger who sends the same must not find it.  at: what stands in the address instead of what usually does.
    """

    body: Body = lambda its: {}
    names: bool = False
    at: Mapping[str, str] = field(default_factory=dict)


def fixed(**body: Any) -> Body:
    return lambda its: body


NOTHING = Good()
GOOGLE = {"provider": "google"}
CHAT = {"channel": "discord"}
CRON = {"name": "x", "cron": "0 8 * * *", "inputs": INPUTS}

#: What is not here takes no body.
REQUESTS: dict[tuple[str, str], Good] = {
    ("POST", "api-keys"): Good(fixed(name="x", permissions=["WRITE_KEYS"])),
    ("PUT", "api-keys/<uuid:key_id>/permissions"): Good(fixed(permissions=["WRITE_KEYS"])),
    ("POST", "auth/user/email"): Good(fixed(email="ada@other.example")),
    ("POST", "auth/user/preferences"): Good(fixed(daily_limit=3)),
    ("POST", "auth/user/timezone"): Good(fixed(timezone="Europe/Berlin")),
    ("POST", "credits"): Good(fixed(credit_amount=1000)),
    ("POST", "credits/auto-top-up"): Good(fixed(threshold=0, amount=0)),
    ("GET", "credits/estimate"): Good(lambda its: {"graph_id": str(its.version.graph_id)}, names=True),
    ("POST", "credits/estimate"): Good(lambda its: {"graph_id": str(its.version.graph_id)}, names=True),
    ("POST", "credits/redeem"): Good(fixed(code="ABCD")),
    ("POST", "executions/stop"): Good(lambda its: {"ids": [str(its.execution.id)]}),
    ("POST", "graphs/<uuid:graph_id>/execute"): Good(fixed(inputs=INPUTS)),
    ("POST", "graphs/<uuid:graph_id>/execute/<int:number>"): Good(fixed(inputs=INPUTS)),
    ("PUT", "graphs/<uuid:graph_id>/versions/active"): Good(fixed(active_graph_version=1)),
    ("PATCH", "graphs/<uuid:graph_id>/settings"): Good(fixed(max_cost=5)),
    ("POST", "graphs/<uuid:graph_id>/schedules"): Good(fixed(**CRON)),
    ("POST", "graphs/<uuid:graph_id>/webhooks"): Good(fixed(name="x")),
    ("POST", "integrations/<str:provider>/callback"): Good(fixed(code="x", state_token="x"), at=GOOGLE),
    ("GET", "integrations/<str:provider>/login"): Good(at=GOOGLE),
    ("POST", "integrations/<str:provider>/credentials"): Good(fixed(type="api_key", title="x", api_key="sk-x")),
    ("PATCH", "integrations/<str:provider>/credentials/<uuid:credential_id>"): Good(fixed(title="x")),
    ("POST", "library/presets"): Good(lambda its: {"name": "x", "graph_id": str(its.version.graph_id)}, names=True),
    ("POST", "library/presets/setup-trigger"): Good(
        lambda its: {"name": "x", "graph_id": str(its.triggered.graph_id)}, names=True
    ),
    ("PATCH", "library/presets/<uuid:preset_id>"): Good(fixed(name="x")),
    ("PUT", "notifications/channels/<str:channel>"): Good(fixed(url="https://hooks.example.org/"), at=CHAT),
    ("DELETE", "notifications/channels/<str:channel>"): Good(at=CHAT),
    ("POST", "notifications/channels/<str:channel>/test"): Good(at={"channel": "email"}),
    ("POST", "notifications/read"): Good(fixed(all=True)),
    ("POST", "review/action"): Good(
        lambda its: {"reviews": [{"node_exec_id": str(its.review.node_execution_id), "approved": True}]}, names=True
    ),
    ("PATCH", "schedules/<uuid:schedule_id>"): Good(fixed(name="x")),
    ("PATCH", "webhooks/<uuid:webhook_id>"): Good(fixed(is_active=False)),
    ("POST", "webhook-endpoints"): Good(fixed(url="https://hooks.example.org/")),
    ("PATCH", "webhook-endpoints/<uuid:endpoint_id>"): Good(fixed(events=["execution.failed"])),
}


def good(method: str, route: str) -> Good:
    return REQUESTS.get((method, route), NOTHING)
