"""Starting an execution: the one door, for the API, the pages and the command line."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction

from accounts.models import ApiKey
from credits.models import Account
from credits.refill import refill_if_due
from credits.spendable import require_spendable
from executor.errors import InputInvalid
from executor.inputs import check_inputs
from executor.models import GraphExecution, NodeExecution, Trigger
from executor.ring import ring_on_commit
from executor.seeds import Seed, seeds
from executor.statuses import Status
from graphs.models import GraphVersion
from graphs.plans import runnable_plan
from reliability.ids import uuid7

if TYPE_CHECKING:
    from accounts.models import User


@transaction.atomic
def launch(
    user: "User",
    version: GraphVersion,
    *,
    inputs: dict[str, Any],
    trigger: Trigger = Trigger.API,
    max_cost: int | None = None,
    api_key: ApiKey | None = None,
    ring: bool = True,
) -> GraphExecution:
    """Start an execution: it is stored QUEUED with its first node executions, and a worker is told after the commit.

    inputs: `{input name: value}`.  max_cost: credits it may cost at most, > 0.  ring: False when the caller runs it.
    api_key: the key that asks for it, if one does; its daily limit then holds too.
    Raises GraphInvalid, InputInvalid, and InsufficientBalance, CostLimitReached or AccountFrozen when not even one
    credit could be spent.
    """
    plan = runnable_plan(version)
    check_inputs(plan, inputs, max_bytes=settings.INPUT_MAX_BYTES)
    if max_cost is not None and max_cost <= 0:
        raise InputInvalid("max_cost must be at least 1 credit.", fields={"max_cost": "Must be at least 1."})
    found = seeds(plan, inputs, {})
    require_credits(user, api_key)
    execution = GraphExecution.objects.create(
        user=user,
        graph=version.graph,
        version=version,
        trigger=trigger,
        inputs=inputs,
        max_cost=max_cost,
        api_key=api_key,
    )
    NodeExecution.objects.bulk_create(_rows(execution, found))
    if ring:
        ring_on_commit(execution.id)
    return execution


def require_credits(user: "User", api_key: ApiKey | None) -> None:
    """Raises why not even one credit can be spent: an execution would only fail at its first paid node."""
    account = Account.objects.get(user=user)
    refill_if_due(account, now=datetime.now(UTC))
    require_spendable(account, api_key=api_key)


def _rows(execution: GraphExecution, found: list[Seed]) -> list[NodeExecution]:
    now = datetime.now(UTC)
    return [
        NodeExecution(
            id=uuid7(),
            execution=execution,
            node_id=seed.node.id,
            number=number,
            status=Status.QUEUED,
            inputs=seed.ready.inputs,
            added_at=now,
            queued_at=now,
        )
        for number, seed in enumerate(found, start=1)
    ]
