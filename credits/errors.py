"""What can go wrong with credits."""

from uuid import UUID

from reliability.errors import Conflict, InvalidInput, NotAllowed, NotFound, SluiceError


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


class CostLimitReached(SluiceError):
    """A ceiling on spending is reached."""

    code = "cost_limit"
    http_status = 402

    def __init__(self, *, ceiling: str, limit: int, spent: int, amount: int) -> None:
        """ceiling: its name, as people know it; credits throughout; spent: what counts against it, holds included."""
        self.ceiling, self.limit, self.spent, self.amount = ceiling, limit, spent, amount
        super().__init__(
            f"{amount} more credits would pass the {ceiling} of {limit}; {spent} are spent or set aside.",
            ceiling=ceiling,
            limit=limit,
            spent=spent,
            amount=amount,
        )


class AccountFrozen(NotAllowed):
    """This credit account is frozen: nothing can be spent until an operator has looked at it."""

    code = "account_frozen"


class OverdraftInUse(Conflict):
    """More of the overdraft is used than would be left."""

    code = "overdraft_in_use"

    def __init__(self, *, overdraft: int, used: int) -> None:
        """Credits: the wished overdraft, and how far the account is below zero, holds included."""
        text = f"The overdraft cannot be {overdraft} credits: {used} are used."
        super().__init__(text, overdraft=overdraft, used=used)


class KeyReused(Conflict):
    """This key already belongs to another transaction."""

    code = "key_reused"
    http_status = 422


class AlreadyReversed(Conflict):
    """This transaction has been reversed, or is a reversal itself."""

    code = "already_reversed"


class MoneyMoved(Conflict):
    """Real money has moved with this transaction: give it back, or take it back, where its payment is."""

    code = "money_moved"


class HoldClosed(Conflict):
    """This hold has been settled, released or has expired."""

    code = "hold_closed"


class InvalidAmount(InvalidInput):
    """The amount is not a whole number of credits within the limits."""

    code = "invalid_amount"


class InvalidText(InvalidInput):
    """A key or a reason is missing, too long or holds a NUL character."""

    code = "invalid_text"


class AccountNotFound(NotFound):
    """There is no such credit account."""

    code = "account_not_found"


class HoldNotFound(NotFound):
    """There is no such hold."""

    code = "hold_not_found"


class TransactionNotFound(NotFound):
    """There is no such transaction."""

    code = "transaction_not_found"


class CodeInvalid(InvalidInput):
    """There is no such code, it has expired, or it was redeemed as often as it may be."""

    code = "code_invalid"


class CursorInvalid(InvalidInput):
    """This cursor does not belong to this list. Begin without one."""

    code = "invalid_input"

    def __init__(self) -> None:
        super().__init__("cursor: It does not belong to this list. Begin without one.")
        self.data["fields"] = {"cursor": "It does not belong to this list. Begin without one."}
