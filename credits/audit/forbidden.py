"""Is there anything that the database should have refused? Its constraints may have been lifted for a while."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import CheckConstraint, Count, UniqueConstraint

from credits.audit.fault import Fault
from credits.models import Account, Hold, Transaction

#: The tables, with the way from a row to its account.
_TABLES: tuple[tuple[Any, str], ...] = ((Account, ""), (Transaction, "account__"), (Hold, "account__"))


def forbidden(*, strict: bool) -> Iterator[Fault]:
    """Rows that a check of their model forbids."""
    for model, account in _TABLES:
        for constraint in model._meta.constraints:
            if isinstance(constraint, CheckConstraint):
                rows = model.objects.exclude(constraint.condition)
                found = rows.values_list(f"{account}pk", f"{account}user__email", "pk")
                for account_id, email, row_id in found.iterator():
                    problem = f"{model._meta.verbose_name} {row_id} breaks {constraint.name}"
                    yield Fault(email, problem, account_id)


def repeated(*, strict: bool) -> Iterator[Fault]:
    """Rows of an account that share what is unique in it, and transactions that are taken back twice."""
    yield from repeats(Transaction, ("account", "reverses"), "reversal")
    for model in (Transaction, Hold):
        for constraint in model._meta.constraints:
            if isinstance(constraint, UniqueConstraint):
                yield from repeats(model, constraint.fields, constraint.name)


def repeats(model: Any, fields: Sequence[str], name: str) -> Iterator[Fault]:
    """What one constraint would refuse. fields: the account, and what must be unique in it, if it is not empty."""
    account, unique = fields
    rows = model.objects.filter(**{f"{unique}__isnull": False}).order_by().values_list(account, unique)
    for account_id, value, times in rows.annotate(times=Count("pk")).filter(times__gt=1).iterator():
        email = Account.objects.values_list("user__email", flat=True).get(pk=account_id)
        yield Fault(email, f"{model._meta.verbose_name} {value} is there {times} times ({name})", account_id)
