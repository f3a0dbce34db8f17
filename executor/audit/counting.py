"""Node executions are counted for the execution fee once."""

from collections.abc import Iterator

from django.db.models import Sum

from credits.audit import Fault
from credits.models import Account
from executor.models import GraphExecution


def counting(*, strict: bool) -> Iterator[Fault]:
    """Accounts that have counted fewer node executions than their executions have. More is right: some are deleted."""
    of_users = GraphExecution.objects.filter(counted__gt=0).order_by().values_list("user")
    counted = dict(of_users.annotate(Sum("counted")))
    rows = Account.objects.values_list("user_id", "user__email", "node_executions")
    for user_id, email, node_executions in rows.iterator():
        if node_executions < counted.get(user_id, 0):
            yield Fault(email, f"{node_executions} node executions are counted, the executions have {counted[user_id]}")
