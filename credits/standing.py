"""One account as it is while it is locked, and what its ceilings allow. Plain values that the reckoning moves on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from credits.errors import AccountFrozen, CostLimitReached, InsufficientBalance
from credits.models import HoldStatus
from credits.orders import Spender
from reliability.errors import SluiceError


@dataclass(frozen=True, slots=True, kw_only=True)
class Fee:
    """`credits` for every `every` node executions of a user; 0 of either: no fee."""

    credits: int
    every: int

    @property
    def is_charged(self) -> bool:
        return bool(self.credits and self.every)


@dataclass(slots=True)
class Ceiling:
    """A limit on spending and what counts against it, in credits. limit: None for none."""

    name: str
    limit: int | None
    spent: int = 0

    def refusal(self, amount: int) -> CostLimitReached | None:
        if self.limit is None or self.spent + amount <= self.limit:
            return None
        return CostLimitReached(ceiling=self.name, limit=self.limit, spent=self.spent, amount=amount)


@dataclass(slots=True)
class KnownHold:
    """A hold as it is stored.

    spender: the API key whose day it counts against. Who owns the execution counts what its holds become by himself.
    """

    hold_id: Any  # as the driver gave it
    status: HoldStatus
    amount: int
    day: date
    spender: Spender
    reference: Mapping[str, Any] = field(default_factory=dict)
    cost: int | None = None
    uncovered: int = 0


@dataclass(slots=True, kw_only=True)
class Standing:
    """The account. account_id: as the driver gave it. Credits throughout."""

    account_id: Any
    user_id: UUID
    balance: int
    held: int
    overdraft: int
    last_seq: int
    low_balance_threshold: int
    today: date
    debt: int = 0
    daily_limit: int | None = None
    spent_today: int = 0
    node_executions: int = 0
    fee_charged_to: int = 0
    is_frozen: bool = False
    #: The ceilings of executions and API keys that take part, by their ids.
    executions: Mapping[UUID, Ceiling] = field(default_factory=dict)
    api_keys: Mapping[UUID, Ceiling] = field(default_factory=dict)

    @property
    def available(self) -> int:
        return self.balance - self.held + self.overdraft

    def refusal(self, amount: int, spender: Spender, *, today: int | None = None) -> SluiceError | None:
        """Why these credits can be neither spent nor set aside; None if they can.

        today: how many of them are new to this day, if not as many.
        """
        if self.is_frozen:
            return AccountFrozen()
        on_day = amount if today is None else today
        for ceiling in (self._account_day(), *self._key_day(spender)):
            if refused := ceiling.refusal(on_day):
                return refused
        for ceiling in self._execution(spender):
            if refused := ceiling.refusal(amount):
                return refused
        if amount > self.available:
            return InsufficientBalance(user_id=self.user_id, balance=self.available, amount=amount)
        return None

    def count(self, amount: int, spender: Spender, *, on: date | None = None, today: int | None = None) -> None:
        """Let credits count against the ceilings; negative ones come back.

        on: the day that they first counted on.  today: how many of them are new to this day, if not as many.
        """
        for ceiling in self._execution(spender):
            ceiling.spent = max(0, ceiling.spent + amount)
        if on is not None and on != self.today:
            return
        on_day = amount if today is None else today
        self.spent_today = max(0, self.spent_today + on_day)
        for ceiling in self._key_day(spender):
            ceiling.spent = max(0, ceiling.spent + on_day)

    def recall(self, amount: int, spender: Spender) -> None:
        """Count what an earlier try of the same batch has spent: its owner does not know yet that it went through.

        The account and the API key remember by themselves.
        """
        for ceiling in self._execution(spender):
            ceiling.spent += amount

    def move(self, change: int, *, into_debt: bool = False) -> None:
        """Change the balance. Debt grows by refunds only, and shrinks by itself."""
        self.balance += change
        self._reckon_debt(into_debt)

    def set_aside(self, amount: int) -> None:
        """Hold credits; negative ones are let go."""
        self.held += amount
        self._reckon_debt(into_debt=False)

    def _reckon_debt(self, into_debt: bool) -> None:
        below = max(0, -self.available)
        self.debt = below if into_debt else min(self.debt, below)

    def _account_day(self) -> Ceiling:
        return Ceiling("daily limit of the account", self.daily_limit, self.spent_today)

    def _key_day(self, spender: Spender) -> list[Ceiling]:
        found = self.api_keys.get(spender.api_key_id) if spender.api_key_id else None
        return [] if found is None else [found]

    def _execution(self, spender: Spender) -> list[Ceiling]:
        found = self.executions.get(spender.execution_id) if spender.execution_id else None
        return [] if found is None else [found]
