"""Does every hold agree with what it has become?"""

from collections.abc import Iterator

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Concat

from credits.audit.fault import Fault
from credits.models import Hold, HoldStatus, Transaction, TransactionType

SETTLES = ":settle"
_CHARGED = F("cost") - F("uncovered")


def holds(*, strict: bool) -> Iterator[Fault]:
    """A settled hold has one transaction of its cost, less what nobody could pay; the others have none."""
    for problem, wrong in _wrong().items():
        rows = wrong.values_list("account_id", "account__user__email", "key").iterator()
        for account_id, email, key in rows:
            yield Fault(email, f"hold {key} {problem}", account_id)


def settlements(*, strict: bool) -> Iterator[Fault]:
    """Transactions that say that they settled a hold which knows nothing of them."""
    known = Exists(Hold.objects.filter(transaction=OuterRef("pk")))
    rows = Transaction.objects.filter(~known, key__endswith=SETTLES, type=TransactionType.USAGE, reverses=None)
    for account_id, email, seq, key in rows.values_list("account_id", "account__user__email", "seq", "key").iterator():
        yield Fault(email, f"transaction {seq} ({key}) settles a hold that is not there or was not settled", account_id)


def _wrong() -> dict[str, QuerySet[Hold]]:
    """What is wrong with a hold, and which holds it is true of."""
    settled = Hold.objects.filter(status=HoldStatus.SETTLED)
    own = Q(
        transaction__account=F("account"),
        transaction__type=TransactionType.USAGE,
        transaction__amount=-_CHARGED,
        transaction__key=Concat("key", Value(SETTLES)),
    )
    return {
        "is settled without a fitting cost": settled.exclude(cost__gte=F("uncovered"), uncovered__gte=0),
        "was settled, and its transaction is missing": settled.filter(cost__gt=F("uncovered"), transaction=None),
        "was settled by a transaction that does not fit": settled.filter(transaction__isnull=False).exclude(own),
        "was not settled, and has a cost all the same": Hold.objects.exclude(status=HoldStatus.SETTLED).filter(
            Q(cost__isnull=False) | Q(transaction__isnull=False) | ~Q(uncovered=0)
        ),
    }
