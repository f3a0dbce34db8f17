"""Whom the ledger's tests are about."""

from uuid import UUID

from accounts.models import User
from credits.audit import audit
from credits.ledger import grant
from credits.models import Account, Transaction


def ada(credits: int = 0) -> Account:
    """A new user's account with so many credits."""
    account: Account = User.objects.create_user("ada@example.org").credit_account
    if credits:
        grant(account, amount=credits, key="start", reason="To begin with")
    account.refresh_from_db()
    return account


def balance_of(account_id: UUID) -> int:
    return Account.objects.get(pk=account_id).balance


def amounts_of(account_id: UUID) -> list[int]:
    """The changes in their order, signed."""
    return list(Transaction.objects.filter(account_id=account_id).order_by("seq").values_list("amount", flat=True))


def assert_adds_up() -> None:
    """Conservation: whatever a test has done, every balance is the sum of its transactions."""
    assert audit() == []
