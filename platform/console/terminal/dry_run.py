"""What a launch would say and cost, with nothing left behind."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from typing import Any

from django.db import transaction

from accounts.models import User
from console.terminal.words import counted, credits_text
from credits.errors import InsufficientBalance
from credits.models import Account
from executor.launching.estimate import estimate
from executor.launching.launch import launch
from executor.models import Trigger
from graphs.models import GraphVersion


@dataclass(frozen=True, kw_only=True)
class DryRun:
    """A launch that would have gone through, but for the balance. Costs in credits."""

    graph: str
    version: int
    node_count: int
    #: If every node runs exactly once.
    cost_low: int
    cost_high: int
    balance: int
    #: What the last finished executions cost on average; None if there are none.
    history_mean: int | None = None
    history_count: int = 0
    #: Why some nodes would fail because it is not known what they cost.
    problems: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        return {"event_type": "dry_run", **asdict(self)}

    def lines(self) -> Iterator[str]:
        yield f"{self.graph} (version {self.version}) can run: {counted(self.node_count, 'node')}"
        yield f"estimate: {self._range()} if every node runs once; the balance is {credits_text(self.balance)}"
        if self.history_mean is not None:
            yield f"history: the last {counted(self.history_count, 'execution')} cost {self._mean()} on average"
        yield from self.problems

    def _mean(self) -> str:
        return credits_text(self.history_mean or 0)

    def _range(self) -> str:
        if self.cost_low == self.cost_high:
            return credits_text(self.cost_low)
        return f"{self.cost_low:,} to {credits_text(self.cost_high)}"


@contextmanager
def nothing_kept() -> Iterator[None]:
    """Roll back whatever the block writes. What would happen on commit does not happen."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def dry_run(version: GraphVersion, *, user: User, inputs: dict[str, Any], max_cost: int | None) -> DryRun:
    """Launch and take it back, so that a dry run refuses exactly what a launch refuses; and estimate.

    Only a balance that is too low is no refusal: it is shown beside the estimate. Raises GraphInvalid, InputInvalid.
    """
    with nothing_kept(), suppress(InsufficientBalance):
        launch(user, version, inputs=inputs, trigger=Trigger.COMMAND, max_cost=max_cost)
    costs = estimate(version, inputs)
    return DryRun(
        graph=version.name,
        version=version.number,
        node_count=version.nodes.count(),
        cost_low=costs.low,
        cost_high=costs.high,
        balance=Account.objects.get(user=user).balance,
        history_mean=costs.history_mean,
        history_count=costs.history_count,
        problems=costs.problems,
    )
