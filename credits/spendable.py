"""Whether an account can spend anything at all, before something is started that costs credits."""

from datetime import UTC, date, datetime

from accounts.models import ApiKey
from credits.models import Account, KeyDay
from credits.orders import NOBODY, Spender
from credits.standing import Ceiling, Standing


def require_spendable(account: Account, *, api_key: ApiKey | None = None, amount: int = 1) -> None:
    """Raises InsufficientBalance, CostLimitReached or AccountFrozen if `amount` credits cannot be spent now.

    It promises nothing for later: whoever spends asks the ledger again.
    """
    today = datetime.now(UTC).date()
    standing = Standing(
        account_id=account.pk,
        user_id=account.user_id,
        balance=account.balance,
        held=account.held,
        overdraft=account.overdraft,
        last_seq=account.last_seq,
        low_balance_threshold=account.low_balance_threshold,
        today=today,
        daily_limit=account.daily_limit,
        spent_today=spent_on(account, today),
        is_frozen=account.frozen_at is not None,
        api_keys={} if api_key is None else {api_key.pk: _ceiling(api_key)},
    )
    refused = standing.refusal(amount, NOBODY if api_key is None else Spender(api_key_id=api_key.pk))
    if refused is not None:
        raise refused


def spent_on(account: Account, day: date) -> int:
    """Credits spent or set aside on a day (UTC), if it is the newest on which there was anything; else 0."""
    return account.spent_today if account.spent_on == day else 0


def _ceiling(api_key: ApiKey) -> Ceiling:
    today = datetime.now(UTC).date()
    spent = KeyDay.objects.filter(api_key=api_key, day=today).values_list("spent", flat=True).first()
    return Ceiling("daily limit of the API key", api_key.daily_limit, spent or 0)
