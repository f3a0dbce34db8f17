"""Starting an execution: the one door, for the API, the pages and the command line."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction

from accounts.models import ApiKey
from credits.models import Account
from credits.refill import refill_if_due
from credits.spendable import require_spendable
from executor.launching.admission import require_room
from executor.launching.beginning import begin
from executor.launching.ceilings import check_ceilings
from executor.launching.credentials import require_credentials
from executor.launching.first_rows import FirstRows
from executor.launching.inputs import check_inputs
from executor.launching.making import make_execution
from executor.launching.masks import check_masks, check_skipped
from executor.launching.requests import started_before
from executor.launching.runnable import Masks, plan_to_run
from executor.launching.seeds import Seed, seeds
from executor.launching.skipping import without_credentials
from executor.models import GraphExecution, NodeExecution, Trigger
from executor.presets.models import Preset
from executor.presets.presence import require_preset
from executor.statuses import Status
from graphs.models import GraphVersion
from graphs.plan import Plan
from graphs.plans import plan_for
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
    input_masks: Masks | None = None,
    skipped_nodes: Iterable[str] = (),
    is_dry_run: bool = False,
    max_cost: int | None = None,
    max_seconds: int | None = None,
    priority: int = 0,
    preset: Preset | None = None,
    continues: GraphExecution | None = None,
    api_key: ApiKey | None = None,
    key: str | None = None,
    request_digest: str = "",
    ring: bool = True,
) -> GraphExecution:
    """Start an execution: it is stored QUEUED with its first node executions, and a worker is told after the commit.

    inputs: `{input name: value}`.  input_masks: `{node id: {pin: value}}`, laid over whatever a node receives.
    skipped_nodes: ids of nodes that end COMPLETED without running.  is_dry_run: nothing leaves the machine, nothing is
    charged.  max_cost: credits it may cost at most, max_seconds: it may run at most; the graph's own ceilings hold too.
    priority: among the user's waiting executions the highest goes first.  preset, continues: what it is made from, for
    the record.  api_key: the key that asks for it, if one does; its daily limit then holds too.
    key, request_digest: the client's own key and what it asked for; the same again gives the first execution.
    ring: False when the caller runs it.
    Raises GraphInvalid, InputInvalid, KeyReused; NotFound if the preset was deleted; TooManyExecutions or QueueFull
    when no more may wait; and InsufficientBalance, CostLimitReached or AccountFrozen when not even one credit could be
    spent.
    """
    if (first := started_before(user, key, request_digest)) is not None:
        return first
    masks = input_masks or {}
    skipped = _skipped(version, masks, skipped_nodes)
    plan = _checked_plan(version, inputs, masks, skipped=skipped, is_dry_run=is_dry_run)
    check_ceilings(max_cost=max_cost, max_seconds=max_seconds)
    if not is_dry_run:
        require_credentials(user, version, masks, skipped=skipped)
    first_nodes = seeds(plan, inputs, masks, skipped=skipped, is_dry_run=is_dry_run)
    execution = make_execution(
        user,
        version,
        trigger=trigger,
        inputs=inputs,
        input_masks=masks,
        skipped_nodes=sorted(skipped),
        is_dry_run=is_dry_run,
        max_cost=max_cost,
        max_seconds=max_seconds,
        priority=priority,
        preset=preset,
        continues=continues,
        api_key=api_key,
        key=key,
        request_digest=request_digest,
    )
    admit(execution)
    return begin(execution, FirstRows(_rows(execution, first_nodes)), ring=ring)


def admit(execution: GraphExecution) -> None:
    """Raises why it may not be stored now: limits that are reached, a preset that is gone, or nothing left to spend."""
    require_room(execution.user_id)
    require_preset(execution.preset)
    if not execution.is_dry_run:
        require_credits(execution.user, execution.api_key)


def require_credits(user: "User", api_key: ApiKey | None) -> None:
    """Raises why not even one credit can be spent: an execution would only fail at its first paid node."""
    account = Account.objects.get(user=user)
    refill_if_due(account, now=datetime.now(UTC))
    require_spendable(account, api_key=api_key)


def _skipped(version: GraphVersion, masks: Masks, wanted: Iterable[str]) -> frozenset[str]:
    """The nodes to skip: those that are asked for, and those without the credentials that they can do without."""
    plan, asked = plan_for(version), frozenset(map(str, wanted))
    check_skipped(plan, asked)
    return asked | without_credentials(plan, masks)


def _checked_plan(
    version: GraphVersion, inputs: dict[str, Any], masks: Masks, *, skipped: frozenset[str], is_dry_run: bool
) -> Plan:
    """The version's plan, if it can run with these values."""
    plan = plan_to_run(version, masks=masks, skipped=skipped, is_dry_run=is_dry_run)
    check_masks(plan, masks, max_bytes=settings.INPUT_MAX_BYTES)
    check_inputs(plan, inputs, max_bytes=settings.INPUT_MAX_BYTES, is_complete=not is_dry_run)
    return plan


def _rows(execution: GraphExecution, first_nodes: list[Seed]) -> list[NodeExecution]:
    now = datetime.now(UTC)
    return [
        NodeExecution(
            id=uuid7(),
            execution=execution,
            node_id=seed.node.row_id,
            number=number,
            status=Status.QUEUED,
            inputs=seed.ready.inputs,
            added_at=now,
            queued_at=now,
        )
        for number, seed in enumerate(first_nodes, start=1)
    ]
