"""Running a real agent as its owner would: imported and started over the API, on stored credentials."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from rest_framework.test import APIClient

from accounts.credentials.contents import Contents
from accounts.credentials.storing import make_credential
from accounts.credentials.types import CredentialType
from accounts.models import User
from blocks.registry import registry
from executor.models import GraphExecution, NodeExecution
from executor.statuses import Status
from reliability.secrets import Secret
from tests.api.cast import client_of
from tests.executor.running import outputs, run
from tests.executor.sample_agents import Sample
from tests.world.everything import Everything

Payload = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Ran:
    """What became of it. nodes: of the graph and those inside it.  seconds: from the claim to the end."""

    graph: Payload
    nodes: int
    execution: GraphExecution
    seconds: float

    @property
    def outputs(self) -> dict[str, list[Any]]:
        return outputs(self.execution)

    @property
    def node_executions(self) -> list[NodeExecution]:
        """With those of the graphs inside; what was still waiting for an input in the end is left out."""
        rows = NodeExecution.objects.filter(execution__root=self.execution) | NodeExecution.objects.filter(
            execution=self.execution
        )
        return list(rows.exclude(status=Status.INCOMPLETE).select_related("node").order_by("number"))

    @property
    def failures(self) -> list[tuple[str, str]]:
        """`(block, error)` of what failed."""
        failed = [row for row in self.node_executions if row.status == Status.FAILED]
        return [(registry.get(row.node.block_id).name, row.error) for row in failed]


def run_sample(sample: Sample, user: User, everything: Everything) -> Ran:
    sample.arrange(everything)
    api = client_of(user)
    api.defaults["SERVER_NAME"] = "localhost"
    file = json.loads(sample.path.read_bytes())
    graph = _posted(api, "/api/v1/graphs", {"graph": file}, status=201)
    wish = {
        "inputs": sample.inputs,
        "credentials_inputs": _credentials(user, graph["credentials_input_schema"], sample.own_keys),
    }
    started = _posted(api, f"/api/v1/graphs/{graph['id']}/execute", wish, status=202)
    begun = perf_counter()
    execution = run(GraphExecution.objects.get(id=started["id"]))
    return Ran(graph=graph, nodes=_nodes(file), execution=execution, seconds=perf_counter() - begun)


def _posted(api: APIClient, path: str, body: Payload, *, status: int) -> Payload:
    answer = api.post(path, body, format="json")
    assert answer.status_code == status, answer.content
    return answer.json()


def _nodes(file: Payload) -> int:
    return sum(len(graph["nodes"]) for graph in (file, *file.get("sub_graphs", ())))


def _credentials(user: User, schema: Payload, own_keys: frozenset[str]) -> dict[str, Payload]:
    """A credential for each kind that the graph asks for: the owner's where they have one, else the installation's."""
    chosen = {}
    for name, wanted in schema["properties"].items():
        if own := own_keys.intersection(wanted["credentials_provider"]):
            chosen[name] = _key(user, own)
        elif name in schema["required"]:
            chosen[name] = _key(None, wanted["credentials_provider"])
    return chosen


def _key(user: User | None, providers: Iterable[str]) -> Payload:
    """Of one of these providers; the one that searches by Jina where that is among them."""
    provider = next((name for name in sorted(providers) if name == "jina"), min(providers))
    secret = Secret(f"{'own' if user else 'installation'}-{provider}")
    made = make_credential(user, provider=provider, type=CredentialType.API_KEY, contents=Contents(secret=secret))
    return {"id": str(made.id), "provider": provider, "type": made.type, "title": ""}


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line of the table in docs/sample_agents.md."""

    name: str
    nodes: int
    node_executions: int
    calls: int
    own_keys: Sequence[str]
    credits: int
    milliseconds: float

    def as_row(self) -> str:
        return f"{self.without_time()} {self.milliseconds:.0f} |"

    def without_time(self) -> str:
        keys = ", ".join(self.own_keys) or "–"
        cells = (self.name, self.nodes, self.node_executions, self.calls, keys, self.credits)
        return f"| {' | '.join(map(str, cells))} |"


def line_of(sample: Sample, ran: Ran, everything: Everything) -> Line:
    return Line(
        name=ran.graph["name"],
        nodes=ran.nodes,
        node_executions=len(ran.node_executions),
        calls=len(everything.world.calls),
        own_keys=sorted(sample.own_keys),
        credits=ran.execution.cost,
        milliseconds=1000 * ran.seconds,
    )
