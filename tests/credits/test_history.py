"""A user's history: one item for each execution, whole on whatever page it is."""

import random
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import connection

from credits.history import Page, read_page
from credits.ledger import charge, grant, reverse
from credits.models import Account, Transaction, TransactionType
from tests.append_only import lifted
from tests.credits.cast import ada, balance_of
from tests.credits.spending_cast import GRAPH, execution, spend

pytestmark = pytest.mark.django_db


def pages(account: Account, *, limit: int, type: str = "") -> list[Page]:
    """All of them."""
    found = [read_page(account, limit=limit, type=type)]
    while (before := found[-1].next_before) is not None:
        found.append(read_page(account, limit=limit, type=type, before=before, snapshot=found[0].snapshot))
    return found


def amounts(page: Page) -> list[int]:
    return [item.amount for item in page.items]


def at_one_moment(account: Account) -> None:
    with lifted(connection):
        Transaction.objects.filter(account=account).update(created_at=datetime(2026, 1, 1, tzinfo=UTC))


def test_charges_of_one_execution_are_one_item() -> None:
    account, run = ada(100), execution()
    first = spend(account, 3, on=run)
    grant(account, amount=10, key="g", reason="Between")
    last = spend(account, 4, on=run)
    item, given, start = read_page(account, limit=10).items
    assert (item.amount, item.node_count, item.started_at) == (-7, 2, first.created_at)
    assert (item.head, item.is_execution, item.description) == (last, True, f"Graph #{str(GRAPH)[:8]} Execution")
    assert (given.amount, given.description, given.is_execution) == (10, "Between", False)
    assert start.amount == 100


def test_reversed_charge_is_taken_off_its_execution() -> None:
    account, run = ada(100), execution()
    spend(account, 3, on=run)
    reverse(spend(account, 4, on=run), reason="Our fault")
    item = read_page(account, limit=10).items[0]
    assert (item.amount, item.node_count) == (-3, 2)


def test_charges_without_an_execution_stand_alone() -> None:
    account = ada(100)
    spend(account, 3)
    spend(account, 4)
    assert amounts(read_page(account, limit=10)) == [-4, -3, 100]


def test_execution_is_never_cut_by_a_page() -> None:
    account, runs = ada(1000), [execution() for _ in range(4)]
    for _ in range(5):
        for run in runs:
            spend(account, 1, on=run)
    found = pages(account, limit=1)
    assert [amounts(page) for page in found] == [[-5], [-5], [-5], [-5], [1000]]
    heads = [item.head.execution for page in found[:4] for item in page.items]
    assert heads == [str(run) for run in reversed(runs)]


def test_pages_stay_as_they_were_while_charges_arrive() -> None:
    account, runs = ada(1000), [execution() for _ in range(6)]
    for run in runs:
        spend(account, 10, on=run)
    first = read_page(account, limit=2)
    found, before = [first], first.next_before
    while before is not None:
        for run in runs:
            spend(account, 1, on=run)
        found.append(read_page(account, limit=2, before=before, snapshot=first.snapshot))
        before = found[-1].next_before
    assert [amounts(page) for page in found] == [[-10, -10], [-10, -10], [-10, -10], [1000]]
    assert sum(sum(amounts(page)) for page in found) == first.snapshot.balance == 940


@pytest.mark.parametrize("seed", range(5))
def test_all_pages_add_up_to_the_balance(seed: int) -> None:
    account, dice = ada(5000), random.Random(seed)
    runs = [execution() for _ in range(5)]
    for number in range(60):
        match dice.randrange(4):
            case 0:
                grant(account, amount=dice.randint(1, 50), key=f"g{number}", reason="")
            case 1:
                spend(account, dice.randint(1, 9))
            case _:
                spend(account, dice.randint(1, 9), on=dice.choice(runs))
    if seed % 2:
        at_one_moment(account)
    limit = dice.randint(1, 9)
    found = pages(account, limit=limit)
    assert sum(sum(amounts(page)) for page in found) == balance_of(account.pk)
    keys = [item.head.pk for page in found for item in page.items]
    assert len(keys) == len(set(keys))


def test_page_ends_with_a_whole_moment() -> None:
    account = ada(100)
    for number in range(6):
        charge(account, amount=1, key=str(number), reason="")
    at_one_moment(account)
    charge(account, amount=1, key="later", reason="")
    first = read_page(account, limit=1)
    assert amounts(first) == [-1]
    second = read_page(account, limit=1, before=first.next_before)
    assert sorted(amounts(second)) == [-1] * 6 + [100]
    assert second.next_before is None


def test_one_type_alone() -> None:
    account = ada(100)
    spend(account, 3, on=execution())
    assert amounts(read_page(account, limit=9, type=TransactionType.GRANT)) == [100]
    assert amounts(read_page(account, limit=9, type=TransactionType.TOP_UP)) == []


def test_history_before_a_moment_has_only_items_that_ended_before_it() -> None:
    account, run = ada(100), execution()
    spend(account, 3, on=run)
    newest = spend(account, 4, on=run)
    assert amounts(read_page(account, limit=9, before=newest.created_at)) == [100]
    assert amounts(read_page(account, limit=9, before=newest.created_at + timedelta(seconds=1))) == [-7, 100]


def test_strangers_rows_are_not_in_it() -> None:
    from accounts.models import User

    account, run = ada(100), execution()
    other = User.objects.create_user("grace@example.org").credit_account
    grant(other, amount=50, key="g", reason="")
    spend(other, 5, on=run, node_execution=uuid4())
    spend(account, 3, on=run)
    page = read_page(account, limit=9)
    assert amounts(page) == [-3, 100]
    assert {item.head.account_id for item in page.items} == {account.pk}


def test_empty_history() -> None:
    page = read_page(ada(), limit=9)
    assert (page.items, page.next_before, page.snapshot.balance) == ([], None, 0)
