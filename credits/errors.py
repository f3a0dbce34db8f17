"""What can go wrong with credits."""

from uuid import UUID

from reliability.errors import Conflict, InvalidInput, NotFound, SluiceError


class InsufficientBalance(SluiceError):
    """There are not enough credits."""

    code = "insufficient_balance"
    http_status = 402

    def __init__(self, *, user_id: UUID, balance: int, amount: int) -> None:
        """balance: credits that can be spent, after holds; amount: credits that were asked for."""
        self.user_id, self.balance, self.amount = user_id, balance, amount
        super().__init__(
            f"Not enough credits: {amount} needed, {balance} can be spent, {self.shortfall} lacking.",
            user_id=str(user_id),
            balance=balance,
            amount=amount,
            shortfall=self.shortfall,
        )

    @property
    def shortfall(self) -> int:
        return self.amount - self.balance


class KeyReused(Conflict):
    """This key already belongs to another transaction."""

    code = "key_reused"


class InvalidAmount(InvalidInput):
    """The amount is not a whole number of credits within the limits."""

    code = "invalid_amount"


class InvalidText(InvalidInput):
    """A key or a reason is missing, too long or holds a NUL character."""

    code = "invalid_text"


class AccountNotFound(NotFound):
    """There is no such credit account."""

    code = "account_not_found"
