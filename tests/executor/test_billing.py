"""What executions cost: holds for what is known only afterwards, ceilings, the fee, and what is not paid for."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import LazySettings

from accounts.keys import issue
from accounts.models import User
from credits.errors import AccountFrozen, CostLimitReached
from credits.ledger import grant
from credits.models import Account, Hold, HoldStatus, Transaction
from executor.dispatch.claim import claim
from executor.jobs import run_execution
from executor.models import GraphExecution, NodeExecution
from executor.statuses import Status
from executor.stopping.cancel import request_cancel
from executor.stopping.ending import end
from executor.sweeping.sweep import sweep
from tests.executor.awaiting import until
from tests.executor.blocks import GATES, LOG
from tests.executor.books import account_of, assert_books, charges
from tests.executor.building import build, many_pauses, meter
from tests.executor.crashing import FlakyWriter, run_and_die, run_with, started_and_dead
from tests.executor.running import fresh, node_executions, ran, run, started, statuses
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ada() -> User:
    return make_user()


async def run_until(execution: GraphExecution, log: str, then: Callable[[], object]) -> None:
    """Run it; once a block has noted something, do `then`; and run on to the end."""
    task = asyncio.create_task(run_execution(str(execution.id)))
    await until(lambda: LOG[log], task)
    await asyncio.to_thread(then)
    await asyncio.wait_for(task, 20)


# --- holds


@pytest.mark.parametrize("items", [1, 5, 12])
def test_the_true_cost_is_charged_whether_it_is_less_or_more_than_was_set_aside(ada: User, items: int) -> None:
    execution = ran(ada, build({"m": meter(items=items)}))
    (row,) = node_executions(execution, "m")
    hold = Hold.objects.get()
    assert (execution.status, row.cost, charges(execution)) == (Status.COMPLETED, items, [-items])
    assert (hold.status, hold.amount, hold.cost, hold.uncovered) == (HoldStatus.SETTLED, 5, items, 0)
    assert hold.transaction is not None
    assert hold.transaction.metadata["rule"]["type"] == "ITEMS"
    assert_books(execution)


def test_what_is_set_aside_cannot_be_spent_meanwhile(ada: User) -> None:
    LOG["aside"].clear()
    execution = started(ada, build({"m": meter(items=2, gate="aside", log="aside")}))
    seen: list[tuple[int, int]] = []

    def look() -> None:
        account = account_of(ada)
        seen.append((account.held, account.available))

    async def look_then_open() -> None:
        await run_until(execution, "aside", look)

    GATES["aside"] = asyncio.Event()

    async def scenario() -> None:
        GATES["aside"] = asyncio.Event()
        running = asyncio.create_task(look_then_open())
        await until(lambda: seen, running)
        GATES["aside"].set()
        await running

    asyncio.run(scenario())
    assert seen == [(5, 995)]
    assert_books(fresh(execution))


def test_a_block_that_fails_is_charged_for_what_it_has_used(ada: User) -> None:
    execution = ran(ada, build({"m": meter(items=2, message="broken")}))
    assert statuses(node_executions(execution, "m")) == [Status.FAILED]
    assert charges(execution) == [-2]
    assert_books(execution)


def test_a_node_that_has_used_nothing_says_why_it_is_not_charged(ada: User) -> None:
    execution = ran(ada, build({"m": meter(items=0)}))
    (row,) = node_executions(execution, "m")
    assert (row.cost, row.stats["uncharged"], charges(execution)) == (0, "Nothing was used.", [])
    assert_books(execution)


def test_a_hold_grows_while_the_credits_are_there() -> None:
    rich = make_user(credits=100)
    execution = ran(rich, build({"m": meter(items=6, steps=4)}))
    assert (execution.status, charges(execution)) == (Status.COMPLETED, [-24])
    assert Hold.objects.get().amount == 23  # 18 were used when it was asked for the last time, and 5 more set aside
    assert_books(execution)


def test_a_block_that_would_use_more_than_there_is_stops_first() -> None:
    poor = make_user(credits=10)
    execution = ran(poor, build({"m": meter(items=5, steps=4), "next": ("Pause", {"value": 1})}))
    (row,) = node_executions(execution, "m")
    assert (execution.status, execution.error_code) == (Status.FAILED, "insufficient_balance")
    assert (row.status, row.cost) == (Status.FAILED, 5)
    assert account_of(poor).balance >= 0
    assert_books(execution)


def test_what_nobody_can_pay_is_told_and_ends_the_execution() -> None:
    poor = make_user(credits=8)
    execution = ran(poor, build({"m": meter(items=20, asks=False)}))
    (row,) = node_executions(execution, "m")
    hold = Hold.objects.get()
    assert (hold.cost, hold.uncovered, row.cost, account_of(poor).balance) == (20, 12, 8, 0)
    assert (execution.status, execution.error_code) == (Status.FAILED, "insufficient_balance")
    assert_books(execution)


def test_an_overrun_is_a_debt_as_far_as_the_overdraft_allows() -> None:
    poor = make_user(credits=8)
    Account.objects.filter(user=poor).update(overdraft=100)
    execution = ran(poor, build({"m": meter(items=20, asks=False)}))
    assert (execution.status, account_of(poor).balance, Hold.objects.get().uncovered) == (Status.COMPLETED, -12, 0)
    assert_books(execution)


def test_whoever_stops_an_execution_pays_for_what_was_used(ada: User) -> None:
    LOG["stopped"].clear()
    execution = started(ada, build({"m": meter(items=3, gate="never-metered", log="stopped")}))
    asyncio.run(run_until(execution, "stopped", lambda: request_cancel(execution)))
    ended = fresh(execution)
    assert (ended.status, charges(ended)) == (Status.TERMINATED, [-3])
    assert_books(ended)


@pytest.mark.parametrize("commits", range(12))
def test_a_crash_leaves_no_hold_and_charges_once(ada: User, settings: LazySettings, commits: int) -> None:
    settings.NODES_IN_FLIGHT, settings.JOURNAL_LINGER_MILLISECONDS = 1, 0
    document = build(
        {"many": ("Count", {"count": 3}), "m": meter(items=6, steps=2)},
        ["many.number -> m.gate"],
    )
    for number in range(3):
        GATES[str(number)] = asyncio.Event()
        GATES[str(number)].set()
    execution = started(ada, document)
    if run_and_die(execution, commits=commits):
        run(execution)
    ended = fresh(execution)
    assert (ended.status, charges(ended)) == (Status.COMPLETED, [-12, -12, -12])
    assert_books(ended)


# --- what the platform broke is not paid for


def test_a_charge_for_a_block_that_a_lost_worker_cut_off_is_reversed(ada: User) -> None:
    execution = started_and_dead(ada, build({"once": ("Once", {"value": 1, "gate": "never-once", "log": "cut"})}))
    ended = run(execution)
    (row,) = node_executions(ended, "once")
    assert (row.status, row.cost, row.stats["uncharged"]) == (
        Status.FAILED,
        0,
        "The platform failed the node, not its block.",
    )
    taken, given = Transaction.objects.filter(execution=str(execution.id)).order_by("seq")
    assert (taken.amount, given.amount, given.reverses_id, given.type) == (-1, 1, taken.id, "USAGE")
    assert_books(ended)


def test_a_hold_for_a_block_that_a_lost_worker_cut_off_is_released(ada: User) -> None:
    execution = started_and_dead(ada, build({"once": ("OnceMeter", {"items": 3, "gate": "never-once", "log": "cut"})}))
    assert account_of(ada).held == 5
    ended = run(execution)
    assert (Hold.objects.get().status, charges(ended)) == (HoldStatus.RELEASED, [])
    assert_books(ended)


@pytest.mark.parametrize("block", ["Gate", "Meter"])
def test_a_time_limit_of_ours_is_not_paid_for(ada: User, settings: LazySettings, block: str) -> None:
    settings.EXECUTION_MAX_SECONDS = 1
    constants = {"value": 1, "items": 3, "gate": "never-late", "log": "late"}
    ended = ran(ada, build({"slow": (block, constants)}))
    assert (ended.status, ended.error_code, ended.cost) == (Status.FAILED, "time_limit", 0)
    assert sum(charges(ended)) == 0
    assert_books(ended)


@pytest.mark.parametrize("block", ["Gate", "Meter"])
def test_a_block_that_takes_too_long_is_not_paid_for(ada: User, monkeypatch: pytest.MonkeyPatch, block: str) -> None:
    from tests.executor import blocks

    monkeypatch.setattr(getattr(blocks, f"{block}Block"), "timeout_seconds", 0.1)
    constants = {"value": 1, "items": 3, "gate": f"never-{ada.id}", "log": "late"}
    ended = ran(ada, build({"slow": (block, constants)}))
    assert (ended.cost, sum(charges(ended))) == (0, 0)
    assert_books(ended)


@pytest.mark.parametrize("block", ["Gate", "Meter"])
def test_an_execution_that_ends_without_an_owner_pays_for_no_node_that_was_running(ada: User, block: str) -> None:
    constants = {"value": 1, "items": 3, "gate": "never-owned", "log": "owned"}
    execution = started_and_dead(ada, build({"p": ("Pause", {"value": 1, "seconds": 0}), "slow": (block, constants)}))
    everything = GraphExecution.objects.all()
    assert end(everything, execution_id=execution.id, status=Status.FAILED, code="poison", message="Given up.")
    ended = fresh(execution)
    finished = [row for row in node_executions(ended, "p") if row.status == Status.COMPLETED]
    assert ended.cost == len(finished)
    assert_books(ended)


def test_a_hold_whose_execution_has_ended_is_found_and_released(ada: User) -> None:
    execution = started_and_dead(ada, build({"m": meter(items=1, gate="never-swept", log="swept")}))
    GraphExecution.objects.filter(id=execution.id).update(status=Status.FAILED, lease_until=None)
    assert sweep()["released"] == 1
    assert account_of(ada).held == 0


# --- ceilings


def test_what_is_set_aside_counts_against_the_ceiling_of_the_execution(ada: User) -> None:
    execution = ran(ada, build({"m": meter(items=1)}), max_cost=4)
    assert (execution.status, execution.error_code, execution.cost) == (Status.FAILED, "cost_limit", 0)
    assert "(max_cost) of 4" in execution.error


@pytest.mark.parametrize("max_cost", [1, 7, 40])
def test_a_fan_out_never_passes_its_ceiling(ada: User, max_cost: int) -> None:
    execution = ran(ada, many_pauses(60), max_cost=max_cost)
    assert (execution.status, execution.error_code, execution.cost) == (Status.FAILED, "cost_limit", max_cost)
    begun = NodeExecution.objects.filter(execution=execution, attempt__gt=0).count()
    assert account_of(ada).node_executions == begun, "a start that was refused is not counted"
    assert_books(execution)


@pytest.mark.parametrize(
    ("general", "own", "cost", "says"),
    [
        (3, None, 3, "cost limit of every execution (EXECUTION_MAX_COST) of 3"),
        (3, 4, 3, "(EXECUTION_MAX_COST) of 3"),
        (3, 2, 2, "cost limit of the execution (max_cost) of 2"),
        (0, None, 5, ""),
    ],
)
def test_no_execution_costs_more_than_the_installation_allows(
    ada: User, settings: LazySettings, general: int, own: int | None, cost: int, says: str
) -> None:
    settings.EXECUTION_MAX_COST = general
    execution = ran(ada, many_pauses(5), max_cost=own)
    assert (execution.cost, execution.error_code) == (cost, "cost_limit" if says else "")
    assert says in execution.error
    assert_books(execution)


def test_the_daily_limit_of_an_account_ends_the_execution_and_refuses_the_next(ada: User) -> None:
    Account.objects.filter(user=ada).update(daily_limit=3)
    execution = ran(ada, many_pauses(5))
    assert (execution.error_code, execution.cost) == ("cost_limit", 3)
    assert "daily limit of the account of 3" in execution.error
    with pytest.raises(CostLimitReached, match="daily limit of the account"):
        started(ada, many_pauses(1))


def test_the_daily_limit_of_a_key_holds_for_what_it_has_started_only(ada: User) -> None:
    key, _ = issue(ada, name="laptop")
    key.daily_limit = 3
    key.save()
    execution = ran(ada, many_pauses(5), api_key=key)
    assert (execution.error_code, execution.cost) == ("cost_limit", 3)
    assert "daily limit of the API key of 3" in execution.error
    with pytest.raises(CostLimitReached, match="daily limit of the API key"):
        started(ada, many_pauses(1), api_key=key)
    assert ran(ada, many_pauses(5)).status == Status.COMPLETED


def test_a_limit_of_yesterday_is_no_limit_today(ada: User) -> None:
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    Account.objects.filter(user=ada).update(daily_limit=3, spent_today=3, spent_on=yesterday)
    assert ran(ada, many_pauses(3)).status == Status.COMPLETED


def test_a_frozen_account_starts_nothing_and_what_runs_ends(ada: User) -> None:
    execution = started(ada, many_pauses(2))
    Account.objects.filter(user=ada).update(frozen_at=datetime.now(UTC))
    ended = run(execution)
    assert (ended.status, ended.error_code, ended.cost) == (Status.FAILED, "account_frozen", 0)
    with pytest.raises(AccountFrozen):
        started(ada, many_pauses(1))


# --- the execution fee


def test_every_hundredth_node_execution_of_a_user_costs_the_fee(ada: User) -> None:
    execution = ran(ada, build({"many": ("Count", {"count": 250}), "e": ("Echo", {})}, ["many.number -> e.value"]))
    account = account_of(ada)
    assert (account.node_executions, account.fee_charged_to) == (251, 200)
    assert (execution.fees, execution.cost, charges(execution)) == (2, 2, [-1, -1])


def test_node_executions_are_counted_once_although_commits_are_repeated(ada: User) -> None:
    execution = started(ada, many_pauses(120))
    asyncio.run(run_with(FlakyWriter(), execution))
    assert (account_of(ada).node_executions, fresh(execution).fees, fresh(execution).cost) == (121, 1, 121)


@pytest.mark.parametrize("commits", range(0, 24, 3))
def test_node_executions_are_counted_once_although_workers_die(ada: User, settings: LazySettings, commits: int) -> None:
    settings.NODES_IN_FLIGHT, settings.EXECUTION_FEE_EVERY = 1, 4
    execution = started(ada, many_pauses(9))
    if run_and_die(execution, commits=commits):
        run(execution)
    ended = fresh(execution)
    assert (account_of(ada).node_executions, ended.fees, ended.cost) == (10, 2, 11)


def test_a_fee_that_cannot_be_paid_stays_due_and_stops_the_execution(settings: LazySettings) -> None:
    settings.EXECUTION_FEE_EVERY, settings.EXECUTION_FEE_CREDITS, settings.NODES_IN_FLIGHT = 2, 10, 1
    poor = make_user(credits=5)
    execution = ran(poor, many_pauses(5))
    assert (execution.status, execution.error_code, execution.fees) == (Status.FAILED, "insufficient_balance", 0)
    account = account_of(poor)
    due = account.node_executions - account.fee_charged_to
    assert due >= 2
    assert account.balance == 5 - execution.cost
    grant(account, amount=50, key="more", reason="For the fee")
    assert ran(poor, build({"e": ("Echo", {"value": 1})})).fees == 10 * ((due + 1) // 2)


def test_without_a_fee_nothing_is_charged_for_free_nodes(ada: User, settings: LazySettings) -> None:
    settings.EXECUTION_FEE_EVERY = 0
    execution = ran(ada, build({"many": ("Count", {"count": 250}), "e": ("Echo", {})}, ["many.number -> e.value"]))
    assert (execution.cost, charges(execution)) == (0, [])


# --- prices


def test_a_price_that_changes_meanwhile_does_not_touch_what_has_started(ada: User) -> None:
    from credits.pricing.models import PriceVersion
    from tests.executor.blocks import MeterBlock

    LOG["pinned"].clear()
    execution = started_and_dead(ada, build({"m": meter(items=3, gate="pinned", log="pinned")}))
    newest = PriceVersion.objects.of(MeterBlock.id).first()
    PriceVersion.objects.create(
        block_id=MeterBlock.id,
        block_name="Meter",
        version=1 + (newest.version if newest else 0),
        rules=[{"amount": 100, "type": "ITEMS", "filter": {}, "divisor": 1, "hold": 5}],
        origin="OPERATOR",
        reason="Dearer",
    )

    async def scenario() -> None:
        GATES["pinned"] = asyncio.Event()
        GATES["pinned"].set()
        await run_execution(str(execution.id))

    asyncio.run(scenario())
    assert charges(fresh(execution)) == [-3]
    assert claim(execution.id, owner="nobody") is None
    GATES["pinned"] = asyncio.Event()
    GATES["pinned"].set()
    assert charges(ran(make_user("grace@example.org"), build({"m": meter(items=3)}))) == [-300]
