"""Taking a transaction back by hand. What else stands on it follows in the same transaction, or refuses."""

from django.db import transaction
from django.dispatch import Signal

from accounts.models import User
from credits.errors import AlreadyReversed, MoneyMoved
from credits.ledger import reverse
from credits.models import Transaction, TransactionType

#: Sent with `original` and `reversal`, inside the transaction that makes it. A listener that raises refuses it.
reversed_by_hand = Signal()

#: Behind these is a payment, which knows how its money goes back.
OF_PAYMENTS = (TransactionType.TOP_UP, TransactionType.REFUND)


@transaction.atomic
def reverse_by_hand(original: Transaction, *, reason: str, actor: User | None) -> Transaction:
    """Reverse a transaction for an operator, at most once. Again returns the first reversal.

    Raises MoneyMoved for what belongs to a payment, what `ledger.reverse` raises, and what a listener raises.
    """
    check_reversible(original)
    reversal = reverse(original, reason=reason, actor=actor)
    reversed_by_hand.send(sender=Transaction, original=original, reversal=reversal)
    return reversal


def check_reversible(original: Transaction) -> None:
    """Raises MoneyMoved, and AlreadyReversed for a reversal or a transaction of no credits."""
    if original.reverses_id is not None or original.amount == 0:
        raise AlreadyReversed("A reversal, or a transaction of no credits, cannot be reversed.")
    if original.type in OF_PAYMENTS:
        raise MoneyMoved
