"""What operators can change: each kind asks for something, shows what would come of it, and then does it by a verb."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

from django import forms

from accounts.models import User
from credits.admin.forms import AdjustForm, GrantForm, LimitsForm, ReasonForm, limits_of
from credits.amounts import credits_and_dollars
from credits.errors import AccountFrozen, InsufficientBalance
from credits.freezing import debt_with, freeze, set_limits, unfreeze
from credits.ledger import adjust, grant
from credits.models import Account, Transaction
from credits.reversing import check_reversible, reverse_by_hand

Wish = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that would change."""

    what: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class By:
    """Who does it. page: made anew with each preview, so that a page that is sent twice does it once."""

    actor: User
    page: UUID

    @property
    def key(self) -> str:
        return f"admin:{self.page}"


class Change:
    """One kind of change to rows that the admin lists."""

    title: ClassVar[str]
    #: What the rows are, where the user does not say it all.
    rows: ClassVar[str] = ""
    form: ClassVar[type[forms.Form]] = ReasonForm

    def account_of(self, row: Any) -> Account:
        """Whose it is, with the user."""
        account: Account = row
        return account

    def about(self, row: Any) -> str:
        """What tells this row from others of the same user."""
        return ""

    def lines(self, row: Any, wish: Wish) -> Iterator[Line]:
        """What would change, by what is known now. Raises SluiceError when it cannot be done."""
        raise NotImplementedError

    def do(self, row: Any, wish: Wish, by: By) -> str:
        """What was done; empty if there was nothing to do any more. Raises SluiceError."""
        raise NotImplementedError


class Grant(Change):
    title = "Grant credits"
    form = GrantForm

    def lines(self, row: Account, wish: Wish) -> Iterator[Line]:
        yield _balance(row, wish["amount"])

    def do(self, row: Account, wish: Wish, by: By) -> str:
        if _is_posted(row, by.key):
            return ""
        given = grant(row, amount=wish["amount"], key=by.key, reason=wish["reason"], actor=by.actor)
        return f"Granted {credits_and_dollars(given.amount)}; the balance is {_after(given)}."


class Adjust(Change):
    title = "Correct the balance"
    form = AdjustForm

    def lines(self, row: Account, wish: Wish) -> Iterator[Line]:
        amount = wish["amount"]
        if amount < 0 and row.frozen_at:
            raise AccountFrozen
        if amount < 0 and row.available + amount < 0:
            raise InsufficientBalance(user_id=row.user_id, balance=row.available, amount=-amount)
        yield _balance(row, amount)

    def do(self, row: Account, wish: Wish, by: By) -> str:
        if _is_posted(row, by.key):
            return ""
        made = adjust(row, amount=wish["amount"], key=by.key, reason=wish["reason"], actor=by.actor)
        return f"Corrected by {credits_and_dollars(made.amount)}; the balance is {_after(made)}."


class Freeze(Change):
    title = "Freeze: let nothing be spent"

    def lines(self, row: Account, wish: Wish) -> Iterator[Line]:
        if row.frozen_at is None:
            yield Line("Spending", "allowed", "frozen")

    def do(self, row: Account, wish: Wish, by: By) -> str:
        return "Frozen." if freeze(row, reason=wish["reason"], actor=by.actor) else ""


class Unfreeze(Change):
    title = "Unfreeze: allow spending again"

    def lines(self, row: Account, wish: Wish) -> Iterator[Line]:
        if row.frozen_at is not None:
            yield Line("Spending", f"frozen: {row.frozen_reason}", "allowed")

    def do(self, row: Account, wish: Wish, by: By) -> str:
        return "Unfrozen." if unfreeze(row, reason=wish["reason"], actor=by.actor) else ""


class Limit(Change):
    title = "Set limits"
    form = LimitsForm

    def lines(self, row: Account, wish: Wish) -> Iterator[Line]:
        limits = limits_of(dict(wish))
        if "overdraft" in limits:
            debt_with(limits["overdraft"], row)
        for name, value in limits.items():
            if getattr(row, name) != value:
                yield Line(name.replace("_", " ").capitalize(), _limit(getattr(row, name)), _limit(value))

    def do(self, row: Account, wish: Wish, by: By) -> str:
        changed = list(self.lines(row, wish))
        set_limits(row, reason=wish["reason"], actor=by.actor, **limits_of(dict(wish)))
        return " ".join(f"{line.what}: {line.before} → {line.after}." for line in changed)


class Reversal(Change):
    title = "Refund: reverse transactions by opposite ones"
    rows = "Transaction"

    def account_of(self, row: Transaction) -> Account:
        return row.account

    def about(self, row: Transaction) -> str:
        return f"{row.created_at:%Y-%m-%d %H:%M} {row.type} {row.amount:+,}: {row.reason}"

    def lines(self, row: Transaction, wish: Wish) -> Iterator[Line]:
        """Rows of one account share it here: each begins where the one before has left its balance."""
        check_reversible(row)
        if hasattr(row, "reversal"):
            return
        account = row.account
        if row.amount > 0 and account.available < row.amount:
            raise InsufficientBalance(user_id=account.user_id, balance=account.available, amount=row.amount)
        yield _balance(account, -row.amount)
        account.balance -= row.amount

    def do(self, row: Transaction, wish: Wish, by: By) -> str:
        if hasattr(row, "reversal"):
            return ""
        made = reverse_by_hand(row, reason=wish["reason"], actor=by.actor)
        return f"Reversed by {credits_and_dollars(made.amount)}; the balance is {_after(made)}."


def _balance(account: Account, change: int) -> Line:
    before, after = account.balance, account.balance + change
    return Line("Balance", credits_and_dollars(before), credits_and_dollars(after))


def _limit(credits: int | None) -> str:
    return "none" if credits is None else credits_and_dollars(credits)


def _after(made: Transaction) -> str:
    return credits_and_dollars(made.running_balance)


def _is_posted(account: Account, key: str) -> bool:
    return Transaction.objects.filter(account=account, key=key).exists()
