"""What operators decide about money that users want back; shown first, then done."""

from collections.abc import Callable, Iterator
from typing import ClassVar

from django.utils import timezone

from credits.admin.changes import By, Change, Line, Wish
from credits.amounts import credits_and_dollars
from credits.models import Account
from credits.payments.errors import AlreadyDecided
from credits.payments.models import RefundRequest, RefundStatus
from credits.payments.refunds import approve, reject


class Decision(Change):
    """About refund requests."""

    rows = "Request"
    verb: ClassVar[Callable[..., RefundRequest]]
    done: ClassVar[str]

    def account_of(self, row: RefundRequest) -> Account:
        return row.account

    def about(self, row: RefundRequest) -> str:
        return f"{credits_and_dollars(row.amount)}: {row.reason or 'no reason given'}"

    def lines(self, row: RefundRequest, wish: Wish) -> Iterator[Line]:
        if row.status != RefundStatus.PENDING:
            raise AlreadyDecided()
        yield Line("Request", "pending", self.done)

    def do(self, row: RefundRequest, wish: Wish, by: By) -> str:
        decided = type(self).verb(row, now=timezone.now(), actor=by.actor, reason=wish["reason"])
        return f"{self.done}, {credits_and_dollars(decided.amount)}."


class Approve(Decision):
    title = "Approve: give the money back"
    verb = staticmethod(approve)
    done = "approved"

    def lines(self, row: RefundRequest, wish: Wish) -> Iterator[Line]:
        yield from super().lines(row, wish)
        before, after = row.account.balance, row.account.balance - row.amount
        yield Line("Balance", credits_and_dollars(before), credits_and_dollars(after))


class Reject(Decision):
    title = "Reject: the money stays here"
    verb = staticmethod(reject)
    done = "rejected"
