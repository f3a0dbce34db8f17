"""`manage.py grant`."""

import pytest
from django.core.management import CommandError, call_command

from credits.models import Transaction, TransactionType
from tests.credits.cast import ada, amounts_of

pytestmark = pytest.mark.django_db


def test_command_grants_and_says_the_new_balance(capsys: pytest.CaptureFixture[str]) -> None:
    account = ada(10)
    call_command("grant", "ADA@example.org", "90", reason="Welcome")
    assert "100 credits" in capsys.readouterr().out
    given = Transaction.objects.get(account=account, seq=2)
    assert (given.type, given.amount, given.reason) == (TransactionType.GRANT, 90, "Welcome")


def test_each_call_grants_unless_it_has_the_same_key() -> None:
    account = ada()
    for key in ("", "", "spring", "spring"):
        call_command("grant", "ada@example.org", "1", reason="r", key=key)
    assert amounts_of(account.pk) == [1, 1, 1]


@pytest.mark.parametrize(("email", "amount"), [("grace@example.org", "1"), ("ada@example.org", "0")])
def test_unknown_user_and_wrong_amount_are_refused(email: str, amount: str) -> None:
    account = ada()
    with pytest.raises(CommandError, match=r"no user grace|whole number of credits"):
        call_command("grant", email, amount, reason="r")
    assert amounts_of(account.pk) == []


def test_amount_that_is_not_a_number_is_refused() -> None:
    ada()
    with pytest.raises(CommandError, match="invalid int value"):
        call_command("grant", "ada@example.org", "1.5", reason="r")
