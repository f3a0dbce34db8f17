"""Was every redeemable code redeemed as often, and for as much, as the ledger says?"""

from collections import Counter
from collections.abc import Iterator

from django.db.models import Count

from credits.audit.fault import Fault
from credits.models import Code, Transaction

PREFIX = "code:"


def codes(*, strict: bool) -> Iterator[Fault]:
    """Codes whose count is not the number of their grants, and grants of another amount or of no code."""
    grants = Transaction.objects.filter(key__startswith=PREFIX)
    amounts = {f"{PREFIX}{code_id}": amount for code_id, amount in Code.objects.values_list("id", "amount").iterator()}
    given: Counter[str] = Counter()
    groups = grants.order_by().values_list("key", "amount").annotate(times=Count("id"))
    for key, amount, times in groups.iterator():
        given[key] += times
        if amounts.get(key) != amount:
            rows = grants.filter(key=key, amount=amount).values_list("account_id", "account__user__email")
            for account_id, email in rows.iterator():
                yield Fault(email, f"the grant of {amount} credits for {key} fits no code", account_id)
    for code in Code.objects.iterator():
        times = given[f"{PREFIX}{code.pk}"]
        if times != code.redemptions:
            yield Fault("", f"code {code} was redeemed {code.redemptions} times, the ledger has {times} grants of it")
