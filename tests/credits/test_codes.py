"""Codes that give credits, once per code and user."""

import re
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from credits.codes import create_code, redeem
from credits.errors import CodeInvalid, InvalidAmount, InvalidText
from credits.models import Account, Code, Transaction, TransactionType
from tests.credits.cast import ada, amounts_of, assert_adds_up
from tests.credits.test_races import at_once

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
UNKNOWN = "AAAA-BBBB-CCCC-DDDD"

pytestmark = pytest.mark.django_db


def grace() -> Account:
    account: Account = User.objects.create_user("grace@example.org").credit_account
    return account


def make(amount: int = 500, **wishes: Any) -> str:
    return create_code(amount=amount, reason="A talk", **wishes)[1]


def test_code_gives_its_credits() -> None:
    account = ada()
    code, text = create_code(amount=500, reason="A talk")
    given = redeem(account, code=text, now=NOW)
    assert (given.type, given.amount, given.reason) == (TransactionType.GRANT, 500, "A talk")
    assert (given.key, given.metadata) == (f"code:{code.pk}", {"code": str(code.pk)})
    assert_adds_up()


def test_code_is_four_groups_of_four_and_is_not_kept() -> None:
    code, text = create_code(amount=1, reason="A talk")
    assert re.fullmatch(r"[A-Z2-7]{4}(-[A-Z2-7]{4}){3}", text)
    assert text.endswith(code.tail)
    stored = " ".join(str(value) for value in Code.objects.values_list().get())
    assert text not in stored
    assert text.replace("-", "") not in stored


@pytest.mark.parametrize("typed", [str.lower, lambda text: text.replace("-", ""), lambda text: f" {text} "])
def test_code_may_be_typed_as_people_type(typed: Any) -> None:
    assert redeem(ada(), code=typed(make()), now=NOW).amount == 500


def test_redeeming_again_gives_nothing_more() -> None:
    account, text = ada(), make(most_redemptions=5)
    assert redeem(account, code=text, now=NOW) == redeem(account, code=text, now=NOW)
    assert amounts_of(account.pk) == [500]
    assert Code.objects.get().redemptions == 1


def test_redeeming_again_after_it_has_ended_still_names_the_first_grant() -> None:
    account, text = ada(), make(expires_at=NOW + timedelta(hours=1))
    first = redeem(account, code=text, now=NOW)
    assert redeem(account, code=text, now=NOW + timedelta(days=1)) == first


def test_all_that_is_wrong_with_a_code_is_refused_with_the_same_words() -> None:
    spent, expired = make(), make(expires_at=NOW)
    redeem(grace(), code=spent, now=NOW)
    account = ada()
    refusals = set()
    for text in (spent, expired, UNKNOWN, "", "\x00", "🙂"):
        with pytest.raises(CodeInvalid) as refused:
            redeem(account, code=text, now=NOW)
        refusals.add((str(refused.value), refused.value.http_status))
    assert len(refusals) == 1
    assert amounts_of(account.pk) == []


@pytest.mark.parametrize("uses", [0, -1, 2**31, True, 1.5])
def test_code_for_nobody_is_refused(uses: Any) -> None:
    with pytest.raises(InvalidAmount):
        make(most_redemptions=uses)


@pytest.mark.parametrize("amount", [0, -1, 2**53 + 1, 1.5])
def test_code_for_no_whole_credits_is_refused(amount: Any) -> None:
    with pytest.raises(InvalidAmount):
        make(amount)


def test_code_without_a_reason_is_refused() -> None:
    with pytest.raises(InvalidText):
        create_code(amount=1, reason=" ")


@pytest.mark.django_db(transaction=True)
def test_one_user_redeeming_a_hundred_times_at_once_is_given_once() -> None:
    account, text = ada(), make(most_redemptions=5)
    given = at_once(20, lambda number: {redeem(account, code=text, now=NOW).pk for _ in range(5)})
    assert len(set.union(*given)) == 1
    assert amounts_of(account.pk) == [500]
    assert Code.objects.get().redemptions == 1
    assert_adds_up()


@pytest.mark.django_db(transaction=True)
def test_only_as_many_users_as_it_is_for_redeem_a_code() -> None:
    accounts = [User.objects.create_user(f"user{number}@example.org").credit_account for number in range(100)]
    text = make(most_redemptions=5)

    def try_some(number: int) -> int:
        return sum(is_redeemed(account, text) for account in accounts[number::20])

    assert sum(at_once(20, try_some)) == 5
    assert Transaction.objects.filter(type=TransactionType.GRANT).count() == 5
    assert Code.objects.get().redemptions == 5
    assert_adds_up()


def is_redeemed(account: Account, text: str) -> bool:
    try:
        redeem(account, code=text, now=NOW)
    except CodeInvalid:
        return False
    return True


def test_command_makes_a_code_and_shows_it_once() -> None:
    shown = StringIO()
    call_command("create_code", "500", "--reason", "A talk", "--uses", "3", "--expires", "2026-12-24", stdout=shown)
    code = Code.objects.get()
    assert (code.amount, code.reason, code.most_redemptions) == (500, "A talk", 3)
    assert code.expires_at == datetime(2026, 12, 24, tzinfo=UTC)
    assert redeem(ada(), code=shown.getvalue(), now=NOW).amount == 500


@pytest.mark.parametrize("wish", [("0", "--uses", "1"), ("5", "--uses", "0"), ("5", "--expires", "soon")])
def test_command_refuses_what_makes_no_code(wish: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        call_command("create_code", *wish, "--reason", "A talk")
    assert not Code.objects.exists()
