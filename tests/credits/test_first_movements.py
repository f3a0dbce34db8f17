"""The first movements of a new account, which no earlier row protects."""

from uuid import UUID

import pytest
from django.db import transaction

from accounts.models import User
from credits.errors import InsufficientBalance
from credits.ledger import charge, grant
from credits.models import Account
from tests.credits.cast import assert_adds_up, balance_of
from tests.credits.test_races import at_once

#: New users; each is given credits by several at once.
USERS = 200
GIVERS = 4

pytestmark = pytest.mark.django_db(transaction=True)


def new_account(number: int) -> Account:
    account: Account = User.objects.create_user(f"user{number}@example.org").credit_account
    return account


def test_account_is_there_with_its_user_or_neither_is() -> None:
    with transaction.atomic():
        new_account(1)
        transaction.set_rollback(True)
    assert (User.objects.count(), Account.objects.count()) == (0, 0)
    assert new_account(1).balance == 0


def test_first_grants_of_many_new_users_all_count() -> None:
    accounts = [new_account(number) for number in range(USERS)]

    def work(giver: int) -> None:
        for account in accounts:
            grant(account.pk, amount=10 + giver, key=f"{giver}", reason="")

    at_once(GIVERS, work)
    expected = sum(10 + giver for giver in range(GIVERS))
    assert {balance_of(account.pk) for account in accounts} == {expected}
    assert_adds_up()


def test_first_grant_and_first_charge_at_once_never_lose_either() -> None:
    accounts = [new_account(number) for number in range(USERS)]

    def work(side: int) -> int:
        return sum(is_done(account.pk, side) for account in accounts)

    _, charged = at_once(2, work)
    assert sum(balance_of(account.pk) for account in accounts) == 10 * USERS - 4 * charged
    assert_adds_up()


def is_done(account_id: UUID, side: int) -> bool:
    try:
        if side == 0:
            grant(account_id, amount=10, key="grant", reason="")
        else:
            charge(account_id, amount=4, key="charge", reason="")
    except InsufficientBalance:
        return False
    return True
