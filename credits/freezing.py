"""What operators do to an account beside its balance: freeze it, set its limits. A note says who and why."""

import logging
from enum import Enum
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import User
from credits.errors import AccountNotFound, OverdraftInUse
from credits.events import AccountFroze, publish
from credits.models import Account, AccountNote, NoteKind
from credits.orders import check_reason, whole_credits

logger = logging.getLogger(__name__)


class Same(Enum):
    """A limit that stays as it is."""

    SAME = "same"


SAME = Same.SAME


@transaction.atomic
def freeze(account: Account | UUID, *, reason: str, actor: User | None = None) -> bool:
    """Let nothing be spent until somebody has looked. False if it was frozen before; its reason then stays.

    What comes in, comes in; open holds are settled and released. Operators are told. Raises InvalidText and
    AccountNotFound.
    """
    text, now = check_reason(reason, required=True), timezone.now()
    found = _found(account)
    unfrozen = Account.objects.filter(pk=found.pk, frozen_at=None)
    if not unfrozen.update(frozen_at=now, frozen_reason=text):
        return False
    _note(found, NoteKind.FREEZE, text, actor)
    publish(AccountFroze(user_id=str(found.user_id), reason=text))
    return True


@transaction.atomic
def unfreeze(account: Account | UUID, *, reason: str, actor: User | None = None) -> bool:
    """Let credits be spent again. False if it was not frozen. Raises InvalidText and AccountNotFound."""
    text = check_reason(reason, required=True)
    found = _found(account)
    frozen = Account.objects.filter(pk=found.pk, frozen_at__isnull=False)
    if not frozen.update(frozen_at=None, frozen_reason=""):
        return False
    _note(found, NoteKind.UNFREEZE, text, actor)
    logger.info("An account was unfrozen", extra={"action": "account_unfrozen", "account": found.pk})
    return True


@transaction.atomic
def set_limits(
    account: Account | UUID,
    *,
    reason: str,
    actor: User | None = None,
    daily_limit: int | Same | None = SAME,
    overdraft: int | Same = SAME,
    low_balance_threshold: int | Same = SAME,
) -> Account:
    """Set what may be spent in a day (None: anything), how far below zero, and from where the user is warned.

    The account as it is afterwards. A larger overdraft makes a debt smaller.
    Raises OverdraftInUse for a smaller one than is used, InvalidAmount, InvalidText and AccountNotFound.
    """
    text = check_reason(reason, required=True)
    wanted = _checked(daily_limit=daily_limit, overdraft=overdraft, low_balance_threshold=low_balance_threshold)
    found = _locked(account)
    changes = {name: [getattr(found, name), value] for name, value in wanted.items() if getattr(found, name) != value}
    if not changes:
        return found
    if overdraft is not SAME:
        wanted["debt"] = debt_with(overdraft, found)
    Account.objects.filter(pk=found.pk).update(**wanted)
    _note(found, NoteKind.LIMITS, text, actor, changes)
    return Account.objects.get(pk=found.pk)


def debt_with(overdraft: int, account: Account) -> int:
    """The debt of an account that had this overdraft. Pure. Raises OverdraftInUse if it would grow; credits."""
    below = max(0, account.held - account.balance - overdraft)
    if below and overdraft < account.overdraft:
        raise OverdraftInUse(overdraft=overdraft, used=account.held - account.balance)
    return below


def _checked(**limits: int | Same | None) -> dict[str, Any]:
    """Those that are to change. Raises InvalidAmount."""
    wanted = {name: value for name, value in limits.items() if value is not SAME}
    for name, value in wanted.items():
        if value is not None or name != "daily_limit":
            whole_credits(value, least=0)
    return wanted


def _found(account: Account | UUID) -> Account:
    account_id = account.pk if isinstance(account, Account) else account
    found = Account.objects.filter(pk=account_id).first()
    if found is None:
        raise AccountNotFound(f"There is no credit account with id {account_id}.")
    return found


def _locked(account: Account | UUID) -> Account:
    """Read anew, and locked until the transaction ends: on PostgreSQL by an UPDATE that changes nothing."""
    account_id = account.pk if isinstance(account, Account) else account
    Account.objects.filter(pk=account_id).update(last_seq=F("last_seq"))
    return _found(account_id)


def _note(
    account: Account, kind: NoteKind, reason: str, actor: User | None, changes: dict[str, Any] | None = None
) -> None:
    AccountNote.objects.create(
        account=account, kind=kind, reason=reason, actor=actor, changes=changes or {}, created_at=timezone.now()
    )
