"""What an audit finds."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that does not add up. email: whose account; empty when it is about the whole ledger.

    freeze: the account to freeze because of it. None when its credits are not in doubt, only what was said of them.
    """

    email: str
    problem: str
    freeze: UUID | None = None

    def __str__(self) -> str:
        return f"{self.email}: {self.problem}" if self.email else self.problem
