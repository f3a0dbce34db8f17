"""Does every transaction that takes another one back fit it?"""

from collections.abc import Iterator

from credits.audit.fault import Fault
from credits.models import Transaction

REVERSAL = "reversal:"
_NAMED = ("account_id", "account__user__email", "seq")


def reversals(*, strict: bool) -> Iterator[Fault]:
    """Reversals that are not the opposite of what they take back, in its account and of its type."""
    linked = Transaction.objects.filter(reverses__isnull=False)
    rows = linked.values_list(
        *_NAMED, "key", "type", "amount", "account_id", "reverses_id",
        "reverses__type", "reverses__amount", "reverses__account_id", "reverses__reverses_id",
    )  # fmt: skip
    for account_id, email, seq, key, *reversal in rows.iterator():
        (type, amount, account, original_id), original = reversal[:4], tuple(reversal[4:])
        if original != (type, -amount, account, None) or key != f"{REVERSAL}{original_id}":
            yield Fault(email, f"transaction {seq} is not the opposite of transaction {original_id}", account_id)
    unlinked = Transaction.objects.filter(key__startswith=REVERSAL, reverses=None)
    for account_id, email, seq in unlinked.values_list(*_NAMED).iterator():
        yield Fault(email, f"transaction {seq} is called a reversal and takes nothing back", account_id)
