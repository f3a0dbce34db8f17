"""What executions and the ledger say of each other, for tests."""

from django.db.models import Sum

from accounts.models import User
from credits.models import Account, Hold, HoldStatus, Transaction
from executor.models import GraphExecution, NodeExecution
from executor.statuses import TERMINAL


def account_of(user: User) -> Account:
    return Account.objects.get(user=user)


def charges(execution: GraphExecution) -> list[int]:
    """What the ledger took for it, in order; reversals are positive."""
    rows = Transaction.objects.filter(execution=str(execution.id)).order_by("seq")
    return list(rows.values_list("amount", flat=True))


def assert_books(execution: GraphExecution) -> None:
    """Nothing is set aside any more, and every row costs what the ledger took for it."""
    assert execution.status in TERMINAL
    assert not Hold.objects.filter(status=HoldStatus.OPEN).exists()
    account = account_of(execution.user)
    assert (account.held, account.balance) == (0, account.transactions.aggregate(total=Sum("amount"))["total"])
    assert execution.cost == -sum(charges(execution))
    for row in NodeExecution.objects.filter(execution=execution):
        taken = Transaction.objects.filter(reference__node_execution=str(row.id)).aggregate(total=Sum("amount"))
        assert row.cost == -(taken["total"] or 0), row
